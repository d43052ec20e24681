//===- driver.h - libcuda, opened at run time -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// One table of the driver's functions. Nothing links to libcuda: a machine
// without a driver gets a status from whatever needs one.
// Test: test/cuda/driver_test.cpp.

#ifndef SQART_SRC_CUDA_DRIVER_H
#define SQART_SRC_CUDA_DRIVER_H

#include "cuda/driver_types.h"
#include "status.h"

namespace sqart::cuda {

// The oldest driver that has all of the table: CUDA 12.0.
constexpr int oldestDriver = 12000;

// X(name, parameters): asked for in version 12.0.
#define SQART_CUDA_REQUIRED(X)                                                 \
  X(cuInit, (unsigned flags))                                                  \
  X(cuDriverGetVersion, (int *version))                                        \
  X(cuDeviceGetCount, (int *count))                                            \
  X(cuDeviceGet, (Device * device, int ordinal))                               \
  X(cuDeviceGetName, (char *name, int length, Device device))                  \
  X(cuDeviceTotalMem, (size_t *bytes, Device device))                          \
  X(cuDeviceGetAttribute, (int *value, int attribute, Device device))          \
  X(cuDevicePrimaryCtxRetain, (Context * context, Device device))              \
  X(cuCtxGetCurrent, (Context * context))                                      \
  X(cuCtxPushCurrent, (Context context))                                       \
  X(cuCtxPopCurrent, (Context * context))                                      \
  X(cuCtxGetDevice, (Device * device))                                         \
  X(cuModuleLoadDataEx, (Module * module, const void *image, unsigned count,   \
                         int *options, void **values))                         \
  X(cuModuleUnload, (Module module))                                           \
  X(cuModuleGetFunction, (Kernel * kernel, Module module, const char *name))   \
  X(cuFuncGetAttribute, (int *value, int attribute, Kernel kernel))            \
  X(cuFuncSetAttribute, (Kernel kernel, int attribute, int value))             \
  X(cuLaunchKernelEx, (const LaunchConfig *config, Kernel kernel,              \
                       void **parameters, void **extra))                       \
  X(cuTensorMapEncodeTiled,                                                    \
    (TensorMap * map, int element, uint32_t rank, void *base,                  \
     const uint64_t *sizes, const uint64_t *strides, const uint32_t *box,      \
     const uint32_t *elementStrides, int interleave, int swizzle,              \
     int l2Promotion, int oobFill))                                            \
  X(cuMemAlloc, (Pointer * pointer, size_t bytes))                             \
  X(cuMemFree, (Pointer pointer))                                              \
  X(cuMemcpy, (Pointer to, Pointer from, size_t bytes))                        \
  X(cuMemsetD32Async,                                                          \
    (Pointer to, unsigned value, size_t count, Stream stream))                 \
  X(cuStreamCreate, (Stream * stream, unsigned flags))                         \
  X(cuStreamDestroy, (Stream stream))                                          \
  X(cuStreamSynchronize, (Stream stream))                                      \
  X(cuStreamGetCtx, (Stream stream, Context * context))                        \
  X(cuStreamIsCapturing, (Stream stream, int *status))                         \
  X(cuEventCreate, (Event * event, unsigned flags))                            \
  X(cuEventDestroy, (Event event))                                             \
  X(cuEventRecord, (Event event, Stream stream))                               \
  X(cuEventSynchronize, (Event event))                                         \
  X(cuEventElapsedTime, (float *milliseconds, Event start, Event end))         \
  X(cuGetErrorName, (Result error, const char **text))                         \
  X(cuGetErrorString, (Result error, const char **text))

// Of version 12.4; null in an older driver.
#define SQART_CUDA_OPTIONAL(X)                                                 \
  X(cuFuncLoad, (Kernel kernel))                                               \
  X(cuFuncGetParamInfo,                                                        \
    (Kernel kernel, size_t index, size_t *offset, size_t *bytes))

struct Driver {
#define SQART_CUDA_MEMBER(name, parameters) Result(*name) parameters = nullptr;
  SQART_CUDA_REQUIRED(SQART_CUDA_MEMBER)
  SQART_CUDA_OPTIONAL(SQART_CUDA_MEMBER)
#undef SQART_CUDA_MEMBER
  int version = 0; // 12040 for CUDA 12.4

  // Opens `library`, which stays open, and initialises the driver.
  // SQART_STATUS_UNSUPPORTED if there is none, it is too old or has no device.
  static sqart_status_t load(const char *library, Driver &out);

  // A status with a message for what the driver's function `name` returned;
  // SQART_STATUS_OK for success. `what` says what was asked, or is null.
  sqart_status_t check(Result result, const char *name,
                       const char *what = nullptr) const;
};

// The process's driver, libcuda.so.1. Loaded by the first call; a failure is
// remembered and comes back from every call. Any thread.
sqart_status_t getDriver(const Driver *&out);

} // namespace sqart::cuda

// Calls a function of `driver` and returns from here unless it succeeds.
#define SQART_CUDA_TRY(driver, name, ...)                                      \
  SQART_TRY((driver).check((driver).name(__VA_ARGS__), #name))

#endif // SQART_SRC_CUDA_DRIVER_H
