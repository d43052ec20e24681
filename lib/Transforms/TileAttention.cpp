//===- TileAttention.cpp - Tile attn.sqa over rows and keys ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One tile is blockM query rows of one output head of one batch:
//
//   %o = attn.sqa %q, %k, %v schedule(#sqa.cpu_schedule<...>) : ...
//     ==>
//   %o = scf.forall (%b, %h, %t) in (B, Ho, ceil(S / blockM)) shared_outs(...)
//   {
//     %qt = linalg.generic                    // D x M, f32, scaled
//     %acc, %max, %sum = linalg.fill          // Dv x M, M, M
//     %s:3 = scf.for %j = 0 to T step blockN iter_args(...) {
//       attn.online_sqa ... rows_last         // keys [%j, %j + n)
//     }
//     linalg.generic                          // acc / sum, transposed
//     scf.forall.in_parallel { tensor.parallel_insert_slice }
//   }
//
// Requires: a schedule (--sqa-assign-schedule). Ensures: no attn.sqa with a CPU
// schedule is left; no tensor of S x T elements that was not there before;
// bufferizes without a copy in the key loop.
// Declines when: the schedule is for another kind of target.
// Wrong if: the tile writes rows beyond S, or a tensor defined outside the
// forall is written inside it (tiles run in parallel).
//
// With split_keys in the schedule (few queries, many keys) a tile is a piece of
// the keys instead, and a second forall joins the pieces (SplitKeys.cpp).
//
// Test: test/Transforms/tile-attention*.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/MaskRanges.h"
#include "lib/Transforms/TileAttention/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "sqa/Transforms/Passes.h"
#include <cmath>

#define DEBUG_TYPE "sqa-tile-attention"

