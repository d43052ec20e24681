//===- gpu_package.h - The package of the GPU tests -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Host code of gpu_kernels.c, device code of kernels/*.ptx: program 0 for
// sm_90a, whose copy_rows uses tensor maps, and program 1 from sm_80 on.

#ifndef SQART_TEST_CUDA_GPU_PACKAGE_H
#define SQART_TEST_CUDA_GPU_PACKAGE_H

#include "test_package.h"

namespace sqart::test {

// The functions, by ordinal. ScaledAdd also runs on the CPU.
enum GpuOrdinal { ScaledAdd, CopyRows, Sum, Fault, Misuse };

struct GpuCode {
  const char *arch;
  uint32_t program; // 0 or 1
  bool isPtx;
  Bytes bytes;
};

// PTX of a program.
Bytes programPtx(uint32_t program);
// Machine code of program 0 for sm_90a; empty if the build had no ptxas.
Bytes programCubin();
// An image with the headers of machine code and nothing else.
Bytes emptyCubin();

// All there is: machine code (if any), PTX of both programs.
std::vector<GpuCode> allGpuCode();

// A package around that code; its manifest goes through `edit`, if given.
Bytes gpuPackage(const std::vector<GpuCode> &code,
                 void (*edit)(Manifest &) = nullptr);

} // namespace sqart::test

#endif // SQART_TEST_CUDA_GPU_PACKAGE_H
