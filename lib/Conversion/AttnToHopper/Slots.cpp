//===- Slots.cpp - Masks and scores that regions say ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The regions of the op, its clauses and its bias as one function of a score and
// its slot. Scores that a region sees are natural: scaled, not yet in base 2.
//
//===----------------------------------------------------------------------===//

#include "Consumer.h"
#include "lib/Transforms/ClauseMask.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr double kLog2E = 1.44269504088896340736;

// What scores are multiplied with to be in base 2.
Value KernelBuilder::softmaxScale() {
  Value base =
      arith::ConstantOp::create(b, loc, b.getF32FloatAttr(float(kLog2E)));
  if (plan.changesScores)
    return base;
  return arith::MulFOp::create(b, loc, args.scale, base);
}

Value KernelBuilder::sinkOf(const QueryTile &tile) {
  attn::SqaOp op = plan.op;
  if (!op.getSink())
    return {};
  return tensor::ExtractOp::create(
      b, loc, args.captures.lookup(op.getSink()), tile.head);
}

//===----------------------------------------------------------------------===//
// Code of a slot
//===----------------------------------------------------------------------===//

namespace {
// Writes regions and clauses of an op at the builder, for one slot.
class SlotCode {
public:
  SlotCode(OpBuilder &b, attn::SqaOp op, const IRMapping &captures, Slot slot)
      : b(b), op(op), captures(captures), slot(slot) {}

  Value inlineRegion(Region &region, ValueRange arguments) {
    IRMapping mapping;
    SmallVector<Value> values(arguments);
    for (Value capture : op.getCaptures())
      values.push_back(captures.lookup(capture));
    mapping.map(region.getArguments(), values);
    for (Operation &inner : region.front().without_terminator())
      b.clone(inner, mapping);
    return mapping.lookup(region.front().getTerminator()->getOperand(0));
  }

  Value buildScore(Value score) {
    if (op.hasScoreMod())
      score = inlineRegion(op.getScoreMod(), {score, slot.batch, slot.head,
                                              slot.query, slot.key});
    if (Value bias = op.getBias())
      score = addBias(b, op.getLoc(), score, captures.lookup(bias), slot);
    return score;
  }

  // Whether the clauses and the region show the slot; null if they always do.
  Value buildVisible(Value offset) {
    ClauseValues values;
    values.offset = offset;
    auto bound = [&](Value operand) {
      return operand ? captures.lookup(operand) : Value();
    };
    values.querySegments = bound(op.getQuerySegments());
    values.kvSegments = bound(op.getKvSegments());
    values.mask = bound(op.getMask());
    Value visible = buildClauseMask(b, op.getLoc(), op, values, slot);
    if (!op.hasMaskMod())
      return visible;
    Value mod = inlineRegion(op.getMaskMod(),
                             {slot.batch, slot.head, slot.query, slot.key});
    if (!visible)
      return mod;
    return arith::AndIOp::create(b, op.getLoc(), visible, mod);
  }

private:
  OpBuilder &b;
  attn::SqaOp op;
  const IRMapping &captures;
  Slot slot;
};
} // namespace

static Value buildInfinity(OpBuilder &b, Location loc) {
  return arith::ConstantOp::create(
      b, loc,
      b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
}

// Scores of a block behind the score region and the bias; with `masked` -inf
// where the mask hides a slot.
Value KernelBuilder::mapSlots(const Place &place, Value scores, Value block,
                              bool masked) {
  Value key = mul(block, constant(plan.blockN()));
  auto map = hopper::MapSlotsOp::create(b, loc, scores.getType(), scores,
                                        place.row, key, args.queries,
                                        place.tile.keys, masked);
  OpBuilder::InsertionGuard guard(b);
  Type index = b.getIndexType();
  Block *body = b.createBlock(&map.getBody(), {}, {b.getF32Type(), index, index},
                              {loc, loc, loc});
  Value score = body->getArgument(0), i = body->getArgument(1),
        j = body->getArgument(2);
  SlotCode code(b, plan.op, args.captures,
                {place.tile.batch, place.tile.head, i, j, {}});
  if (plan.changesScores) {
    score = arith::MulFOp::create(b, loc, score, args.scale);
    score = code.buildScore(score);
  }
  if (masked)
    if (Value visible = code.buildVisible(place.tile.offset))
      score = arith::SelectOp::create(b, loc, visible, score,
                                      buildInfinity(b, loc));
  hopper::YieldOp::create(b, loc, score);
  return map.getResult();
}

//===----------------------------------------------------------------------===//
// Care
//===----------------------------------------------------------------------===//

// The accumulator of a tile that is done with care takes what is not finite
// among the values that `state.weights` belong to. A slot whose logit is -inf is
// hidden too; whether it is must not depend on the score.
Value KernelBuilder::screenValues(const Place &place, const State &state) {
  auto care = scf::IfOp::create(b, loc, state.accumulator.getType(),
                                isMode(place.tile, TileMode::careful),
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&care.getElseRegion().front());
  scf::YieldOp::create(b, loc, state.accumulator);
  b.setInsertionPointToEnd(&care.getThenRegion().front());
  hopper::WaitFullOp::create(b, loc, valueRing, state.valueCursor);
  Value key = mul(state.block, constant(plan.blockN()));
  auto screen = hopper::ScreenValuesOp::create(
      b, loc, state.accumulator.getType(), valueRing, state.valueCursor,
      state.accumulator, place.row, key, args.queries, place.tile.keys);
  scf::YieldOp::create(b, loc, screen.getResult());
  Type index = b.getIndexType();
  Block *body = b.createBlock(&screen.getBody(), {}, {index, index}, {loc, loc});
  SlotCode code(b, plan.op, args.captures,
                {place.tile.batch, place.tile.head, body->getArgument(0),
                 body->getArgument(1), {}});
  Value visible = code.buildVisible(place.tile.offset);
  if (!visible)
    visible = boolean(true);
  if (attn::SqaOp op = plan.op; op.hasScoreMod() || op.getBias()) {
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
    Value isSeen = arith::CmpFOp::create(
        b, loc, arith::CmpFPredicate::UNE, code.buildScore(zero),
        buildInfinity(b, loc));
    visible = arith::AndIOp::create(b, loc, visible, isSeen);
  }
  hopper::YieldOp::create(b, loc, visible);
  return care.getResult(0);
}
