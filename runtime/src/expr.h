//===- expr.h - Integer expressions over the symbols of a function --------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Postfix, exact in 64 bits. What the manifest calls ExprStep; checked once by
// checkExpr, after which evaluation cannot leave its stack.
// Test: test/expr_test.cpp.

#ifndef SQART_SRC_EXPR_H
#define SQART_SRC_EXPR_H

#include "status.h"

#include <string>
#include <vector>

namespace sqart {

// The numbers are those of manifest.fbs.
enum class ExprOp : uint8_t {
  PushConst = 1,
  PushSymbol,
  Add,
  Sub,
  Mul,
  FloorDiv,
  CeilDiv,
  Mod,
  Min,
  Max
};

struct ExprStep {
  ExprOp op;
  int64_t value;
};

using Expr = std::vector<ExprStep>;

constexpr size_t maxExprSteps = 64;

// Null if `expr` is well formed over `numSymbols` symbols, else what is wrong.
const char *checkExpr(const Expr &expr, size_t numSymbols);

// Null and the value, or why there is none ("overflow", ...).
const char *evaluate(const Expr &expr, const int64_t *symbols, int64_t &out);

// Infix text, such as "ceildiv(S + 1, 8)".
std::string print(const Expr &expr, const std::vector<std::string> &symbols);

} // namespace sqart

#endif // SQART_SRC_EXPR_H
