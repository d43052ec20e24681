//===- pool.h - Threads that share the work of one call -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A team of worker threads that spin for a while after a job, then sleep. A job
// may start with workers missing: late ones are not waited for, as its work is
// pulled, not dealt. One job at a time; callers take turns.
// Test: test/pool_test.cpp.

#ifndef SQART_SRC_POOL_H
#define SQART_SRC_POOL_H

#include "status.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <vector>

namespace sqart {

class Pool {
public:
  // Starts `threads` - 1 workers: the caller of run() is the first thread.
  static sqart_status_t create(int32_t threads, int32_t spinMicroseconds,
                               Pool *&out);
  // Frees the pool; in a child of fork() it is left as it is instead, because
  // its threads and locks are not there to end.
  static void destroy(Pool *pool);

  // True in a child of fork(), where the workers do not exist.
  bool isForked() const;

  // Calls task(context, 0) in this thread and task(context, w) in workers w <
  // `workers` that come in time; returns when all calls have.
  void run(sqart_task_fn_t task, void *context, int32_t workers);

private:
  Pool(int32_t spinMicroseconds);
  ~Pool();
  static void *threadMain(void *start);
  void work(int32_t worker);
  bool waitForJob(uint32_t seen);
  bool hasNews(uint32_t seen) const;
  void wakeSleepers();

  // gate: epoch in the upper half, then the open bit, then how many workers
  // are inside. A worker goes in by compare-and-swap while the gate is open.
  static constexpr uint64_t openBit = uint64_t(1) << 31;
  static constexpr uint64_t insideMask = openBit - 1;

  alignas(64) std::atomic<uint64_t> gate{0};
  alignas(64) std::atomic<int32_t> sleepers{0};
  std::atomic<bool> stopping{false};
  // The job: written while the gate is shut and empty.
  sqart_task_fn_t task = nullptr;
  void *context = nullptr;
  int32_t workers = 0;

  std::mutex turn; // held by the caller whose job it is
  std::mutex sleep;
  std::condition_variable news;
  std::vector<pthread_t> threads;
  int64_t spinNanoseconds;
  int pid;
};

} // namespace sqart

#endif // SQART_SRC_POOL_H
