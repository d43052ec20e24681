//===- driver.cpp - libcuda, opened at run time ---------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Everything goes through cuGetProcAddress with the version we declare, since a
// plain symbol may have an older signature (cuMemAlloc takes 32-bit sizes).

#include "cuda/driver.h"

#include <cstdio>
#include <dlfcn.h>
#include <mutex>

using namespace sqart;
using namespace sqart::cuda;

namespace {
using GetProcAddress = Result (*)(const char *name, void **address, int version,
                                  uint64_t flags, int *status);
} // namespace

// Failures that leave the context unusable. They come from kernels that ran
// earlier, whichever call they are returned by.
static bool isAsynchronous(Result result) {
  switch (result) {
  case errorEccUncorrectable:
  case errorNvlinkUncorrectable:
  case errorIllegalAddress:
  case errorLaunchTimeout:
  case errorAssert:
  case errorHardwareStack:
  case errorIllegalInstruction:
  case errorMisalignedAddress:
  case errorInvalidAddressSpace:
  case errorInvalidPc:
  case errorLaunchFailed:
    return true;
  default:
    return false;
  }
}

static sqart_status_t statusOf(Result result) {
  switch (result) {
  case errorOutOfMemory:
    return SQART_STATUS_OUT_OF_MEMORY;
  case errorStubLibrary:
  case errorCallRequiresNewerDriver:
  case errorDeviceUnavailable:
  case errorNoDevice:
  case errorNoBinaryForGpu:
  case errorJitCompilerNotFound:
  case errorUnsupportedPtxVersion:
  case errorJitCompilationDisabled:
  case errorSystemNotReady:
  case errorSystemDriverMismatch:
  case errorCompatNotSupported:
    return SQART_STATUS_UNSUPPORTED;
  default:
    return SQART_STATUS_DEVICE;
  }
}

sqart_status_t Driver::check(Result result, const char *name,
                             const char *what) const {
  if (result == success)
    return SQART_STATUS_OK;
  const char *code = nullptr, *text = nullptr;
  if (!cuGetErrorName || cuGetErrorName(result, &code) != success || !code)
    code = "CUDA error";
  if (!cuGetErrorString || cuGetErrorString(result, &text) != success || !text)
    text = "unknown";
  if (isAsynchronous(result))
    return fail(statusOf(result),
                "work enqueued earlier on this GPU failed: %.80s (%.120s), as "
                "%s reports; its context cannot be used any more",
                code, text, name);
  const char *hint =
      result == errorNotInitialized
          ? "; a child made by fork() cannot use its parent's GPU"
          : "";
  return fail(statusOf(result), "%s%s%s: %.80s %d (%.120s)%s", what ? what : "",
              what ? ": " : "", name, code, int(result), text, hint);
}

// Of any version, for a message. 0 if it cannot be told.
static int versionOf(void *library) {
  auto get = reinterpret_cast<Result (*)(int *)>(
      ::dlsym(library, "cuDriverGetVersion"));
  int version = 0;
  return get && get(&version) == success ? version : 0;
}

static sqart_status_t tooOld(int version) {
  return fail(SQART_STATUS_UNSUPPORTED,
              "the NVIDIA driver is too old: expected one for CUDA %d.%d or "
              "newer, but got one for CUDA %d.%d",
              oldestDriver / 1000, oldestDriver % 1000 / 10, version / 1000,
              version % 1000 / 10);
}

template <typename Fn>
static bool resolve(GetProcAddress get, const char *name, int version,
                    Fn *&out) {
  void *address = nullptr;
  int status = 0;
  if (get(name, &address, version, 0, &status) != success || !address)
    return false;
  out = reinterpret_cast<Fn *>(address);
  return true;
}

sqart_status_t Driver::load(const char *library, Driver &out) {
  out = Driver();
  void *handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = ::dlerror();
    return fail(SQART_STATUS_UNSUPPORTED, "no NVIDIA driver: %s",
                Shown(reason ? reason : library).text);
  }
  auto get =
      reinterpret_cast<GetProcAddress>(::dlsym(handle, "cuGetProcAddress_v2"));
  if (!get)
    return tooOld(versionOf(handle));
#define SQART_CUDA_RESOLVE(name, parameters)                                   \
  if (!resolve(get, #name, oldestDriver, out.name))                            \
    return fail(SQART_STATUS_UNSUPPORTED,                                      \
                "the NVIDIA driver (CUDA %d.%d) has no function %s",           \
                versionOf(handle) / 1000, versionOf(handle) % 1000 / 10,       \
                #name);
  SQART_CUDA_REQUIRED(SQART_CUDA_RESOLVE)
#undef SQART_CUDA_RESOLVE
#define SQART_CUDA_RESOLVE(name, parameters)                                   \
  (void)resolve(get, #name, 12040, out.name);
  SQART_CUDA_OPTIONAL(SQART_CUDA_RESOLVE)
#undef SQART_CUDA_RESOLVE
  SQART_CUDA_TRY(out, cuDriverGetVersion, &out.version);
  if (out.version < oldestDriver)
    return tooOld(out.version);
  SQART_TRY(out.check(out.cuInit(0), "cuInit", "no usable GPU"));
  int count = 0;
  SQART_CUDA_TRY(out, cuDeviceGetCount, &count);
  if (count == 0)
    return fail(SQART_STATUS_UNSUPPORTED,
                "the NVIDIA driver (CUDA %d.%d) has no device",
                out.version / 1000, out.version % 1000 / 10);
  return SQART_STATUS_OK;
}

sqart_status_t cuda::getDriver(const Driver *&out) {
  static std::mutex lock;
  static bool loaded = false;
  static sqart_status_t status;
  static Driver driver;
  static char message[256];
  std::lock_guard<std::mutex> guard(lock);
  if (!loaded) {
    status = Driver::load("libcuda.so.1", driver);
    std::snprintf(message, sizeof(message), "%s", lastMessage());
    loaded = true;
  }
  if (status != SQART_STATUS_OK)
    return fail(status, "%s", message);
  out = &driver;
  return SQART_STATUS_OK;
}
