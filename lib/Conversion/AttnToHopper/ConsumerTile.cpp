//===- ConsumerTile.cpp - The tiles of a warpgroup ------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each of the warpgroups of a tile has 64 rows of its own. Blocks that the tile
// visits and these rows do not see are given back unread:
//
//   keys         0 ............................ T
//   tile                   [ blocks of the tile  ]
//   warpgroup 0            [ ........ ]<- skipped->
//   warpgroup 2                  [ .............. ]
//
// A tile that is done with care is walked whole by all of them, because they
// meet at a barrier in every block.
//
//===----------------------------------------------------------------------===//

#include "Consumer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// One tile
//===----------------------------------------------------------------------===//

Value KernelBuilder::skipBlocks(Value count, Value cursor) {
  auto loop = scf::ForOp::create(b, loc, constant(0), count, constant(1),
                                 cursor);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(loop.getBody());
  Value stage = loop.getRegionIterArg(0);
  for (Value ring : {keyRing, valueRing}) {
    hopper::WaitFullOp::create(b, loc, ring, stage);
    hopper::ReleaseOp::create(b, loc, ring, stage);
  }
  scf::YieldOp::create(b, loc,
                       hopper::AdvanceOp::create(b, loc, stage).getResult());
  return loop.getResult(0);
}

KernelBuilder::State KernelBuilder::runTile(const Place &place,
                                            const QueryTile &whole,
                                            Value cursor, Verdict &verdict) {
  Value before;
  if (place.trims) {
    before = sub(whole.first, place.tile.first);
    cursor = skipBlocks(before, cursor);
  }
  Value frozen;
  if (plan.schedule.getFrozenMax())
    frozen = isMode(place.tile, TileMode::frozen);
  State state = runBlocks(place, cursor, frozen);
  if (place.trims)
    state.cursor = skipBlocks(
        sub(sub(whole.blocks, before), place.tile.blocks), state.cursor);
  verdict = judgeTile(state, frozen);
  return state;
}

// Whether this thread's part of the result confirms the guess.
KernelBuilder::Verdict KernelBuilder::judgeTile(const State &state,
                                                Value frozen) {
  if (!vote)
    return {};
  Type i1 = b.getI1Type();
  Value safe = hopper::IsFiniteOp::create(b, loc, i1, state.accumulator);
  if (!frozen)
    return {safe, boolean(true)};
  Value inRange =
      hopper::IsFrozenSafeOp::create(b, loc, i1, state.sum, state.accumulator,
                                     plan.schedule.getTensorRowSums());
  Value certain = arith::OrIOp::create(
      b, loc, inRange, arith::XOrIOp::create(b, loc, frozen, boolean(true)));
  return {arith::AndIOp::create(b, loc, safe, certain), certain};
}

