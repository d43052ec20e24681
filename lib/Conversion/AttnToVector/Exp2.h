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

// 2^x of two vectors of 16 f32 with x <= 120, rounded to bf16: those of `even`
// in the low halves of `pair`, those of `odd` in the high ones. 2^-inf is +0.
// AVX-512 DQ. Where an x is NaN the pair is anything, and `seen` (of both) has
// a bit of kWeightNanBits, which it has nowhere else.
struct WeightBits {
  Value pair, seen;
};
inline constexpr int32_t kWeightNanBits = 0x30000000;
SmallVector<WeightBits> buildWeightBits(OpBuilder &b, Location loc,
                                        ArrayRef<Value> even,
                                        ArrayRef<Value> odd);
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_EXP2_H
