//===- CastOps.cpp - Conversions of arith ---------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// truncf and bitcast round to their type in every mode: the program says so.
// A float that does not fit an integer type is poison; here it saturates and
// NaN gives 0. Test: test/Interpreter/arith-cast.mlir.
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::sqa::interpreter;

/// Truncates toward zero into [low, high].
static ScalarFn floatToInt(unsigned width, bool isSigned) {
  const double low = isSigned ? -std::ldexp(1.0, width - 1) : 0.0;
  const double high = std::ldexp(1.0, isSigned ? width - 1 : width);
  const int64_t highest =
      isSigned ? static_cast<int64_t>((uint64_t{1} << (width - 1)) - 1) : -1;
  return [=](const Scalar *in, Scalar *out, std::string &) {
    const double value = std::trunc(in[0].f);
    int64_t integer = 0;
    if (value >= high)
      integer = highest;
    else if (value <= low)
      integer = static_cast<int64_t>(low);
    else if (isSigned)
      integer = static_cast<int64_t>(value);
    else if (!std::isnan(value))
      integer = static_cast<int64_t>(static_cast<uint64_t>(value));
    out->i = canonicalInt(std::isnan(value) ? 0 : integer, width);
    return true;
  };
}

static ScalarFn compileTruncF(arith::TruncFOp op) {
  // Another rounding mode would need its own code, and nothing makes one.
  if (op.getRoundingmode() &&
      *op.getRoundingmode() != arith::RoundingMode::to_nearest_even)
    return nullptr;
  Type type = getElementTypeOrSelf(op.getType());
  return floatUnary([type](double value) { return roundToType(type, value); });
}

Scalar mlir::sqa::interpreter::bitcastScalar(Type from, Type to, Scalar value) {
  uint64_t bits;
  const unsigned width =
      isa<FloatType>(to) ? cast<FloatType>(to).getWidth() : widthOf(to);
  if (auto type = dyn_cast<FloatType>(from)) {
    llvm::APFloat number(value.f);
    bool inexact;
    number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                   &inexact);
    bits = number.bitcastToAPInt().getZExtValue();
  } else {
    bits = unsignedInt(value.i, width);
  }
  auto type = dyn_cast<FloatType>(to);
  if (!type)
    return intScalar(canonicalInt(static_cast<int64_t>(bits), width));
  llvm::APFloat number(type.getFloatSemantics(), llvm::APInt(width, bits));
  bool inexact;
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &inexact);
  return floatScalar(number.convertToDouble());
}

static ScalarFn compileBitcast(Type from, Type to) {
  return [from, to](const Scalar *in, Scalar *out, std::string &) {
    *out = bitcastScalar(from, to, in[0]);
    return true;
  };
}

static ScalarFn intToFloat(unsigned width, bool isSigned) {
  return [width, isSigned](const Scalar *in, Scalar *out, std::string &) {
    out->f = isSigned ? static_cast<double>(signedInt(in[0].i, width))
                      : static_cast<double>(unsignedInt(in[0].i, width));
    return true;
  };
}

ScalarFn mlir::sqa::interpreter::compileCastOp(Operation *op) {
  if (op->getNumOperands() != 1 || op->getNumResults() != 1)
    return nullptr;
  Type from = getElementTypeOrSelf(op->getOperand(0).getType());
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  const unsigned fromWidth = widthOf(from), toWidth = widthOf(to);
  auto signExtend = [=](int64_t a) { return signedInt(a, fromWidth); };
  auto zeroExtend = [=](int64_t a) {
    return static_cast<int64_t>(unsignedInt(a, fromWidth));
  };
  return llvm::TypeSwitch<Operation *, ScalarFn>(op)
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(
          [&](auto) { return intUnary(toWidth, signExtend); })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>(
          [&](auto) { return intUnary(toWidth, zeroExtend); })
      .Case<arith::ExtFOp>(
          [](auto) { return floatUnary([](double a) { return a; }); })
      .Case<arith::TruncFOp>(compileTruncF)
      .Case<arith::SIToFPOp>([&](auto) { return intToFloat(fromWidth, true); })
      .Case<arith::UIToFPOp>([&](auto) { return intToFloat(fromWidth, false); })
      .Case<arith::FPToSIOp>([&](auto) { return floatToInt(toWidth, true); })
      .Case<arith::FPToUIOp>([&](auto) { return floatToInt(toWidth, false); })
      .Case<arith::BitcastOp>([&](auto) { return compileBitcast(from, to); })
      .Default([](Operation *) { return nullptr; });
}
