//===- MathBuilder.h - Short names for elementwise arithmetic ---*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every value has the shape of the op being expanded: a scalar or a vector.
// Constants are splats of it, so one text serves both.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_EXPANDMATH_MATHBUILDER_H
#define SQA_TRANSFORMS_EXPANDMATH_MATHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::sqa {

class MathBuilder {
public:
  using Float = arith::CmpFPredicate;
  using Int = arith::CmpIPredicate;

  MathBuilder(OpBuilder &b, Location loc, Type shape)
      : b(b), loc(loc), shape(dyn_cast<VectorType>(shape)) {}

  Type like(Type element) {
    return shape ? Type(shape.clone(element)) : element;
  }
  Type f32Type() { return like(b.getF32Type()); }
  Type f64Type() { return like(b.getF64Type()); }
  Type intType(unsigned bits) { return like(b.getIntegerType(bits)); }

  Value constant(TypedAttr scalar) {
    if (!shape)
      return arith::ConstantOp::create(b, loc, scalar);
    auto type = shape.clone(scalar.getType());
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, Attribute(scalar)));
  }
  // A constant of the element type of `like`.
  Value num(Value like, double value) {
    return constant(b.getFloatAttr(getElementTypeOrSelf(like), value));
  }
  Value integer(unsigned bits, int64_t value) {
    return constant(b.getIntegerAttr(b.getIntegerType(bits), value));
  }

  Value add(Value x, Value y) { return make<arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return make<arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return make<arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return make<arith::DivFOp>(x, y); }
  Value fma(Value x, Value y, Value z) { return make<math::FmaOp>(x, y, z); }
  Value neg(Value x) { return make<arith::NegFOp>(x); }
  Value abs(Value x) { return make<math::AbsFOp>(x); }
  Value sqrt(Value x) { return make<math::SqrtOp>(x); }
  Value trunc(Value x) { return make<math::TruncOp>(x); }
  Value copysign(Value x, Value sign) {
    return make<math::CopySignOp>(x, sign);
  }
  Value addi(Value x, Value y) { return make<arith::AddIOp>(x, y); }
  Value subi(Value x, Value y) { return make<arith::SubIOp>(x, y); }
  Value muli(Value x, Value y) { return make<arith::MulIOp>(x, y); }
  Value andi(Value x, Value y) { return make<arith::AndIOp>(x, y); }
  Value ori(Value x, Value y) { return make<arith::OrIOp>(x, y); }
  Value xori(Value x, Value y) { return make<arith::XOrIOp>(x, y); }
  Value shl(Value x, Value y) { return make<arith::ShLIOp>(x, y); }
  Value ashr(Value x, Value y) { return make<arith::ShRSIOp>(x, y); }
  Value shr(Value x, Value y) { return make<arith::ShRUIOp>(x, y); }
  Value cmp(Float predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value cmp(Int predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return make<arith::SelectOp>(condition, x, y);
  }
  Value bits(Value x, Type type) {
    return arith::BitcastOp::create(b, loc, type, x);
  }
  Value toF64(Value x) { return arith::ExtFOp::create(b, loc, f64Type(), x); }
  Value toF32(Value x) { return arith::TruncFOp::create(b, loc, f32Type(), x); }
  Value toFloat(Value i, Type type) {
    return arith::SIToFPOp::create(b, loc, type, i);
  }
  Value truncInt(Value i, unsigned bits) {
    return arith::TruncIOp::create(b, loc, intType(bits), i);
  }

  // x limited to [low, high]. A NaN stays NaN: it fails both comparisons.
  Value clamp(Value x, double low, double high) {
    Value lowest = num(x, low), highest = num(x, high);
    x = select(cmp(Float::OGT, lowest, x), lowest, x);
    return select(cmp(Float::OLT, highest, x), highest, x);
  }
  // c[0] + c[1] x + c[2] x^2 + ...
  Value polynomial(Value x, ArrayRef<double> c) {
    Value sum = num(x, c.back());
    for (double coefficient : llvm::reverse(c.drop_back()))
      sum = fma(sum, x, num(x, coefficient));
    return sum;
  }

  OpBuilder &b;
  Location loc;

private:
  template <typename Op, typename... Args> Value make(Args... args) {
    return Op::create(b, loc, args...);
  }
  VectorType shape;
};

// Writes the results of one op of the math dialect, given its f32 operands (an
// exponent may be an integer).
using MathExpansionFn = SmallVector<Value> (*)(MathBuilder &, ValueRange);

// The functions on the hot path, in f32 throughout: exp, exp2, log, log2, tanh,
// erf, sin, cos, sincos, rsqrt. At most 2 ulp (sin, cos: see there).
void addF32Expansions(llvm::StringMap<MathExpansionFn> &table);

// All others, which compute in f64 and round once: at most 0.51 ulp, and a
// quarter of the speed.
void addF64Expansions(llvm::StringMap<MathExpansionFn> &table);

// x - y * trunc(x / y), exact.
Value expandRemainder(MathBuilder &m, Value x, Value y);

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_EXPANDMATH_MATHBUILDER_H
