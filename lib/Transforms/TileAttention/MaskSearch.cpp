//===- MaskSearch.cpp - Code that finds the keys of a lookup --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   document[j] == document[i]   for the rows [i0, i1), keys in order
//     ==>
//   %least, %most = minimum and maximum of document[i0 .. i1)
//   %lo = first j with document[j] >= %least     (binary search)
//   %hi = first j with document[j] > %most
//
// A search costs a few dozen loads a tile. That the keys are in order is
// checked once an op and batch, in one pass over them.
//
// Wrong if: a search runs over keys that are not in order (nothing is read out
// of bounds, but visible keys may be missed): `ordered` must decide.
// Test: test/Transforms/tile-attention-masks.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/MaskSearch.h"
#include "lib/Analysis/MaskLookups.h"
#include "lib/Transforms/TileAttention/IndexMath.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;

//===----------------------------------------------------------------------===//
// Values of the region outside of it
//===----------------------------------------------------------------------===//

static Value cloneInto(OpBuilder &builder, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    cloneInto(builder, operand, mapping);
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

Value mlir::sqa::cloneFromMask(OpBuilder &builder, Value value,
                               const SlotValues &slot) {
  Region *region = value.getParentRegion();
  SmallVector<Value> outside = {slot.batch, slot.head, slot.row, slot.key};
  llvm::append_range(outside, slot.captures);
  IRMapping mapping;
  for (auto [argument, known] :
       llvm::zip_equal(region->getArguments(), outside))
    if (known)
      mapping.map(argument, known);
  return cloneInto(builder, value, mapping);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

// Whether keys 0 <= ... <= keys - 1 of one batch, as i32.
static Value buildIsOrdered(OpBuilder &builder, Location loc,
                            const KeyLookup &lookup, Value batch, Value keys,
                            ValueRange captures) {
  IndexMath m{builder, loc};
  Value one = m.constant(1);
  auto loop = scf::ForOp::create(
      builder, loc, one, keys, one, ValueRange{m.boolean(true)},
      [&](OpBuilder &b, Location l, Value key, ValueRange sofar) {
        IndexMath inner{b, l};
        auto at = [&](Value j) {
          return cloneFromMask(b, lookup.key, {batch, {}, {}, j, captures});
        };
        Value rises = inner.compare(
            CmpIPredicate::sle, at(inner.sub(key, inner.constant(1))), at(key));
        scf::YieldOp::create(b, l, inner.both(sofar.front(), rises));
      });
  return arith::ExtUIOp::create(builder, loc, builder.getI32Type(),
                                loop.getResult(0));
}

Value mlir::sqa::buildOrderedFlags(OpBuilder &builder, attn::SqaOp op,
                                   const KeyLookup &lookup, ValueRange captures,
                                   const AttentionSizes &sizes) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = op.getLoc();
  Value empty = tensor::EmptyOp::create(builder, loc, {sizes.batch},
                                        builder.getI32Type());
  SmallVector<OpFoldResult> bounds = {sizes.batch};
  auto forall = scf::ForallOp::create(builder, loc, bounds, ValueRange{empty},
                                      /*mapping=*/std::nullopt);
  builder.setInsertionPoint(forall.getTerminator());
  Value batch = forall.getInductionVar(0);
  Value keys = buildKvLength(builder, loc, op, batch, sizes.keyLength);
  Value flag = buildIsOrdered(builder, loc, lookup, batch, keys, captures);
  Value element = tensor::FromElementsOp::create(builder, loc, flag);
  builder.setInsertionPointToEnd(forall.getTerminator().getBody());
  SmallVector<OpFoldResult> offset = {batch}, one = {builder.getIndexAttr(1)};
  tensor::ParallelInsertSliceOp::create(
      builder, loc, element, forall.getRegionIterArgs()[0], offset, one, one);
  return forall.getResult(0);
}

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

namespace {
struct Extremes {
  Value least, most;
};

class LookupSearch {
public:
  LookupSearch(OpBuilder &builder, Location loc, const KeyLookup &lookup,
               const AttentionTile &tile, Value keys, ValueRange captures)
      : builder(builder), loc(loc), lookup(lookup), tile(tile), keys(keys),
        captures(captures) {}

  Extremes buildRowExtremes(Value rowsOrdered);
  LookupRange<Value> buildRange(Value rowsOrdered);

private:
  Extremes scanRows(Value first);
  // Keys whose values are < x, or <= x.
  Value countBelow(Value x, bool orEqual);
  Value valueOfRow(OpBuilder &b, Value row) {
    return cloneFromMask(b, lookup.row,
                         {tile.batch, tile.head, row, {}, captures});
  }

  OpBuilder &builder;
  Location loc;
  const KeyLookup &lookup;
  const AttentionTile &tile;
  Value keys;
  ValueRange captures;
};
} // namespace

// Where the rows' values never fall, two of them tell.
Extremes LookupSearch::buildRowExtremes(Value rowsOrdered) {
  IndexMath m{builder, loc};
  Value first = valueOfRow(builder, tile.rowBegin);
  if (!rowsOrdered)
    return scanRows(first);
  Value flag =
      tensor::ExtractOp::create(builder, loc, rowsOrdered, tile.batch);
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, /*width=*/32);
  Value use = m.compare(CmpIPredicate::ne, flag, zero);
  auto choice = scf::IfOp::create(
      builder, loc, TypeRange{first.getType(), first.getType()}, use,
      /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&choice.getThenRegion().front());
  Value last = m.add(m.add(tile.rowBegin, tile.rowsValue), -1);
  scf::YieldOp::create(builder, loc,
                       ValueRange{first, valueOfRow(builder, last)});
  builder.setInsertionPointToEnd(&choice.getElseRegion().front());
  Extremes scanned = scanRows(first);
  scf::YieldOp::create(builder, loc, ValueRange{scanned.least, scanned.most});
  return {choice.getResult(0), choice.getResult(1)};
}

