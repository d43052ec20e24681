//===- MaskRanges.cpp - Key ranges of any mask, from its formula ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the mask once an op and evaluates what it found for each tile: the
// symbols of the formula, the searches of its lookups, the intervals of keys.
// TileIntervals.cpp makes ranges of those.
//
// Wrong if: `holds` is ignored.
// Test: test/Transforms/tile-attention-masks.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/MaskRanges.h"
#include "lib/Transforms/ExpandMaskClauses.h"
#include "lib/Transforms/TileAttention/IndexMath.h"
#include "lib/Transforms/TileAttention/MaskSearch.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "sqa-tile-attention"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;

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
  captures.append(expanded.getCaptures().begin(), expanded.getCaptures().end());
  rowsOrdered.resize(sets.lookups.size());
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

MaskRanges::MaskRanges(attn::SqaOp op, ValueRange captures)
    : expanded(op), sets(computeMaskSets(op.getMaskMod())),
      captures(captures.begin(), captures.end()) {
  visible = visibleKeys(sets, op.getContext());
  hidden = hiddenKeys(sets, op.getContext());
  for (Operation *unread : sets.undecided)
    remarkUndecided(op, unread);
}

void MaskRanges::setFacts(SmallVector<Value> keysOrdered,
                          SmallVector<Value> rowFlags, Value setsHold) {
  ordered = std::move(keysOrdered);
  rowsOrdered = std::move(rowFlags);
  holds = setsHold;
}

MaskRanges::~MaskRanges() { expanded.erase(); }

//===----------------------------------------------------------------------===//
// Ranges of one tile
//===----------------------------------------------------------------------===//

// The symbols of the sets, for the tile.
static SmallVector<Value> buildSymbols(OpBuilder &builder, Location loc,
                                       const MaskSets &sets,
                                       ArrayRef<Value> ordered,
                                       ArrayRef<Value> rowsOrdered,
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
  for (auto [lookup, flags, rows] :
       llvm::zip_equal(sets.lookups, ordered, rowsOrdered)) {
    LookupRange<Value> range = buildLookupRange(builder, loc, lookup, tile,
                                                keys, flags, captures, rows);
    symbols.append(
        {range.mayLower, range.mayUpper, range.mustLower, range.mustUpper});
  }
  return symbols;
}

TileKeys MaskRanges::build(OpBuilder &builder, Location loc,
                           const AttentionTile &tile, Value keys,
                           int64_t granule) const {
  TilePoint point{builder, loc, tile, keys,
                  buildSymbols(builder, loc, sets, ordered, rowsOrdered,
                               captures, tile, keys)};
  return TileKeys(point, visible, hidden, holds, granule);
}
