//===- Transpose.h - Squares of vectors --------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_VECTORIZELINALG_TRANSPOSE_H
#define SQA_TRANSFORMS_VECTORIZELINALG_TRANSPOSE_H

#include "mlir/IR/Builders.h"

namespace mlir::sqa {

// As many vectors as each has elements, a power of 2; element j of vector i of
// the result is element i of vector j.
SmallVector<Value> transposeSquare(OpBuilder &b, Location loc,
                                   ArrayRef<Value> rows);

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_VECTORIZELINALG_TRANSPOSE_H
