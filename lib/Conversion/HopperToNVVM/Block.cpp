//===- Block.cpp - Roles, rings and barriers ------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

static void initializeBarriers(Emitter &e, const BlockPlan &plan) {
  auto init = [&](int64_t offset, int64_t count) {
    NVVM::MBarrierInitOp::create(e.b, e.loc, e.sharedPointer(offset),
                                 e.i32(count), Value());
  };
  for (hopper::RingOp ring : plan.rings)
    for (int64_t stage = 0; stage < ring.getType().getStages(); ++stage) {
      init(plan.layout.getFull(ring, stage), 1);
      init(plan.layout.getEmpty(ring, stage), plan.consumerWarps());
    }
  if (plan.hasVote)
    for (int64_t round = 0; round < hopper::kVoteRounds; ++round) {
      init(plan.layout.getVote() + 8 * round, plan.consumerWarps());
      for (int64_t question : {0, 8})
        LLVM::StoreOp::create(
            e.b, e.loc, e.i32(0),
            e.sharedPointer(plan.layout.getVoteFlag() + 4 * round + question));
    }
  if (plan.hasQueue)
    for (int64_t stage = 0; stage < hopper::kQueueStages; ++stage) {
      init(plan.layout.getQueueFull() + 8 * stage, 1);
      init(plan.layout.getQueueEmpty() + 8 * stage, plan.consumerWarps());
    }
  NVVM::FenceMbarrierInitOp::create(e.b, e.loc);
}

// 128 threads write 16 rows of at most 128 bytes; the tensor cores read them
// through the async proxy, hence the fence (PTX ISA, async proxy).
static void writeOnes(Emitter &e, const BlockPlan &plan) {
  bool bf16 = isa<BFloat16Type>(plan.onesType);
  Value pair = e.i32(bf16 ? 0x3F803F80 : 0x3C003C00);
  Value offset = e.shiftLeft(e.bitAnd(e.threadId(), 127), 2);
  for (int64_t part = 0; part < hopper::kOnesRows * 128 / 512; ++part)
    LLVM::StoreOp::create(
        e.b, e.loc, pair,
        e.sharedPointer(plan.layout.getOnes() + 512 * part, offset));
  e.fenceAsync();
}

static void setRegisters(Emitter &e, int64_t registers, bool increase) {
  NVVM::SetMaxRegisterOp::create(e.b, e.loc, registers,
                                 increase
                                     ? NVVM::SetMaxRegisterAction::increase
                                     : NVVM::SetMaxRegisterAction::decrease);
}

// Moves the ops of `role` in front of the terminator of `block`.
static void moveRole(ConversionPatternRewriter &rewriter, Region &role,
                     Block *block, ValueRange arguments) {
  rewriter.eraseOp(role.front().getTerminator());
  rewriter.inlineBlockBefore(&role.front(), block->getTerminator(), arguments);
}

