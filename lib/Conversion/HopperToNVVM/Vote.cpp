//===- Vote.cpp - Consumers ask for a tile again --------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The flag holds the number of the last tile that was asked for, plus one, so
// it needs no clearing. One lane a warp writes it and arrives; an arrival
// releases and a wait acquires (PTX ISA, mbarrier), so all who waited see it.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr StringLiteral kCast =
    "{\n.reg .pred p, q, l;\nsetp.ne.b32 p, $0, 0;\n"
    "vote.sync.any.pred q, p, -1;\nsetp.ne.b32 l, $1, 0;\n"
    "and.pred q, q, l;\n@q st.volatile.shared.b32 [$2], $3;\n"
    "@l mbarrier.arrive.shared::cta.b64 _, [$4];\n}";

// The flag's value for a tile.
static Value getMark(Emitter &e, Value tile) { return e.add(e.asI32(tile), 1); }

// Waits for the round and reads what came of it.
static Value readVote(Emitter &e, const BlockPlan &plan, ValueRange round,
                      Value mark) {
  e.waitParity(e.sharedPointer(plan.layout.getVote()), round[1]);
  Value flag = e.assembly("ld.volatile.shared.b32 $0, [$1];", mark.getType(),
                          {}, e.sharedPointer(plan.layout.getVoteFlag()))[0];
  return e.compare(arith::CmpIPredicate::eq, flag, mark);
}

namespace {
template <typename Op> struct VotePattern : OpConversionPattern<Op> {
  VotePattern(const TypeConverter &converter, MLIRContext *context,
              const BlockPlan &plan)
      : OpConversionPattern<Op>(converter, context), plan(plan) {}
  const BlockPlan &plan;
};

struct ConvertCastVote : VotePattern<hopper::CastVoteOp> {
  using VotePattern::VotePattern;
  LogicalResult
  matchAndRewrite(hopper::CastVoteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    auto flag = [&](Value condition) -> Value {
      return arith::ExtUIOp::create(rewriter, op.getLoc(),
                                    rewriter.getI32Type(), condition);
    };
    Value mark = getMark(e, op.getTile());
    Value isFirst = e.compare(arith::CmpIPredicate::eq, e.lane(), e.i32(0));
    e.assembly(kCast, {}, {},
               {flag(op.getAgain()), flag(isFirst),
                e.sharedPointer(plan.layout.getVoteFlag()), mark,
                e.sharedPointer(plan.layout.getVote())});
    rewriter.replaceOp(op, readVote(e, plan, adaptor.getRound(), mark));
    return success();
  }
};

struct ConvertAwaitVote : VotePattern<hopper::AwaitVoteOp> {
  using VotePattern::VotePattern;
  LogicalResult
  matchAndRewrite(hopper::AwaitVoteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value mark = getMark(e, op.getTile());
    rewriter.replaceOp(op, readVote(e, plan, adaptor.getRound(), mark));
    return success();
  }
};
} // namespace

void mlir::sqa::populateVotePatterns(const TypeConverter &converter,
                                     RewritePatternSet &patterns,
                                     const BlockPlan &plan) {
  patterns.add<ConvertCastVote, ConvertAwaitVote>(converter,
                                                  patterns.getContext(), plan);
}
