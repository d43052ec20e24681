//===- TileKeys.cpp - The keys that one tile visits
//------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The analysis gives, for the rows of a tile, intervals of keys that some row
// may see and intervals of keys that some row may not see. Their ends, sorted,
// cut the keys into segments that each interval holds whole or not at all:
//
//   visible       [-----------------)      [----)
//   hidden                  [--------------------------
//   ends      0   a         b       c      d    e      keys
//   segment   skip   plain    masked  skip  masked  skip
//
// Sorting is a network of minima and maxima on index values; no table, no
// branch. A plain segment and a masked one stand at the same place in the list
// with one of them empty, because which it is, is known at run time.
//
// Where keys repeat (j mod 128 < 16), an interval spans them all, and a few
// more instructions tell for each block whether it has any.
//
// Declines (one masked range over the hull): more ends than kMaxEnds.
// Wrong if: two segments overlap.
// Test: test/Transforms/tile-attention-masks.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/TileKeys.h"
#include "lib/Transforms/TileAttention/IndexMath.h"
#include "mlir/Dialect/Affine/Utils.h"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;

// A network for n ends has n (n - 1) / 2 minima and maxima, run once a tile.
static constexpr size_t kMaxEnds = 12;

TilePoint::TilePoint(OpBuilder &builder, Location loc,
                     const AttentionTile &tile, Value keys,
                     SmallVector<Value> symbols)
    : keys(keys),
      rows{tile.rowBegin,
           IndexMath{builder, loc}.add(tile.rowBegin, tile.rowsValue)},
      symbols(std::move(symbols)), builder(builder), loc(loc) {}

// Code for the intervals of one tile.
class TileKeys::Emitter {
public:
  // `dims` are i0 and i1, and j0 and j1 for tests.
  Emitter(OpBuilder &builder, Location loc, Value keys, ArrayRef<Value> dims,
          ArrayRef<Value> symbols)
      : builder(builder), loc(loc), math{builder, loc}, keys(keys),
        zero(math.constant(0)), dims(dims), symbols(symbols) {}

  SmallVector<Interval> emit(ArrayRef<KeyInterval> intervals);
  // Outwards to multiples of `granule`; what is empty stays so.
  void widen(Interval &interval, int64_t granule);
  // All keys where the sets do not hold, else none.
  Interval unless(Value holds) {
    return {zero, math.select(holds, zero, keys), {}};
  }
  SmallVector<Interval> hull(ArrayRef<Interval> intervals);
  SmallVector<KeyRange<Value>> cut(ArrayRef<Interval> visible,
                                   ArrayRef<Interval> hidden, bool tested);
  SmallVector<Value> collectEnds(ArrayRef<Interval> visible,
                                 ArrayRef<Interval> hidden);
  // Whether the block [lo, hi) has a key of some interval.
  Value meets(ArrayRef<Interval> intervals, Value lo, Value hi);

private:
  Value evaluate(AffineExpr expr) {
    return affine::expandAffineExpr(builder, loc, expr, dims, symbols);
  }
  bool isWhole(const Interval &interval) {
    return isConstantIntValue(interval.lo, 0) && interval.hi == keys;
  }
  Value holds(ArrayRef<Interval> intervals, Value key);
  Value passes(const BlockTest &test);
  void sort(SmallVectorImpl<Value> &ends);

  OpBuilder &builder;
  Location loc;
  IndexMath math;
  Value keys, zero;
  ArrayRef<Value> dims, symbols;
};

//===----------------------------------------------------------------------===//
// Intervals
//===----------------------------------------------------------------------===//

SmallVector<TileKeys::Interval>
TileKeys::Emitter::emit(ArrayRef<KeyInterval> intervals) {
  SmallVector<Interval> result;
  for (const KeyInterval &interval : intervals) {
    Value lo = zero, hi = keys;
    for (AffineExpr expr : interval.lower)
      lo = math.max(lo, evaluate(expr));
    for (AffineExpr expr : interval.upper)
      hi = math.min(hi, evaluate(expr));
    // What ends with the last key starts there if it is empty: one end less.
    Value &cut = hi == keys ? lo : hi;
    for (AffineExpr expr : interval.conditions)
      cut = math.select(math.less(evaluate(expr), zero),
                        hi == keys ? keys : zero, cut);
    result.push_back({lo, hi, interval.tests});
  }
  return result;
}

void TileKeys::Emitter::widen(Interval &interval, int64_t granule) {
  Value some = math.less(interval.lo, interval.hi);
  bool fromStart = isConstantIntValue(interval.lo, 0);
  bool toEnd = interval.hi == keys;
  if (!fromStart)
    interval.lo = math.select(some, math.alignDown(interval.lo, granule),
                              toEnd ? keys : zero);
  if (toEnd)
    return;
  Value hi = math.min(math.alignUp(interval.hi, granule), keys);
  interval.hi = math.select(some, hi, zero);
}

SmallVector<TileKeys::Interval>
TileKeys::Emitter::hull(ArrayRef<Interval> intervals) {
  Interval all{keys, zero, {}};
  for (const Interval &interval : intervals) {
    Value some = math.less(interval.lo, interval.hi);
    all.lo = math.min(all.lo, math.select(some, interval.lo, keys));
    all.hi = math.max(all.hi, math.select(some, interval.hi, zero));
  }
  return {all};
}

