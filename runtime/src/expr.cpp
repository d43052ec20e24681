//===- expr.cpp - Integer expressions over the symbols of a function ------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "expr.h"

#include <algorithm>

using namespace sqart;

static bool isPush(ExprOp op) {
  return op == ExprOp::PushConst || op == ExprOp::PushSymbol;
}

const char *sqart::checkExpr(const Expr &expr, size_t numSymbols) {
  if (expr.empty() || expr.size() > maxExprSteps)
    return "expected 1 to 64 steps";
  size_t depth = 0;
  for (const ExprStep &step : expr) {
    if (step.op < ExprOp::PushConst || step.op > ExprOp::Max)
      return "unknown operation";
    if (isPush(step.op)) {
      if (step.op == ExprOp::PushSymbol &&
          (step.value < 0 || uint64_t(step.value) >= numSymbols))
        return "unknown symbol";
      ++depth;
      continue;
    }
    if (step.value != 0)
      return "operation with a value";
    if (depth < 2)
      return "operation without operands";
    --depth;
  }
  return depth == 1 ? nullptr : "more than one value left";
}

// One operation; null, or why it has no result.
static const char *apply(ExprOp op, int64_t a, int64_t b, int64_t &out) {
  switch (op) {
  case ExprOp::Add:
    return __builtin_add_overflow(a, b, &out) ? "overflow" : nullptr;
  case ExprOp::Sub:
    return __builtin_sub_overflow(a, b, &out) ? "overflow" : nullptr;
  case ExprOp::Mul:
    return __builtin_mul_overflow(a, b, &out) ? "overflow" : nullptr;
  case ExprOp::Min:
    out = std::min(a, b);
    return nullptr;
  case ExprOp::Max:
    out = std::max(a, b);
    return nullptr;
  default:
    break;
  }
  if (b <= 0)
    return "division by a number that is not positive";
  int64_t quotient = a / b, remainder = a % b;
  if (op == ExprOp::FloorDiv)
    out = quotient - (remainder < 0);
  else if (op == ExprOp::CeilDiv)
    out = quotient + (remainder > 0);
  else
    out = remainder < 0 ? remainder + b : remainder;
  return nullptr;
}

const char *sqart::evaluate(const Expr &expr, const int64_t *symbols,
                            int64_t &out) {
  int64_t stack[maxExprSteps];
  size_t depth = 0;
  for (const ExprStep &step : expr) {
    if (isPush(step.op)) {
      stack[depth++] =
          step.op == ExprOp::PushConst ? step.value : symbols[step.value];
      continue;
    }
    int64_t result = 0;
    if (const char *why =
            apply(step.op, stack[depth - 2], stack[depth - 1], result))
      return why;
    stack[--depth - 1] = result;
  }
  out = stack[0];
  return nullptr;
}

std::string sqart::print(const Expr &expr,
                         const std::vector<std::string> &symbols) {
  // How tight a text holds together: sum, product, or closed.
  enum Level { Sum, Product, Closed };
  struct Part {
    std::string text;
    Level level;
  };
  auto wrap = [](Part &part, Level needed) {
    return part.level < needed ? "(" + part.text + ")" : std::move(part.text);
  };
  std::vector<Part> stack;
  for (const ExprStep &step : expr) {
    if (step.op == ExprOp::PushSymbol) {
      stack.push_back({symbols[size_t(step.value)], Closed});
      continue;
    }
    if (step.op == ExprOp::PushConst) {
      stack.push_back(
          {std::to_string(step.value), step.value < 0 ? Sum : Closed});
      continue;
    }
    Part b = std::move(stack.back());
    stack.pop_back();
    Part &a = stack.back();
    if (step.op == ExprOp::Add)
      a = {wrap(a, Sum) + " + " + wrap(b, Product), Sum};
    else if (step.op == ExprOp::Sub)
      a = {wrap(a, Sum) + " - " + wrap(b, Product), Sum};
    else if (step.op == ExprOp::Mul)
      a = {wrap(a, Product) + " * " + wrap(b, Closed), Product};
    else {
      static const char *const names[] = {"floordiv", "ceildiv", "mod", "min",
                                          "max"};
      const char *name = names[int(step.op) - int(ExprOp::FloorDiv)];
      a = {std::string(name) + "(" + a.text + ", " + b.text + ")", Closed};
    }
  }
  return stack.back().text;
}
