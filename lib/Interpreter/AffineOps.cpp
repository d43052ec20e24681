//===- AffineOps.cpp - Affine expressions and the ops of affine on values -===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// apply, min, max, linearize_index, delinearize_index.
// Test: test/Interpreter/affine.mlir.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "AffineEval.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

static int64_t floorDiv(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/// Two's complement: index arithmetic wraps around.
static int64_t wrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) +
                              static_cast<uint64_t>(b));
}
static int64_t wrappingMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) *
                              static_cast<uint64_t>(b));
}

std::optional<int64_t>
mlir::sqa::interpreter::evaluateAffine(AffineExpr expr, unsigned numDims,
                                       const Scalar *operands) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return operands[dim.getPosition()].i;
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return operands[numDims + symbol.getPosition()].i;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::optional<int64_t> a = evaluateAffine(binary.getLHS(), numDims, operands);
  std::optional<int64_t> b = evaluateAffine(binary.getRHS(), numDims, operands);
  if (!a || !b)
    return std::nullopt;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return wrappingAdd(*a, *b);
  case AffineExprKind::Mul:
    return wrappingMul(*a, *b);
  default:
    break;
  }
  if (*b <= 0)
    return std::nullopt;
  switch (expr.getKind()) {
  case AffineExprKind::FloorDiv:
    return floorDiv(*a, *b);
  case AffineExprKind::CeilDiv:
    return -floorDiv(-*a, *b);
  default:
    return *a - floorDiv(*a, *b) * *b;
  }
}

std::optional<LinearForm> mlir::sqa::interpreter::linearForm(AffineExpr expr,
                                                             unsigned numDims) {
  LinearForm form;
  form.coefficients.assign(numDims, 0);
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    form.coefficients[dim.getPosition()] = 1;
    return form;
  }
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    form.constant = constant.getValue();
    return form;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<LinearForm> a = linearForm(binary.getLHS(), numDims);
  if (!a)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add) {
    std::optional<LinearForm> b = linearForm(binary.getRHS(), numDims);
    if (!b)
      return std::nullopt;
    for (unsigned d = 0; d < numDims; ++d)
      a->coefficients[d] += b->coefficients[d];
    a->constant += b->constant;
    return a;
  }
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() != AffineExprKind::Mul || !factor)
    return std::nullopt;
  for (int64_t &coefficient : a->coefficients)
    coefficient *= factor.getValue();
  a->constant *= factor.getValue();
  return a;
}

//===----------------------------------------------------------------------===//
// apply, min, max
//===----------------------------------------------------------------------===//

ScalarFn mlir::sqa::interpreter::compileAffineOp(Operation *op) {
  AffineMap map;
  bool isMin = false;
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    map = apply.getAffineMap();
  } else if (auto min = dyn_cast<affine::AffineMinOp>(op)) {
    map = min.getAffineMap();
    isMin = true;
  } else if (auto max = dyn_cast<affine::AffineMaxOp>(op)) {
    map = max.getAffineMap();
  } else {
    return nullptr;
  }
  return [map, isMin](const Scalar *in, Scalar *out, std::string &fault) {
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      std::optional<int64_t> value = evaluateAffine(expr, map.getNumDims(), in);
      if (!value) {
        fault = "division by a number that is not positive";
        return false;
      }
      if (i == 0 || (isMin ? *value < out->i : *value > out->i))
        out->i = *value;
    }
    return true;
  };
}

template <typename OpT> static LogicalResult runMap(OpT op, Evaluator &eval) {
  SmallVector<Scalar> in = llvm::map_to_vector(
      op->getOperands(), [&](Value v) { return eval.scalar(v); });
  Scalar out = intScalar(0);
  std::string fault;
  if (!compileAffineOp(op)(in.data(), &out, fault))
    return op.emitError(fault);
  eval.set(op.getResult(), out);
  return success();
}

//===----------------------------------------------------------------------===//
// linearize_index, delinearize_index
//===----------------------------------------------------------------------===//

static LogicalResult run(affine::AffineLinearizeIndexOp op, Evaluator &eval) {
  SmallVector<int64_t> index = eval.integers(op.getMultiIndex());
  SmallVector<int64_t> basis = eval.integers(op.getMixedBasis());
  // The basis may leave out the outermost extent, which is never multiplied.
  const size_t skipped = index.size() - basis.size();
  int64_t linear = 0;
  for (auto [i, value] : llvm::enumerate(index)) {
    const int64_t extent = i < skipped ? 1 : basis[i - skipped];
    linear = wrappingAdd(wrappingMul(linear, extent), value);
  }
  eval.set(op.getResult(), intScalar(linear));
  return success();
}

static LogicalResult run(affine::AffineDelinearizeIndexOp op, Evaluator &eval) {
  int64_t rest = eval.integer(op.getLinearIndex());
  SmallVector<int64_t> basis = eval.integers(op.getMixedBasis());
  const unsigned numResults = op.getNumResults();
  const unsigned skipped = numResults - basis.size();
  for (unsigned i = numResults; i-- > 0;) {
    // The outermost result takes what is left.
    if (i == 0) {
      eval.set(op.getResult(0), intScalar(rest));
      break;
    }
    const int64_t extent = basis[i - skipped];
    if (extent <= 0)
      return op.emitError("expected a positive basis, but got ") << extent;
    const int64_t quotient = floorDiv(rest, extent);
    eval.set(op.getResult(i), intScalar(rest - quotient * extent));
    rest = quotient;
  }
  return success();
}

void mlir::sqa::interpreter::addAffineOps(HandlerTable &table) {
  table.add<affine::AffineApplyOp>(runMap);
  table.add<affine::AffineMinOp>(runMap);
  table.add<affine::AffineMaxOp>(runMap);
  table.add<affine::AffineLinearizeIndexOp>(run);
  table.add<affine::AffineDelinearizeIndexOp>(run);
}
