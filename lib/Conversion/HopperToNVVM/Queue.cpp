//===- Queue.cpp - Tiles handed out, and what comes of them ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The producer writes the words of a tile and arrives; the consumers' wait
// acquires what the arrival released (PTX ISA, mbarrier).
//
// A vote's flags, one for each question, hold the number of the last tile of
// which it was true, plus one, so they need no clearing. One lane a warp writes it and arrives.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;

namespace {
template <typename Op> struct QueuePattern : OpConversionPattern<Op> {
  QueuePattern(const TypeConverter &converter, MLIRContext *context,
               const BlockPlan &plan)
      : OpConversionPattern<Op>(converter, context), plan(plan) {}
  const BlockPlan &plan;
};
} // namespace

static Value eightBytes(Emitter &e, int64_t first, Value index) {
  return e.sharedPointer(first, e.shiftLeft(index, 3));
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

static Value getPlace(Emitter &e, const BlockPlan &plan,
                      hopper::QueueType queue, Value stage) {
  return e.sharedPointer(plan.layout.getQueueWords(),
                         e.mul(stage, queue.getPlaceBytes()));
}

namespace {
struct ConvertPush : QueuePattern<hopper::PushOp> {
  using QueuePattern::QueuePattern;
  LogicalResult
  matchAndRewrite(hopper::PushOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value stage = adaptor.getCursor()[0], phase = adaptor.getCursor()[1];
    e.waitParity(eightBytes(e, plan.layout.getQueueEmpty(), stage),
                 e.bitXor(phase, e.i32(1)));
    Value place = getPlace(e, plan, op.getQueue().getType(), stage);
    for (auto [index, value] : llvm::enumerate(op.getValues()))
      e.assembly(
          llvm::formatv("st.shared.b32 [$0+{0}], $1;", 4 * index).str(), {},
          {}, {place, e.asI32(value)});
    e.assembly("mbarrier.arrive.shared::cta.b64 _, [$0];", {}, {},
               eightBytes(e, plan.layout.getQueueFull(), stage));
    rewriter.eraseOp(op);
    return success();
  }
};

// One lane a word, then a shuffle each: so ptxas knows that they are the same
// in the whole warp, and keeps loop bounds in uniform registers.
struct ConvertPop : QueuePattern<hopper::PopOp> {
  using QueuePattern::QueuePattern;
  LogicalResult
  matchAndRewrite(hopper::PopOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value stage = adaptor.getCursor()[0], phase = adaptor.getCursor()[1];
    e.waitParity(eightBytes(e, plan.layout.getQueueFull(), stage), phase);
    hopper::QueueType type = op.getQueue().getType();
    Value place = getPlace(e, plan, type, stage);
    Value lane = e.min(e.lane(), e.i32(type.getWords() - 1));
    Value address =
        e.add(LLVM::PtrToIntOp::create(rewriter, op.getLoc(),
                                       rewriter.getI32Type(), place),
              e.shiftLeft(lane, 2));
    Value word = e.assembly("ld.shared.b32 $0, [$1];", rewriter.getI32Type(),
                            {}, address)[0];
    SmallVector<Value> values;
    for (int64_t index = 0; index < type.getWords(); ++index) {
      Value same = NVVM::ShflOp::create(
          rewriter, op.getLoc(), word.getType(), e.i32(-1), word, e.i32(index),
          e.i32(31), NVVM::ShflKind::idx, UnitAttr());
      values.push_back(arith::IndexCastOp::create(
          rewriter, op.getLoc(), rewriter.getIndexType(), same));
    }
    // The shuffles are behind all loads of the warp.
    e.arriveOnce(eightBytes(e, plan.layout.getQueueEmpty(), stage));
    rewriter.replaceOp(op, values);
    return success();
  }
};
} // namespace

static Value getNote(Emitter &e, const BlockPlan &plan, Value ring,
                     Value stage) {
  return e.sharedPointer(
      plan.layout.getNotes(ring.getDefiningOp<hopper::RingOp>()),
      e.shiftLeft(stage, 2));
}

namespace {
struct ConvertWriteNote : QueuePattern<hopper::WriteNoteOp> {
  using QueuePattern::QueuePattern;
  LogicalResult
  matchAndRewrite(hopper::WriteNoteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    e.assembly("st.shared.b32 [$0], $1;", {}, {},
               {getNote(e, plan, op.getRing(), adaptor.getCursor()[0]),
                e.asI32(op.getValue())});
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertReadNote : QueuePattern<hopper::ReadNoteOp> {
  using QueuePattern::QueuePattern;
  LogicalResult
  matchAndRewrite(hopper::ReadNoteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value word = e.assembly(
        "ld.shared.b32 $0, [$1];", rewriter.getI32Type(), {},
        getNote(e, plan, op.getRing(), adaptor.getCursor()[0]))[0];
    Value same = NVVM::ShflOp::create(rewriter, op.getLoc(), word.getType(),
                                      e.i32(-1), word, e.i32(0), e.i32(31),
                                      NVVM::ShflKind::idx, UnitAttr());
    rewriter.replaceOpWithNewOp<arith::IndexCastOp>(op, op.getType(), same);
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Votes
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kCast =
    "{\n.reg .pred p, q, l;\nsetp.ne.b32 p, $0, 0;\n"
    "vote.sync.any.pred q, p, -1;\nsetp.ne.b32 l, $1, 0;\n"
    "and.pred q, q, l;\n@q st.volatile.shared.b32 [$3], $4;\n"
    "setp.ne.b32 p, $2, 0;\nvote.sync.any.pred q, p, -1;\n"
    "and.pred q, q, l;\n@q st.volatile.shared.b32 [$3+8], $4;\n"
    "@l mbarrier.arrive.shared::cta.b64 _, [$5];\n}";

// The flag's value for a tile.
static Value getMark(Emitter &e, Value tile) { return e.add(e.asI32(tile), 1); }

static Value getFlag(Emitter &e, const BlockPlan &plan, Value round) {
  return e.sharedPointer(plan.layout.getVoteFlag(), e.shiftLeft(round, 2));
}

namespace {
struct ConvertCastVote : QueuePattern<hopper::CastVoteOp> {
  using QueuePattern::QueuePattern;
  LogicalResult
  matchAndRewrite(hopper::CastVoteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    auto flag = [&](Value condition) -> Value {
      return arith::ExtUIOp::create(rewriter, op.getLoc(),
                                    rewriter.getI32Type(), condition);
    };
    Value round = adaptor.getRound()[0];
    Value isFirst = e.compare(arith::CmpIPredicate::eq, e.lane(), e.i32(0));
    e.assembly(kCast, {}, {},
               {flag(op.getAgain()), flag(isFirst), flag(op.getDoubt()),
                getFlag(e, plan, round), getMark(e, op.getTile()),
                eightBytes(e, plan.layout.getVote(), round)});
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertAwaitVote : QueuePattern<hopper::AwaitVoteOp> {
  using QueuePattern::QueuePattern;
  LogicalResult
  matchAndRewrite(hopper::AwaitVoteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value round = adaptor.getRound()[0], phase = adaptor.getRound()[1];
    e.waitParity(eightBytes(e, plan.layout.getVote(), round), phase);
    Value mark = getMark(e, op.getTile());
    SmallVector<Value> flags = e.assembly(
        "ld.volatile.shared.b32 $0, [$2];\nld.volatile.shared.b32 $1, [$2+8];",
        {mark.getType(), mark.getType()}, {}, getFlag(e, plan, round));
    for (Value &flag : flags)
      flag = e.compare(arith::CmpIPredicate::eq, flag, mark);
    rewriter.replaceOp(op, flags);
    return success();
  }
};
} // namespace

void mlir::sqa::populateQueuePatterns(const TypeConverter &converter,
                                      RewritePatternSet &patterns,
                                      const BlockPlan &plan) {
  patterns.add<ConvertPush, ConvertPop, ConvertWriteNote, ConvertReadNote,
               ConvertCastVote, ConvertAwaitVote>(converter,
                                                  patterns.getContext(), plan);
}
