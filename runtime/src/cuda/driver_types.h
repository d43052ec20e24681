//===- driver_types.h - What is needed of the CUDA driver API -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Declared here so that the runtime builds where there is no CUDA. Names,
// numbers, layouts and signatures are those of the "CUDA Driver API" reference,
// version 12.0 (cuFuncLoad and cuFuncGetParamInfo: 12.4); they are ABI and do
// not change.

#ifndef SQART_SRC_CUDA_DRIVER_TYPES_H
#define SQART_SRC_CUDA_DRIVER_TYPES_H

#include <cstddef>
#include <cstdint>

namespace sqart::cuda {

using Device = int;
using Pointer = unsigned long long;
using Context = struct ContextTag *;
using Module = struct ModuleTag *;
using Kernel = struct KernelTag *;
using Stream = struct StreamTag *;
using Event = struct EventTag *;

// Handles that stand for streams of any context.
inline const Stream legacyStream = reinterpret_cast<Stream>(uintptr_t(1));
inline const Stream perThreadStream = reinterpret_cast<Stream>(uintptr_t(2));

// CUresult; cuGetErrorName names the others.
enum Result : int {
  success = 0,
  errorInvalidValue = 1,
  errorOutOfMemory = 2,
  errorNotInitialized = 3,
  errorStubLibrary = 34,
  errorCallRequiresNewerDriver = 36,
  errorDeviceUnavailable = 46,
  errorNoDevice = 100,
  errorInvalidDevice = 101,
  errorInvalidImage = 200,
  errorNoBinaryForGpu = 209,
  errorEccUncorrectable = 214,
  errorInvalidPtx = 218,
  errorNvlinkUncorrectable = 220,
  errorJitCompilerNotFound = 221,
  errorUnsupportedPtxVersion = 222,
  errorJitCompilationDisabled = 223,
  errorNotFound = 500,
  errorIllegalAddress = 700,
  errorLaunchOutOfResources = 701,
  errorLaunchTimeout = 702,
  errorAssert = 710,
  errorHardwareStack = 714,
  errorIllegalInstruction = 715,
  errorMisalignedAddress = 716,
  errorInvalidAddressSpace = 717,
  errorInvalidPc = 718,
  errorLaunchFailed = 719,
  errorSystemNotReady = 802,
  errorSystemDriverMismatch = 803,
  errorCompatNotSupported = 804
};

// CUdevice_attribute.
enum DeviceAttribute : int {
  maxGridX = 5,
  maxGridY = 6,
  maxGridZ = 7,
  multiprocessorCount = 16,
  l2CacheSize = 38,
  maxThreadsPerMultiprocessor = 39,
  computeCapabilityMajor = 75,
  computeCapabilityMinor = 76,
  maxSharedPerBlockOptin = 97
};

// CUfunction_attribute.
enum KernelAttribute : int {
  maxThreadsPerBlock = 0,
  sharedSizeBytes = 1,
  numRegisters = 4,
  maxDynamicSharedBytes = 8
};

// CUjit_option.
enum JitOption : int { jitErrorLogBuffer = 5, jitErrorLogBufferBytes = 6 };

// CUstreamCaptureStatus.
enum CaptureStatus : int { captureNone = 0 };

// CUlaunchAttribute. Values take 64 bytes, of which these are used.
struct LaunchAttribute {
  enum Id : int { cooperative = 2, clusterDimension = 4, overlap = 6 };
  Id id;
  int padding;
  union {
    int flag;
    uint32_t cluster[3];
    char bytes[64];
  } value;
};
static_assert(sizeof(LaunchAttribute) == 72, "CUlaunchAttribute");

// CUlaunchConfig.
struct LaunchConfig {
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t dynamicSharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  uint32_t numAttributes;
};
static_assert(sizeof(LaunchConfig) == 56, "CUlaunchConfig");

// CUtensorMap. Aligned to 64 bytes in version 12, to 128 in 13.
struct alignas(128) TensorMap {
  uint64_t words[16];
};

} // namespace sqart::cuda

#endif // SQART_SRC_CUDA_DRIVER_TYPES_H
