//===- MaskPieces.cpp - Integers of a mask region -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An integer is a list of pieces, each an affine expression of i, j and the
// symbols on a set of slots.
// Unit test: test/unit/Analysis/MaskSetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/MaskSetBuilder.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;
using presburger::IntegerPolyhedron;
using presburger::PresburgerSet;

static unsigned getElementBits(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

std::optional<int64_t> mlir::sqa::constantOf(Value value) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)) ||
      constant.getSignificantBits() > 62)
    return std::nullopt;
  // An i1 is 0 or 1; everything else is signed.
  return value.getType().isInteger(1) ? constant.getZExtValue()
                                      : constant.getSExtValue();
}

PresburgerSet MaskSetBuilder::where(AffineExpr expr, bool isEquality) {
  IntegerSet set =
      IntegerSet::get(2, space.getNumSymbolVars(), {expr}, {isEquality});
  FlatLinearValueConstraints flat(set);
  return PresburgerSet(static_cast<const IntegerPolyhedron &>(flat));
}

bool MaskSetBuilder::isNonNegative(const Pieces &pieces) {
  PresburgerSet slots = where(getAffineDimExpr(0, context))
                            .intersect(where(getAffineDimExpr(1, context)));
  return llvm::all_of(pieces, [&](const Piece &piece) {
    return piece.domain.intersect(slots)
        .intersect(where(-piece.expr - 1))
        .isIntegerEmpty();
  });
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

std::optional<Pieces> MaskSetBuilder::integerOf(Value value) {
  if (std::optional<int64_t> constant = constantOf(value))
    return everywhere(getAffineConstantExpr(*constant, context));
  Block &block = region.front();
  if (value == block.getArgument(axes.row))
    return everywhere(getAffineDimExpr(0, context));
  if (value == block.getArgument(axes.key))
    return everywhere(getAffineDimExpr(1, context));
  if (auto it = llvm::find(symbols, value); it != symbols.end())
    return everywhere(getAffineSymbolExpr(it - symbols.begin(), context));
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  std::optional<Pieces> pieces = integerOfOp(op);
  if (!pieces || pieces->size() > kMaxPieces) {
    unread.insert(op);
    return std::nullopt;
  }
  return pieces;
}

// Whether a sum or product may wrap round. Index and i64 have room for what
// positions and sizes add up to; narrower types only for positions and constants
// that are as small (kMaxNarrowLength), not for unknowns.
bool MaskSetBuilder::mayWrap(Operation *op) {
  if (getElementBits(op->getResult(0).getType()) >= 64)
    return false;
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  if (flags && flags.hasNoSignedWrap())
    return false;
  auto isLarge = [&](Value v) {
    std::optional<int64_t> constant = constantOf(v);
    return symbols.contains(v) || (constant && std::abs(*constant) > kMaxNarrowLength);
  };
  return isa<arith::MulIOp>(op) || llvm::any_of(op->getOperands(), isLarge);
}

std::optional<Pieces> MaskSetBuilder::integerOfOp(Operation *op) {
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) && mayWrap(op))
    return std::nullopt;
  auto product = [](AffineExpr a, AffineExpr b) { return a * b; };
  return TypeSwitch<Operation *, std::optional<Pieces>>(op)
      .Case([&](arith::AddIOp) {
        return combine(op->getOperand(0), op->getOperand(1),
                       [](AffineExpr a, AffineExpr b) { return a + b; });
      })
      .Case([&](arith::SubIOp) {
        return combine(op->getOperand(0), op->getOperand(1),
                       [](AffineExpr a, AffineExpr b) { return a - b; });
      })
      .Case([&](arith::MulIOp) -> std::optional<Pieces> {
        if (!constantOf(op->getOperand(0)) && !constantOf(op->getOperand(1)))
          return std::nullopt;
        return combine(op->getOperand(0), op->getOperand(1), product);
      })
      .Case<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(
          [&](auto cast) {
            Type from = cast.getIn().getType(), to = cast.getType();
            if (from.isInteger(1)) // Sign extension of true is -1.
              return std::optional<Pieces>();
            assumes32Bit |=
                isa<IntegerType>(to) && to.getIntOrFloatBitWidth() < 64;
            if (isa<IntegerType>(to) && to.getIntOrFloatBitWidth() < 32)
              return std::optional<Pieces>();
            return integerOf(cast.getIn());
          })
      .Case<arith::FloorDivSIOp>([&](auto) {
        return divide(op, /*remainder=*/false, /*roundsDown=*/true);
      })
      .Case<arith::DivSIOp, arith::DivUIOp>([&](auto) {
        return divide(op, /*remainder=*/false, /*roundsDown=*/false);
      })
      .Case<arith::RemSIOp, arith::RemUIOp>([&](auto) {
        return divide(op, /*remainder=*/true, /*roundsDown=*/false);
      })
      .Case([&](arith::MaxSIOp max) {
        return extremum(max.getLhs(), max.getRhs(), /*isMax=*/true);
      })
      .Case([&](arith::MinSIOp min) {
        return extremum(min.getLhs(), min.getRhs(), /*isMax=*/false);
      })
      .Case([&](arith::SelectOp select) { return selectPieces(select); })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<Pieces>
