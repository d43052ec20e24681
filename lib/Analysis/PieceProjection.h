//===- PieceProjection.h - A convex piece of a mask, on the keys -*- C++
//-*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What KeyIntervals.cpp and BlockTests.cpp share: one convex piece of a set of
// slots, with the ends of a tile as symbols, from which the rows (and the
// quotients, and for a test the keys) are eliminated.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_ANALYSIS_PIECEPROJECTION_H
#define SQA_LIB_ANALYSIS_PIECEPROJECTION_H

#include "sqa/Analysis/MaskSets.h"
#include "llvm/ADT/DynamicAPInt.h"

namespace mlir::sqa {

// Columns: dims (i, j), symbols (i0, i1, j0, j1, those of the sets, then those
// that this class adds), locals, constant.
class PieceProjection {
public:
  PieceProjection(const presburger::IntegerRelation &piece,
                  MLIRContext *context);

  // The keys of the piece for the rows [i0, i1).
  KeyInterval project() const;

  // Conditions for the piece to have a slot in rows [i0, i1) and keys [j0, j1)
  // that do not follow from the interval of its keys.
  SmallVector<BlockTest, 0> buildTests(const KeyInterval &interval) const;

private:
  // The piece, with the eliminations that libMLIR keeps to derived classes.
  struct System : presburger::IntegerRelation {
    explicit System(const presburger::IntegerRelation &piece)
        : IntegerRelation(piece) {}
    bool isExactPair(unsigned lower, unsigned upper, unsigned column) const;
    bool canEliminateExactly(unsigned column) const;
    unsigned countAfter(unsigned column) const;
    LogicalResult eliminate(unsigned first, std::optional<unsigned> kept);
    using IntegerRelation::fourierMotzkinEliminate;
  };

  static constexpr unsigned kRow = 0, kKey = 1;
  static constexpr unsigned kFirstRow = 2, kEndRow = 3;
  static constexpr unsigned kFirstKey = 4, kEndKey = 5;

  // first <= variable <= end - 1, and so for its quotients.
  void boundByTile(unsigned variable);
  void boundQuotient(unsigned local, unsigned variable,
                     ArrayRef<llvm::DynamicAPInt> dividend,
                     const llvm::DynamicAPInt &divisor);
  // Drops the bounds of the variable if all it does is to run through the
  // values of one quotient.
  void replaceByQuotient(unsigned variable, unsigned local,
                         ArrayRef<llvm::DynamicAPInt> dividend,
                         const llvm::DynamicAPInt &divisor);
  bool isIntervalExact() const;
  // A new symbol that stands for `expr`; returns its column.
  unsigned addSymbol(AffineExpr expr);
  AffineExpr tileEnd(unsigned column) const {
    return meaning[column - kFirstRow];
  }
  // sum of row[c] * column c over the symbols, plus the constant.
  AffineExpr exprOf(ArrayRef<int64_t> row) const;
  bool alwaysHolds(ArrayRef<int64_t> row) const;
  void readConstraint(ArrayRef<int64_t> row, KeyInterval &interval) const;
  BlockTest readTest(const System &system, unsigned column) const;

  System system;
  MLIRContext *context;
  unsigned numSymbols; // of the sets
  // What the symbol columns stand for, from kFirstRow on.
  SmallVector<AffineExpr> meaning;
};

} // namespace mlir::sqa

#endif // SQA_LIB_ANALYSIS_PIECEPROJECTION_H
