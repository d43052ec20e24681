//===- code.h - GPU code of a module, loaded into contexts ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Test: test/cuda/code_test.cpp.

#ifndef SQART_SRC_CUDA_CODE_H
#define SQART_SRC_CUDA_CODE_H

#include "cuda/device.h"
#include "package.h"

#include <memory>
#include <mutex>

namespace sqart::cuda {

// The module of `package` for a GPU of that capability by the order stated in
// manifest.fbs; PTX counts unless `allowPtx` is false. Else
// SQART_STATUS_UNSUPPORTED, with what there is.
sqart_status_t chooseModule(const Package &package, uint32_t capability,
                            bool allowPtx, const GpuModule *&out);

// An image that the driver may be given: as it takes no size, it must be shown
// to end inside its section.
sqart_status_t checkCubin(ByteView image);

// A GPU module in one context. Read-only once loaded.
struct LoadedCode {
  Context context = nullptr;
  DeviceFacts facts;
  const GpuModule *module = nullptr;
  Module handle = nullptr;
  std::vector<Kernel> kernels;
};

// The code of one sqart_module_t in all contexts that use it. Any thread.
class CodeCache {
public:
  CodeCache(const Package &package, bool allowPtx)
      : package(package), allowPtx(allowPtx) {}
  CodeCache(const CodeCache &) = delete;
  CodeCache &operator=(const CodeCache &) = delete;
  ~CodeCache();

  // What is loaded in `context`; null if nothing is.
  const LoadedCode *find(Context context);
  // Loads all kernels and prepares them for launching, unless that is done.
  // `context` is current. This may wait for the device and take its memory.
  sqart_status_t load(const Driver &driver, Context context, int32_t ordinal,
                      const LoadedCode *&out);

  const Package &package;
  const bool allowPtx;

private:
  std::mutex lock;
  std::vector<std::unique_ptr<LoadedCode>> loaded;
};

} // namespace sqart::cuda

#endif // SQART_SRC_CUDA_CODE_H
