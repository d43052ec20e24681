//===- Consumer.cpp - Scores, weights and values of a warpgroup -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The weights of a block are multiplied with its values one block later. With
// scores_ahead the scores of the next block start before that product, so that
// the tensor cores have work during the softmax; otherwise the warpgroups
// beside this one fill the gap.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

struct KernelBuilder::State {
  Value cursor;      // stage of the next keys
  Value valueCursor; // stage of the values that `weights` wait for
  Value max, sum;    // rows
  Value accumulator; // f32 fragment
  Value weights;     // 16-bit fragment

  SmallVector<Value> toValues() const {
    return {cursor, valueCursor, max, sum, accumulator, weights};
  }
  static State of(ValueRange v) { return {v[0], v[1], v[2], v[3], v[4], v[5]}; }
};

//===----------------------------------------------------------------------===//
// One block
//===----------------------------------------------------------------------===//

Value KernelBuilder::startScores(Value queryCursor, Value group, Value cursor) {
  hopper::WaitFullOp::create(b, loc, keyRing, cursor);
  Value row = mul(group, constant(64));
  auto type = hopper::PendingType::get(b.getContext(), scoresType());
  return hopper::WgmmaSsOp::create(b, loc, type, queryRing, queryCursor, row,
                                   keyRing, cursor);
}

// accumulator + weights x values, still running.
Value KernelBuilder::addValues(const State &state) {
  hopper::WaitFullOp::create(b, loc, valueRing, state.valueCursor);
  auto type = hopper::PendingType::get(b.getContext(), accumulatorType());
  return hopper::WgmmaRsOp::create(b, loc, type, state.weights, valueRing,
                                   state.valueCursor, ones, state.accumulator);
}

static Value waitFor(OpBuilder &b, Location loc, int64_t inFlight,
                     Value pending) {
  Type type = cast<hopper::PendingType>(pending.getType()).getFragment();
  return hopper::WgmmaWaitOp::create(b, loc, type, inFlight, pending)
      .getResult(0);
}

Value KernelBuilder::finishScores(const QueryTile &tile, Value row,
                                  Value scores, bool masked, Value block) {
  if (!masked)
    return scores;
  const KeyClauses &clauses = plan.clauses;
  Value upper, lower, global;
  if (clauses.causal)
    upper = add(tile.offset, constant(1));
  else if (clauses.window && clauses.windowRight)
    upper = add(tile.offset, constant(*clauses.windowRight + 1));
  if (clauses.window && clauses.windowLeft) {
    lower = sub(tile.offset, constant(*clauses.windowLeft));
    if (clauses.globalKeys > 0)
      global = constant(clauses.globalKeys);
  }
  return hopper::MaskBandOp::create(b, loc, scores, row,
                                    mul(block, constant(plan.blockN())),
                                    tile.keys, upper, lower, global);
}

void KernelBuilder::softmax(State &state, Value scores, bool first,
                            BlockMode mode, Value &weights, Value &factor) {
  GpuScheduleAttr schedule = plan.schedule;
  // A masked block is rare; its weights are needed at once when it is first.
  int64_t software = mode.masked ? 0 : schedule.getSoftwareExp();
  int64_t order = mode.masked ? 0 : schedule.getExpOrder();
  auto rows = hopper::RowsType::get(b.getContext());
  auto type = hopper::WeightsType::get(b.getContext(), plan.blockN(), software);
  auto step = hopper::SoftmaxStepOp::create(
      b, loc, type, rows, rows, rows, scores, state.max, state.sum, args.scale,
      software, schedule.getIntegerMax(), schedule.getTensorRowSums(), first,
      mode.masked, mode.frozen, order);
  state.max = step.getNewMax();
  state.sum = step.getNewSum();
  weights = step.getWeights();
  factor = step.getFactor();
}

Value KernelBuilder::convert(Value weights) {
  auto type =
      hopper::FragmentType::get(b.getContext(), plan.blockN(), plan.element);
  return hopper::ConvertOp::create(b, loc, type, weights);
}

KernelBuilder::State KernelBuilder::emptyTile(Value cursor) {
  auto rows = hopper::RowsType::get(b.getContext());
  auto splat = [&](Type type, float value) -> Value {
    return hopper::SplatOp::create(b, loc, type, b.getF32FloatAttr(value));
  };
  State state;
  state.cursor = state.valueCursor = cursor;
  state.max = splat(rows, -std::numeric_limits<float>::infinity());
  state.sum = splat(rows, 0);
  state.accumulator = splat(accumulatorType(), 0);
  return state;
}

