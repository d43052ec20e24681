//===- MaskSetBuilder.h - Reading the formula of a mask ---------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A walk over a mask region from its yield. Booleans are read in MaskSets.cpp,
// integers in MaskPieces.cpp; each needs the other for selections and
// comparisons.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_ANALYSIS_MASKSETBUILDER_H
#define SQA_LIB_ANALYSIS_MASKSETBUILDER_H

#include "lib/Analysis/MaskLookups.h"
#include "sqa/Analysis/MaskSets.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::sqa {

// A formula that splits into more convex pieces than this is not worth reading:
// every further step multiplies them.
inline constexpr unsigned kMaxPieces = 48;

// An integer constant of at most 62 bits; an i1 is 0 or 1.
std::optional<int64_t> constantOf(Value value);

// May and must sets of a boolean, and what is outside of them. The complements
// grow along: taking one of a finished set goes wrong where a remainder is
// compared (libMLIR 22 takes the bounds of the comparison for the definition of
// the quotient and drops them).
struct Truth {
  presburger::PresburgerSet may, must, notMay, notMust;
  bool exact;
};

// An integer on a part of the slots.
struct Piece {
  presburger::PresburgerSet domain;
  AffineExpr expr;
};
using Pieces = SmallVector<Piece, 2>;

class MaskSetBuilder {
public:
  MaskSetBuilder(Region &region, MaskWalk walk);
  MaskSets build();

private:
  void collectSymbols();
  void collectLookups();
  bool varies(Value value) const { return dependence.of(value) != 0; }

  Truth truthOf(Value value);
  Truth truthOfOp(Operation *op);
  Truth compare(arith::CmpIOp op);
  Truth compareWithZero(arith::CmpIPredicate predicate, AffineExpr diff);
  Truth lookUp(unsigned number);
  Truth conjunction(const Truth &a, const Truth &b);
  Truth disjunction(const Truth &a, const Truth &b);
  Truth negation(const Truth &a);
  Truth undecided(Operation *op);
  Truth exactly(const presburger::PresburgerSet &set,
                const presburger::PresburgerSet &outside) {
    return {set, set, outside, outside, true};
  }
  Truth unknown() {
    presburger::PresburgerSet all =
        presburger::PresburgerSet::getUniverse(space);
    presburger::PresburgerSet none = presburger::PresburgerSet::getEmpty(space);
    return {all, none, none, all, false};
  }

  std::optional<Pieces> integerOf(Value value);
  std::optional<Pieces> integerOfOp(Operation *op);
  std::optional<Pieces> selectPieces(arith::SelectOp op);
  std::optional<Pieces> extremum(Value a, Value b, bool isMax);
  std::optional<Pieces>
  combine(Value a, Value b,
          function_ref<AffineExpr(AffineExpr, AffineExpr)> fn);
  // Division and remainder by a positive constant of a value that is not
  // negative, or that rounds down anyway.
  std::optional<Pieces> divide(Operation *op, bool remainder, bool roundsDown);

  // The slots where `expr` is >= 0 (or == 0).
  presburger::PresburgerSet where(AffineExpr expr, bool isEquality = false);
  bool isNonNegative(const Pieces &pieces);
  bool mayWrap(Operation *op);
  Pieces everywhere(AffineExpr expr) {
    return {Piece{presburger::PresburgerSet::getUniverse(space), expr}};
  }

  Region &region;
  MLIRContext *context;
  MaskAxes axes;
  MaskDependence dependence;
  llvm::SmallSetVector<Value, 4> symbols;
  llvm::MapVector<Operation *, KeyLookup> lookups; // by comparison
  presburger::PresburgerSpace space;
  llvm::SetVector<Operation *> unread;
  bool assumes32Bit = false;
};

} // namespace mlir::sqa

#endif // SQA_LIB_ANALYSIS_MASKSETBUILDER_H
