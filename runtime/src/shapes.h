//===- shapes.h - Solve the symbols of a signature ------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Inputs' plain symbols get their value from the first input dimension that is
// just that symbol; everything else is then checked. Test:
// test/shapes_test.cpp.

#ifndef SQART_SRC_SHAPES_H
#define SQART_SRC_SHAPES_H

#include "manifest.h"

namespace sqart {

// "attention: input 1 'key'", for messages.
struct TensorText {
  TensorText(const Function &function, size_t tensor);
  char text[320];
};

// Finds `symbols` (one entry a symbol) from the shapes of all inputs, of which
// ranks and signs have been checked, and checks every equation on inputs.
sqart_status_t solveSymbols(const Function &function,
                            const int64_t *const *inputShapes,
                            int64_t *symbols);

// The value of dimension `dim` of tensor number `tensor`.
sqart_status_t dimValue(const Function &function, size_t tensor, size_t dim,
                        const int64_t *symbols, int64_t &out);

// An error unless dimension `dim` of tensor number `tensor` is `got`.
sqart_status_t checkDim(const Function &function, size_t tensor, size_t dim,
                        const int64_t *symbols, int64_t got);

} // namespace sqart

#endif // SQART_SRC_SHAPES_H