KernelBuilder::State KernelBuilder::beginTile(const QueryTile &tile, Value row,
                                              Value queryCursor, Value group,
                                              Value cursor) {
  State state = emptyTile(cursor);
  Value scores = waitFor(b, loc, 0, startScores(queryCursor, group, cursor));
  hopper::ReleaseOp::create(b, loc, keyRing, cursor);
  scores = finishScores(tile, row, scores, /*masked=*/true, tile.first);
  Value weights, factor;
  softmax(state, scores, /*first=*/true, {/*masked=*/true, false}, weights,
          factor);
  state.weights = convert(weights);
  state.cursor = hopper::AdvanceOp::create(b, loc, cursor);
  return state;
}

KernelBuilder::State KernelBuilder::stepBlock(const QueryTile &tile, Value row,
                                              Value queryCursor, Value group,
                                              const State &state,
                                              BlockMode mode, Value block) {
  State next = state;
  bool ahead = plan.schedule.getScoresAhead();
  auto finishValues = [&](Value pending) {
    next.accumulator = waitFor(b, loc, 0, pending);
    hopper::ReleaseOp::create(b, loc, valueRing, state.valueCursor);
  };
  Value scores, pending;
  if (ahead) {
    scores = startScores(queryCursor, group, state.cursor);
    pending = addValues(state);
    scores = waitFor(b, loc, 1, scores);
  } else {
    finishValues(addValues(state));
    scores = startScores(queryCursor, group, state.cursor);
    scores = waitFor(b, loc, 0, scores);
  }
  hopper::ReleaseOp::create(b, loc, keyRing, state.cursor);
  scores = finishScores(tile, row, scores, mode.masked, block);
  Value weights, factor;
  softmax(next, scores, /*first=*/false, mode, weights, factor);
  if (ahead)
    finishValues(pending);
  if (!mode.frozen)
    next.accumulator =
        hopper::ScaleRowsOp::create(b, loc, next.accumulator, factor);
  // Behind the wait: the registers of weights are an operand until then.
  next.weights = convert(weights);
  next.valueCursor = state.cursor;
  next.cursor = hopper::AdvanceOp::create(b, loc, state.cursor);
  return next;
}

//===----------------------------------------------------------------------===//
// One tile
//===----------------------------------------------------------------------===//

// All blocks of a tile that has some; the state has no weights left.
KernelBuilder::State KernelBuilder::runBlocks(const QueryTile &tile, Value row,
                                              Value queryCursor, Value group,
                                              Value cursor, Value frozen) {
  State state = beginTile(tile, row, queryCursor, group, cursor);
  auto step = [&](BlockMode mode, Value block, ValueRange values) {
    return stepBlock(tile, row, queryCursor, group, State::of(values), mode,
                     block)
        .toValues();
  };
  state = State::of(forEachBlock(tile, state.toValues(), step, frozen));
  // Nothing reads the queries any more; the next tile's may come. A tile that
  // may be done again keeps them.
  if (!frozen)
    hopper::ReleaseOp::create(b, loc, queryRing, queryCursor);
  state.accumulator = waitFor(b, loc, 0, addValues(state));
  hopper::ReleaseOp::create(b, loc, valueRing, state.valueCursor);
  return state;
}

// What is left of a tile when its blocks are done.
static SmallVector<Value> toResults(Value cursor, Value max, Value sum,
                                    Value accumulator) {
  return {cursor, max, sum, accumulator};
}

KernelBuilder::State KernelBuilder::runTile(const QueryTile &tile, Value row,
                                            Value queryCursor, Value group,
                                            Value cursor) {
  if (vote)
    return runFrozenTile(tile, row, queryCursor, group, cursor);
  return runBlocks(tile, row, queryCursor, group, cursor, /*frozen=*/Value());
}

// Whether a tile that was run with frozen maxima must be run again.
Value KernelBuilder::voteAgain(const QueryTile &tile, Value queryCursor,
                               const State &state, Value frozen) {
  Type i1 = b.getI1Type();
  auto choice = scf::IfOp::create(b, loc, i1, frozen, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&choice.getThenRegion().front());
  Value safe =
      hopper::IsFrozenSafeOp::create(b, loc, i1, state.sum, state.accumulator,
                                     plan.schedule.getTensorRowSums());
  Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value again = arith::XOrIOp::create(b, loc, safe, yes);
  again = hopper::CastVoteOp::create(b, loc, i1, vote, queryCursor, tile.number,
                                     again);
  scf::YieldOp::create(b, loc, again);
  b.setInsertionPointToEnd(&choice.getElseRegion().front());
  Value no = arith::ConstantOp::create(b, loc, b.getBoolAttr(false));
  scf::YieldOp::create(b, loc, no);
  return choice.getResult(0);
}

