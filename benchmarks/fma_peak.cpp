//===- fma_peak.cpp - What this CPU's vector units can do -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints the rate of f32 fused multiply-adds in registers: what benchmark
// numbers are given as a fraction of. Nothing but FMAs is in the loop, on
// enough independent accumulators to cover their latency. Frequency varies with
// load, so run it beside what it is compared with.
//
//   fma_peak [--threads=N] [--seconds=S] [--width=256|512]
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {
typedef float Vector8 __attribute__((vector_size(32)));
typedef float Vector16 __attribute__((vector_size(64)));

constexpr int kAccumulators = 12; // two FMA units, latency 4 or 5
constexpr int kIterations = 20000;

struct Width {
  int bits;
  void (*burst)(float *);
  bool supported;
};
} // namespace

// Written out per width: a template would lose the target attribute. Values
// stay in range (x = x * 0.999 + 0.001), so no denormals slow it down, and are
// stored in the end, so that nothing is dead.
#define SQA_BURST(NAME, VECTOR, TARGET)                                        \
  __attribute__((target(TARGET))) static void NAME(float *sink) {              \
    VECTOR factor = {}, term = {}, sums[kAccumulators];                        \
    factor += 0.999f;                                                          \
    term += 0.001f;                                                            \
    asm volatile("" : "+v"(factor), "+v"(term));                               \
    for (int i = 0; i < kAccumulators; ++i)                                    \
      sums[i] = term + static_cast<float>(i);                                  \
    for (int n = 0; n < kIterations; ++n) {                                    \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < kAccumulators;    \
                                              ++i) sums[i] =                   \
          __builtin_elementwise_fma(sums[i], factor, term);                    \
    }                                                                          \
    VECTOR total = {};                                                         \
    for (int i = 0; i < kAccumulators; ++i)                                    \
      total += sums[i];                                                        \
    std::memcpy(sink, &total, sizeof(total));                                  \
  }

SQA_BURST(burst256, Vector8, "avx2,fma")
SQA_BURST(burst512, Vector16, "avx512f")

static double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

/// GFLOP/s of one thread: the best of many short bursts.
static double measure(const Width &width, double seconds) {
  alignas(64) float sink[16];
  const double flops = 2.0 * kAccumulators * kIterations * (width.bits / 32);
  const double end = now() + seconds;
  double best = 0;
  do {
    const double start = now();
    width.burst(sink);
    best = std::max(best, flops / (now() - start) / 1e9);
  } while (now() < end);
  return best;
}

static const char *option(int argc, char **argv, const char *name,
                          const char *fallback) {
  const size_t size = std::strlen(name);
  for (int i = 1; i < argc; ++i)
    if (std::strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
      return argv[i] + size + 1;
  return fallback;
}

int main(int argc, char **argv) {
  const int threads =
      std::max(1, std::atoi(option(argc, argv, "--threads", "1")));
  const double seconds = std::atof(option(argc, argv, "--seconds", "0.2"));
  const int bits = std::atoi(option(argc, argv, "--width", "0"));
  const Width widths[] = {
      {512, burst512, __builtin_cpu_supports("avx512f") != 0},
      {256, burst256,
       __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")}};
  for (const Width &width : widths) {
    if (!width.supported || (bits != 0 && bits != width.bits))
      continue;
    std::vector<double> rates(static_cast<size_t>(threads));
    std::vector<std::thread> pool;
    for (double &rate : rates)
      pool.emplace_back([&] { rate = measure(width, seconds); });
    for (std::thread &thread : pool)
      thread.join();
    double total = 0;
    for (double rate : rates)
      total += rate;
    std::printf("{\"gflops\": %.2f, \"width\": %d, \"threads\": %d}\n", total,
                width.bits, threads);
    return 0;
  }
  std::fprintf(stderr, "fma_peak: error: this CPU has no FMA of that width\n");
  return 1;
}