Extremes LookupSearch::scanRows(Value first) {
  IndexMath m{builder, loc};
  Value end = m.add(tile.rowBegin, tile.rowsValue), one = m.constant(1);
  auto loop = scf::ForOp::create(
      builder, loc, m.add(tile.rowBegin, 1), end, one, ValueRange{first, first},
      [&](OpBuilder &b, Location l, Value row, ValueRange sofar) {
        IndexMath inner{b, l};
        Value value = valueOfRow(b, row);
        scf::YieldOp::create(
            b, l,
            ValueRange{inner.min(sofar[0], value), inner.max(sofar[1], value)});
      });
  return {loop.getResult(0), loop.getResult(1)};
}

Value LookupSearch::countBelow(Value x, bool orEqual) {
  IndexMath m{builder, loc};
  // The keys are their own values: j < x for x of them.
  if (isa<BlockArgument>(lookup.key)) {
    Value below = m.max(m.min(x, keys), m.constant(-1));
    Value count = orEqual ? m.min(m.add(below, 1), keys) : below;
    return m.max(count, m.constant(0));
  }
  auto loop = scf::WhileOp::create(
      builder, loc, TypeRange{keys.getType(), keys.getType()},
      ValueRange{m.constant(0), keys},
      [](OpBuilder &b, Location l, ValueRange ends) {
        Value open = IndexMath{b, l}.less(ends[0], ends[1]);
        scf::ConditionOp::create(b, l, open, ends);
      },
      [&](OpBuilder &b, Location l, ValueRange ends) {
        IndexMath inner{b, l};
        Value middle = arith::ShRUIOp::create(b, l, inner.add(ends[0], ends[1]),
                                              inner.constant(1));
        Value value = cloneFromMask(
            b, lookup.key, {tile.batch, tile.head, {}, middle, captures});
        Value below = inner.compare(
            orEqual ? CmpIPredicate::sle : CmpIPredicate::slt, value, x);
        scf::YieldOp::create(
            b, l,
            ValueRange{inner.select(below, inner.add(middle, 1), ends[0]),
                       inner.select(below, ends[1], middle)});
      });
  return loop.getResult(0);
}

LookupRange<Value> LookupSearch::buildRange(Value rowsOrdered) {
  IndexMath m{builder, loc};
  auto [least, most] = buildRowExtremes(rowsOrdered);
  Value none = m.constant(0);
  switch (lookup.predicate) {
  case CmpIPredicate::eq: {
    Value lower = countBelow(least, false), upper = countBelow(most, true);
    Value uniform = m.compare(CmpIPredicate::eq, least, most);
    return {lower, upper, lower, m.select(uniform, upper, lower)};
  }
  case CmpIPredicate::slt:
    return {none, countBelow(most, false), none, countBelow(least, false)};
  case CmpIPredicate::sle:
    return {none, countBelow(most, true), none, countBelow(least, true)};
  case CmpIPredicate::sgt:
    return {countBelow(least, true), keys, countBelow(most, true), keys};
  case CmpIPredicate::sge:
    return {countBelow(least, false), keys, countBelow(most, false), keys};
  default:
    llvm_unreachable("not the predicate of a lookup");
  }
}

LookupRange<Value> mlir::sqa::buildLookupRange(OpBuilder &builder, Location loc,
                                               const KeyLookup &lookup,
                                               const AttentionTile &tile,
                                               Value keys, Value ordered,
                                               ValueRange captures,
                                               Value rowsOrdered) {
  LookupRange<Value> range =
      LookupSearch(builder, loc, lookup, tile, keys, captures)
          .buildRange(rowsOrdered);
  if (!ordered)
    return range;
  IndexMath m{builder, loc};
  Value flag = tensor::ExtractOp::create(builder, loc, ordered, tile.batch);
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, /*width=*/32);
  Value use = m.compare(CmpIPredicate::ne, flag, zero), none = m.constant(0);
  return {m.select(use, range.mayLower, none),
          m.select(use, range.mayUpper, keys),
          m.select(use, range.mustLower, none),
          m.select(use, range.mustUpper, none)};
}
