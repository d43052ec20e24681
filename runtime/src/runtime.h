//===- runtime.h - Dispatch of tiles to threads ---------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// One dispatch pulls chunks of tiles from a counter in as many threads as the
// pool, or the host application's executor, offers. Test:
// test/dispatch_test.cpp.

#ifndef SQART_SRC_RUNTIME_H
#define SQART_SRC_RUNTIME_H

#include "pool.h"

#include "sqart/kernel_abi.h"

#include <memory>

namespace sqart {

// Memory that tiles work in: one buffer for each thread of a dispatch, grown on
// demand by its own thread, so that pages are near it.
class ScratchSet {
public:
  explicit ScratchSet(int32_t workers) : buffers(size_t(workers)) {}
  ScratchSet(const ScratchSet &) = delete;
  ScratchSet &operator=(const ScratchSet &) = delete;
  ~ScratchSet();

  // At least `bytes` bytes for `worker`, aligned; null if there is no memory.
  void *get(int32_t worker, int64_t bytes);

private:
  struct alignas(64) Buffer {
    void *data = nullptr;
    int64_t size = 0;
  };
  std::vector<Buffer> buffers;
};

} // namespace sqart

struct sqart_runtime_t {
  static sqart_status_t create(const sqart_runtime_options_t &options,
                               sqart_runtime_t **out);

  // Modules keep the runtime they were loaded with.
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release();

  int32_t concurrency() const { return numWorkers; }

  // An error in a child of fork() whose pool stayed with the parent. To be
  // asked before any lock is taken: the parent's threads may have held it.
  sqart_status_t checkProcess() const;

  // Runs fn on [0, tiles); the contract is that of sqart_host_v1_t::dispatch.
  sqart_status_t dispatch(sqart_tile_fn_t fn, const void *args, int64_t tiles,
                          int64_t scratchBytes);

private:
  sqart_runtime_t() = default;
  ~sqart_runtime_t() { sqart::Pool::destroy(pool); }
  std::unique_ptr<sqart::ScratchSet> takeScratch();
  void giveScratch(std::unique_ptr<sqart::ScratchSet> set);

  std::atomic<int32_t> references{1};
  int32_t numWorkers = 1;
  sqart::Pool *pool = nullptr;    // null: the executor, or one thread
  sqart_executor_t executor = {}; // run is null: the pool, or one thread
  std::mutex scratchLock;
  std::vector<std::unique_ptr<sqart::ScratchSet>> idleScratch;
};

#endif // SQART_SRC_RUNTIME_H
