//===- KeyIntervals.cpp - Keys of a query tile in closed form
//--------------===//
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
// hidden keys are not taken for visible. Where it does (keys that repeat: j mod
// 128 < 16), BlockTests.cpp says which blocks of the interval are met.
//
// To keep it exact for masks like i / 128 == j / 128, a quotient of i alone is
// bounded by its values at the first and the last row before i goes.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/PieceProjection.h"
#include "mlir/Analysis/Presburger/Utils.h"

using namespace mlir;
using namespace mlir::sqa;
using llvm::DynamicAPInt;
using presburger::IntegerRelation;
using presburger::PresburgerSet;
using presburger::VarKind;

//===----------------------------------------------------------------------===//
// Bounds by the tile
//===----------------------------------------------------------------------===//

PieceProjection::PieceProjection(const IntegerRelation &piece,
                                 MLIRContext *context)
    : system(piece), context(context), numSymbols(piece.getNumSymbolVars()) {
  system.insertVar(VarKind::Symbol, 0, 4);
  for (unsigned end = 0; end < 4; ++end)
    meaning.push_back(getAffineDimExpr(end, context));
  for (unsigned s = 0; s < numSymbols; ++s)
    meaning.push_back(getAffineSymbolExpr(s, context));
  boundByTile(kRow);
}

unsigned PieceProjection::addSymbol(AffineExpr expr) {
  unsigned relative = system.getNumSymbolVars();
  system.insertVar(VarKind::Symbol, relative, 1);
  meaning.push_back(expr);
  return system.getVarKindOffset(VarKind::Symbol) + relative;
}

AffineExpr PieceProjection::exprOf(ArrayRef<int64_t> row) const {
  AffineExpr expr = getAffineConstantExpr(row.back(), context);
  for (auto [index, term] : llvm::enumerate(meaning))
    if (int64_t coefficient = row[kFirstRow + index])
      expr = expr + term * coefficient;
  return expr;
}

// floor((a*x + e) / d) is monotone in x, so its values at the first and the
// last x of the tile bound it for every one between.
void PieceProjection::boundQuotient(unsigned local, unsigned variable,
                                    ArrayRef<DynamicAPInt> dividend,
                                    const DynamicAPInt &divisor) {
  SmallVector<int64_t> row = presburger::getInt64Vec(dividend);
  int64_t slope = row[variable], d = int64_t(divisor);
  unsigned first = variable == kRow ? kFirstRow : kFirstKey;
  AffineExpr rest = exprOf(row);
  AffineExpr atFirst = (rest + tileEnd(first) * slope).floorDiv(d);
  AffineExpr atLast = (rest + (tileEnd(first + 1) - 1) * slope).floorDiv(d);
  unsigned low = addSymbol(slope > 0 ? atFirst : atLast);
  unsigned high = addSymbol(slope > 0 ? atLast : atFirst);
  unsigned column = system.getVarKindOffset(VarKind::Local) + local;
  SmallVector<int64_t> bound(system.getNumCols(), 0);
  bound[column] = 1;
  bound[low] = -1;
  system.addInequality(bound);
  bound[column] = -1;
  bound[low] = 0;
  bound[high] = 1;
  system.addInequality(bound);
}

void PieceProjection::boundByTile(unsigned variable) {
  unsigned first = variable == kRow ? kFirstRow : kFirstKey;
  SmallVector<int64_t> row(system.getNumCols(), 0);
  row[variable] = 1;
  row[first] = -1;
  system.addInequality(row);
  row[variable] = -1;
  row[first] = 0;
  row[first + 1] = 1;
  row.back() = -1;
  system.addInequality(row);

  presburger::DivisionRepr divisions = system.getLocalReprs();
  unsigned other = variable == kRow ? kKey : kRow;
  unsigned numLocals = system.getNumLocalVars();
  for (unsigned local = 0; local < numLocals; ++local) {
    if (!divisions.hasRepr(local))
      continue;
    // Columns of the representation are those before this function added any
    // symbol: move the constant and drop locals, which must not take part.
    ArrayRef<DynamicAPInt> dividend = divisions.getDividend(local);
    unsigned firstLocal = dividend.size() - 1 - numLocals;
    bool usesLocals =
        llvm::any_of(dividend.slice(firstLocal, numLocals),
                     [](const DynamicAPInt &x) { return x != 0; });
    if (usesLocals || dividend[variable] == 0 || dividend[other] != 0)
      continue;
    DynamicAPInt divisor = divisions.getDenom(local);
    SmallVector<DynamicAPInt> known(dividend.take_front(firstLocal));
    known.resize(kFirstRow + meaning.size(), DynamicAPInt(0));
    known.push_back(dividend.back());
    boundQuotient(local, variable, known, divisor);
    if (llvm::abs(known[variable]) <= divisor)
      replaceByQuotient(variable, local, known, divisor);
  }
}

