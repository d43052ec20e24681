//===- IndexBounds.h - What values an index can have -----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds of integers and indices as expressions over the sizes of a function's
// arguments: the induction variable of a loop over dimension n of %x is from 0
// to n - 1, min(%id, 99) is at most 99. A value without bounds may be anything.
// Test: test/Transforms/check-indices.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_ANALYSIS_INDEXBOUNDS_H
#define SQA_ANALYSIS_INDEXBOUNDS_H

#include "sqa/Analysis/ShapeEquations.h"

namespace mlir::sqa {

// Every expression of `lower` is at most the value, every one of `upper` at
// least; none says anything about the others.
struct Bounds {
  SmallVector<AffineExpr, 2> lower, upper;
};

class IndexBounds {
public:
  explicit IndexBounds(ShapeEquations &equations) : equations(equations) {}

  Bounds get(OpFoldResult value);

  // Whether the value is proved to be at least 0.
  bool isAtLeastZero(OpFoldResult value) { return isNotNegative(get(value)); }

  // Whether the value is proved to be in [0, size).
  bool isInside(OpFoldResult value, AffineExpr size);
  // Whether the value is proved to be at least 0, and the value plus `margin`
  // at most `size`.
  bool isInside(OpFoldResult value, AffineExpr margin, AffineExpr size);

private:
  Bounds compute(Value value);
  Bounds computeArgument(BlockArgument argument);
  Bounds computeArithmetic(Operation *op);
  Bounds computeCast(Operation *op);
  Bounds computeRemainder(Operation *op);
  Bounds minimum(const Bounds &a, const Bounds &b);
  Bounds maximum(const Bounds &a, const Bounds &b);
  Bounds join(const Bounds &a, const Bounds &b);
  Bounds limitTo(Bounds bounds, Type type);
  Bounds exact(AffineExpr expr);
  Bounds range(AffineExpr lower, AffineExpr upper);
  AffineExpr constant(int64_t value);
  // Whether `expr` >= 0 whatever the sizes are.
  bool isNotNegative(AffineExpr expr);
  bool isNotNegative(const Bounds &bounds);

  ShapeEquations &equations;
  DenseMap<Value, Bounds> known;
};

// The size of loop `loop` of a linalg op, or null.
AffineExpr getLoopSize(ShapeEquations &equations, Operation *linalgOp,
                       unsigned loop);

} // namespace mlir::sqa

#endif // SQA_ANALYSIS_INDEXBOUNDS_H
