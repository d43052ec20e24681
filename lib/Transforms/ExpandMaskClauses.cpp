//===- ExpandMaskClauses.cpp - Mask clauses into regions -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   attn.sqa %q, %k, %v causal(top_left) mask(%m) : ...
//     ==>
//   attn.sqa %q, %k, %v capture(%m) : ...
//     mask_mod(%b, %h, %i, %j, %mm) {
//       %past = arith.cmpi sle, %j, %i
//       %dense = tensor.extract %mm[...]
//       %visible = arith.andi %past, %dense
//       attn.yield %visible
//     }
//
// The form that analyses of masks read: one formula, whatever wrote it. A bias
// becomes the end of score_mod.
//
// Ensures: no attn.sqa has causal, align, window, global, kv_lengths, segments,
// mask or bias. Wrong if: an op that has a sink or a scale loses it; those are
// not masks.
// Test: test/Transforms/expand-mask-clauses.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/ExpandMaskClauses.h"
#include "lib/Transforms/ClauseMask.h"
#include "sqa/Analysis/KeyRange.h"
#include "sqa/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#define DEBUG_TYPE "sqa-expand-mask-clauses"

namespace mlir::sqa {
#define GEN_PASS_DEF_EXPANDMASKCLAUSESPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

namespace {
// A length as the region sees it: a constant or a capture.
struct Length {
  int64_t constant = 0;
  Value dynamic;
};

// What the regions will read. Null where a clause is absent.
struct Expansion {
  KeyClauses clauses;
  bool bottomRight = false;
  Length queryLength, keyLength; // only set for bottomRight
  Value offset;
  bool changesMask = false, changesScore = false;
};
} // namespace

bool mlir::sqa::hasMaskClauses(attn::SqaOp op) {
  return op.getCausal() || op.getAlignment() || op.getWindowLeft() ||
         op.getGlobalKeys() || op.getKvLengths() || op.getQuerySegments() ||
         op.getMask() || op.getBias();
}

static Length readLength(OpBuilder &builder, Location loc, Value tensor,
                         attn::Layout layout) {
  OpFoldResult size = tensor::getMixedSize(
      builder, loc, tensor, attn::SqaOp::physicalDim(layout, 2));
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return {*constant, {}};
  return {0, cast<Value>(size)};
}

static Expansion planExpansion(OpBuilder &builder, attn::SqaOp op) {
  Expansion plan;
  plan.clauses = KeyClauses::of(op);
  if (plan.clauses.dependsOnPosition()) {
    plan.offset = op.getQueryOffset();
    plan.bottomRight = op.getAlignment() == attn::Alignment::bottom_right;
  }
  if (plan.bottomRight) {
    Location loc = op.getLoc();
    plan.queryLength =
        readLength(builder, loc, op.getQuery(), op.getQueryLayout());
    plan.keyLength = readLength(builder, loc, op.getKey(), op.getKeyLayout());
  }
  plan.changesMask = plan.clauses.dependsOnPosition() || op.getKvLengths() ||
                     op.getQuerySegments() || op.getMask();
  plan.changesScore = static_cast<bool>(op.getBias());
  return plan;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

static Value materialize(OpBuilder &b, Location loc, const Length &length,
                         CaptureList &captures, const Slot &slot) {
  if (length.dynamic)
    return slot.captures[captures.add(length.dynamic)];
  return arith::ConstantIndexOp::create(b, loc, length.constant);
}

// kv_lengths[b], not clamped: a key below T is below both or neither.
static Value loadKvLength(OpBuilder &b, Location loc, Value lengths,
                          const Slot &slot) {
  Value length = tensor::ExtractOp::create(b, loc, lengths, slot.batch);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
}

// The position of query 0 under bottom_right: valid keys minus queries.
static Value buildBottomRight(OpBuilder &b, Location loc, const Expansion &plan,
                              Value kvLength, CaptureList &captures,
                              const Slot &slot) {
  if (!kvLength && !plan.keyLength.dynamic && !plan.queryLength.dynamic) {
    int64_t offset = plan.keyLength.constant - plan.queryLength.constant;
    return offset == 0 ? Value()
                       : arith::ConstantIndexOp::create(b, loc, offset).getResult();
  }
  Value keys = materialize(b, loc, plan.keyLength, captures, slot);
  if (kvLength) {
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    kvLength = arith::MaxSIOp::create(b, loc, kvLength, zero);
    keys = arith::MinSIOp::create(b, loc, kvLength, keys);
  }
  Value queries = materialize(b, loc, plan.queryLength, captures, slot);
  return arith::SubIOp::create(b, loc, keys, queries);
}

static Value buildVisible(OpBuilder &b, attn::SqaOp op, const Expansion &plan,
                          CaptureList &captures, const Slot &slot) {
  Location loc = op.getLoc();
  auto inRegion = [&](Value value) -> Value {
    return value ? slot.captures[captures.add(value)] : Value();
  };
  ClauseValues values;
  if (op.getKvLengths())
    values.kvLength = loadKvLength(b, loc, inRegion(op.getKvLengths()), slot);
  values.offset = plan.bottomRight ? buildBottomRight(b, loc, plan, values.kvLength,
                                                      captures, slot)
                                   : inRegion(plan.offset);
  values.querySegments = inRegion(op.getQuerySegments());
  values.kvSegments = inRegion(op.getKvSegments());
  values.mask = inRegion(op.getMask());
  return buildClauseMask(b, loc, op, values, slot);
}

static CaptureList collectCaptures(attn::SqaOp op, const Expansion &plan) {
  CaptureList captures(op.getCaptures());
  for (Value value :
       {plan.offset, Value(op.getKvLengths()), plan.queryLength.dynamic,
        plan.keyLength.dynamic, Value(op.getQuerySegments()),
        Value(op.getKvSegments()), Value(op.getMask()), Value(op.getBias())})
    if (value)
      captures.add(value);
  return captures;
}

static void removeClauses(attn::SqaOp op) {
  op.removeCausalAttr();
  op.removeAlignmentAttr();
  op.removeWindowLeftAttr();
  op.removeWindowRightAttr();
  op.removeGlobalKeysAttr();
  op.getQueryOffsetMutable().clear();
  op.getKvLengthsMutable().clear();
  op.getQuerySegmentsMutable().clear();
  op.getKvSegmentsMutable().clear();
  op.getMaskMutable().clear();
  op.getBiasMutable().clear();
}

void mlir::sqa::expandMaskClauses(RewriterBase &rewriter, attn::SqaOp op) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  Expansion plan = planExpansion(rewriter, op);
  CaptureList captures = collectCaptures(op, plan);
  SmallVector<Type> own(op.getCaptures().getTypes());
  SmallVector<Type> added(ValueRange(captures.added()).getTypes());
  rewriter.modifyOpInPlace(op, [&] {
    // Both regions take all captures, changed or not.
    if (plan.changesMask || op.hasMaskMod())
      extendMaskMod(rewriter, loc, op.getMaskMod(), own, added,
                    [&](const Slot &slot) {
                      return plan.changesMask
                                 ? buildVisible(rewriter, op, plan, captures, slot)
                                 : Value();
                    });
    if (plan.changesScore || op.hasScoreMod())
      extendScoreMod(rewriter, loc, op.getScoreMod(), own, added,
                     [&](Value score, const Slot &slot) -> Value {
                       if (!plan.changesScore)
                         return {};
                       Value bias = slot.captures[captures.add(op.getBias())];
                       return addBias(rewriter, loc, score, bias, slot);
                     });
    removeClauses(op);
    op.getCapturesMutable().assign(captures.all());
  });
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ExpandMaskClausesPass
    : sqa::impl::ExpandMaskClausesPassBase<ExpandMaskClausesPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](attn::SqaOp op) {
      if (!hasMaskClauses(op))
        return;
      expandMaskClauses(rewriter, op);
      ++numExpanded;
    });
  }
};
} // namespace
