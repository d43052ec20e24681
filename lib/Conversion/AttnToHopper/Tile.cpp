//===- Tile.cpp - Which rows and key blocks a tile has --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Key ranges in keys become ranges of blocks. A block that any masked range
// touches, or that a range covers in part, is masked; the mask itself is exact,
// so nothing more has to be known of it. Blocks are visited from the last to
// the first: the last is the ragged or diagonal one and is peeled, always
// masked.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Rows and heads
//===----------------------------------------------------------------------===//

// Under a causal mask tiles differ in length. The longest go first, so that
// short ones fill the multiprocessors at the end, within sections of heads
// whose keys and values stay in L2.
void KernelBuilder::decodeIndices(Value number, Value &rowTile,
                                  Value &batchHead) {
  Value tiles = ceilDiv(args.queries, plan.blockM());
  if (!plan.clauses.causal) {
    rowTile = rem(number, tiles);
    batchHead = div(number, tiles);
    return;
  }
  Value section = constant(plan.schedule.getHeadsPerSection());
  Value size = mul(tiles, section);
  Value begin = mul(div(number, size), section);
  Value within = rem(number, size);
  Value heads = mul(args.batches, constant(plan.outputHeads));
  Value count = min(section, sub(heads, begin));
  rowTile = sub(sub(tiles, constant(1)), div(within, count));
  batchHead = add(begin, rem(within, count));
}

// The head that output head `head` reads on a side with `heads` heads.
Value KernelBuilder::mapHead(Value head, int64_t heads) {
  if (heads == plan.outputHeads)
    return head;
  if (plan.headMap == attn::HeadMap::group)
    return div(head, constant(plan.outputHeads / heads));
  return rem(head, constant(heads));
}

// kv_lengths[b], clamped to the keys there are.
Value KernelBuilder::loadKeyCount(Value batch) {
  if (!plan.hasKeyLengths)
    return args.keys;
  attn::SqaOp op = plan.op;
  Value length = tensor::ExtractOp::create(
      b, loc, args.captures.lookup(op.getKvLengths()), batch);
  length = arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
  return min(max(length, constant(0)), args.keys);
}

QueryTile KernelBuilder::decodeTile(Value number, Value mode) {
  Value rowTile, batchHead;
  decodeIndices(number, rowTile, batchHead);
  QueryTile tile;
  tile.number = number;
  tile.mode = mode;
  tile.head = rem(batchHead, constant(plan.outputHeads));
  tile.batch = div(batchHead, constant(plan.outputHeads));
  tile.row = mul(rowTile, constant(plan.blockM()));
  tile.keys = loadKeyCount(tile.batch);
  finishTile(tile);
  if (mask)
    buildMaskBlocks(tile);
  return tile;
}

// What follows from the batch, the head and the row.
void KernelBuilder::finishTile(QueryTile &tile) {
  tile.queryHead = mapHead(tile.head, plan.queryHeads);
  tile.kvHead = mapHead(tile.head, plan.kvHeads);
  if (plan.clauses.dependsOnPosition()) {
    if (plan.alignment == attn::Alignment::top_left)
      tile.offset = constant(0);
    else if (plan.alignment == attn::Alignment::bottom_right)
      tile.offset = sub(tile.keys, args.queries);
    else
      tile.offset = args.offset;
  }
  if (!mask)
    buildBlocks(tile, tile.row,
                min(add(tile.row, constant(plan.blockM())), args.queries));
}

//===----------------------------------------------------------------------===//
// From the producer to the consumers
//===----------------------------------------------------------------------===//

int64_t KernelBuilder::countWords() const {
  return 3 + (plan.votes() ? 2 : 0) + (plan.isOpaque ? 2 : 0) +
         (plan.hasKeyLengths ? 1 : 0);
}

SmallVector<Value> KernelBuilder::pack(const QueryTile &tile) {
  SmallVector<Value> words = {tile.row, tile.head, tile.batch};
  if (plan.votes())
    words.append({tile.number, tile.mode});
  if (mask)
    words.append({tile.masked, tile.plain});
  if (plan.hasKeyLengths)
    words.push_back(tile.keys);
  return words;
}

QueryTile KernelBuilder::unpack(ValueRange words) {
  QueryTile tile;
  tile.row = words[0];
  tile.head = words[1];
  tile.batch = words[2];
  tile.keys = plan.hasKeyLengths ? words.back() : args.keys;
  if (plan.votes()) {
    tile.number = words[3];
    tile.mode = words[4];
  }
  finishTile(tile);
  if (mask) {
    // An opaque mask hides keys, so there are votes.
    tile.masked = words[5];
    tile.plain = words[6];
    countMaskBlocks(tile);
  }
  return tile;
}

//===----------------------------------------------------------------------===//
// Key blocks
//===----------------------------------------------------------------------===//

// More than there are.
static constexpr int64_t kMaxBlocks = int64_t(1) << 30;

namespace {
// Collects ranges from the last key to the first.
struct RangeCollector {
  SmallVector<KeyBlocks> ranges;
  Value limit; // blocks from here on are taken

  template <typename Fn>
  void push(Value lo, Value hi, bool masked, bool single, Fn min) {
    if (limit)
      hi = min(hi, limit);
    limit = limit ? min(limit, lo) : lo;
    ranges.push_back({lo, hi, masked, single});
  }
};
} // namespace

