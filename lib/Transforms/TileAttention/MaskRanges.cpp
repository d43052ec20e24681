//===- MaskRanges.cpp - Key ranges of any mask, from its formula ----------===//
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
// Declines (remark, one masked range over the hull): more ends than kMaxEnds.
// Wrong if: two segments overlap, or `holds` is ignored.
// Test: test/Transforms/tile-attention-masks.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/MaskRanges.h"
#include "lib/Transforms/ExpandMaskClauses.h"
#include "lib/Transforms/TileAttention/IndexMath.h"
#include "lib/Transforms/TileAttention/MaskSearch.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "sqa-tile-attention"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;

// A network for n ends has n (n - 1) / 2 minima and maxima, run once a tile.
static constexpr size_t kMaxEnds = 12;

//===----------------------------------------------------------------------===//
// Before the tiles
//===----------------------------------------------------------------------===//

static void remarkUndecided(attn::SqaOp op, Operation *unread) {
  remark::missed(unread->getLoc(),
                 remark::RemarkOpts::name("UndecidedMask").category(DEBUG_TYPE))
      << remark::add(
             "'{0}' does not tell which keys are visible: blocks that it "
             "may hide are tested slot by slot",
             unread->getName().getStringRef());
}

// Whether both lengths are small enough for sums in 32 bits; null if known.
static Value buildHolds(OpBuilder &builder, Location loc,
                        const AttentionSizes &sizes) {
  IndexMath m{builder, loc};
  Value limit = m.constant(kMaxNarrowLength), holds;
  for (OpFoldResult size : {sizes.queryLength, sizes.keyLength}) {
    std::optional<int64_t> known = getConstantIntValue(size);
    if (known && *known <= kMaxNarrowLength)
      continue;
    Value fits =
        m.compare(CmpIPredicate::sle,
                  getValueOrCreateConstantIndexOp(builder, loc, size), limit);
    holds = holds ? m.both(holds, fits) : fits;
  }
  return holds;
}

static attn::SqaOp cloneExpanded(RewriterBase &rewriter, attn::SqaOp op) {
  auto clone = cast<attn::SqaOp>(rewriter.clone(*op));
  expandMaskClauses(rewriter, clone);
  return clone;
}

MaskRanges::MaskRanges(RewriterBase &rewriter, attn::SqaOp op,
                       const AttentionSizes &sizes)
    : expanded(cloneExpanded(rewriter, op)),
      sets(computeMaskSets(expanded.getMaskMod())) {
  visible = visibleKeys(sets, rewriter.getContext());
  hidden = hiddenKeys(sets, rewriter.getContext());
  for (Operation *unread : sets.undecided)
    remarkUndecided(op, unread);
  for (const KeyLookup &lookup : sets.lookups)
    ordered.push_back(lookup.keyIsIncreasing
                          ? Value()
                          : buildOrderedFlags(rewriter, op, lookup,
                                              expanded.getCaptures(), sizes));
  if (sets.assumes32Bit)
    holds = buildHolds(rewriter, op.getLoc(), sizes);
}

MaskRanges::~MaskRanges() { expanded.erase(); }

//===----------------------------------------------------------------------===//
// Intervals of one tile
//===----------------------------------------------------------------------===//

namespace {
// [lo, hi), empty if lo >= hi.
struct Interval {
  Value lo, hi;
};

class TileIntervals {
public:
  TileIntervals(OpBuilder &builder, Location loc, const AttentionTile &tile,
                Value keys, SmallVector<Value> symbols)
      : builder(builder), loc(loc), math{builder, loc}, keys(keys),
        zero(math.constant(0)), symbols(std::move(symbols)) {
    rows = {tile.rowBegin, math.add(tile.rowBegin, tile.rowsValue)};
  }

  SmallVector<Interval> emit(ArrayRef<KeyInterval> intervals);
  // Outwards to multiples of `granule`; what is empty stays so.
  void widen(Interval &interval, int64_t granule);
  // All keys where the sets do not hold, else none.
  Interval unless(Value holds) {
    return {zero, math.select(holds, zero, keys)};
  }
  SmallVector<Interval> hull(ArrayRef<Interval> intervals);
  SmallVector<KeyRange<Value>> cut(ArrayRef<Interval> visible,
                                   ArrayRef<Interval> hidden);
  SmallVector<Value> collectEnds(ArrayRef<Interval> visible,
                                 ArrayRef<Interval> hidden);

private:
  Value evaluate(AffineExpr expr) {
    return affine::expandAffineExpr(builder, loc, expr, rows, symbols);
  }
  bool isWhole(const Interval &interval) {
    return isConstantIntValue(interval.lo, 0) && interval.hi == keys;
  }
  Value holds(ArrayRef<Interval> intervals, Value key);
  void sort(SmallVectorImpl<Value> &ends);

  OpBuilder &builder;
  Location loc;
  IndexMath math;
  Value keys, zero;
  SmallVector<Value> rows, symbols;
};
} // namespace

