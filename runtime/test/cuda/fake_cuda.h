//===- fake_cuda.h - A driver without a GPU -------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A libcuda.so.1 that has every function the runtime uses, records calls and
// fails where it is told to. Device memory is host memory, and kernels known by
// name (those of kernels/*.ptx) run on the host at once, so calls can be
// checked end to end. A test that links to it gets it in place of the driver;
// programs get it through LD_LIBRARY_PATH, with these variables:
//   FAKE_CUDA_FAIL=cuMemAlloc=2,cuLaunchKernelEx=700   what fails, and how
//   FAKE_CUDA_LOG=file   a line for each launch: sizes, maps, parameters
//   FAKE_CUDA_DEVICES=N  FAKE_CUDA_VERSION=12040  FAKE_CUDA_CAPABILITY=90

#ifndef SQART_TEST_CUDA_FAKE_CUDA_H
#define SQART_TEST_CUDA_FAKE_CUDA_H

#include "cuda/driver_types.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sqart::test {

struct FakeLaunch {
  std::string kernel;
  cuda::LaunchConfig config;
  std::vector<cuda::LaunchAttribute> attributes;
  cuda::Context context;
};

struct FakeFailure {
  int result;
  int after = 0; // calls that succeed first
};

// Set by tests, read by the fake; reset() goes back to one GPU of 9.0 that
// works. Not to be changed while other threads call the driver.
struct FakeCuda {
  int version = 12040;
  int devices = 1;
  std::vector<int> capability; // of each device; 90 for those not listed
  int maxShared = 232448;
  int kernelThreads = 1024;      // what every kernel can be launched with
  std::set<std::string> missing; // not found by cuGetProcAddress
  std::map<std::string, FakeFailure> failures;
  std::string ptxLog;           // what the compiler writes
  bool capturing = false;       // all streams
  bool wrongParameters = false; // of kernels, as the code says

  // What happened.
  std::vector<std::string> calls;
  std::vector<FakeLaunch> launches;
  std::map<uintptr_t, size_t> memory; // live allocations
  int modules = 0, streams = 0, events = 0;
  std::string lastImage; // of a module, up to a NUL
  size_t depth = 0;      // of the calling thread's stack of contexts

  void reset();
  int count(const std::string &call) const;
};

// `device` primary context, and another one on it.
cuda::Context fakePrimaryContext(int device);
cuda::Context fakeOtherContext(int device);
cuda::Stream fakeStream(cuda::Context context);

FakeCuda &fakeCuda();

} // namespace sqart::test

#endif // SQART_TEST_CUDA_FAKE_CUDA_H