namespace mlir::sqa {
#define GEN_PASS_DEF_TILEATTENTIONPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

// Whether keys can be cut among threads: rows are a size of the kernel, and a
// slice of one feature does not say which of its sizes of 1 has the unit stride.
static bool canSplitKeys(attn::SqaOp op) {
  return !ShapedType::isDynamic(op.getQueryLength()) &&
         op.getQueryLength() > 0 && op.getHeadDim() > 1 && op.getValueDim() > 1;
}

static AttentionPlan planAttention(attn::SqaOp op, CpuScheduleAttr schedule) {
  AttentionPlan plan;
  plan.schedule = schedule;
  plan.blockM = schedule.getBlockM();
  plan.blockN = schedule.getBlockN();
  plan.headDim = op.getHeadDim();
  plan.valueDim = op.getValueDim();
  plan.clauses = KeyClauses::of(op);
  plan.isPacked = schedule.isPacked();
  plan.isSplit = schedule.getSplitKeys() > 0;
  if (plan.isSplit)
    plan.blockM = op.getQueryLength();
  // Packed queries keep their bits: a factor would round them a second time.
  plan.foldScale = !plan.isPacked && !op.hasScoreMod() && !op.getBias();
  // No key: there is nothing to pack.
  if (plan.isPacked && op.getKeyLength() == 0)
    return makeWidePlan(op, plan);
  return plan;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

static Value buildScale(OpBuilder &b, attn::SqaOp op) {
  if (op.getScale())
    return op.getScale();
  FloatAttr value = op.getScaleValueAttr();
  if (!value)
    value = b.getF32FloatAttr(1.0 /
                              std::sqrt(static_cast<double>(op.getHeadDim())));
  return arith::ConstantOp::create(b, op.getLoc(), value);
}

static AttentionSizes buildSizes(OpBuilder &b, attn::SqaOp op) {
  auto size = [&](Value tensor, attn::Layout layout, int64_t logical) {
    return tensor::getMixedSize(b, op.getLoc(), tensor,
                                attn::SqaOp::physicalDim(layout, logical));
  };
  return {size(op.getQuery(), op.getQueryLayout(), 0),
          size(op.getQuery(), op.getQueryLayout(), 2),
          size(op.getKey(), op.getKeyLayout(), 2),
          buildScale(b, op),
          {}};
}

Value mlir::sqa::mapHead(OpBuilder &b, Location loc, attn::HeadMap map,
                         Value head, int64_t outputHeads, int64_t heads) {
  if (heads == outputHeads)
    return head;
  if (heads == 1)
    return arith::ConstantIndexOp::create(b, loc, 0);
  bool group = map == attn::HeadMap::group;
  Value size = arith::ConstantIndexOp::create(
      b, loc, group ? outputHeads / heads : heads);
  if (group)
    return arith::DivUIOp::create(b, loc, head, size);
  return arith::RemUIOp::create(b, loc, head, size);
}

OpFoldResult mlir::sqa::ceilDiv(OpBuilder &b, Location loc, OpFoldResult size,
                                int64_t block) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return b.getIndexAttr((*constant + block - 1) / block);
  Value extra = arith::ConstantIndexOp::create(b, loc, block - 1);
  Value sum = arith::AddIOp::create(b, loc, cast<Value>(size), extra);
  Value divisor = arith::ConstantIndexOp::create(b, loc, block);
  return arith::DivUIOp::create(b, loc, sum, divisor).getResult();
}

// Rows of the tile that starts at `begin`.
static OpFoldResult buildRows(OpBuilder &b, Location loc, OpFoldResult length,
                              Value begin, int64_t blockM) {
  if (std::optional<int64_t> constant = getConstantIntValue(length)) {
    if (*constant % blockM == 0)
      return b.getIndexAttr(blockM);
    if (*constant < blockM)
      return b.getIndexAttr(*constant);
  }
  Value end = getValueOrCreateConstantIndexOp(b, loc, length);
  Value left = arith::SubIOp::create(b, loc, end, begin);
  Value most = arith::ConstantIndexOp::create(b, loc, blockM);
  return arith::MinSIOp::create(b, loc, most, left).getResult();
}

static AttentionTile buildTile(OpBuilder &b, attn::SqaOp op,
                               const AttentionPlan &plan,
                               const AttentionSizes &sizes, OpFoldResult tiles,
                               ValueRange indices) {
  Location loc = op.getLoc();
  AttentionTile tile;
  tile.batch = indices[0];
  tile.head = indices[1];
  int64_t heads = op.getOutputHeads();
  tile.queryHead =
      mapHead(b, loc, op.getHeadMap(), tile.head, heads, op.getQueryHeads());
  tile.kvHead =
      mapHead(b, loc, op.getHeadMap(), tile.head, heads, op.getKvHeads());
  Value index = indices[2];
  // Under a causal mask the last rows see most keys; starting with them leaves
  // short tiles to fill the threads at the end.
  if (plan.clauses.causal) {
    Value count = getValueOrCreateConstantIndexOp(b, loc, tiles);
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    Value last = b.createOrFold<arith::SubIOp>(loc, count, one);
    index = arith::SubIOp::create(b, loc, last, index);
  }
  Value blockM = arith::ConstantIndexOp::create(b, loc, plan.blockM);
  tile.rowBegin = arith::MulIOp::create(b, loc, index, blockM);
  tile.rows = buildRows(b, loc, sizes.queryLength, tile.rowBegin, plan.blockM);
  tile.rowsValue = getValueOrCreateConstantIndexOp(b, loc, tile.rows);
  return tile;
}

// The op's results as uninitialised tensors.
static FailureOr<SmallVector<Value>> createOutputs(OpBuilder &b,
                                                   attn::SqaOp op) {
  ReifiedRankedShapedTypeDims shapes;
  if (failed(op.reifyResultShapes(b, shapes)))
    return op.emitOpError(
        "expected result shapes that follow from the operands");
  SmallVector<Value> outputs;
  for (auto [result, shape] : llvm::zip(op.getResults(), shapes)) {
    auto type = cast<RankedTensorType>(result.getType());
    // Static where the result type is, so that the types agree.
    for (auto [size, known] : llvm::zip(shape, type.getShape()))
      if (!ShapedType::isDynamic(known))
        size = b.getIndexAttr(known);
    Value empty =
        tensor::EmptyOp::create(b, op.getLoc(), shape, type.getElementType());
    if (empty.getType() != type)
      empty = tensor::CastOp::create(b, op.getLoc(), type, empty);
    outputs.push_back(empty);
  }
  return outputs;
}

void mlir::sqa::buildTileResults(OpBuilder &b, attn::SqaOp op,
                                 const AttentionTile &tile,
                                 const SoftmaxState &state,
                                 scf::ForallOp forall) {
  Location loc = op.getLoc();
  ArrayRef<BlockArgument> outs = forall.getRegionIterArgs();
  HeadSlice rows =
      sliceHead(cast<RankedTensorType>(outs[0].getType()), op.getOutputLayout(),
                tile.batch, tile.head, tile.rowBegin, tile.rows);
  Value target = tensor::ExtractSliceOp::create(
      b, loc, rows.type, outs[0], rows.offsets, rows.sizes, rows.strides);
  Value output = buildOutputRows(b, loc, op, tile, state, target);
  OpFoldResult one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets = {tile.batch, tile.head, tile.rowBegin};
  SmallVector<OpFoldResult> lengths = {one, one, tile.rows}, strides(3, one);
  Value lse;
  if (op.getLse()) {
    auto type =
        RankedTensorType::get({rows.type.getDimSize(0)}, b.getF32Type());
    Value lseTarget = tensor::ExtractSliceOp::create(
        b, loc, type, outs[1], offsets, lengths, strides);
    lse = buildLseRows(b, loc, op, tile, state, lseTarget);
  }

  b.setInsertionPointToEnd(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, output, outs[0], rows.offsets,
                                        rows.sizes, rows.strides);
  if (lse)
    tensor::ParallelInsertSliceOp::create(b, loc, lse, outs[1], offsets,
                                          lengths, strides);
}

// Computes one tile inside `forall` and writes its rows.
static void buildTileBody(RewriterBase &rewriter, attn::SqaOp op,
                          const AttentionPlan &plan,
                          const AttentionSizes &sizes, const MaskRanges *masks,
                          OpFoldResult tiles, scf::ForallOp forall) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(forall.getTerminator());
  AttentionTile tile =
      buildTile(rewriter, op, plan, sizes, tiles, forall.getInductionVars());
  SoftmaxState state =
      plan.isPacked
          ? buildPackedRows(rewriter, loc, op, plan, tile, sizes, masks)
          : buildWideRows(rewriter, loc, op, plan, tile, sizes, masks);

