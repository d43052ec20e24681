//===- Producer.cpp - The thread that fills the rings ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block takes the tile of its own number first, then whatever number is next:
// a counter in global memory hands them out, the longest tiles first, so that
// no multiprocessor waits for another. A grid of as many blocks as tiles needs
// no counter.
//
// The producer is one tile ahead: while the consumers finish a tile it decodes
// the next one and loads its first blocks. A tile whose guess was wrong comes
// back in careful mode, behind the tile that was handed out meanwhile:
//
//   handed out   judged meanwhile
//   7
//   12           7: bad
//   7, careful   12: good
//   20
//
// Where one frozen maximum failed the next are likely to: a block takes its next
// kDoubtTiles online, so that a launch in which all fail does two tiles of
// kDoubtTiles + 2 twice. Which block has which tile varies from run to run, and so
// may then the last bits of a result.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

// Tiles that start online behind one whose frozen maximum failed.
static constexpr int64_t kDoubtTiles = 32;

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

// Keys first: consumers need them a block ahead of the values.
Value KernelBuilder::loadBlock(const QueryTile &tile, Value block,
                               Value cursor) {
  Value key = mul(block, constant(plan.blockN()));
  for (auto [ring, map] :
       {std::pair(keyRing, args.keyMap), std::pair(valueRing, args.valueMap)}) {
    hopper::WaitEmptyOp::create(b, loc, ring, cursor);
    if (mask && ring == keyRing)
      hopper::WriteNoteOp::create(b, loc, ring, cursor, block);
    hopper::LoadOp::create(b, loc, map, tile.kvHead, key, tile.batch, ring,
                           cursor);
  }
  return hopper::AdvanceOp::create(b, loc, cursor);
}

// What follows the first block; of a mask's formula, all blocks.
Value KernelBuilder::loadRanges(const QueryTile &tile, Value cursor) {
  return forEachBlock(
      tile, cursor, [&](BlockMode, Value block, ValueRange values) {
        return SmallVector<Value>{loadBlock(tile, block, values[0])};
      })[0];
}

Value KernelBuilder::loadBlocks(const QueryTile &tile, Value cursor) {
  if (mask)
    return loadRanges(tile, cursor);
  auto load = [&] {
    return loadRanges(tile, loadBlock(tile, tile.first, cursor));
  };
  if (plan.hasKeys)
    return load();
  auto any = scf::IfOp::create(b, loc, cursor.getType(),
                               isLess(constant(-1), tile.first),
                               /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&any.getThenRegion().front());
  scf::YieldOp::create(b, loc, load());
  b.setInsertionPointToEnd(&any.getElseRegion().front());
  scf::YieldOp::create(b, loc, cursor);
  return any.getResult(0);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

struct KernelBuilder::Turn {
  Value cursor, queryCursor, queueCursor; // of keys and values, ...
  Value number;                           // of the tile at hand
  // The rest only where tiles are voted on.
  Value next;     // the number behind it, if it is done again
  Value previous; // a tile that must be judged; -1: none
  Value mode;     // of the tile at hand
  Value doubt;    // tiles to come that start online
  Value round;

  SmallVector<Value> toValues() const {
    SmallVector<Value> values = {cursor, queryCursor, queueCursor, number};
    if (round)
      values.append({next, previous, mode, doubt, round});
    return values;
  }
  static Turn of(ValueRange v) {
    if (v.size() == 4)
      return {v[0], v[1], v[2], v[3], {}, {}, {}, {}, {}};
    return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]};
  }
};

// The next number that no block has, or one behind the last tile.
Value KernelBuilder::takeNumber() {
  Value tiles = countTiles();
  Value blocks = hopper::GridSizeOp::create(b, loc);
  auto some = scf::IfOp::create(b, loc, b.getIndexType(),
                                isLess(blocks, tiles), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&some.getThenRegion().front());
  Value one = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1));
  Value count = LLVM::AtomicRMWOp::create(
      b, loc, LLVM::AtomicBinOp::add, args.counter, one,
      LLVM::AtomicOrdering::monotonic, "device");
  count = arith::IndexCastOp::create(b, loc, b.getIndexType(), count);
  scf::YieldOp::create(b, loc, min(add(blocks, count), tiles));
  b.setInsertionPointToEnd(&some.getElseRegion().front());
  scf::YieldOp::create(b, loc, tiles);
  return some.getResult(0);
}

