//===- Masks.cpp - Blocks of a tile from the formula of its mask ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where clauses do not say which keys a tile sees, the analysis of the mask does
// (MaskRanges): the producer evaluates its formulas tile by tile, loads the
// blocks that need the mask and then those that do not, and leaves the number of
// each beside its stage. Consumers are told how many there are of either kind.
//
// A comparison between tables (documents) is a search where the tables are in
// order. Whether they are, all threads of a block look before they have roles:
//
//   %ordered = hopper.all_threads (for all j of this thread: key[j] <= key[j+1])
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "lib/Transforms/ExpandMaskClauses.h"
#include "lib/Transforms/TileAttention/MaskSearch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::sqa;

// Pairs that a thread compares at once, so that their loads overlap.
static constexpr int64_t kPairsAtOnce = 4;

//===----------------------------------------------------------------------===//
// The formula
//===----------------------------------------------------------------------===//

// Beside the op, for as long as the kernel is built.
attn::SqaOp KernelBuilder::cloneExpanded() {
  IRRewriter rewriter(b.getContext());
  attn::SqaOp op = plan.op;
  rewriter.setInsertionPoint(op);
  auto clone = cast<attn::SqaOp>(rewriter.clone(*op.getOperation()));
  expandMaskClauses(rewriter, clone);
  return clone;
}

// What an expanded op captures, as a value of the kernel: an operand of the op,
// or one of the lengths.
Value KernelBuilder::bindExpanded(Value capture) {
  attn::SqaOp op = plan.op;
  if (Value known = args.captures.lookupOrNull(capture))
    return known;
  if (capture == op.getQueryOffset())
    return args.offset;
  auto dim = cast<tensor::DimOp>(capture.getDefiningOp());
  return dim.getSource() == op.getQuery() ? args.queries : args.keys;
}

void KernelBuilder::prepareMask() {
  attn::SqaOp expanded = cloneExpanded();
  auto captures = llvm::map_to_vector(
      expanded.getCaptures(), [&](Value value) { return bindExpanded(value); });
  mask = std::make_unique<MaskRanges>(expanded, captures);
  const MaskSets &sets = mask->getSets();
  SmallVector<Value> keysOrdered, rowsOrdered;
  for (const KeyLookup &lookup : sets.lookups) {
    keysOrdered.push_back(
        lookup.keyIsIncreasing ? Value() : buildOrdered(lookup.key, true));
    rowsOrdered.push_back(buildOrdered(lookup.row, false));
  }
  Value holds;
  if (sets.assumes32Bit) {
    Value most = constant(kMaxNarrowLength + 1);
    holds = arith::AndIOp::create(b, loc, isLess(args.queries, most),
                                  isLess(args.keys, most));
  }
  mask->setFacts(keysOrdered, rowsOrdered, holds);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

// Whether `value` of a mask region depends on its argument `index`.
static bool dependsOn(Value value, unsigned index) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber() == index;
  return llvm::any_of(value.getDefiningOp()->getOperands(), [&](Value operand) {
    return dependsOn(operand, index);
  });
}

// A table of one i32 for all batches: 1 if `value` never falls from one key (or
// row) to the next, in any batch. Null if it depends on the head.
Value KernelBuilder::buildOrdered(Value value, bool ofKeys) {
  if (dependsOn(value, /*head=*/1))
    return {};
  Value length = ofKeys ? args.keys : args.queries;
  Value pairs = mul(args.batches, length);
  Value last = max(sub(pairs, constant(1)), constant(0));
  Value begin = hopper::ThreadIdOp::create(b, loc);
  int64_t threads =
      hopper::kWarpgroupThreads * (plan.schedule.getConsumers() + 1);
  auto loop = scf::ForOp::create(b, loc, begin, pairs,
                                 constant(threads * kPairsAtOnce),
                                 ValueRange{boolean(true)});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBody());
    Value sofar = loop.getRegionIterArg(0);
    for (int64_t i = 0; i < kPairsAtOnce; ++i) {
      Value pair =
          min(add(loop.getInductionVar(), constant(i * threads)), last);
      Value rises = buildRises(value, ofKeys, div(pair, length),
                               rem(pair, length), length);
      sofar = arith::AndIOp::create(b, loc, sofar, rises);
    }
    scf::YieldOp::create(b, loc, sofar);
  }
  Value all = hopper::AllThreadsOp::create(b, loc, b.getI1Type(),
                                           loop.getResult(0));
  Value flag = arith::ExtUIOp::create(b, loc, b.getI32Type(), all);
  auto table = RankedTensorType::get({ShapedType::kDynamic}, b.getI32Type());
  return UnrealizedConversionCastOp::create(b, loc, table, flag).getResult(0);
}

// Whether value[at] <= value[at + 1], or the latter does not exist.
Value KernelBuilder::buildRises(Value value, bool ofKeys, Value batch, Value at,
                                Value length) {
  Value end = ofKeys ? loadKeyCount(batch) : length;
  Value next = add(at, constant(1));
  Value isLast = isLess(next, end);
  isLast = arith::XOrIOp::create(b, loc, isLast, boolean(true));
  auto read = [&](Value index) {
    Value row = ofKeys ? Value() : index, key = ofKeys ? index : Value();
    return cloneFromMask(b, value,
                         {batch, constant(0), row, key, mask->getCaptures()});
  };
  Value rises = arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::sle, read(at),
      read(min(next, sub(length, constant(1)))));
  return arith::OrIOp::create(b, loc, isLast, rises);
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

// All blocks of a tile for the producer: those with a mask, then those without.
void KernelBuilder::buildMaskBlocks(QueryTile &tile) {
  AttentionTile rows;
  rows.batch = tile.batch;
  rows.head = tile.head;
  rows.rowBegin = tile.row;
  rows.rowsValue = min(sub(args.queries, tile.row), constant(plan.blockM()));
  rows.rows = rows.rowsValue;
  TileKeys keys = mask->build(b, loc, rows, tile.keys, plan.blockN());
  SmallVector<KeyRange<Value>> segments(keys.getRanges());
  // Keys that repeat: every block of the segments is tested slot by slot.
  if (keys.areTested())
    llvm::erase_if(segments,
                   [](const KeyRange<Value> &range) { return !range.masked; });
  collectSegments(tile, segments);
  SmallVector<KeyBlocks> ranges = std::move(tile.ranges);
  tile.ranges.clear();
  for (bool masked : {true, false}) {
    Value count = constant(0);
    for (const KeyBlocks &range : ranges) {
      if (range.masked != masked)
        continue;
      tile.ranges.push_back(range);
      count = add(count, max(sub(range.hi, range.lo), constant(0)));
    }
    (masked ? tile.masked : tile.plain) = count;
  }
}

// The same for the consumers, who know how many there are.
void KernelBuilder::countMaskBlocks(QueryTile &tile) {
  Value zero = constant(0), one = constant(1);
  tile.blocks = add(tile.masked, tile.plain);
  tile.first = sub(min(tile.blocks, one), one);
  // The first of them is taken out.
  Value hasMasked = isLess(zero, tile.masked);
  Value masked = max(sub(tile.masked, one), zero);
  Value plain = select(hasMasked, tile.plain, sub(tile.plain, one));
  tile.ranges = {{zero, masked, /*masked=*/true, /*single=*/false},
                 {zero, plain, /*masked=*/false, /*single=*/false}};
}
