//===- KeyIntervals.cpp - Keys of a query tile in closed form --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each convex piece of a set of slots, restricted to the rows [i0, i1), is
// projected on the key axis by Fourier-Motzkin elimination; what remains are
// linear bounds on j. Elimination over the rationals can only widen the
// interval, which is safe on both sides: visible keys are not missed, and
// hidden keys are not taken for visible.
//
// To keep it exact for masks like i / 128 == j / 128, a quotient of i alone is
// bounded by its values at the first and the last row before i goes.
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/MaskSets.h"
#include "mlir/Analysis/Presburger/Utils.h"
#include "llvm/ADT/DynamicAPInt.h"

using namespace mlir;
using namespace mlir::sqa;
using llvm::DynamicAPInt;
using presburger::IntegerRelation;
using presburger::PresburgerSet;
using presburger::VarKind;

namespace {
// Projects one convex piece. Columns: dims (i, j), symbols (i0, i1, those of
// the sets, then those this class adds), locals, constant.
class PieceProjection {
public:
  PieceProjection(const IntegerRelation &piece, MLIRContext *context);
  KeyInterval project();

private:
  static constexpr unsigned kRow = 0, kKey = 1, kFirstRow = 2, kEndRow = 3;

  void boundRow();
  void boundQuotients();
  void boundQuotient(unsigned local, ArrayRef<DynamicAPInt> dividend,
                     const DynamicAPInt &divisor);
  // A new symbol that stands for `expr`; returns its column.
  unsigned addSymbol(AffineExpr expr);
  // sum of row[c] * column c over dims i0, i1 and symbols, plus the constant.
  AffineExpr exprOf(ArrayRef<int64_t> row) const;
  bool alwaysHolds(ArrayRef<int64_t> row) const;
  void readConstraint(ArrayRef<int64_t> row, KeyInterval &interval) const;

  IntegerRelation piece;
  MLIRContext *context;
  // What the symbol columns stand for, from kFirstRow on.
  SmallVector<AffineExpr> meaning;
};
} // namespace

PieceProjection::PieceProjection(const IntegerRelation &original,
                                 MLIRContext *context)
    : piece(original), context(context) {
  unsigned numSymbols = piece.getNumSymbolVars();
  piece.insertVar(VarKind::Symbol, 0, 2);
  meaning = {getAffineDimExpr(0, context), getAffineDimExpr(1, context)};
  for (unsigned s = 0; s < numSymbols; ++s)
    meaning.push_back(getAffineSymbolExpr(s, context));
}

// i0 <= i <= i1 - 1.
void PieceProjection::boundRow() {
  SmallVector<int64_t> row(piece.getNumCols(), 0);
  row[kRow] = 1;
  row[kFirstRow] = -1;
  piece.addInequality(row);
  row[kRow] = -1;
  row[kFirstRow] = 0;
  row[kEndRow] = 1;
  row.back() = -1;
  piece.addInequality(row);
}

unsigned PieceProjection::addSymbol(AffineExpr expr) {
  unsigned relative = piece.getNumSymbolVars();
  piece.insertVar(VarKind::Symbol, relative, 1);
  meaning.push_back(expr);
  return piece.getVarKindOffset(VarKind::Symbol) + relative;
}

AffineExpr PieceProjection::exprOf(ArrayRef<int64_t> row) const {
  AffineExpr expr = getAffineConstantExpr(row.back(), context);
  for (auto [index, term] : llvm::enumerate(meaning))
    if (int64_t coefficient = row[kFirstRow + index])
      expr = expr + term * coefficient;
  return expr;
}

// floor((a*i + e) / d) is monotone in i, so its values at i0 and i1 - 1 bound
// it for every row between.
void PieceProjection::boundQuotient(unsigned local,
                                    ArrayRef<DynamicAPInt> dividend,
                                    const DynamicAPInt &divisor) {
  SmallVector<int64_t> row = presburger::getInt64Vec(dividend);
  int64_t slope = row[kRow], d = int64_t(divisor);
  AffineExpr rest = exprOf(row);
  AffineExpr atFirst =
      (rest + getAffineDimExpr(0, context) * slope).floorDiv(d);
  AffineExpr atLast =
      (rest + (getAffineDimExpr(1, context) - 1) * slope).floorDiv(d);
  unsigned low = addSymbol(slope > 0 ? atFirst : atLast);
  unsigned high = addSymbol(slope > 0 ? atLast : atFirst);
  unsigned column = piece.getVarKindOffset(VarKind::Local) + local;
  SmallVector<int64_t> bound(piece.getNumCols(), 0);
  bound[column] = 1;
  bound[low] = -1;
  piece.addInequality(bound);
  bound[column] = -1;
  bound[low] = 0;
  bound[high] = 1;
  piece.addInequality(bound);
}

