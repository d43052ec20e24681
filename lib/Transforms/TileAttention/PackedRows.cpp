//===- PackedRows.cpp - Attention tiles on bf16 pairs ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys and values are packed once a call, before the tiles, so that the query
// heads of a group and all their row tiles share the work:
//
//   %k, %v = scf.forall (%b, %h, %chunk) { attn.pack key ...; attn.pack value }
//   scf.forall (%b, %h, %t) {
//     %q = attn.pack query ...
//     %s:3 = scf.for ... { attn.online_sqa ins(%q, %k, %v) packed(...) }
//     %acc = scf.if (some %s#0 is NaN) { /* f32 products */ } else { %s#0 }
//   }
//
// A masked slot must not enter arithmetic, but its weight is 0 and 0 * v is 0
// unless v is NaN or infinite, and then a sum is NaN and stays so to the end of
// the tile. One look there costs 1 % at 1024 keys; the rows are then done again
// by f32 products, which know masked slots from small ones.
//
// Requires: bf16 operands. Wrong if: keys beyond kv_lengths are packed as they
// are (what lies there may be NaN, and the tile would be done twice).
// Test: test/Transforms/tile-attention-packed.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::sqa;

// Keys a tile of the packing loop: 16 threads have work at 1024 keys of 4
// heads, and a tile is 30 KiB.
static constexpr int64_t kChunk = 128;

//===----------------------------------------------------------------------===//
// Keys and values
//===----------------------------------------------------------------------===//

namespace {
// What a chunk of keys becomes in the packed tensors.
struct PackTarget {
  attn::PackSide side;
  Value source; // the op's operand
  attn::Layout layout;
  int64_t rowsPerRow; // keys in a row of the packed tensor
};
} // namespace

// ceil(`keys` / 32) times `unit`.
static OpFoldResult buildGroups(OpBuilder &b, Location loc, OpFoldResult keys,
                                int64_t unit) {
  if (std::optional<int64_t> constant = getConstantIntValue(keys))
    return b.getIndexAttr((*constant + kPackedGroup - 1) / kPackedGroup * unit);
  Value group = arith::ConstantIndexOp::create(b, loc, kPackedGroup);
  Value count = arith::CeilDivUIOp::create(b, loc, cast<Value>(keys), group);
  return arith::MulIOp::create(b, loc, count,
                               arith::ConstantIndexOp::create(b, loc, unit))
      .getResult();
}

// The rows of a chunk, packed, in a slice of `out`.
static Value buildPack(OpBuilder &b, Location loc, const PackTarget &target,
                       Value rows, Value out, ArrayRef<OpFoldResult> offsets,
                       ArrayRef<OpFoldResult> sizes) {
  auto type = cast<RankedTensorType>(out.getType());
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  auto sliceType = RankedTensorType::get(
      {getConstantIntValue(sizes[2]).value_or(ShapedType::kDynamic),
       type.getDimSize(3)},
      type.getElementType());
  Value slice = tensor::ExtractSliceOp::create(b, loc, sliceType, out, offsets,
                                               sizes, strides);
  return attn::PackOp::create(b, loc, sliceType, target.side, rows, slice)
      .getResult(0);
}

// Keys of the chunk at `begin` that exist, 0 to kChunk.
static Value buildChunkKeys(OpBuilder &b, Location loc, attn::SqaOp op,
                            const AttentionSizes &sizes, Value batch,
                            Value begin) {
  Value length = buildKvLength(b, loc, op, batch, sizes.keyLength);
  Value left = arith::SubIOp::create(b, loc, length, begin);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  left = arith::MaxSIOp::create(b, loc, left, zero);
  Value most = arith::ConstantIndexOp::create(b, loc, kChunk);
  return arith::MinSIOp::create(b, loc, left, most);
}

