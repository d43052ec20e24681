//===- Transpose.cpp - Squares of vectors ------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/Transpose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

// Rows become columns by exchanging blocks of 1, 2, 4, ... elements between
// rows that are as far apart.
SmallVector<Value> mlir::sqa::transposeSquare(OpBuilder &b, Location loc,
                                              ArrayRef<Value> rows) {
  auto type = cast<VectorType>(rows.front().getType());
  int64_t size = type.getNumElements();
  // 16-bit floats move as integers, which have the better shuffles.
  bool isHalf = type.getElementType().isBF16() || type.getElementType().isF16();
  auto cast = [&](Value v, Type to) -> Value {
    return isHalf ? arith::BitcastOp::create(b, loc, to, v).getResult() : v;
  };
  SmallVector<Value> square;
  for (Value row : rows)
    square.push_back(cast(row, type.clone(b.getI16Type())));
  for (int64_t step = 1; step < size; step *= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < size; ++lane) {
      bool second = lane & step;
      upper.push_back(second ? size + lane - step : lane);
      lower.push_back(second ? size + lane : lane + step);
    }
    for (int64_t row = 0; row < size; ++row) {
      if (row & step)
        continue;
      Value x = square[row], y = square[row + step];
      square[row] = vector::ShuffleOp::create(b, loc, x, y, upper);
      square[row + step] = vector::ShuffleOp::create(b, loc, x, y, lower);
    }
  }
  for (Value &row : square)
    row = cast(row, type);
  return square;
}
