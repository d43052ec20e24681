//===- IndexBounds.cpp - What values an index can have --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums and products of sizes do not overflow 64 bits: no machine addresses
// 2^48 elements, and factors are kept below 2^15. Narrower integers may wrap,
// so there only constant bounds that fit the type are kept.
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/IndexBounds.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr int64_t kLargestFactor = 1 << 15;
// Candidates for one bound; more have not proved anything yet.
static constexpr size_t kMostCandidates = 4;

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

AffineExpr IndexBounds::constant(int64_t value) {
  return getAffineConstantExpr(value, equations.getContext());
}

// Symbols are sizes, so at least 0.
static bool isSumOfSizes(AffineExpr expr) {
  if (auto number = dyn_cast<AffineConstantExpr>(expr))
    return number.getValue() >= 0;
  if (isa<AffineSymbolExpr>(expr))
    return true;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return binary && isSumOfSizes(binary.getLHS()) &&
         isSumOfSizes(binary.getRHS());
}

bool IndexBounds::isNotNegative(AffineExpr expr) {
  return isSumOfSizes(equations.resolve(expr));
}

bool IndexBounds::isNotNegative(const Bounds &bounds) {
  return llvm::any_of(bounds.lower,
                      [&](AffineExpr e) { return isNotNegative(e); });
}

Bounds IndexBounds::exact(AffineExpr expr) { return range(expr, expr); }

Bounds IndexBounds::range(AffineExpr lower, AffineExpr upper) {
  Bounds bounds;
  if (lower)
    bounds.lower.push_back(lower);
  if (upper)
    bounds.upper.push_back(upper);
  return bounds;
}

AffineExpr mlir::sqa::getLoopSize(ShapeEquations &equations,
                                  Operation *linalgOp, unsigned loop) {
  auto op = cast<linalg::LinalgOp>(linalgOp);
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<ShapedType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(loop, op->getContext()))
        if (AffineExpr size = equations.getDim(operand.get(), dim))
          return size;
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

static void addUnique(SmallVectorImpl<AffineExpr> &list, AffineExpr expr) {
  if (expr && list.size() < kMostCandidates && !llvm::is_contained(list, expr))
    list.push_back(expr);
}

// Every candidate of one side with every one of the other.
static SmallVector<AffineExpr, 2>
combine(ArrayRef<AffineExpr> lhs, ArrayRef<AffineExpr> rhs,
        function_ref<AffineExpr(AffineExpr, AffineExpr)> fn) {
  SmallVector<AffineExpr, 2> result;
  for (AffineExpr a : lhs)
    for (AffineExpr b : rhs)
      addUnique(result, fn(a, b));
  return result;
}

Bounds IndexBounds::minimum(const Bounds &a, const Bounds &b) {
  Bounds result;
  for (AffineExpr e : llvm::concat<const AffineExpr>(a.upper, b.upper))
    addUnique(result.upper, e);
  result.lower = combine(a.lower, b.lower, [&](AffineExpr x, AffineExpr y) {
    if (isNotNegative(y - x))
      return x;
    return isNotNegative(x - y) ? y : AffineExpr();
  });
  return result;
}

Bounds IndexBounds::maximum(const Bounds &a, const Bounds &b) {
  Bounds result;
  for (AffineExpr e : llvm::concat<const AffineExpr>(a.lower, b.lower))
    addUnique(result.lower, e);
  result.upper = combine(a.upper, b.upper, [&](AffineExpr x, AffineExpr y) {
    if (isNotNegative(y - x))
      return y;
    return isNotNegative(x - y) ? x : AffineExpr();
  });
  return result;
}

// One of the two.
Bounds IndexBounds::join(const Bounds &a, const Bounds &b) {
  return {minimum(a, b).lower, maximum(a, b).upper};
}

// Arithmetic of narrow integers wraps where the numbers do not fit.
Bounds IndexBounds::limitTo(Bounds bounds, Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() >= 64 || integer.getWidth() < 2)
    return bounds;
  int64_t most = (int64_t(1) << (integer.getWidth() - 1)) - 1,
          least = -most - 1;
  auto fits = [&](AffineExpr e) {
    auto number = dyn_cast<AffineConstantExpr>(e);
    return number && number.getValue() >= least && number.getValue() <= most;
  };
  llvm::erase_if(bounds.lower, [&](AffineExpr e) { return !fits(e); });
  llvm::erase_if(bounds.upper, [&](AffineExpr e) { return !fits(e); });
  if (bounds.lower.empty() || bounds.upper.empty())
    return range(constant(least), constant(most));
  return bounds;
}

// x mod n is from 0 to n - 1, for x from 0 on if it is a signed remainder.
Bounds IndexBounds::computeRemainder(Operation *op) {
  Bounds lhs = get(op->getOperand(0)), rhs = get(op->getOperand(1));
  if (!isNotNegative(rhs) || (isa<arith::RemSIOp>(op) && !isNotNegative(lhs)))
    return {};
  Bounds result = range(constant(0), {});
  for (AffineExpr e : rhs.upper)
    addUnique(result.upper, e - 1);
  return result;
}

Bounds IndexBounds::computeCast(Operation *op) {
  Bounds from = get(op->getOperand(0));
  if (isa<arith::ExtSIOp, arith::IndexCastOp, arith::TruncIOp>(op))
    return from; // limitTo drops what a truncation does not keep.
  // Zero extension.
  if (isNotNegative(from))
    return from;
  auto type = dyn_cast<IntegerType>(op->getOperand(0).getType());
  if (type && type.getWidth() < 63)
    return range(constant(0), constant((int64_t(1) << type.getWidth()) - 1));
  return {};
}

