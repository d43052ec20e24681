//===- shapes.cpp - Solve the symbols of a signature ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "shapes.h"

#include <cstdio>

using namespace sqart;

TensorText::TensorText(const Function &function, size_t tensor) {
  bool isInput = tensor < function.numInputs;
  std::snprintf(text, sizeof(text), "%.120s: %s %zu '%.120s'",
                function.name.c_str(), isInput ? "input" : "output",
                isInput ? tensor : tensor - function.numInputs,
                function.tensors[tensor].name.c_str());
}

// The first input dimension that is just `symbol`.
static void findBinding(const Function &function, int64_t symbol,
                        size_t &tensor, size_t &dim) {
  for (tensor = 0; tensor < function.numInputs; ++tensor) {
    const std::vector<Dim> &dims = function.tensors[tensor].dims;
    for (dim = 0; dim < dims.size(); ++dim)
      if (dims[dim].kind == DimKind::Symbol && dims[dim].value == symbol)
        return;
  }
}

sqart_status_t sqart::dimValue(const Function &function, size_t tensor,
                               size_t dim, const int64_t *symbols,
                               int64_t &out) {
  const Dim &d = function.tensors[tensor].dims[dim];
  const char *why = nullptr;
  if (d.kind == DimKind::Static)
    out = d.value;
  else if (d.kind == DimKind::Symbol)
    out = symbols[d.value];
  else
    why = evaluate(d.expr, symbols, out);
  if (!why && out < 0)
    why = "negative";
  if (!why)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%s: dimension %zu has no value for these inputs: %s: %s",
              TensorText(function, tensor).text, dim,
              function.tensors[tensor].dimTexts[dim].c_str(), why);
}

sqart_status_t sqart::checkDim(const Function &function, size_t tensor,
                               size_t dim, const int64_t *symbols,
                               int64_t got) {
  int64_t expected = 0;
  SQART_TRY(dimValue(function, tensor, dim, symbols, expected));
  if (got == expected)
    return SQART_STATUS_OK;
  TensorText where(function, tensor);
  const Dim &d = function.tensors[tensor].dims[dim];
  const char *text = function.tensors[tensor].dimTexts[dim].c_str();
  if (d.kind == DimKind::Static)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%s: dimension %zu: expected %lld, but got %lld", where.text,
                dim, static_cast<long long>(expected),
                static_cast<long long>(got));
  if (d.kind == DimKind::Expr)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%s: dimension %zu: expected %s = %lld, but got %lld",
                where.text, dim, text, static_cast<long long>(expected),
                static_cast<long long>(got));
  size_t fromTensor = 0, fromDim = 0;
  findBinding(function, d.value, fromTensor, fromDim);
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%s: dimension %zu: expected %s = %lld, as dimension %zu of "
              "input %zu '%.120s', but got %lld",
              where.text, dim, text, static_cast<long long>(expected), fromDim,
              fromTensor, function.tensors[fromTensor].name.c_str(),
              static_cast<long long>(got));
}

static sqart_status_t checkConstraint(const Function &function,
                                      const Constraint &constraint,
                                      const int64_t *symbols) {
  int64_t lhs = 0, rhs = 0;
  const char *why = evaluate(constraint.lhs, symbols, lhs);
  if (!why)
    why = evaluate(constraint.rhs, symbols, rhs);
  if (why)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%.120s: the shapes of the inputs must satisfy %s: %s",
                function.name.c_str(), constraint.text.c_str(), why);
  if (lhs == rhs)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%.120s: the shapes of the inputs must satisfy %s, but got %lld "
              "and %lld",
              function.name.c_str(), constraint.text.c_str(),
              static_cast<long long>(lhs), static_cast<long long>(rhs));
}

sqart_status_t sqart::solveSymbols(const Function &function,
                                   const int64_t *const *inputShapes,
                                   int64_t *symbols) {
  // Dimensions are >= 0, so -1 is a symbol without a value yet.
  for (size_t i = 0; i < function.symbols.size(); ++i)
    symbols[i] = -1;
  for (size_t i = 0; i < function.numInputs; ++i) {
    const std::vector<Dim> &dims = function.tensors[i].dims;
    for (size_t j = 0; j < dims.size(); ++j)
      if (dims[j].kind == DimKind::Symbol && symbols[dims[j].value] < 0)
        symbols[dims[j].value] = inputShapes[i][j];
  }
  for (size_t i = 0; i < function.numInputs; ++i)
    for (size_t j = 0; j < function.tensors[i].dims.size(); ++j)
      SQART_TRY(checkDim(function, i, j, symbols, inputShapes[i][j]));
  for (const Constraint &constraint : function.constraints)
    SQART_TRY(checkConstraint(function, constraint, symbols));
  return SQART_STATUS_OK;
}
