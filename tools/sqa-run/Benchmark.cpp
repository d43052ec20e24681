//===- Benchmark.cpp - Time calls: median and spread ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Benchmark.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

namespace sqa::run {

static constexpr size_t kLeastRepetitions = 5;
static constexpr size_t kMostRepetitions = 1000000;

static double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

double Timing::quantile(double part) const {
  if (seconds.empty())
    return 0;
  const double at = part * static_cast<double>(seconds.size() - 1);
  const size_t low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, seconds.size() - 1);
  return seconds[low] +
         (at - static_cast<double>(low)) * (seconds[high] - seconds[low]);
}

bool isDone(const Options &options, size_t count, double total) {
  if (options.repetitions > 0)
    return count >= static_cast<size_t>(options.repetitions);
  return count >= kMostRepetitions ||
         (count >= kLeastRepetitions && total >= options.minTime);
}

bool measure(Call &call, sqart_module_t *module, const Options &options,
             Timing &timing) {
  timing.flops = options.flops;
  for (int64_t i = 0; i < options.warmup; ++i)
    if (call.invoke(module) != SQART_STATUS_OK)
      return false;
  double total = 0;
  while (!isDone(options, timing.seconds.size(), total)) {
    const double start = now();
    const sqart_status_t status = call.invoke(module);
    const double elapsed = now() - start;
    if (status != SQART_STATUS_OK)
      return false;
    timing.seconds.push_back(elapsed);
    total += elapsed;
  }
  std::sort(timing.seconds.begin(), timing.seconds.end());
  return true;
}

/// `12.3 us`: three significant digits and a unit.
static std::string formatTime(double seconds) {
  const char *unit = "s";
  double value = seconds;
  if (seconds < 1e-6)
    value *= 1e9, unit = "ns";
  else if (seconds < 1e-3)
    value *= 1e6, unit = "us";
  else if (seconds < 1)
    value *= 1e3, unit = "ms";
  char text[32];
  const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  std::snprintf(text, sizeof(text), "%.*f %s", digits, value, unit);
  return text;
}

static double gflops(const Timing &timing, double seconds) {
  return seconds > 0 ? timing.flops / seconds / 1e9 : 0;
}

std::string timingTable(const Timing &timing) {
  const double median = timing.quantile(0.5);
  const double spread = timing.quantile(0.75) - timing.quantile(0.25);
  char text[512];
  const int width = std::max<int>(8, static_cast<int>(timing.function.size()));
  int size = std::snprintf(
      text, sizeof(text), "%-*.200s  %10s %10s %10s %10s %7s", width,
      "function", "median", "min", "q3 - q1", "max", "calls");
  std::string head(text, std::min<size_t>(size, sizeof(text) - 1));
  size = std::snprintf(
      text, sizeof(text), "%-*.200s  %10s %10s %10s %10s %7zu", width,
      timing.function.c_str(), formatTime(median).c_str(),
      formatTime(timing.quantile(0)).c_str(), formatTime(spread).c_str(),
      formatTime(timing.quantile(1)).c_str(), timing.seconds.size());
  std::string row(text, std::min<size_t>(size, sizeof(text) - 1));
  if (timing.flops > 0) {
    std::snprintf(text, sizeof(text), "  %9.2f", gflops(timing, median));
    head += "    GFLOP/s";
    row += text;
  }
  if (!timing.device.empty())
    return head + "\n" + row + "\n" + timing.device + ", by events\n";
  return head + "\n" + row + "\n" + timing.isa + ", " +
         std::to_string(timing.threads) +
         (timing.threads == 1 ? " thread\n" : " threads\n");
}

/// Names are printable ASCII without quotes (a rule of packages).
std::string timingJson(const Timing &timing) {
  char text[1024];
  std::snprintf(
      text, sizeof(text),
      "{\n  \"context\": {\"library_version\": \"%s\", \"num_cpus\": %u, "
      "\"threads\": %d, \"isa\": \"%s\", \"device\": \"%.200s\"},\n"
      "  \"benchmarks\": [{\"name\": \"%.255s\", \"iterations\": %zu, "
      "\"time_unit\": \"ns\",\n"
      "    \"real_time\": %.1f, \"min\": %.1f, \"q1\": %.1f, \"median\": %.1f, "
      "\"q3\": %.1f, \"max\": %.1f",
      sqart_version(), std::thread::hardware_concurrency(), timing.threads,
      timing.isa.c_str(), timing.device.empty() ? "cpu" : timing.device.c_str(),
      timing.function.c_str(), timing.seconds.size(),
      timing.quantile(0.5) * 1e9, timing.quantile(0) * 1e9,
      timing.quantile(0.25) * 1e9, timing.quantile(0.5) * 1e9,
      timing.quantile(0.75) * 1e9, timing.quantile(1) * 1e9);
  std::string json = text;
  if (timing.flops > 0) {
    std::snprintf(text, sizeof(text), ", \"gflops\": %.3f",
                  gflops(timing, timing.quantile(0.5)));
    json += text;
  }
  return json + "}]\n}\n";
}

} // namespace sqa::run