// Hands out the tile at hand and loads all of it. The number behind it is asked
// for before: the answer takes longer than a block.
KernelBuilder::Turn KernelBuilder::loadTile(Turn turn) {
  if (vote) {
    Value online = constant(static_cast<int64_t>(TileMode::online));
    auto known = scf::IfOp::create(b, loc, b.getIndexType(),
                                   isLess(online, turn.mode),
                                   /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&known.getThenRegion().front());
    scf::YieldOp::create(b, loc, turn.next);
    b.setInsertionPointToEnd(&known.getElseRegion().front());
    scf::YieldOp::create(b, loc, takeNumber());
    turn.next = known.getResult(0);
  } else {
    turn.next = takeNumber();
  }
  QueryTile tile = decodeTile(turn.number, turn.mode);
  hopper::PushOp::create(b, loc, queue, turn.queueCursor, pack(tile));
  turn.queueCursor = hopper::AdvanceOp::create(b, loc, turn.queueCursor);
  hopper::WaitEmptyOp::create(b, loc, queryRing, turn.queryCursor);
  hopper::LoadOp::create(b, loc, args.queryMap, tile.queryHead, tile.row,
                         tile.batch, queryRing, turn.queryCursor);
  turn.queryCursor = hopper::AdvanceOp::create(b, loc, turn.queryCursor);
  turn.cursor = loadBlocks(tile, turn.cursor);
  return turn;
}

// Whether tile `number` (-1: none) must be done again, and whether because its
// maximum failed.
Value KernelBuilder::isBad(Turn &turn, Value number, Value &doubt) {
  Type i1 = b.getI1Type();
  SmallVector<Type> types = {i1, i1, turn.round.getType()};
  auto some = scf::IfOp::create(b, loc, types, isLess(constant(-1), number),
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&some.getThenRegion().front());
  auto said = hopper::AwaitVoteOp::create(b, loc, i1, i1, vote, turn.round,
                                          number);
  Value round = hopper::AdvanceOp::create(b, loc, turn.round);
  scf::YieldOp::create(b, loc,
                       ValueRange{said.getAgain(), said.getDoubt(), round});
  b.setInsertionPointToEnd(&some.getElseRegion().front());
  Value no = boolean(false);
  scf::YieldOp::create(b, loc, ValueRange{no, no, turn.round});
  doubt = some.getResult(1);
  turn.round = some.getResult(2);
  return some.getResult(0);
}

// The mode of a tile that was not done before.
Value KernelBuilder::firstMode(Value doubt) {
  Value online = constant(static_cast<int64_t>(TileMode::online));
  if (!plan.schedule.getFrozenMax())
    return online;
  Value frozen = constant(static_cast<int64_t>(TileMode::frozen));
  return select(isLess(constant(0), doubt), online, frozen);
}

// What comes behind the tile at hand.
KernelBuilder::Turn KernelBuilder::judge(Turn turn) {
  Value none = constant(-1), tiles = countTiles();
  Value careful = constant(static_cast<int64_t>(TileMode::careful));
  Value doubt, doubtLast;
  Value bad = isBad(turn, turn.previous, doubt);
  Value again = turn.previous;
  // A tile that was done with care needs no judgement.
  turn.previous = select(isLess(turn.mode, careful), turn.number, none);
  // Behind the last tile there is time to judge it at once.
  Value isLast = arith::XOrIOp::create(
      b, loc, arith::OrIOp::create(b, loc, isLess(turn.next, tiles), bad),
      boolean(true));
  Value last = select(isLast, turn.previous, none);
  Value badLast = isBad(turn, last, doubtLast);
  again = select(badLast, last, again);
  turn.previous = select(isLast, none, turn.previous);
  Value repeats = arith::OrIOp::create(b, loc, bad, badLast);
  turn.number = select(repeats, again, turn.next);
  turn.doubt = select(doubt, constant(kDoubtTiles),
                      max(sub(turn.doubt, constant(1)), constant(0)));
  turn.mode = select(repeats, careful, firstMode(turn.doubt));
  return turn;
}

void KernelBuilder::buildProducer() {
  auto cursor = [&](int64_t stages) -> Value {
    return hopper::CursorOp::create(
        b, loc, hopper::CursorType::get(b.getContext(), stages));
  };
  Turn turn;
  turn.cursor = cursor(plan.schedule.getStages());
  turn.queryCursor = cursor(plan.queryStages());
  turn.queueCursor = cursor(hopper::kQueueStages);
  turn.number = hopper::BlockIdOp::create(b, loc);
  if (vote) {
    turn.next = turn.previous = constant(-1);
    turn.doubt = constant(0);
    turn.mode = firstMode(turn.doubt);
    turn.round = cursor(hopper::kVoteRounds);
  }
  SmallVector<Value> initial = turn.toValues();
  SmallVector<Type> types(ValueRange(initial).getTypes());
  SmallVector<Location> locations(types.size(), loc);
  auto loop = scf::WhileOp::create(b, loc, types, initial);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locations);
  turn = Turn::of(before->getArguments());
  scf::ConditionOp::create(b, loc, isLess(turn.number, countTiles()),
                           before->getArguments());
  Block *after = b.createBlock(&loop.getAfter(), {}, types, locations);
  turn = loadTile(Turn::of(after->getArguments()));
  if (vote)
    turn = judge(turn);
  else
    turn.number = std::exchange(turn.next, {});
  scf::YieldOp::create(b, loc, turn.toValues());
  b.setInsertionPointAfter(loop);
  // No more tiles.
  SmallVector<Value> end(countWords(), constant(-1));
  hopper::PushOp::create(b, loc, queue, loop.getResult(2), end);
}
