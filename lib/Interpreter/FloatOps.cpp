//===- FloatOps.cpp - Float arithmetic of arith ---------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In f64. Fast-math flags are permissions that nobody here needs.
// Test: test/Interpreter/arith-float.mlir.
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::sqa::interpreter;

/// NaN if either is (maximumf, minimumf), and -0 below +0.
static double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<double>::quiet_NaN();
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
static double minimum(double a, double b) { return -maximum(-a, -b); }

/// The other one if either is NaN (maxnumf, minnumf).
static double maxNum(double a, double b) {
  if (std::isnan(a))
    return b;
  return std::isnan(b) ? a : maximum(a, b);
}
static double minNum(double a, double b) {
  if (std::isnan(a))
    return b;
  return std::isnan(b) ? a : minimum(a, b);
}

static bool compareFloats(arith::CmpFPredicate predicate, double a, double b) {
  const bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case arith::CmpFPredicate::AlwaysFalse:
    return false;
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::ONE:
    return !unordered && a != b;
  case arith::CmpFPredicate::ORD:
    return !unordered;
  case arith::CmpFPredicate::UEQ:
    return unordered || a == b;
  case arith::CmpFPredicate::UGT:
    return unordered || a > b;
  case arith::CmpFPredicate::UGE:
    return unordered || a >= b;
  case arith::CmpFPredicate::ULT:
    return unordered || a < b;
  case arith::CmpFPredicate::ULE:
    return unordered || a <= b;
  case arith::CmpFPredicate::UNE:
    return a != b;
  case arith::CmpFPredicate::UNO:
    return unordered;
  case arith::CmpFPredicate::AlwaysTrue:
    return true;
  }
  llvm_unreachable("every predicate is listed");
}

ScalarFn mlir::sqa::interpreter::compileFloatOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, ScalarFn>(op)
      .Case<arith::AddFOp>(
          [](auto) { return floatBinary(std::plus<double>()); })
      .Case<arith::SubFOp>(
          [](auto) { return floatBinary(std::minus<double>()); })
      .Case<arith::MulFOp>(
          [](auto) { return floatBinary(std::multiplies<double>()); })
      .Case<arith::DivFOp>(
          [](auto) { return floatBinary(std::divides<double>()); })
      .Case<arith::RemFOp>([](auto) {
        return floatBinary([](double a, double b) { return std::fmod(a, b); });
      })
      .Case<arith::NegFOp>(
          [](auto) { return floatUnary(std::negate<double>()); })
      .Case<arith::MaximumFOp>([](auto) { return floatBinary(maximum); })
      .Case<arith::MinimumFOp>([](auto) { return floatBinary(minimum); })
      .Case<arith::MaxNumFOp>([](auto) { return floatBinary(maxNum); })
      .Case<arith::MinNumFOp>([](auto) { return floatBinary(minNum); })
      .Case<arith::CmpFOp>([](arith::CmpFOp compare) {
        return [predicate = compare.getPredicate()](
                   const Scalar *in, Scalar *out, std::string &) {
          out->i = compareFloats(predicate, in[0].f, in[1].f);
          return true;
        };
      })
      // Of any type: integers are copied as well.
      .Case<arith::SelectOp>([](auto) {
        return [](const Scalar *in, Scalar *out, std::string &) {
          *out = in[0].i ? in[1] : in[2];
          return true;
        };
      })
      .Default([](Operation *) { return nullptr; });
}
