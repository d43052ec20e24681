//===- read_bandwidth.cpp - How fast threads read memory ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints GB/s of the fastest of several passes over a buffer that fits no
// cache: each thread adds up its own part, and wrote it first, so that its
// memory is near. The roof of a step of decoding.
//
//   read_bandwidth [--threads=N] [--mib=N]
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

namespace {
constexpr int kPasses = 12;

// Sixteen sums: enough loads in flight for any core.
uint64_t sum(const uint64_t *data, size_t count) {
  uint64_t sums[16] = {};
  for (size_t i = 0; i + 16 <= count; i += 16)
    for (size_t n = 0; n < 16; ++n)
      sums[n] += data[i + n];
  uint64_t total = 0;
  for (uint64_t each : sums)
    total += each;
  return total;
}

// All threads wait here until the last one has come.
class Barrier {
public:
  explicit Barrier(int threads) : threads(threads) {}
  void wait() {
    int round = rounds.load();
    if (waiting.fetch_add(1) + 1 == threads) {
      waiting.store(0);
      rounds.fetch_add(1);
      return;
    }
    while (rounds.load() == round)
      std::this_thread::yield();
  }

private:
  int threads;
  std::atomic<int> waiting{0}, rounds{0};
};

long option(int argc, char **argv, const char *name, long fallback) {
  size_t length = std::strlen(name);
  for (int i = 1; i < argc; ++i)
    if (std::strncmp(argv[i], name, length) == 0)
      return std::atol(argv[i] + length);
  return fallback;
}
} // namespace

int main(int argc, char **argv) {
  long threads = option(argc, argv, "--threads=", 1);
  long mib = option(argc, argv, "--mib=", 1024);
  if (threads < 1 || mib < 1) {
    std::fprintf(stderr, "usage: read_bandwidth [--threads=N] [--mib=N]\n");
    return 2;
  }
  size_t words = static_cast<size_t>(mib) * (1 << 17) / threads;
  std::vector<std::unique_ptr<uint64_t[]>> parts(threads);
  std::atomic<uint64_t> total{0};
  Barrier barrier(static_cast<int>(threads));
  double best = 1e9;
  auto work = [&](long self) {
    parts[self].reset(new uint64_t[words]);
    std::memset(parts[self].get(), static_cast<int>(self + 1), words * 8);
    for (int pass = 0; pass < kPasses; ++pass) {
      barrier.wait();
      auto start = std::chrono::steady_clock::now();
      total += sum(parts[self].get(), words);
      barrier.wait();
      std::chrono::duration<double> taken =
          std::chrono::steady_clock::now() - start;
      if (self == 0)
        best = std::min(best, taken.count());
    }
  };
  std::vector<std::thread> pool;
  for (long self = 1; self < threads; ++self)
    pool.emplace_back(work, self);
  work(0);
  for (std::thread &thread : pool)
    thread.join();
  std::printf("%.2f\n", static_cast<double>(words) * threads * 8 / best * 1e-9);
  std::fprintf(stderr, "checksum %llu\n",
               static_cast<unsigned long long>(total.load()));
  return 0;
}
