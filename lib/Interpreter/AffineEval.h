//===- AffineEval.h - Affine expressions on numbers -------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_AFFINEEVAL_H
#define SQA_LIB_INTERPRETER_AFFINEEVAL_H

#include "Evaluator.h"
#include "mlir/IR/AffineMap.h"

namespace mlir::sqa::interpreter {

/// `operands` holds the dimensions, then the symbols. nullopt if a division
/// or modulus is not by a positive number.
std::optional<int64_t> evaluateAffine(AffineExpr expr, unsigned numDims,
                                      const Scalar *operands);

/// affine.apply, affine.min and affine.max as functions of their operands;
/// null for every other op.
ScalarFn compileAffineOp(Operation *op);

/// `constant + sum of coefficients[d] * dimension d`, if `expr` is that.
struct LinearForm {
  SmallVector<int64_t> coefficients;
  int64_t constant = 0;
};
std::optional<LinearForm> linearForm(AffineExpr expr, unsigned numDims);

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_AFFINEEVAL_H