SmallVector<Interval> TileIntervals::emit(ArrayRef<KeyInterval> intervals) {
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
    result.push_back({lo, hi});
  }
  return result;
}

void TileIntervals::widen(Interval &interval, int64_t granule) {
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

SmallVector<Interval> TileIntervals::hull(ArrayRef<Interval> intervals) {
  Interval all{keys, zero};
  for (const Interval &interval : intervals) {
    Value some = math.less(interval.lo, interval.hi);
    all.lo = math.min(all.lo, math.select(some, interval.lo, keys));
    all.hi = math.max(all.hi, math.select(some, interval.hi, zero));
  }
  return {all};
}

SmallVector<Value> TileIntervals::collectEnds(ArrayRef<Interval> visible,
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
void TileIntervals::sort(SmallVectorImpl<Value> &ends) {
  for (size_t last = ends.size(); last > 1; --last)
    for (size_t i = 0; i + 1 < last; ++i) {
      Value less = math.min(ends[i], ends[i + 1]);
      ends[i + 1] = math.max(ends[i], ends[i + 1]);
      ends[i] = less;
    }
}

// Whether some interval holds `key`, for a key below `keys`.
Value TileIntervals::holds(ArrayRef<Interval> intervals, Value key) {
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

SmallVector<KeyRange<Value>> TileIntervals::cut(ArrayRef<Interval> visible,
                                                ArrayRef<Interval> hidden) {
  SmallVector<Value> ends = collectEnds(visible, hidden);
  for (Value &end : ends)
    end = math.max(math.min(end, keys), zero);
  sort(ends);
  // Before the first and behind the last end a key is only seen if some interval
  // begins with the first key or ends with the last.
  if (llvm::any_of(visible, [&](const Interval &i) {
        return isConstantIntValue(i.lo, 0);
      }))
    ends.insert(ends.begin(), zero);
  if (llvm::any_of(visible, [&](const Interval &i) { return i.hi == keys; }))
    ends.push_back(keys);
  SmallVector<KeyRange<Value>> ranges;
  Value lo = ends.front();
  for (Value hi : ArrayRef(ends).drop_front()) {
    Value seen = holds(visible, lo), masked = holds(hidden, lo);
    Value plainHi = math.select(math.both(seen, math.negate(masked)), hi, lo);
    Value maskedHi = math.select(math.both(seen, masked), hi, lo);
    ranges.push_back({lo, plainHi, /*masked=*/false});
    ranges.push_back({lo, maskedHi, /*masked=*/true});
    lo = hi;
  }
  return ranges;
}

//===----------------------------------------------------------------------===//
// Ranges of one tile
//===----------------------------------------------------------------------===//

// The symbols of the sets, for the tile.
static SmallVector<Value> buildSymbols(OpBuilder &builder, Location loc,
                                       const MaskSets &sets,
                                       ArrayRef<Value> ordered,
                                       ValueRange captures,
                                       const AttentionTile &tile, Value keys) {
  SmallVector<Value> symbols;
  for (Value symbol : sets.symbols) {
    Value value = cloneFromMask(builder, symbol,
                                {tile.batch, tile.head, {}, {}, captures});
    Type index = builder.getIndexType();
    // An i1 is 0 or 1; everything else is signed.
    if (value.getType().isInteger(1))
      value = arith::IndexCastUIOp::create(builder, loc, index, value);
    else if (!value.getType().isIndex())
      value = arith::IndexCastOp::create(builder, loc, index, value);
    symbols.push_back(value);
  }
  for (auto [lookup, flags] : llvm::zip_equal(sets.lookups, ordered)) {
    LookupRange<Value> range =
        buildLookupRange(builder, loc, lookup, tile, keys, flags, captures);
    symbols.append(
        {range.mayLower, range.mayUpper, range.mustLower, range.mustUpper});
  }
  return symbols;
}

SmallVector<KeyRange<Value>> MaskRanges::build(OpBuilder &builder, Location loc,
                                               const AttentionTile &tile,
                                               Value keys,
                                               int64_t granule) const {
  TileIntervals tiles(builder, loc, tile, keys,
                      buildSymbols(builder, loc, sets, ordered,
                                   attn::SqaOp(expanded).getCaptures(), tile,
                                   keys));
  SmallVector<Interval> seen = tiles.emit(visible), unseen = tiles.emit(hidden);
  if (holds) {
    seen.push_back(tiles.unless(holds));
    unseen.push_back(tiles.unless(holds));
  }
  for (Interval &interval : unseen)
    tiles.widen(interval, granule);
  if (tiles.collectEnds(seen, unseen).size() > kMaxEnds)
    unseen = tiles.hull(unseen);
  if (tiles.collectEnds(seen, unseen).size() > kMaxEnds)
    seen = tiles.hull(seen);
  if (seen.empty())
    return {};
  return tiles.cut(seen, unseen);
}
