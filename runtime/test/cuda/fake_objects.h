//===- fake_objects.h - What the handles of the fake driver are -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Internal to the fake. Contexts, streams and modules are small structs, so
// that a stale or foreign handle is noticed as far as the tests need it.

#ifndef SQART_TEST_CUDA_FAKE_OBJECTS_H
#define SQART_TEST_CUDA_FAKE_OBJECTS_H

#include "cuda/driver.h"
#include "fake_cuda.h"
#include "fake_kernels.h"

#include <mutex>

namespace sqart::cuda {
struct ContextTag {
  int device;
};
struct StreamTag {
  Context context;
};
struct ModuleTag {
  Context context;
  bool withMaps;    // the kernels of program 0
  std::string text; // PTX, as far as there is no NUL
};
struct KernelTag {
  const test::FakeKernel *kernel;
};
struct EventTag {
  int stamp;
};
} // namespace sqart::cuda

namespace fake {

using namespace sqart::cuda;

extern std::recursive_mutex lock;
extern ContextTag primaries[], others[];
extern thread_local std::vector<Context> stack;

// Records the call; what it is told to fail with.
Result enter(const char *name);

// Appends a line to the file FAKE_CUDA_LOG, if set.
void logLaunch(const sqart::test::FakeKernel &kernel,
               const LaunchConfig &config, void **parameters);

#define SQART_FAKE_DECLARE(name, parameters) Result name parameters;
SQART_CUDA_REQUIRED(SQART_FAKE_DECLARE)
SQART_CUDA_OPTIONAL(SQART_FAKE_DECLARE)
#undef SQART_FAKE_DECLARE

} // namespace fake

#endif // SQART_TEST_CUDA_FAKE_OBJECTS_H