namespace {
template <typename Op> struct BlockPattern : OpConversionPattern<Op> {
  BlockPattern(const TypeConverter &converter, MLIRContext *context,
               const BlockPlan &plan)
      : OpConversionPattern<Op>(converter, context), plan(plan) {}
  const BlockPlan &plan;
};

struct ConvertWarpRoles : BlockPattern<hopper::WarpRolesOp> {
  using BlockPattern::BlockPattern;
  LogicalResult
  matchAndRewrite(hopper::WarpRolesOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter e(rewriter, loc);
    Value isFirst = e.compare(arith::CmpIPredicate::eq, e.threadId(), e.i32(0));
    auto init = scf::IfOp::create(rewriter, loc, isFirst);
    rewriter.setInsertionPoint(init.thenYield());
    initializeBarriers(e, plan);
    rewriter.setInsertionPoint(op);
    if (plan.hasOnes)
      writeOnes(e, plan);
    NVVM::BarrierOp::create(rewriter, loc);
    // Through a shuffle, so that ptxas knows it is the same in the whole warp.
    Value group =
        NVVM::ShflOp::create(rewriter, loc, rewriter.getI32Type(), e.i32(-1),
                             e.shiftRight(e.threadId(), 7), e.i32(0), e.i32(31),
                             NVVM::ShflKind::idx, UnitAttr());
    Value isProducer = e.compare(arith::CmpIPredicate::eq, group, e.i32(0));
    auto roles = scf::IfOp::create(rewriter, loc, isProducer,
                                   /*withElseRegion=*/true);
    rewriter.setInsertionPoint(roles.thenYield());
    setRegisters(e, op.getProducerRegisters(), /*increase=*/false);
    auto single = scf::IfOp::create(rewriter, loc, isFirst);
    moveRole(rewriter, op.getProducer(), single.thenBlock(), {});
    rewriter.setInsertionPoint(roles.elseYield());
    setRegisters(e, op.getConsumerRegisters(), /*increase=*/true);
    Value consumer = arith::IndexCastOp::create(
        rewriter, loc, rewriter.getIndexType(), e.sub(group, e.i32(1)));
    moveRole(rewriter, op.getConsumer(), roles.elseBlock(), consumer);
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertReturn : OpConversionPattern<hopper::ReturnOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::ReturnOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::ReturnOp>(op, ValueRange());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

struct ConvertCursor : OpConversionPattern<hopper::CursorOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::CursorOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value zero = Emitter(rewriter, op.getLoc()).i32(0);
    rewriter.replaceOpWithMultiple(op, {SmallVector<Value>{zero, zero}});
    return success();
  }
};

struct ConvertAdvance : OpConversionPattern<hopper::AdvanceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::AdvanceOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value stage = adaptor.getCursor()[0], phase = adaptor.getCursor()[1];
    Value next = e.add(stage, 1);
    Value wraps = e.compare(arith::CmpIPredicate::eq, next,
                            e.i32(op.getType().getStages()));
    Value flip = arith::ExtUIOp::create(rewriter, op.getLoc(),
                                        rewriter.getI32Type(), wraps);
    rewriter.replaceOpWithMultiple(
        op, {SmallVector<Value>{e.select(wraps, e.i32(0), next),
                                e.bitXor(phase, flip)}});
    return success();
  }
};
} // namespace

// The barrier of a stage: eight bytes each.
static Value getBarrier(Emitter &e, int64_t first, Value stage) {
  return e.sharedPointer(first, e.shiftLeft(stage, 3));
}

static hopper::RingOp getRing(Value ring) {
  return ring.getDefiningOp<hopper::RingOp>();
}