  buildTileResults(rewriter, op, tile, state, forall);
}

static LogicalResult tileAttention(RewriterBase &rewriter, attn::SqaOp op,
                                   const AttentionPlan &plan) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  FailureOr<SmallVector<Value>> outputs = createOutputs(rewriter, op);
  if (failed(outputs))
    return failure();
  AttentionSizes sizes = buildSizes(rewriter, op);
  if (plan.isPacked)
    sizes.packed = buildPackedKeys(rewriter, loc, op, plan, sizes);
  std::optional<MaskRanges> masks;
  if (plan.clauses.opaque)
    masks.emplace(rewriter, op, sizes);
  if (plan.isSplit) {
    scf::ForallOp forall = buildSplitKeys(
        rewriter, op, plan, sizes, masks ? &*masks : nullptr, *outputs);
    rewriter.replaceOp(op, forall.getResults());
    return success();
  }
  OpFoldResult tiles = ceilDiv(rewriter, loc, sizes.queryLength, plan.blockM);
  SmallVector<OpFoldResult> bounds = {
      sizes.batch, rewriter.getIndexAttr(op.getOutputHeads()), tiles};
  auto forall = scf::ForallOp::create(rewriter, loc, bounds, *outputs,
                                      /*mapping=*/std::nullopt);
  buildTileBody(rewriter, op, plan, sizes, masks ? &*masks : nullptr, tiles,
                forall);
  rewriter.replaceOp(op, forall.getResults());
  return success();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct TileAttentionPass : sqa::impl::TileAttentionPassBase<TileAttentionPass> {
  void runOnOperation() override {
    SmallVector<attn::SqaOp> ops;
    getOperation()->walk([&](attn::SqaOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (attn::SqaOp op : ops) {
      Attribute schedule = op.getScheduleAttr();
      if (!schedule) {
        op.emitOpError("expected a schedule, as --sqa-assign-schedule gives");
        return signalPassFailure();
      }
      auto cpu = dyn_cast<CpuScheduleAttr>(schedule);
      if (!cpu) {
        remark::missed(
            op.getLoc(),
            remark::RemarkOpts::name("TileAttention").category(DEBUG_TYPE))
            << remark::add("not tiled: the schedule is not for a CPU");
        continue;
      }
      Type element = op.getQuery().getType().getElementType();
      if (cpu.isPacked() && !element.isBF16()) {
        op.emitOpError("expected bf16 operands with '")
            << stringifyProducts(cpu.getProducts()) << "' products, but got "
            << element;
        return signalPassFailure();
      }
      if (cpu.getSplitKeys() > 0 && !canSplitKeys(op)) {
        op.emitOpError("expected a static number of queries, and more than one "
                       "feature, to split the keys, but got ")
            << op.getQuery().getType();
        return signalPassFailure();
      }
      if (failed(tileAttention(rewriter, op, planAttention(op, cpu))))
        return signalPassFailure();
      ++numTiled;
    }
  }
};
} // namespace
