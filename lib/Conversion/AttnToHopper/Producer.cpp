//===- Producer.cpp - The thread that fills the rings ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

// Keys first: consumers need them a block ahead of the values.
Value KernelBuilder::loadBlock(const QueryTile &tile, Value block,
                               Value cursor) {
  Value key = mul(block, constant(plan.blockN()));
  for (auto [ring, map] :
       {std::pair(keyRing, args.keyMap), std::pair(valueRing, args.valueMap)}) {
    hopper::WaitEmptyOp::create(b, loc, ring, cursor);
    hopper::LoadOp::create(b, loc, map, tile.kvHead, key, tile.batch, ring,
                           cursor);
  }
  return hopper::AdvanceOp::create(b, loc, cursor);
}

Value KernelBuilder::loadBlocks(const QueryTile &tile, Value cursor) {
  Value next = loadBlock(tile, tile.first, cursor);
  return forEachBlock(
      tile, next, [&](BlockMode, Value block, ValueRange values) {
        return SmallVector<Value>{loadBlock(tile, block, values[0])};
      })[0];
}

// With frozen maxima all blocks once more if the consumers ask for it.
Value KernelBuilder::loadTile(const QueryTile &tile, Value queryCursor,
                              Value cursor) {
  Value next = loadBlocks(tile, cursor);
  if (!vote)
    return next;
  Value again = hopper::AwaitVoteOp::create(b, loc, b.getI1Type(), vote,
                                            queryCursor, tile.number);
  auto choice = scf::IfOp::create(b, loc, next.getType(), again,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&choice.getThenRegion().front());
  scf::YieldOp::create(b, loc, loadBlocks(tile, next));
  b.setInsertionPointToEnd(&choice.getElseRegion().front());
  scf::YieldOp::create(b, loc, next);
  return choice.getResult(0);
}

void KernelBuilder::buildProducer() {
  auto cursor = [&](int64_t stages) -> Value {
    return hopper::CursorOp::create(
        b, loc, hopper::CursorType::get(b.getContext(), stages));
  };
  SmallVector<Value> initial = {cursor(plan.schedule.getStages()), cursor(1)};
  forEachTile(initial, [&](Value number, ValueRange carried) {
    QueryTile tile = decodeTile(number);
    hopper::WaitEmptyOp::create(b, loc, queryRing, carried[1]);
    hopper::LoadOp::create(b, loc, args.queryMap, tile.queryHead, tile.row,
                           tile.batch, queryRing, carried[1]);
    Value nextQuery = hopper::AdvanceOp::create(b, loc, carried[1]);
    if (plan.hasKeys)
      return SmallVector<Value>{loadTile(tile, carried[1], carried[0]),
                                nextQuery};
    auto any = scf::IfOp::create(b, loc, carried[0].getType(),
                                 isLess(constant(-1), tile.first),
                                 /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&any.getThenRegion().front());
    scf::YieldOp::create(b, loc, loadTile(tile, carried[1], carried[0]));
    b.setInsertionPointToEnd(&any.getElseRegion().front());
    scf::YieldOp::create(b, loc, carried[0]);
    return SmallVector<Value>{any.getResult(0), nextQuery};
  });
}
