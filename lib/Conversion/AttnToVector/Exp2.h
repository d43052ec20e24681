//===- Exp2.h - Powers of two on f32 vectors -------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOVECTOR_EXP2_H
#define SQA_LIB_CONVERSION_ATTNTOVECTOR_EXP2_H

#include "mlir/IR/Builders.h"

namespace mlir::sqa {
// 2^x of vectors of f32 with x <= 120, by a polynomial of `degree` 4, 5 or 6.
// 2^-inf is +0, NaN gives NaN, results below 2^-126 become 0 (or a denormal
// that is off by at most half of 2^-126).
SmallVector<Value> buildExp2(OpBuilder &b, Location loc, ArrayRef<Value> xs,
                             int64_t degree);
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_EXP2_H
