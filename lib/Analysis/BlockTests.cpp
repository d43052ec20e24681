//===- BlockTests.cpp - Which blocks of keys meet a repeating interval
//-----===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   j mod 128 < 16   is   exists n: 128 n <= j < 128 n + 16
//     ==> the keys [j0, j1) meet it if some integer n satisfies
//         ceil((j0 - 15) / 128) <= n <= floor((j1 - 1) / 128)
//
// Row, key and quotients are eliminated as long as that is exact over the
// integers: by an equality with coefficient 1, or by Fourier-Motzkin where each
// pair of bounds leaves room for an integer. For what is left the tightest
// bounds are rounded inwards, which loses nothing if one variable is left; if
// there are more, each in turn is kept and the others go over the rationals.
//
// Elimination can square the number of constraints at each step: a formula that
// grows beyond kMaxConstraints goes without the test, and its blocks are
// visited.
//
// Wrong if: a block with a slot of the piece fails a test.
// Unit test: test/unit/Analysis/MaskSetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/PieceProjection.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/IR/IntegerSet.h"

using namespace mlir;
using namespace mlir::sqa;
using llvm::DynamicAPInt;
using presburger::VarKind;

static constexpr unsigned kMaxConstraints = 96;

// Whether Fourier-Motzkin with a x >= L and b x <= U loses no integer: one of
// the coefficients is 1, or the gap a U - b L is known to leave room for an
// integer (the dark shadow of the Omega test, W. Pugh, 1991).
bool PieceProjection::System::isExactPair(unsigned lower, unsigned upper,
                                          unsigned column) const {
  DynamicAPInt a = atIneq(lower, column), b = -atIneq(upper, column);
  if (a == 1 || b == 1)
    return true;
  for (unsigned c = 0; c + 1 < getNumCols(); ++c)
    if (a * atIneq(upper, c) + b * atIneq(lower, c) != 0)
      return false;
  unsigned constant = getNumCols() - 1;
  return a * atIneq(upper, constant) + b * atIneq(lower, constant) >=
         (a - 1) * (b - 1);
}

bool PieceProjection::System::canEliminateExactly(unsigned column) const {
  // Elimination takes the first equality that has the variable.
  for (unsigned e = 0; e < getNumEqualities(); ++e)
    if (atEq(e, column) != 0)
      return atEq(e, column) == 1 || atEq(e, column) == -1;
  for (unsigned lower = 0; lower < getNumInequalities(); ++lower)
    for (unsigned upper = 0; upper < getNumInequalities(); ++upper)
      if (atIneq(lower, column) > 0 && atIneq(upper, column) < 0 &&
          !isExactPair(lower, upper, column))
        return false;
  return true;
}

// How many inequalities the elimination of a variable leaves.
unsigned PieceProjection::System::countAfter(unsigned column) const {
  for (unsigned e = 0; e < getNumEqualities(); ++e)
    if (atEq(e, column) != 0)
      return getNumInequalities();
  unsigned lower = 0, upper = 0;
  for (unsigned c = 0; c < getNumInequalities(); ++c) {
    lower += atIneq(c, column) > 0;
    upper += atIneq(c, column) < 0;
  }
  return getNumInequalities() - lower - upper + lower * upper;
}

// Eliminates the columns from `first` on but `kept`, or those where it is
// exact: the cheapest first, as long as the system stays small.
LogicalResult PieceProjection::System::eliminate(unsigned first,
                                                 std::optional<unsigned> kept) {
  while (true) {
    std::optional<unsigned> best;
    for (unsigned column = first; column < getNumVars(); ++column)
      if ((kept ? column != *kept : canEliminateExactly(column)) &&
          (!best || countAfter(column) < countAfter(*best)))
        best = column;
    if (!best)
      return success();
    if (countAfter(*best) > kMaxConstraints)
      return failure();
    fourierMotzkinEliminate(*best);
    removeTrivialRedundancy();
    if (kept && *best < *kept)
      --*kept;
  }
}

// The bounds on the only variable that is left, beside symbols.
BlockTest PieceProjection::readTest(const System &last, unsigned column) const {
  BlockTest test;
  auto read = [&](SmallVector<int64_t> row) {
    int64_t coefficient = row[column];
    row.erase(row.begin() + column);
    // Columns of the dims, as exprOf expects them.
    row.insert(row.begin(), 2, 0);
    if (coefficient > 0)
      test.lower.push_back((-exprOf(row)).ceilDiv(coefficient));
    else if (coefficient < 0)
      test.upper.push_back(exprOf(row).floorDiv(-coefficient));
  };
  for (unsigned e = 0; e < last.getNumEqualities(); ++e) {
    SmallVector<int64_t> row = last.getEquality64(e);
    read(row);
    for (int64_t &x : row)
      x = -x;
    read(row);
  }
  for (unsigned c = 0; c < last.getNumInequalities(); ++c)
    read(last.getInequality64(c));
  return test;
}

// Whether the interval of keys says it all.
bool PieceProjection::isIntervalExact() const {
  System keys = system;
  keys.convertVarKind(VarKind::SetDim, 0, 1, VarKind::Local,
                      keys.getNumLocalVars());
  unsigned first = keys.getVarKindOffset(VarKind::Local);
  return succeeded(keys.eliminate(first, /*kept=*/std::nullopt)) &&
         keys.getNumLocalVars() == 0;
}

// Whether each block that overlaps the interval passes.
static bool isImplied(const BlockTest &test, const KeyInterval &interval,
                      unsigned numSymbols, MLIRContext *context) {
  AffineExpr i0, i1, j0, j1;
  bindDims(context, i0, i1, j0, j1);
  SmallVector<AffineExpr> known = {i0, i1 - i0 - 1, j0, j1 - j0 - 1};
  llvm::append_range(known, interval.conditions);
  for (AffineExpr lower : interval.lower) {
    known.push_back(j1 - 1 - lower);
    for (AffineExpr upper : interval.upper)
      known.push_back(upper - 1 - lower);
  }
  for (AffineExpr upper : interval.upper)
    known.push_back(upper - 1 - j0);
  SmallVector<bool> inequalities(known.size() + 1, false);
  for (AffineExpr lower : test.lower)
    for (AffineExpr upper : test.upper) {
      SmallVector<AffineExpr> fails = known;
      fails.push_back(lower - upper - 1);
      IntegerSet set = IntegerSet::get(4, numSymbols, fails, inequalities);
      if (!FlatLinearValueConstraints(set).isIntegerEmpty())
        return false;
    }
  return true;
}

SmallVector<BlockTest, 0>
PieceProjection::buildTests(const KeyInterval &interval) const {
  if (isIntervalExact())
    return {};
  PieceProjection tile = *this;
  tile.boundByTile(kKey);
  System &all = tile.system;
  all.convertVarKind(VarKind::SetDim, 0, 2, VarKind::Local,
                     all.getNumLocalVars());
  unsigned first = all.getVarKindOffset(VarKind::Local);
  if (failed(all.eliminate(first, /*kept=*/std::nullopt)))
    return {};
  SmallVector<BlockTest, 0> tests;
  for (unsigned kept = first; kept < all.getNumVars(); ++kept) {
    System last = all;
    if (failed(last.eliminate(first, kept)))
      continue;
    BlockTest test = tile.readTest(last, first);
    if (!test.lower.empty() && !test.upper.empty() &&
        !isImplied(test, interval, numSymbols, context))
      tests.push_back(std::move(test));
  }
  return tests;
}
