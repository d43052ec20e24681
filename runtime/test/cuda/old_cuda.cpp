//===- old_cuda.cpp - A driver from before CUDA 12 ------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/driver_types.h"

extern "C" __attribute__((visibility("default"))) sqart::cuda::Result
cuDriverGetVersion(int *version) {
  *version = 11040;
  return sqart::cuda::success;
}