// i with i0 <= i < i1 of which only i / 16 is compared says no more than its
// quotient does: all values between the first and the last, as it steps by 1 at
// most.
void PieceProjection::replaceByQuotient(unsigned variable, unsigned local,
                                        ArrayRef<DynamicAPInt> dividend,
                                        const DynamicAPInt &divisor) {
  unsigned column = system.getVarKindOffset(VarKind::Local) + local;
  SmallVector<DynamicAPInt> atLeast(system.getNumCols(), DynamicAPInt(0));
  llvm::copy(dividend.drop_back(), atLeast.begin());
  atLeast[column] = -divisor;
  atLeast.back() = dividend.back();
  SmallVector<DynamicAPInt> atMost =
      llvm::map_to_vector(atLeast, [](const DynamicAPInt &x) { return -x; });
  atMost.back() += divisor - 1;
  unsigned first = variable == kRow ? kFirstRow : kFirstKey;

  SmallVector<unsigned> uses;
  for (unsigned c = 0; c < system.getNumInequalities(); ++c) {
    ArrayRef<DynamicAPInt> row = system.getInequality(c);
    if (row[variable] == 0)
      continue;
    bool onlyTile = true;
    for (unsigned other = 0; other + 1 < row.size(); ++other)
      onlyTile &= row[other] == 0 || other == variable || other == first ||
                  other == first + 1;
    // A bound by a constant other than 0 is the mask's own.
    bool byTile = onlyTile && (row[first] != 0 || row[first + 1] != 0 ||
                               (row[variable] > 0 && row.back() >= 0));
    if (!byTile && row != ArrayRef(atLeast) && row != ArrayRef(atMost))
      return;
    uses.push_back(c);
  }
  for (unsigned e = 0; e < system.getNumEqualities(); ++e)
    if (system.atEq(e, variable) != 0)
      return;
  for (unsigned c : llvm::reverse(uses))
    system.removeInequality(c);
}

//===----------------------------------------------------------------------===//
// Intervals
//===----------------------------------------------------------------------===//

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

KeyInterval PieceProjection::project() const {
  System keys = system;
  // i becomes a local, so that all that has to go stands together; a column
  // stays where i was, so that the names above keep their places.
  keys.convertVarKind(VarKind::SetDim, 0, 1, VarKind::Local,
                      keys.getNumLocalVars());
  keys.projectOut(keys.getVarKindOffset(VarKind::Local),
                  keys.getNumLocalVars());
  keys.insertVar(VarKind::SetDim, 0, 1);
  keys.removeTrivialRedundancy();
  keys.removeRedundantInequalities();

  KeyInterval interval;
  for (unsigned e = 0; e < keys.getNumEqualities(); ++e) {
    SmallVector<int64_t> row = keys.getEquality64(e);
    readConstraint(row, interval);
    for (int64_t &x : row)
      x = -x;
    readConstraint(row, interval);
  }
  for (unsigned c = 0; c < keys.getNumInequalities(); ++c)
    readConstraint(keys.getInequality64(c), interval);
  interval.tests = buildTests(interval);
  return interval;
}

// The pieces as they come: coalesce() and simplify() of libMLIR 22 lose points
// of pieces with quotients (RandomMasks found it).
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
