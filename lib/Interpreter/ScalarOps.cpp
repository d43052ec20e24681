//===- ScalarOps.cpp - Pure ops on scalars --------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

/// `fn` with its float results rounded to the types of `op`.
static ScalarFn withRounding(Operation *op, ScalarFn fn) {
  SmallVector<Type> types;
  bool rounds = false;
  for (Type type : op->getResultTypes()) {
    types.push_back(getElementTypeOrSelf(type));
    rounds |= isa<FloatType>(types.back()) && !types.back().isF64();
  }
  if (!rounds)
    return fn;
  return [fn = std::move(fn), types](const Scalar *in, Scalar *out,
                                     std::string &fault) {
    if (!fn(in, out, fault))
      return false;
    for (auto [i, type] : llvm::enumerate(types))
      out[i] = roundScalar(type, out[i]);
    return true;
  };
}

ScalarFn mlir::sqa::interpreter::compileScalarOp(Operation *op,
                                                 bool roundToTypes) {
  for (Type type : op->getOperandTypes())
    if (!isSupportedType(type))
      return nullptr;
  for (Type type : op->getResultTypes())
    if (!isSupportedType(type))
      return nullptr;
  for (auto compile :
       {compileIntegerOp, compileFloatOp, compileCastOp, compileMathOp})
    if (ScalarFn fn = compile(op))
      return roundToTypes ? withRounding(op, std::move(fn)) : fn;
  return nullptr;
}
