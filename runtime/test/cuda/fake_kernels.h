//===- fake_kernels.h - The test kernels, run on the host -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What the fake driver runs for the kernels of kernels/*.ptx.

#ifndef SQART_TEST_CUDA_FAKE_KERNELS_H
#define SQART_TEST_CUDA_FAKE_KERNELS_H

#include "cuda/driver_types.h"

#include <string>
#include <vector>

namespace sqart::test {

struct FakeKernel {
  std::string name;
  std::vector<uint32_t> parameters; // bytes of each
  uint32_t sharedBytes;             // static
  // Null if the fake knows the kernel's interface only.
  void (*run)(const cuda::LaunchConfig &config, void **parameters);
  std::vector<bool> isFloat = {}; // of each parameter, if read from PTX
};

// Null if there is none of that name. `copy_rows` is the one whose first
// parameter is a tensor map if `withMaps`, as in program 0.
const FakeKernel *findFakeKernel(const std::string &name, bool withMaps);

// A kernel as its PTX declares it, or null.
const FakeKernel *findCompiledKernel(const std::string &ptx,
                                     const std::string &name);

// Dimension `i` of a map that the fake encoded; strides from 1 on, in bytes.
uint64_t fakeMapSize(const cuda::TensorMap &map, uint64_t i);
uint64_t fakeMapStride(const cuda::TensorMap &map, uint64_t i);

} // namespace sqart::test

#endif // SQART_TEST_CUDA_FAKE_KERNELS_H
