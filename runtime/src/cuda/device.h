//===- device.h - GPUs and their contexts ---------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Test: test/cuda/device_test.cpp.

#ifndef SQART_SRC_CUDA_DEVICE_H
#define SQART_SRC_CUDA_DEVICE_H

#include "cuda/driver.h"

namespace sqart::cuda {

// What is asked of the driver about a device, once.
struct DeviceFacts {
  int32_t ordinal = 0;
  uint32_t capability = 0; // 10 * major + minor
  uint32_t multiprocessors = 0;
  uint32_t maxSharedBytes = 0; // of a block, opted in
  uint32_t maxThreadsPerMultiprocessor = 0;
  uint64_t l2Bytes = 0;
  int64_t maxGrid[3] = {};
};

// SQART_STATUS_INVALID_ARGUMENT if there is no device of that number.
sqart_status_t getFacts(const Driver &driver, int32_t ordinal,
                        DeviceFacts &out);

// The device's primary context, which the CUDA runtime API uses too. Retained
// by the first call for as long as the process lives.
sqart_status_t getPrimaryContext(const Driver &driver, int32_t ordinal,
                                 Context &out);

// The context of a call on device `ordinal`: the one given, else that of the
// stream, else the thread's current one if it is on that device, else the
// primary one.
sqart_status_t chooseContext(const Driver &driver, int32_t ordinal,
                             Context given, Stream stream, Context &out);

// Makes a context current for a scope.
class ContextScope {
public:
  explicit ContextScope(const Driver &driver) : driver(driver) {}
  ContextScope(const ContextScope &) = delete;
  ContextScope &operator=(const ContextScope &) = delete;
  ~ContextScope();

  sqart_status_t enter(Context context);

private:
  const Driver &driver;
  bool pushed = false;
};

} // namespace sqart::cuda

#endif // SQART_SRC_CUDA_DEVICE_H
