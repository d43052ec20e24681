//===- IndexMath.h - Index arithmetic that folds as it goes -----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_TILEATTENTION_INDEXMATH_H
#define SQA_LIB_TRANSFORMS_TILEATTENTION_INDEXMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::sqa {

// Short names for arith ops; constants fold.
struct IndexMath {
  OpBuilder &b;
  Location loc;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value boolean(bool value) {
    return arith::ConstantIntOp::create(b, loc, value, /*width=*/1);
  }
  Value add(Value x, Value y) {
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value add(Value x, int64_t y) { return y == 0 ? x : add(x, constant(y)); }
  Value sub(Value x, Value y) {
    return b.createOrFold<arith::SubIOp>(loc, x, y);
  }
  Value min(Value x, Value y) {
    return b.createOrFold<arith::MinSIOp>(loc, x, y);
  }
  Value max(Value x, Value y) {
    return b.createOrFold<arith::MaxSIOp>(loc, x, y);
  }
  Value both(Value x, Value y) {
    return b.createOrFold<arith::AndIOp>(loc, x, y);
  }
  Value either(Value x, Value y) {
    return b.createOrFold<arith::OrIOp>(loc, x, y);
  }
  Value negate(Value x) {
    return b.createOrFold<arith::XOrIOp>(loc, x, boolean(true));
  }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return b.createOrFold<arith::CmpIOp>(loc, predicate, x, y);
  }
  Value less(Value x, Value y) {
    return compare(arith::CmpIPredicate::slt, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return b.createOrFold<arith::SelectOp>(loc, condition, x, y);
  }
  // The multiple of `unit` next to x >= 0, downwards or upwards.
  Value alignDown(Value x, int64_t unit) {
    if (unit == 1)
      return x;
    return sub(x, b.createOrFold<arith::RemUIOp>(loc, x, constant(unit)));
  }
  Value alignUp(Value x, int64_t unit) {
    return alignDown(add(x, unit - 1), unit);
  }
};

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_TILEATTENTION_INDEXMATH_H
