//===- workspace.h - Device memory that a module owns ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// For callers that give no workspace. One block for each stream: its kernels
// run one after the other, so calls can share it, if one call's launches are
// not mixed with another's (hence the lock). A block that became too small is
// kept until the end: kernels, or graphs that were captured, may still use it.
// Test: test/cuda/workspace_test.cpp.

#ifndef SQART_SRC_CUDA_WORKSPACE_H
#define SQART_SRC_CUDA_WORKSPACE_H

#include "cuda/device.h"

#include <memory>
#include <mutex>
#include <vector>

namespace sqart::cuda {

struct WorkspaceBlock {
  Context context = nullptr;
  Stream stream = nullptr;
  std::mutex busy; // held by the call that uses the block
  Pointer data = 0;
  uint64_t size = 0;
  std::vector<Pointer> outgrown;
};

class WorkspacePool {
public:
  WorkspacePool() = default;
  WorkspacePool(const WorkspacePool &) = delete;
  WorkspacePool &operator=(const WorkspacePool &) = delete;
  ~WorkspacePool();

  // The block of a stream with at least `bytes` bytes; `hold` keeps other calls
  // off it. `context` is current. Fails rather than allocate while the stream
  // is being captured.
  sqart_status_t take(const Driver &driver, Context context, Stream stream,
                      uint64_t bytes, WorkspaceBlock *&out,
                      std::unique_lock<std::mutex> &hold);

private:
  std::mutex lock;
  std::vector<std::unique_ptr<WorkspaceBlock>> blocks;
};

// An error if the stream is being captured, as `what` cannot be done then.
sqart_status_t checkNotCapturing(const Driver &driver, Stream stream,
                                 const char *what);

} // namespace sqart::cuda

#endif // SQART_SRC_CUDA_WORKSPACE_H