// Rows of the packed tensors that the chunk at `begin` writes: up to the end of
// the padded keys, whatever the batch's length is.
static OpFoldResult buildChunkRows(OpBuilder &b, Location loc,
                                   OpFoldResult keyLength, Value begin) {
  std::optional<int64_t> constant = getConstantIntValue(keyLength);
  if (constant && *constant % kChunk == 0)
    return b.getIndexAttr(kChunk);
  Value end = getValueOrCreateConstantIndexOp(
      b, loc, buildGroups(b, loc, keyLength, kPackedGroup));
  Value left = arith::SubIOp::create(b, loc, end, begin);
  Value most = arith::ConstantIndexOp::create(b, loc, kChunk);
  return arith::MinSIOp::create(b, loc, left, most).getResult();
}

static void buildChunk(OpBuilder &b, Location loc, attn::SqaOp op,
                       const AttentionSizes &sizes,
                       ArrayRef<PackTarget> targets, scf::ForallOp forall) {
  SmallVector<Value> indices = forall.getInductionVars();
  Value chunk = arith::ConstantIndexOp::create(b, loc, kChunk);
  Value begin = arith::MulIOp::create(b, loc, indices[2], chunk);
  Value keys = buildChunkKeys(b, loc, op, sizes, indices[0], begin);
  OpFoldResult rows = buildChunkRows(b, loc, sizes.keyLength, begin);
  SmallVector<Value> packed;
  SmallVector<SmallVector<OpFoldResult>> offsets, lengths;
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  for (auto [target, out] : llvm::zip(targets, forall.getRegionIterArgs())) {
    Value source = extractHead(b, loc, target.source, target.layout, indices[0],
                               indices[1], begin, keys);
    int64_t unit = kPackedGroup / target.rowsPerRow;
    auto type = cast<RankedTensorType>(out.getType());
    Value row = begin;
    if (target.rowsPerRow != 1)
      row = arith::DivUIOp::create(
          b, loc, begin,
          arith::ConstantIndexOp::create(b, loc, target.rowsPerRow));
    offsets.push_back({indices[0], indices[1], row, zero});
    lengths.push_back({one, one, buildGroups(b, loc, rows, unit),
                       b.getIndexAttr(type.getDimSize(3))});
    packed.push_back(
        buildPack(b, loc, target, source, out, offsets.back(), lengths.back()));
  }
  b.setInsertionPointToEnd(forall.getTerminator().getBody());
  SmallVector<OpFoldResult> strides(4, one);
  for (auto [i, value] : llvm::enumerate(packed))
    tensor::ParallelInsertSliceOp::create(b, loc, value,
                                          forall.getRegionIterArgs()[i],
                                          offsets[i], lengths[i], strides);
}

PackedKeys mlir::sqa::buildPackedKeys(OpBuilder &b, Location loc,
                                      attn::SqaOp op, const AttentionPlan &plan,
                                      const AttentionSizes &sizes) {
  PackTarget targets[] = {
      {attn::PackSide::key, op.getKey(), op.getKeyLayout(), 1},
      {attn::PackSide::value, op.getValue(), op.getValueLayout(),
       kPackedGroup}};
  int64_t features[] = {plan.packedDim(), kPackedGroup * plan.packedValueDim()};
  OpFoldResult heads = b.getIndexAttr(op.getKvHeads());
  SmallVector<Value> outs;
  for (auto [target, width] : llvm::zip(targets, features)) {
    OpFoldResult rows =
        buildGroups(b, loc, sizes.keyLength, kPackedGroup / target.rowsPerRow);
    SmallVector<OpFoldResult> shape{sizes.batch, heads, rows,
                                    b.getIndexAttr(width)};
    outs.push_back(tensor::EmptyOp::create(b, loc, shape, b.getBF16Type()));
  }
  OpFoldResult chunks;
  if (std::optional<int64_t> keys = getConstantIntValue(sizes.keyLength))
    chunks = b.getIndexAttr((*keys + kChunk - 1) / kChunk);
  else
    chunks = arith::CeilDivUIOp::create(
                 b, loc, cast<Value>(sizes.keyLength),
                 arith::ConstantIndexOp::create(b, loc, kChunk))
                 .getResult();
  SmallVector<OpFoldResult> bounds{sizes.batch, heads, chunks};
  auto forall =
      scf::ForallOp::create(b, loc, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(forall.getTerminator());
  buildChunk(b, loc, op, sizes, targets, forall);
  return {forall.getResult(0), forall.getResult(1)};
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

// Whether any element of `acc` is NaN or infinite: x * 0 is 0 for all others.
static Value buildAnyNan(OpBuilder &builder, Location loc, Value acc) {
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0.0f));
  Value sum = createFilled(builder, loc, {}, 0.0f);
  SmallVector<AffineMap> maps{builder.getMultiDimIdentityMap(2),
                              AffineMap::get(2, 0, builder.getContext())};
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::reduction);
  auto generic = linalg::GenericOp::create(
      builder, loc, sum.getType(), acc, sum, maps, loops,
      [&](OpBuilder &b, Location l, ValueRange args) {
        Value product = arith::MulFOp::create(b, l, args[0], zero);
        Value total = arith::AddFOp::create(b, l, args[1], product);
        linalg::YieldOp::create(b, l, total);
      });
  Value total = tensor::ExtractOp::create(builder, loc, generic.getResult(0),
                                          ValueRange());
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO, total,
                               total);
}

