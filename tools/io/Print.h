//===- Print.h - Tensors as text --------------------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `2x2xf32=[[1, 2], [3, 4]]`: a small tensor prints so that it can be given
// back as an input. A large one is cut to the ends of each dimension (`...`)
// and followed by a line of statistics. Test: tools/io/test/TensorTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_IO_PRINT_H
#define SQA_TOOLS_IO_PRINT_H

#include "tools/io/Tensor.h"

namespace sqa::io {

/// `digits` significant ones at most; `nan`, `inf`, `-inf`.
std::string formatDouble(double value, int digits);
std::string formatElement(const Tensor &tensor, int64_t index, int digits);

struct PrintOptions {
  int digits = 6;
  int64_t maxElements = 256; // above this the tensor is cut
  int64_t edge = 3;          // elements kept at each end of a cut dimension
};

std::string formatTensor(const Tensor &tensor,
                         const PrintOptions &options = {});

} // namespace sqa::io

#endif // SQA_TOOLS_IO_PRINT_H