Bounds IndexBounds::computeArithmetic(Operation *op) {
  Bounds lhs = get(op->getOperand(0)), rhs = get(op->getOperand(1));
  auto sum = [](AffineExpr a, AffineExpr b) { return a + b; };
  auto difference = [](AffineExpr a, AffineExpr b) { return a - b; };
  std::optional<int64_t> factor = getConstantIntValue(op->getOperand(1));
  bool small = factor && *factor > 0 && *factor < kLargestFactor;
  auto scaled = [&](auto fn) {
    Bounds result;
    for (AffineExpr e : lhs.lower)
      addUnique(result.lower, fn(e));
    for (AffineExpr e : lhs.upper)
      addUnique(result.upper, fn(e));
    return result;
  };
  return TypeSwitch<Operation *, Bounds>(op)
      .Case([&](arith::AddIOp) {
        return Bounds{combine(lhs.lower, rhs.lower, sum),
                      combine(lhs.upper, rhs.upper, sum)};
      })
      .Case([&](arith::SubIOp) {
        return Bounds{combine(lhs.lower, rhs.upper, difference),
                      combine(lhs.upper, rhs.lower, difference)};
      })
      .Case([&](arith::MulIOp) {
        return small ? scaled([&](AffineExpr e) { return e * *factor; })
                     : Bounds();
      })
      .Case<arith::DivUIOp, arith::DivSIOp, arith::FloorDivSIOp>(
          [&](Operation *) {
            if (!small || !isNotNegative(lhs))
              return Bounds();
            return scaled([&](AffineExpr e) { return e.floorDiv(*factor); });
          })
      .Case<arith::RemUIOp, arith::RemSIOp>(
          [&](Operation *) { return computeRemainder(op); })
      .Case([&](arith::MinSIOp) { return minimum(lhs, rhs); })
      .Case([&](arith::MaxSIOp) { return maximum(lhs, rhs); })
      // Unsigned, a negative number is the larger one.
      .Case([&](arith::MinUIOp) {
        if (!isNotNegative(rhs))
          std::swap(lhs, rhs);
        if (!isNotNegative(rhs))
          return Bounds();
        if (isNotNegative(lhs))
          return minimum(lhs, rhs);
        rhs.lower.assign(1, constant(0));
        return rhs;
      })
      .Case([&](arith::AndIOp) {
        return factor && *factor >= 0 ? range(constant(0), constant(*factor))
                                      : Bounds();
      })
      .Default([](Operation *) { return Bounds(); });
}

Bounds IndexBounds::computeArgument(BlockArgument argument) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto loop = dyn_cast_or_null<scf::ForOp>(parent);
      loop && argument == loop.getInductionVar()) {
    Bounds result{get(loop.getLowerBound()).lower, {}};
    for (AffineExpr e : get(loop.getUpperBound()).upper)
      addUnique(result.upper, e - 1);
    return result;
  }
  if (auto loop = dyn_cast_or_null<scf::ForallOp>(parent);
      loop && argument.getArgNumber() < loop.getRank()) {
    unsigned dim = argument.getArgNumber();
    Bounds result{get(loop.getMixedLowerBound()[dim]).lower, {}};
    for (AffineExpr e : get(loop.getMixedUpperBound()[dim]).upper)
      addUnique(result.upper, e - 1);
    return result;
  }
  if (auto generate = dyn_cast_or_null<tensor::GenerateOp>(parent))
    if (AffineExpr size =
            equations.getDim(generate.getResult(), argument.getArgNumber()))
      return range(constant(0), size - 1);
  return {};
}

Bounds IndexBounds::compute(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return computeArgument(argument);
  Operation *op = value.getDefiningOp();
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    AffineExpr size =
        getLoopSize(equations, index->getParentOp(), index.getDim());
    return range(constant(0), size ? size - 1 : size);
  }
  if (isa<tensor::DimOp, affine::AffineApplyOp>(op)) {
    if (AffineExpr expr = equations.getIndex(value))
      return exact(expr);
    return isa<tensor::DimOp>(op) ? range(constant(0), {}) : Bounds();
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return join(get(select.getTrueValue()), get(select.getFalseValue()));
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp,
          arith::ExtUIOp, arith::TruncIOp>(op))
    return computeCast(op);
  if (op->getNumOperands() == 2 && op->getNumResults() == 1)
    return computeArithmetic(op);
  return {};
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

Bounds IndexBounds::get(OpFoldResult value) {
  if (std::optional<int64_t> number = getConstantIntValue(value))
    return exact(constant(*number));
  Value v = cast<Value>(value);
  if (!v.getType().isIntOrIndex())
    return {};
  auto found = known.find(v);
  if (found != known.end())
    return found->second;
  Bounds bounds = limitTo(compute(v), v.getType());
  return known[v] = bounds;
}

bool IndexBounds::isInside(OpFoldResult value, AffineExpr size) {
  return isInside(value, constant(1), size);
}

bool IndexBounds::isInside(OpFoldResult value, AffineExpr margin,
                           AffineExpr size) {
  if (!margin || !size)
    return false;
  Bounds bounds = get(value);
  return isNotNegative(bounds) && llvm::any_of(bounds.upper, [&](AffineExpr e) {
           return isNotNegative(size - margin - e);
         });
}