// A tile that has no block for this warpgroup, perhaps.
KernelBuilder::State KernelBuilder::tileOrNothing(const Place &place,
                                                  const QueryTile &whole,
                                                  Value cursor,
                                                  Verdict &verdict) {
  if (plan.hasKeys && (!plan.isContiguous() || plan.hasWholeTiles()))
    return runTile(place, whole, cursor, verdict);
  State state = emptyTile(cursor);
  auto results = [&](const State &s, const Verdict &v) {
    SmallVector<Value> values = {s.cursor, s.max, s.sum, s.accumulator};
    if (vote)
      values.append({v.safe, v.certain});
    return values;
  };
  Value yes = boolean(true);
  SmallVector<Value> empty = results(state, {yes, yes});
  auto any = scf::IfOp::create(b, loc, ValueRange(empty).getTypes(),
                               isLess(constant(-1), place.tile.first),
                               /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&any.getThenRegion().front());
  Verdict found;
  State full = runTile(place, whole, cursor, found);
  scf::YieldOp::create(b, loc, results(full, found));
  b.setInsertionPointToEnd(&any.getElseRegion().front());
  hopper::ReleaseOp::create(b, loc, queryRing, place.queryCursor);
  if (plan.isContiguous())
    empty[0] = skipBlocks(whole.blocks, cursor);
  scf::YieldOp::create(b, loc, empty);
  state.cursor = any.getResult(0);
  state.max = any.getResult(1);
  state.sum = any.getResult(2);
  state.accumulator = any.getResult(3);
  if (vote)
    verdict = {any.getResult(4), any.getResult(5)};
  return state;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void KernelBuilder::storeTile(const Place &place, const State &state) {
  const QueryTile &tile = place.tile;
  auto rows = hopper::RowsType::get(b.getContext());
  bool tensorSums = plan.schedule.getTensorRowSums();
  auto finish = hopper::SoftmaxFinishOp::create(
      b, loc, rows, rows, state.max, state.sum,
      tensorSums ? state.accumulator : Value(), softmaxScale(), sinkOf(tile),
      plan.schedule.getIntegerMax());
  Value result = hopper::ScaleRowsOp::create(b, loc, state.accumulator,
                                             finish.getFactor());
  auto product = [&](Value a, Value c) -> Value {
    return arith::MulIOp::create(b, loc, a, c);
  };
  if (outputRing) {
    hopper::StoreTileOp::create(b, loc, result, args.outputMap, tile.head,
                                place.row, tile.batch, outputRing,
                                place.group);
  } else {
    Value offset = arith::AddIOp::create(
        b, loc, product(asI64(tile.batch), args.batchStride),
        product(asI64(tile.head), args.headStride));
    Value pointer =
        LLVM::GEPOp::create(b, loc, args.output.getType(), plan.element,
                            args.output, LLVM::GEPArg(offset));
    hopper::StoreOp::create(b, loc, result, pointer, place.row, args.queries,
                            args.rowStride, plan.valueDim, plan.element,
                            plan.schedule.getWideStores());
  }
  if (!plan.hasLse)
    return;
  Value heads = asI64(constant(plan.outputHeads));
  Value head = arith::AddIOp::create(b, loc, product(asI64(tile.batch), heads),
                                     asI64(tile.head));
  Value lse =
      LLVM::GEPOp::create(b, loc, args.lse.getType(), b.getF32Type(), args.lse,
                          LLVM::GEPArg(product(head, asI64(args.queries))));
  hopper::StoreRowsOp::create(b, loc, finish.getLse(), lse, place.row,
                              args.queries);
}

// A tile that was done with care is not judged again. Returns the next round.
Value KernelBuilder::castVote(const Place &place, const Verdict &verdict,
                              Value round) {
  auto asks = scf::IfOp::create(b, loc, round.getType(),
                                isMode(place.tile, TileMode::careful),
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&asks.getThenRegion().front());
  scf::YieldOp::create(b, loc, round);
  b.setInsertionPointToEnd(&asks.getElseRegion().front());
  Value yes = boolean(true);
  Value again = arith::XOrIOp::create(b, loc, verdict.safe, yes);
  Value doubt = arith::XOrIOp::create(b, loc, verdict.certain, yes);
  hopper::CastVoteOp::create(b, loc, vote, round, place.tile.number, again,
                             doubt);
  scf::YieldOp::create(b, loc,
                       hopper::AdvanceOp::create(b, loc, round).getResult());
  return asks.getResult(0);
}

//===----------------------------------------------------------------------===//
// All tiles
//===----------------------------------------------------------------------===//

void KernelBuilder::buildConsumer(Value group) {
  auto cursorOf = [&](int64_t stages) -> Value {
    return hopper::CursorOp::create(
        b, loc, hopper::CursorType::get(b.getContext(), stages));
  };
  SmallVector<Value> initial = {cursorOf(plan.schedule.getStages()),
                                cursorOf(plan.queryStages()),
                                cursorOf(hopper::kQueueStages)};
  if (vote)
    initial.push_back(cursorOf(hopper::kVoteRounds));
  SmallVector<Type> carried(ValueRange(initial).getTypes());
  SmallVector<Type> words(countWords(), b.getIndexType());
  SmallVector<Type> passed(carried);
  llvm::append_range(passed, words);
  auto loop = scf::WhileOp::create(b, loc, passed, initial);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, carried,
                                SmallVector<Location>(carried.size(), loc));
  SmallVector<Value> values(before->getArguments());
  auto pop = hopper::PopOp::create(b, loc, words, queue, values[2]);
  values[2] = hopper::AdvanceOp::create(b, loc, values[2]);
  llvm::append_range(values, pop.getValues());
  scf::ConditionOp::create(b, loc, isLess(constant(-1), pop.getValues()[0]),
                           values);
  Block *after = b.createBlock(&loop.getAfter(), {}, passed,
                               SmallVector<Location>(passed.size(), loc));
  values.assign(after->args_begin(), after->args_end());
  buildTurn(group, values, initial.size());
  scf::YieldOp::create(b, loc, ArrayRef(values).take_front(initial.size()));
  b.setInsertionPointAfter(loop);
  if (outputRing)
    hopper::WaitStoresOp::create(b, loc);
}

// One turn of the loop over tiles: `values` are the cursors, which advance, and
// the words of the tile.
void KernelBuilder::buildTurn(Value group, SmallVectorImpl<Value> &values,
                              size_t cursors) {
  QueryTile whole = unpack(ArrayRef<Value>(values).drop_front(cursors));
  Place place{whole, group, add(whole.row, mul(group, constant(64))),
              values[1], /*trims=*/false};
  if (plan.isContiguous())
    narrowToRows(place, whole);
  hopper::WaitFullOp::create(b, loc, queryRing, values[1]);
  Verdict verdict;
  State state = tileOrNothing(place, whole, values[0], verdict);
  values[0] = state.cursor;
  if (vote)
    values[3] = castVote(place, verdict, values[3]);
  storeTile(place, state);
  values[1] = hopper::AdvanceOp::create(b, loc, values[1]);
}

// The blocks of the warpgroup's own rows; of all rows if it takes care.
void KernelBuilder::narrowToRows(Place &place, const QueryTile &whole) {
  Value begin = place.row, size = constant(64);
  if (vote) {
    Value careful = isMode(whole, TileMode::careful);
    begin = select(careful, whole.row, begin);
    size = select(careful, constant(plan.blockM()), size);
  }
  place.trims = plan.clauses.dependsOnPosition();
  if (place.trims)
    buildBlocks(place.tile, begin, min(add(begin, size), args.queries));
  // A warpgroup behind the last row has none.
  if (!plan.hasWholeTiles())
    place.tile.first =
        select(isLess(begin, args.queries), place.tile.first, constant(-1));
}