SmallVector<Value> TileKeys::Emitter::collectEnds(ArrayRef<Interval> visible,
                                                  ArrayRef<Interval> hidden) {
  llvm::SmallSetVector<Value, 16> ends;
  for (ArrayRef<Interval> intervals : {visible, hidden})
    for (const Interval &interval : intervals)
      for (Value end : {interval.lo, interval.hi})
        if (end != keys && !isConstantIntValue(end, 0))
          ends.insert(end);
  return ends.takeVector();
}

// Bubble sort without branches.
void TileKeys::Emitter::sort(SmallVectorImpl<Value> &ends) {
  for (size_t last = ends.size(); last > 1; --last)
    for (size_t i = 0; i + 1 < last; ++i) {
      Value less = math.min(ends[i], ends[i + 1]);
      ends[i + 1] = math.max(ends[i], ends[i + 1]);
      ends[i] = less;
    }
}

// Whether some interval holds `key`, for a key below `keys`.
Value TileKeys::Emitter::holds(ArrayRef<Interval> intervals, Value key) {
  if (llvm::any_of(intervals, [&](const Interval &i) { return isWhole(i); }))
    return math.boolean(true);
  Value any = math.boolean(false);
  for (const Interval &interval : intervals) {
    Value inside = math.both(math.compare(CmpIPredicate::sle, interval.lo, key),
                             math.less(key, interval.hi));
    any = math.either(any, inside);
  }
  return any;
}

// `tested`: whether a block is plain or masked is found out at the block.
SmallVector<KeyRange<Value>> TileKeys::Emitter::cut(ArrayRef<Interval> visible,
                                                    ArrayRef<Interval> hidden,
                                                    bool tested) {
  SmallVector<Value> ends = collectEnds(visible, hidden);
  for (Value &end : ends)
    end = math.max(math.min(end, keys), zero);
  sort(ends);
  // Before the first and behind the last end a key is only seen if some
  // interval begins with the first key or ends with the last.
  if (llvm::any_of(visible, [&](const Interval &i) {
        return isConstantIntValue(i.lo, 0);
      }))
    ends.insert(ends.begin(), zero);
  if (llvm::any_of(visible, [&](const Interval &i) { return i.hi == keys; }))
    ends.push_back(keys);
  SmallVector<KeyRange<Value>> ranges;
  Value lo = ends.front();
  for (Value hi : ArrayRef(ends).drop_front()) {
    Value seen = holds(visible, lo);
    Value plain = seen, masked = seen;
    if (!tested) {
      Value hides = holds(hidden, lo);
      plain = math.both(seen, math.negate(hides));
      masked = math.both(seen, hides);
    }
    ranges.push_back({lo, math.select(plain, hi, lo), /*masked=*/false});
    ranges.push_back({lo, math.select(masked, hi, lo), /*masked=*/true});
    lo = hi;
  }
  return ranges;
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

Value TileKeys::Emitter::passes(const BlockTest &test) {
  Value lower = evaluate(test.lower.front());
  for (AffineExpr expr : ArrayRef(test.lower).drop_front())
    lower = math.max(lower, evaluate(expr));
  Value upper = evaluate(test.upper.front());
  for (AffineExpr expr : ArrayRef(test.upper).drop_front())
    upper = math.min(upper, evaluate(expr));
  return math.compare(CmpIPredicate::sle, lower, upper);
}

Value TileKeys::Emitter::meets(ArrayRef<Interval> intervals, Value lo,
                               Value hi) {
  Value any = math.boolean(false);
  for (const Interval &interval : intervals) {
    Value first = math.max(interval.lo, lo), end = math.min(interval.hi, hi);
    Value inside = math.less(first, end);
    for (const BlockTest &test : interval.tests)
      inside = math.both(inside, passes(test));
    any = math.either(any, inside);
  }
  return any;
}

//===----------------------------------------------------------------------===//
// Tile
//===----------------------------------------------------------------------===//

TileKeys::TileKeys(const TilePoint &point, ArrayRef<KeyInterval> visible,
                   ArrayRef<KeyInterval> hidden, Value holds, int64_t granule)
    : rows(point.rows), symbols(point.symbols) {
  Emitter emitter(point.builder, point.loc, point.keys, rows, symbols);
  seen = emitter.emit(visible);
  unseen = emitter.emit(hidden);
  if (holds) {
    seen.push_back(emitter.unless(holds));
    unseen.push_back(emitter.unless(holds));
  }
  if (seen.empty())
    return;
  auto hasTests = [](const Interval &i) { return !i.tests.empty(); };
  tested = llvm::any_of(seen, hasTests) || llvm::any_of(unseen, hasTests);
  SmallVector<Interval> whole = seen, masked = unseen;
  for (Interval &interval : masked)
    emitter.widen(interval, granule);
  if (tested)
    masked.clear();
  if (emitter.collectEnds(whole, masked).size() > kMaxEnds)
    masked = emitter.hull(masked);
  if (emitter.collectEnds(whole, masked).size() > kMaxEnds)
    whole = emitter.hull(whole);
  ranges = emitter.cut(whole, masked, tested);
}

Value TileKeys::buildVisit(OpBuilder &builder, Location loc, Value lo, Value hi,
                           bool masked) const {
  Value dims[] = {rows[0], rows[1], lo, hi};
  Emitter emitter(builder, loc, /*keys=*/{}, dims, symbols);
  IndexMath math{builder, loc};
  Value hides = emitter.meets(unseen, lo, hi);
  return math.both(emitter.meets(seen, lo, hi),
                   masked ? hides : math.negate(hides));
}