void PieceProjection::boundQuotients() {
  presburger::DivisionRepr divisions = piece.getLocalReprs();
  for (unsigned local = 0, e = piece.getNumLocalVars(); local < e; ++local) {
    if (!divisions.hasRepr(local))
      continue;
    // Columns of the representation are those before this function added any
    // symbol: move the constant and drop locals, which must not take part.
    ArrayRef<DynamicAPInt> dividend = divisions.getDividend(local);
    unsigned numLocals = piece.getNumLocalVars();
    unsigned firstLocal = dividend.size() - 1 - numLocals;
    bool usesLocals =
        llvm::any_of(dividend.slice(firstLocal, numLocals),
                     [](const DynamicAPInt &x) { return x != 0; });
    if (usesLocals || dividend[kRow] == 0 || dividend[kKey] != 0)
      continue;
    SmallVector<DynamicAPInt> row(dividend.take_front(firstLocal));
    row.resize(kFirstRow + meaning.size(), DynamicAPInt(0));
    row.push_back(dividend.back());
    boundQuotient(local, row, divisions.getDenom(local));
  }
}

// Whether row . (symbols, 1) >= 0 follows from 0 <= i0 < i1: it is a sum of i0,
// i1 - i0 - 1 and a constant, none of them negative.
bool PieceProjection::alwaysHolds(ArrayRef<int64_t> row) const {
  ArrayRef<int64_t> others = row.drop_front(kEndRow + 1).drop_back();
  int64_t first = row[kFirstRow], end = row[kEndRow];
  return llvm::all_of(others, [](int64_t c) { return c == 0; }) && end >= 0 &&
         first + end >= 0 && end + row.back() >= 0;
}

// row . (j, symbols, 1) >= 0 is a lower bound, an upper bound or a condition.
void PieceProjection::readConstraint(ArrayRef<int64_t> row,
                                     KeyInterval &interval) const {
  int64_t coefficient = row[kKey];
  if (coefficient == 0) {
    if (!alwaysHolds(row))
      interval.conditions.push_back(exprOf(row));
  } else if (coefficient > 0) { // j >= ceil(-rest / c)
    auto negated = llvm::map_to_vector(row, [](int64_t c) { return -c; });
    interval.lower.push_back(exprOf(negated).ceilDiv(coefficient));
  } else { // j <= floor(rest / c)
    interval.upper.push_back(exprOf(row).floorDiv(-coefficient) + 1);
  }
}

KeyInterval PieceProjection::project() {
  boundRow();
  boundQuotients();
  // i becomes a local, so that all that has to go stands together; a column
  // stays where i was, so that the names above keep their places.
  piece.convertVarKind(VarKind::SetDim, 0, 1, VarKind::Local,
                       piece.getNumLocalVars());
  piece.projectOut(piece.getVarKindOffset(VarKind::Local),
                   piece.getNumLocalVars());
  piece.insertVar(VarKind::SetDim, 0, 1);
  piece.removeTrivialRedundancy();
  piece.removeRedundantInequalities();

  KeyInterval interval;
  for (unsigned e = 0; e < piece.getNumEqualities(); ++e) {
    SmallVector<int64_t> row = piece.getEquality64(e);
    readConstraint(row, interval);
    for (int64_t &x : row)
      x = -x;
    readConstraint(row, interval);
  }
  for (unsigned c = 0; c < piece.getNumInequalities(); ++c)
    readConstraint(piece.getInequality64(c), interval);
  return interval;
}

// The pieces as they come: coalesce() and simplify() of libMLIR 22 lose points of
// pieces with quotients (RandomMasks found it).
static SmallVector<KeyInterval> projectAll(const PresburgerSet &set,
                                           MLIRContext *context) {
  SmallVector<KeyInterval> intervals;
  for (const IntegerRelation &disjunct : set.getAllDisjuncts())
    if (!disjunct.isIntegerEmpty())
      intervals.push_back(PieceProjection(disjunct, context).project());
  return intervals;
}

// Slots of the matrix: neither index is negative.
static PresburgerSet allSlots(const MaskSets &sets) {
  presburger::IntegerPolyhedron slots(sets.may.getSpace());
  slots.addBound(presburger::BoundType::LB, 0, 0);
  slots.addBound(presburger::BoundType::LB, 1, 0);
  return PresburgerSet(slots);
}

SmallVector<KeyInterval> mlir::sqa::visibleKeys(const MaskSets &sets,
                                                MLIRContext *context) {
  return projectAll(sets.may.intersect(allSlots(sets)), context);
}

SmallVector<KeyInterval> mlir::sqa::hiddenKeys(const MaskSets &sets,
                                               MLIRContext *context) {
  return projectAll(sets.hidden.intersect(allSlots(sets)), context);
}
