//===- device.cpp - GPUs and their contexts -------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/device.h"

#include <algorithm>
#include <mutex>
#include <vector>

using namespace sqart;
using namespace sqart::cuda;

static sqart_status_t getDevice(const Driver &driver, int32_t ordinal,
                                Device &out) {
  int count = 0;
  SQART_CUDA_TRY(driver, cuDeviceGetCount, &count);
  if (ordinal < 0 || ordinal >= count)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "device: expected a GPU number below %d, but got %d", count,
                ordinal);
  return driver.check(driver.cuDeviceGet(&out, ordinal), "cuDeviceGet");
}

sqart_status_t cuda::getFacts(const Driver &driver, int32_t ordinal,
                              DeviceFacts &out) {
  Device device = 0;
  SQART_TRY(getDevice(driver, ordinal, device));
  int values[9] = {};
  const int attributes[9] = {computeCapabilityMajor,
                             computeCapabilityMinor,
                             multiprocessorCount,
                             maxSharedPerBlockOptin,
                             maxThreadsPerMultiprocessor,
                             l2CacheSize,
                             maxGridX,
                             maxGridY,
                             maxGridZ};
  for (int i = 0; i < 9; ++i)
    SQART_CUDA_TRY(driver, cuDeviceGetAttribute, &values[i], attributes[i],
                   device);
  out.ordinal = ordinal;
  out.capability = uint32_t(10 * values[0] + values[1]);
  out.multiprocessors = uint32_t(values[2]);
  out.maxSharedBytes = uint32_t(values[3]);
  out.maxThreadsPerMultiprocessor = uint32_t(values[4]);
  out.l2Bytes = uint64_t(values[5]);
  for (int i = 0; i < 3; ++i)
    out.maxGrid[i] = values[6 + i];
  return SQART_STATUS_OK;
}

sqart_status_t cuda::getPrimaryContext(const Driver &driver, int32_t ordinal,
                                       Context &out) {
  static std::mutex lock;
  static std::vector<Context> contexts;
  std::lock_guard<std::mutex> guard(lock);
  size_t index = size_t(ordinal);
  if (index >= contexts.size() || !contexts[index]) {
    Device device = 0;
    SQART_TRY(getDevice(driver, ordinal, device));
    contexts.resize(std::max(index + 1, contexts.size()), nullptr);
    SQART_CUDA_TRY(driver, cuDevicePrimaryCtxRetain, &contexts[index], device);
  }
  out = contexts[index];
  return SQART_STATUS_OK;
}

sqart_status_t cuda::chooseContext(const Driver &driver, int32_t ordinal,
                                   Context given, Stream stream, Context &out) {
  if (given) {
    out = given;
    return SQART_STATUS_OK;
  }
  if (stream && stream != legacyStream && stream != perThreadStream)
    return driver.check(driver.cuStreamGetCtx(stream, &out), "cuStreamGetCtx",
                        "stream");
  out = nullptr;
  SQART_CUDA_TRY(driver, cuCtxGetCurrent, &out);
  if (out) {
    Device device = -1;
    SQART_CUDA_TRY(driver, cuCtxGetDevice, &device);
    if (device == ordinal)
      return SQART_STATUS_OK;
  }
  return getPrimaryContext(driver, ordinal, out);
}

sqart_status_t ContextScope::enter(Context context) {
  Context current = nullptr;
  SQART_CUDA_TRY(driver, cuCtxGetCurrent, &current);
  if (current == context)
    return SQART_STATUS_OK;
  SQART_CUDA_TRY(driver, cuCtxPushCurrent, context);
  pushed = true;
  return SQART_STATUS_OK;
}

ContextScope::~ContextScope() {
  Context popped = nullptr;
  if (pushed)
    (void)driver.cuCtxPopCurrent(&popped);
}