MaskSetBuilder::combine(Value a, Value b,
                        function_ref<AffineExpr(AffineExpr, AffineExpr)> fn) {
  std::optional<Pieces> lhs = integerOf(a), rhs = integerOf(b);
  if (!lhs || !rhs)
    return std::nullopt;
  Pieces result;
  for (const Piece &x : *lhs)
    for (const Piece &y : *rhs) {
      PresburgerSet domain = x.domain.intersect(y.domain);
      if (!domain.isIntegerEmpty())
        result.push_back({domain, fn(x.expr, y.expr)});
    }
  return result;
}

std::optional<Pieces> MaskSetBuilder::divide(Operation *op, bool remainder,
                                             bool roundsDown) {
  std::optional<int64_t> divisor = constantOf(op->getOperand(1));
  std::optional<Pieces> pieces = integerOf(op->getOperand(0));
  if (!divisor || *divisor < 1 || !pieces ||
      (!roundsDown && !isNonNegative(*pieces)))
    return std::nullopt;
  for (Piece &piece : *pieces)
    piece.expr =
        remainder ? piece.expr % *divisor : piece.expr.floorDiv(*divisor);
  return pieces;
}

std::optional<Pieces> MaskSetBuilder::extremum(Value a, Value b, bool isMax) {
  std::optional<Pieces> lhs = integerOf(a), rhs = integerOf(b);
  if (!lhs || !rhs)
    return std::nullopt;
  Pieces result;
  for (const Piece &x : *lhs)
    for (const Piece &y : *rhs) {
      PresburgerSet domain = x.domain.intersect(y.domain);
      AffineExpr diff = isMax ? x.expr - y.expr : y.expr - x.expr;
      result.push_back({domain.intersect(where(diff)), x.expr});
      result.push_back({domain.intersect(where(-diff - 1)), y.expr});
    }
  llvm::erase_if(result,
                 [](const Piece &p) { return p.domain.isIntegerEmpty(); });
  return result;
}

std::optional<Pieces> MaskSetBuilder::selectPieces(arith::SelectOp op) {
  Truth condition = truthOf(op.getCondition());
  std::optional<Pieces> onTrue = integerOf(op.getTrueValue());
  std::optional<Pieces> onFalse = integerOf(op.getFalseValue());
  if (!condition.exact || !onTrue || !onFalse)
    return std::nullopt;
  Truth otherwise = negation(condition);
  Pieces result;
  for (const Piece &x : *onTrue)
    result.push_back({x.domain.intersect(condition.may), x.expr});
  for (const Piece &y : *onFalse)
    result.push_back({y.domain.intersect(otherwise.may), y.expr});
  llvm::erase_if(result,
                 [](const Piece &p) { return p.domain.isIntegerEmpty(); });
  return result;
}
