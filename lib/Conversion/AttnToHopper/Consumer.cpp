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
// A hidden slot has weight 0, and 0 times what is not finite is NaN. Products
// run as if all values were finite; a tile whose result is not is done again
// with care: what is not finite is then added to the rows that see it, and taken
// out of the stage before the product. So the loop pays one branch, and only
// tiles that meet a NaN or an infinity are done twice.
//
//===----------------------------------------------------------------------===//

#include "Consumer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// One block
//===----------------------------------------------------------------------===//

Value KernelBuilder::startScores(const Place &place, Value cursor) {
  hopper::WaitFullOp::create(b, loc, keyRing, cursor);
  Value row = mul(place.group, constant(64));
  auto type = hopper::PendingType::get(b.getContext(), scoresType());
  return hopper::WgmmaSsOp::create(b, loc, type, queryRing, place.queryCursor,
                                   row, keyRing, cursor);
}

// The block that the producer put into a stage of keys.
Value KernelBuilder::readBlock(Value cursor) {
  return hopper::ReadNoteOp::create(b, loc, b.getIndexType(), keyRing, cursor);
}

// accumulator + weights x values, still running.
Value KernelBuilder::addValues(const Place &place, State &state) {
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

Value KernelBuilder::finishScores(const Place &place, Value scores, bool masked,
                                  Value block) {
  if (plan.changesScores || (masked && !plan.isBand))
    scores = mapSlots(place, scores, block, masked && !plan.isBand);
  if (!masked || !plan.isBand)
    return scores;
  const KeyClauses &clauses = plan.clauses;
  const QueryTile &tile = place.tile;
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
  return hopper::MaskBandOp::create(b, loc, scores, place.row,
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
      b, loc, type, rows, rows, rows, scores, state.max, state.sum,
      softmaxScale(), software, schedule.getIntegerMax(),
      schedule.getTensorRowSums(), first, mode.masked, mode.frozen, order);
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

KernelBuilder::State KernelBuilder::beginTile(const Place &place,
                                              Value cursor) {
  State state = emptyTile(cursor);
  Value scores = waitFor(b, loc, 0, startScores(place, cursor));
  Value block = mask ? readBlock(cursor) : place.tile.first;
  hopper::ReleaseOp::create(b, loc, keyRing, cursor);
  scores = finishScores(place, scores, /*masked=*/true, block);
  Value weights, factor;
  softmax(state, scores, /*first=*/true, {/*masked=*/true, false}, weights,
          factor);
  state.weights = convert(weights);
  state.cursor = hopper::AdvanceOp::create(b, loc, cursor);
  if (plan.hidesKeys)
    state.block = block;
  return state;
}

KernelBuilder::State KernelBuilder::stepBlock(const Place &place,
                                              const State &old, BlockMode mode,
                                              Value block) {
  State state = old, next = old;
  if (plan.hidesKeys)
    state.accumulator = screenValues(place, state);
  bool ahead = plan.schedule.getScoresAhead();
  auto finishValues = [&](Value pending) {
    next.accumulator = waitFor(b, loc, 0, pending);
    hopper::ReleaseOp::create(b, loc, valueRing, state.valueCursor);
  };
  Value scores, pending;
  if (ahead) {
    scores = startScores(place, state.cursor);
    pending = addValues(place, state);
    scores = waitFor(b, loc, 1, scores);
  } else {
    finishValues(addValues(place, state));
    scores = startScores(place, state.cursor);
    scores = waitFor(b, loc, 0, scores);
  }
  if (mask)
    block = readBlock(state.cursor);
  hopper::ReleaseOp::create(b, loc, keyRing, state.cursor);
  scores = finishScores(place, scores, mode.masked, block);
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
  if (plan.hidesKeys)
    next.block = block;
  return next;
}

// All blocks of a tile that has some; the state has no weights left.
KernelBuilder::State KernelBuilder::runBlocks(const Place &place, Value cursor,
                                              Value frozen) {
  State state = beginTile(place, cursor);
  auto step = [&](BlockMode mode, Value block, ValueRange values) {
    return stepBlock(place, State::of(values), mode, block).toValues();
  };
  state =
      State::of(forEachBlock(place.tile, state.toValues(), step, frozen));
  // Nothing reads the queries any more; the next tile's may come.
  hopper::ReleaseOp::create(b, loc, queryRing, place.queryCursor);
  if (plan.hidesKeys)
    state.accumulator = screenValues(place, state);
  state.accumulator = waitFor(b, loc, 0, addValues(place, state));
  hopper::ReleaseOp::create(b, loc, valueRing, state.valueCursor);
  return state;
}