static bool isZero(Value value) {
  std::optional<int64_t> constant = getConstantIntValue(value);
  return constant && *constant == 0;
}

void KernelBuilder::buildBlocks(QueryTile &tile, Value rowBegin,
                                Value rowEnd) {
  Value offset = tile.offset ? tile.offset : constant(0);
  collectBlocks(tile, buildKeyRanges(b, loc, plan.clauses,
                                     {rowBegin, rowEnd, offset, tile.keys},
                                     plan.blockN()));
  countBlocks(tile);
}

void KernelBuilder::collectBlocks(QueryTile &tile,
                                  ArrayRef<KeyRange<Value>> keys) {
  auto below = [&](Value key) { return div(key, constant(plan.blockN())); };
  auto above = [&](Value key) { return ceilDiv(key, plan.blockN()); };
  auto least = [&](Value a, Value c) { return min(a, c); };
  RangeCollector blocks;
  for (size_t index = keys.size(); index-- > 0;) {
    const KeyRange<Value> &range = keys[index];
    if (range.masked) {
      blocks.push(below(range.lo), above(range.hi), true, false, least);
      continue;
    }
    // A masked neighbour takes the block that both have a part of.
    bool joinsNext = index + 1 < keys.size() && keys[index + 1].masked &&
                     keys[index + 1].lo == range.hi;
    bool joinsLast =
        index > 0 && keys[index - 1].masked && keys[index - 1].hi == range.lo;
    if (!joinsNext)
      blocks.push(below(range.hi), above(range.hi), true, true, least);
    blocks.push(above(range.lo), below(range.hi), false, false, least);
    if (!joinsLast && !isZero(range.lo))
      blocks.push(below(range.lo), above(range.lo), true, true, least);
  }
  tile.first = constant(-1);
  for (const KeyBlocks &range : llvm::reverse(blocks.ranges))
    tile.first = select(isLess(range.lo, range.hi), sub(range.hi, constant(1)),
                        tile.first);
  tile.ranges.clear();
  for (KeyBlocks &range : blocks.ranges) {
    // The last block is peeled; a range of one block that starts with it is
    // empty then.
    if (&range == &blocks.ranges.front() && range.single)
      continue;
    range.hi = min(range.hi, tile.first);
    tile.ranges.push_back(range);
  }
}

// Segments of a mask's formula: any of them may be empty at run time, and then
// takes no block from its neighbours.
void KernelBuilder::collectSegments(QueryTile &tile,
                                    ArrayRef<KeyRange<Value>> segments) {
  Value limit = constant(kMaxBlocks), size = constant(plan.blockN());
  tile.ranges.clear();
  for (const KeyRange<Value> &segment : llvm::reverse(segments)) {
    Value some = isLess(segment.lo, segment.hi);
    auto push = [&](Value lo, Value hi, bool masked) {
      hi = min(select(some, hi, lo), limit);
      tile.ranges.push_back({lo, hi, masked, /*single=*/false});
      limit = select(isLess(lo, hi), lo, limit);
    };
    Value below = div(segment.lo, size), above = ceilDiv(segment.lo, plan.blockN());
    Value endBelow = div(segment.hi, size),
          endAbove = ceilDiv(segment.hi, plan.blockN());
    if (segment.masked) {
      push(below, endAbove, true);
      continue;
    }
    // Blocks that a segment without a mask has a part of need one.
    push(endBelow, endAbove, true);
    push(above, endBelow, false);
    push(below, above, true);
  }
}

void KernelBuilder::countBlocks(QueryTile &tile) {
  tile.blocks = min(add(tile.first, constant(1)), constant(1));
  for (const KeyBlocks &range : tile.ranges)
    tile.blocks =
        add(tile.blocks, max(sub(range.hi, range.lo), constant(0)));
}

SmallVector<Value> KernelBuilder::forBlocks(const KeyBlocks &range,
                                            ValueRange initial, BlockMode mode,
                                            BlockBody body) {
  auto loop =
      scf::ForOp::create(b, loc, range.lo, range.hi, constant(1), initial);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(loop.getBody());
  // From hi - 1 down to lo.
  Value last = sub(add(range.lo, range.hi), constant(1));
  Value block = sub(last, loop.getInductionVar());
  scf::YieldOp::create(b, loc, body(mode, block, loop.getRegionIterArgs()));
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> KernelBuilder::forEachBlock(const QueryTile &tile,
                                               ValueRange initial,
                                               BlockBody body, Value frozen) {
  SmallVector<Value> values(initial);
  for (const KeyBlocks &range : tile.ranges) {
    if (range.masked || !frozen) {
      values = forBlocks(range, values, {range.masked, false}, body);
      continue;
    }
    // Two loops, not a branch in one: ptxas schedules each for itself.
    auto choice =
        scf::IfOp::create(b, loc, ValueRange(values).getTypes(), frozen,
                          /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    for (bool isFrozen : {true, false}) {
      Region &region =
          isFrozen ? choice.getThenRegion() : choice.getElseRegion();
      b.setInsertionPointToEnd(&region.front());
      scf::YieldOp::create(b, loc,
                           forBlocks(range, values, {false, isFrozen}, body));
    }
    values = llvm::to_vector_of<Value>(choice.getResults());
  }
  return values;
}