AttentionPlan mlir::sqa::makeWidePlan(attn::SqaOp op,
                                      const AttentionPlan &packed) {
  constexpr int64_t keyRows = 4, expDegree = 5;
  AttentionPlan plan = packed;
  CpuScheduleAttr schedule = packed.schedule;
  plan.schedule = CpuScheduleAttr::get(
      op.getContext(), schedule.getLanes(), schedule.getBlockM(),
      schedule.getBlockN(), keyRows, keyRows, expDegree, schedule.getLazyLog2(),
      Products::fma, /*split_keys=*/0);
  plan.isPacked = false;
  plan.oneBody = true;
  plan.foldScale = !op.hasScoreMod() && !op.getBias();
  return plan;
}

SoftmaxState mlir::sqa::buildPackedRows(OpBuilder &builder, Location loc,
                                        attn::SqaOp op,
                                        const AttentionPlan &plan,
                                        const AttentionTile &tile,
                                        const AttentionSizes &sizes,
                                        const MaskRanges *masks) {
  Value rows =
      extractHead(builder, loc, op.getQuery(), op.getQueryLayout(), tile.batch,
                  tile.queryHead, tile.rowBegin, tile.rows);
  Value target =
      createScratch(builder, loc, {plan.packedDim() / 2, 2 * plan.blockM},
                    builder.getBF16Type());
  Value query = attn::PackOp::create(builder, loc, target.getType(),
                                     attn::PackSide::query, rows, target)
                    .getResult(0);
  SoftmaxState state =
      buildKeyLoops(builder, loc, op, plan, tile, sizes, masks, query);

  Type types[] = {state.acc.getType(), state.max.getType(),
                  state.sum.getType()};
  auto branch = scf::IfOp::create(builder, loc, types,
                                  buildAnyNan(builder, loc, state.acc),
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  SoftmaxState again = buildWideRows(builder, loc, op, makeWidePlan(op, plan),
                                     tile, sizes, masks);
  if (again.acc.getType() != state.acc.getType()) {
    Value padded =
        createFilled(builder, loc, {plan.packedValueDim(), plan.blockM}, 0.0f);
    SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
    again.acc = tensor::InsertSliceOp::create(
        builder, loc, again.acc, padded, offsets,
        tensor::getMixedSizes(builder, loc, again.acc), strides);
  }
  scf::YieldOp::create(builder, loc,
                       ValueRange{again.acc, again.max, again.sum});
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc,
                       ValueRange{state.acc, state.max, state.sum});
  return {branch.getResult(0), branch.getResult(1), branch.getResult(2)};
}