// The tile with frozen maxima and, if some row asks for it, online. One loop
// around both, because two copies of a tile cost registers.
KernelBuilder::State KernelBuilder::runFrozenTile(const QueryTile &tile,
                                                  Value row, Value queryCursor,
                                                  Value group, Value cursor) {
  Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  auto rows = hopper::RowsType::get(b.getContext());
  SmallVector<Type> results = {cursor.getType(), rows, rows, accumulatorType()};
  SmallVector<Value> initial = {cursor, yes};
  auto loop = scf::WhileOp::create(b, loc, results, initial);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {},
                                ValueRange(initial).getTypes(), {loc, loc});
  Value frozen = before->getArgument(1);
  State state =
      runBlocks(tile, row, queryCursor, group, before->getArgument(0), frozen);
  Value again = voteAgain(tile, queryCursor, state, frozen);
  scf::ConditionOp::create(
      b, loc, again,
      toResults(state.cursor, state.max, state.sum, state.accumulator));
  Block *after =
      b.createBlock(&loop.getAfter(), {}, results, {loc, loc, loc, loc});
  Value no = arith::ConstantOp::create(b, loc, b.getBoolAttr(false));
  scf::YieldOp::create(b, loc, ValueRange{after->getArgument(0), no});
  b.setInsertionPointAfter(loop);
  hopper::ReleaseOp::create(b, loc, queryRing, queryCursor);
  state.cursor = loop.getResult(0);
  state.max = loop.getResult(1);
  state.sum = loop.getResult(2);
  state.accumulator = loop.getResult(3);
  return state;
}

// A tile whose blocks may be none.
KernelBuilder::State KernelBuilder::tileOrNothing(const QueryTile &tile,
                                                  Value row, Value queryCursor,
                                                  Value group, Value cursor) {
  if (plan.hasKeys)
    return runTile(tile, row, queryCursor, group, cursor);
  State state = emptyTile(cursor);
  auto of = [](const State &s) {
    return toResults(s.cursor, s.max, s.sum, s.accumulator);
  };
  SmallVector<Value> empty = of(state);
  auto any = scf::IfOp::create(b, loc, ValueRange(empty).getTypes(),
                               isLess(constant(-1), tile.first),
                               /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&any.getThenRegion().front());
  scf::YieldOp::create(b, loc,
                       of(runTile(tile, row, queryCursor, group, cursor)));
  b.setInsertionPointToEnd(&any.getElseRegion().front());
  hopper::ReleaseOp::create(b, loc, queryRing, queryCursor);
  scf::YieldOp::create(b, loc, empty);
  state.cursor = any.getResult(0);
  state.max = any.getResult(1);
  state.sum = any.getResult(2);
  state.accumulator = any.getResult(3);
  return state;
}

void KernelBuilder::storeTile(const QueryTile &tile, Value row,
                              const State &state) {
  auto rows = hopper::RowsType::get(b.getContext());
  bool tensorSums = plan.schedule.getTensorRowSums();
  auto finish = hopper::SoftmaxFinishOp::create(
      b, loc, rows, rows, state.max, state.sum,
      tensorSums ? state.accumulator : Value(), args.scale,
      plan.schedule.getIntegerMax());
  Value result = hopper::ScaleRowsOp::create(b, loc, state.accumulator,
                                             finish.getFactor());
  auto product = [&](Value a, Value c) -> Value {
    return arith::MulIOp::create(b, loc, a, c);
  };
  Value offset = arith::AddIOp::create(
      b, loc, product(asI64(tile.batch), args.batchStride),
      product(asI64(tile.head), args.headStride));
  Value pointer =
      LLVM::GEPOp::create(b, loc, args.output.getType(), plan.element,
                          args.output, LLVM::GEPArg(offset));
  hopper::StoreOp::create(b, loc, result, pointer, row, args.queries,
                          args.rowStride, plan.valueDim, plan.element,
                          plan.schedule.getWideStores());
  if (!plan.hasLse)
    return;
  Value heads = asI64(constant(plan.outputHeads));
  Value head = arith::AddIOp::create(b, loc, product(asI64(tile.batch), heads),
                                     asI64(tile.head));
  Value lse =
      LLVM::GEPOp::create(b, loc, args.lse.getType(), b.getF32Type(), args.lse,
                          LLVM::GEPArg(product(head, asI64(args.queries))));
  hopper::StoreRowsOp::create(b, loc, finish.getLse(), lse, row, args.queries);
}

void KernelBuilder::buildConsumer(Value group) {
  auto cursorOf = [&](int64_t stages) -> Value {
    return hopper::CursorOp::create(
        b, loc, hopper::CursorType::get(b.getContext(), stages));
  };
  SmallVector<Value> initial = {cursorOf(plan.schedule.getStages()),
                                cursorOf(1)};
  forEachTile(initial, [&](Value number, ValueRange carried) {
    QueryTile tile = decodeTile(number);
    Value row = add(tile.row, mul(group, constant(64)));
    hopper::WaitFullOp::create(b, loc, queryRing, carried[1]);
    State state = tileOrNothing(tile, row, carried[1], group, carried[0]);
    storeTile(tile, row, state);
    Value nextQuery = hopper::AdvanceOp::create(b, loc, carried[1]);
    return SmallVector<Value>{state.cursor, nextQuery};
  });
}