namespace {
template <typename Op> struct ConvertRingUser : BlockPattern<Op> {
  using BlockPattern<Op>::BlockPattern;
  LogicalResult
  matchAndRewrite(Op op, typename BlockPattern<Op>::OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    const hopper::SharedLayout &layout = this->plan.layout;
    hopper::RingOp ring = getRing(op.getRing());
    Value stage = adaptor.getCursor()[0], phase = adaptor.getCursor()[1];
    constexpr bool waitsFull = std::is_same_v<Op, hopper::WaitFullOp>;
    Value barrier = getBarrier(
        e, waitsFull ? layout.getFull(ring) : layout.getEmpty(ring), stage);
    if constexpr (std::is_same_v<Op, hopper::ReleaseOp>) {
      e.arriveOnce(barrier);
    } else {
      // Stages start empty: in the first round the phase before is complete.
      Value parity = waitsFull ? phase : e.bitXor(phase, e.i32(1));
      e.waitParity(barrier, parity);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertLoad : BlockPattern<hopper::LoadOp> {
  using BlockPattern::BlockPattern;
  LogicalResult
  matchAndRewrite(hopper::LoadOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    hopper::RingOp ring = getRing(op.getRing());
    hopper::RingType type = ring.getType();
    Value stage = adaptor.getCursor()[0];
    Value full = getBarrier(e, plan.layout.getFull(ring), stage);
    NVVM::MBarrierArriveExpectTxOp::create(
        rewriter, op.getLoc(), /*res=*/Type(), full,
        e.i32(type.getStageBytes()), NVVM::MemScopeKind::CTA,
        /*relaxed=*/false, /*predicate=*/Value());
    Value map = op->getOperand(0); // An argument of the function by now.
    Value head = e.asI32(op.getHead()), row = e.asI32(op.getRow()),
          batch = e.asI32(op.getBatch());
    Value offset = e.mul(stage, type.getStageBytes());
    int64_t slabBytes = type.getRows() * type.getRowBytes();
    for (int64_t slab = 0; slab < type.getSlabs(); ++slab) {
      Value destination = e.sharedPointer(
          plan.layout.getTiles(ring) + slab * slabBytes, offset);
      Value feature = e.i32(slab * type.getSlabColumns());
      NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
          rewriter, op.getLoc(), destination, map,
          ValueRange{feature, head, row, batch}, full,
          /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(),
          /*l2CacheHint=*/Value(), NVVM::TMALoadMode::TILE,
          /*isCTAOnly=*/true, /*group=*/NVVM::CTAGroupKindAttr(),
          /*predicate=*/Value());
    }
    rewriter.eraseOp(op);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Named barriers and sizes
//===----------------------------------------------------------------------===//

template <typename Op> struct ConvertNamedBarrier : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value id = e.i32(op.getId());
    if constexpr (std::is_same_v<Op, hopper::BarrierArriveOp>)
      NVVM::BarrierArriveOp::create(rewriter, op.getLoc(), id,
                                    e.i32(op.getThreads()));
    else
      e.syncNamed(id, op.getThreads());
    rewriter.eraseOp(op);
    return success();
  }
};

template <typename Op, typename Register>
struct ConvertRegister : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value value =
        Register::create(rewriter, op.getLoc(), rewriter.getI32Type());
    rewriter.replaceOpWithNewOp<arith::IndexCastOp>(op, op.getType(), value);
    return success();
  }
};

struct ConvertAllThreads : OpConversionPattern<hopper::AllThreadsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::AllThreadsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Type i32 = rewriter.getI32Type();
    Value flag = arith::ExtUIOp::create(rewriter, op.getLoc(), i32,
                                        adaptor.getCondition());
    Value all = e.assembly("{\n.reg .pred p, q;\nsetp.ne.b32 p, $1, 0;\n"
                           "barrier.red.and.aligned.pred q, 0, p;\n"
                           "selp.b32 $0, 1, 0, q;\n}",
                           i32, {}, flag)[0];
    rewriter.replaceOp(op,
                       e.compare(arith::CmpIPredicate::ne, all, e.i32(0)));
    return success();
  }
};
} // namespace

void mlir::sqa::populateBlockPatterns(const TypeConverter &converter,
                                      RewritePatternSet &patterns,
                                      const BlockPlan &plan) {
  MLIRContext *context = patterns.getContext();
  patterns
      .add<ConvertWarpRoles, ConvertLoad, ConvertRingUser<hopper::WaitEmptyOp>,
           ConvertRingUser<hopper::WaitFullOp>,
           ConvertRingUser<hopper::ReleaseOp>>(converter, context, plan);
  patterns.add<ConvertReturn, ConvertCursor, ConvertAdvance,
               ConvertNamedBarrier<hopper::BarrierSyncOp>,
               ConvertNamedBarrier<hopper::BarrierArriveOp>,
               ConvertAllThreads,
               ConvertRegister<hopper::ThreadIdOp, NVVM::ThreadIdXOp>,
               ConvertRegister<hopper::BlockIdOp, NVVM::BlockIdXOp>,
               ConvertRegister<hopper::GridSizeOp, NVVM::GridDimXOp>>(converter,
                                                                      context);
}
