//===- workspace.cpp - Device memory that a module owns -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Blocks grow at least twofold, so that all outgrown ones together are no
// larger than the one in use.

#include "cuda/workspace.h"

#include <algorithm>

using namespace sqart;
using namespace sqart::cuda;

sqart_status_t cuda::checkNotCapturing(const Driver &driver, Stream stream,
                                       const char *what) {
  int status = captureNone;
  SQART_CUDA_TRY(driver, cuStreamIsCapturing, stream, &status);
  if (status == captureNone)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "the stream is being captured: %s before that", what);
}

static sqart_status_t grow(const Driver &driver, WorkspaceBlock &block,
                           uint64_t bytes) {
  SQART_TRY(checkNotCapturing(driver, block.stream,
                              "give the call a workspace, or make it once"));
  // Room first: nothing may fail between allocating and remembering.
  block.outgrown.reserve(block.outgrown.size() + 1);
  uint64_t size = std::max(bytes, 2 * block.size);
  Pointer data = 0;
  Result result = driver.cuMemAlloc(&data, size);
  if (result == errorOutOfMemory && size > bytes)
    result = driver.cuMemAlloc(&data, size = bytes);
  if (result == errorOutOfMemory)
    return fail(SQART_STATUS_OUT_OF_MEMORY,
                "no device memory for a workspace of %llu bytes",
                static_cast<unsigned long long>(bytes));
  SQART_TRY(driver.check(result, "cuMemAlloc"));
  if (block.data)
    block.outgrown.push_back(block.data);
  block.data = data;
  block.size = size;
  return SQART_STATUS_OK;
}

sqart_status_t WorkspacePool::take(const Driver &driver, Context context,
                                   Stream stream, uint64_t bytes,
                                   WorkspaceBlock *&out,
                                   std::unique_lock<std::mutex> &hold) {
  WorkspaceBlock *block = nullptr;
  {
    std::lock_guard<std::mutex> guard(lock);
    for (const std::unique_ptr<WorkspaceBlock> &known : blocks)
      if (known->context == context && known->stream == stream)
        block = known.get();
    if (!block) {
      blocks.push_back(std::make_unique<WorkspaceBlock>());
      block = blocks.back().get();
      block->context = context;
      block->stream = stream;
    }
  }
  std::unique_lock<std::mutex> held(block->busy);
  if (block->size < bytes)
    SQART_TRY(grow(driver, *block, bytes));
  hold = std::move(held);
  out = block;
  return SQART_STATUS_OK;
}

WorkspacePool::~WorkspacePool() {
  const Driver *driver = nullptr;
  if (blocks.empty() || getDriver(driver) != SQART_STATUS_OK)
    return;
  for (const std::unique_ptr<WorkspaceBlock> &block : blocks) {
    ContextScope scope(*driver);
    if (!block->data || scope.enter(block->context) != SQART_STATUS_OK)
      continue;
    (void)driver->cuMemFree(block->data);
    for (Pointer data : block->outgrown)
      (void)driver->cuMemFree(data);
  }
}
