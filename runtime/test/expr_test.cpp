//===- expr_test.cpp - Integer expressions --------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "expr.h"

#include <gtest/gtest.h>

using namespace sqart;

static ExprStep c(int64_t value) { return {ExprOp::PushConst, value}; }
static ExprStep s(int64_t number) { return {ExprOp::PushSymbol, number}; }
static ExprStep op(ExprOp o) { return {o, 0}; }

static const char *why(const Expr &expr) {
  int64_t out = 0;
  return evaluate(expr, nullptr, out);
}

static int64_t value(const Expr &expr) {
  const int64_t symbols[] = {10, 3};
  int64_t out = -12345;
  EXPECT_EQ(checkExpr(expr, 2), nullptr);
  EXPECT_EQ(evaluate(expr, symbols, out), nullptr);
  return out;
}

TEST(Expr, Evaluates) {
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::Sub)}), 7);
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::FloorDiv)}), 3);
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::CeilDiv)}), 4);
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::Mod)}), 1);
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::Min)}), 3);
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::Max)}), 10);
  EXPECT_EQ(value({s(0), s(1), op(ExprOp::Add), c(2), op(ExprOp::Mul)}), 26);
}

TEST(Expr, DivisionRoundsAsNamed) {
  EXPECT_EQ(value({c(-10), c(3), op(ExprOp::FloorDiv)}), -4);
  EXPECT_EQ(value({c(-10), c(3), op(ExprOp::CeilDiv)}), -3);
  EXPECT_EQ(value({c(-10), c(3), op(ExprOp::Mod)}), 2);
  EXPECT_EQ(value({c(-9), c(3), op(ExprOp::FloorDiv)}), -3);
  EXPECT_EQ(value({c(-9), c(3), op(ExprOp::Mod)}), 0);
  EXPECT_EQ(value({c(INT64_MIN), c(1), op(ExprOp::FloorDiv)}), INT64_MIN);
}

TEST(Expr, OverflowAndBadDivisorsHaveNoValue) {
  EXPECT_STREQ(why({c(INT64_MAX), c(1), op(ExprOp::Add)}), "overflow");
  EXPECT_STREQ(why({c(INT64_MIN), c(1), op(ExprOp::Sub)}), "overflow");
  EXPECT_STREQ(why({c(INT64_MAX), c(2), op(ExprOp::Mul)}), "overflow");
  for (ExprOp o : {ExprOp::FloorDiv, ExprOp::CeilDiv, ExprOp::Mod})
    for (int64_t divisor : {0, -1})
      EXPECT_NE(why({c(INT64_MIN), c(divisor), op(o)}), nullptr);
}

TEST(Expr, IllFormedIsRefused) {
  EXPECT_NE(checkExpr({}, 2), nullptr);
  EXPECT_NE(checkExpr(Expr(65, c(0)), 2), nullptr);
  EXPECT_NE(checkExpr({s(2)}, 2), nullptr);
  EXPECT_NE(checkExpr({s(-1)}, 2), nullptr);
  EXPECT_NE(checkExpr({c(1), c(2)}, 2), nullptr);
  EXPECT_NE(checkExpr({c(1), op(ExprOp::Add)}, 2), nullptr);
  EXPECT_NE(checkExpr({op(ExprOp::Add)}, 2), nullptr);
  EXPECT_NE(checkExpr({c(1), c(2), {ExprOp::Add, 1}}, 2), nullptr);
  EXPECT_NE(checkExpr({c(1), c(2), op(ExprOp(0))}, 2), nullptr);
  EXPECT_NE(checkExpr({c(1), c(2), op(ExprOp(11))}, 2), nullptr);
}

TEST(Expr, PrintsInfix) {
  std::vector<std::string> names = {"S", "T"};
  EXPECT_EQ(
      print({s(0), s(1), op(ExprOp::Add), c(8), op(ExprOp::CeilDiv)}, names),
      "ceildiv(S + T, 8)");
  EXPECT_EQ(print({s(0), s(1), op(ExprOp::Sub), c(2), op(ExprOp::Mul)}, names),
            "(S - T) * 2");
  EXPECT_EQ(print({s(0), s(1), c(-1), op(ExprOp::Add), op(ExprOp::Sub)}, names),
            "S - (T + (-1))");
}
