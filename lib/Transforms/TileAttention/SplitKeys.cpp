//===- SplitKeys.cpp - Few queries against many keys ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decoding: one to a few queries read a long cache once, so the keys are cut
// among threads, not the queries. With pieces of split_keys keys:
//
//   scf.forall (%b, %hk, %piece, %g)    // g: the heads that share hk's keys
//     attn.online_sqa on the visible keys of the piece -> acc, max, sum
//   scf.forall (%b, %h)
//     joined state of all pieces, output rows
//
// Heads of a group stand next to each other in the order of tiles: what one of
// them reads is in a cache when the next one does. Which keys of a piece are
// visited is what the mask says of the rows, as for any tile.
//
// Requires: schedule with split_keys, static S, D and Dv above 1.
// Wrong if: -inf minus -inf is formed where no piece has a visible key.
// Test: test/Transforms/tile-attention-split.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/IndexMath.h"
#include "lib/Transforms/TileAttention/MaskRanges.h"
#include "lib/Transforms/TileAttention/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using namespace mlir::sqa;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();

namespace {
// A slice of a tensor of partial states: [b, h, piece or all, all...].
struct PartialSlice {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  RankedTensorType type;
};
} // namespace

// The states of one head: those of one piece, or of all (null).
static PartialSlice slicePartial(OpBuilder &b, Value partial, Value batch,
                                 Value head, Value piece, OpFoldResult pieces) {
  auto type = cast<RankedTensorType>(partial.getType());
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  PartialSlice slice;
  slice.offsets = {batch, head, piece ? OpFoldResult(piece) : zero};
  slice.sizes = {one, one, piece ? one : pieces};
  SmallVector<int64_t> shape;
  if (!piece)
    shape.push_back(getConstantIntValue(pieces).value_or(ShapedType::kDynamic));
  for (int64_t size : type.getShape().drop_front(3)) {
    slice.offsets.push_back(zero);
    slice.sizes.push_back(b.getIndexAttr(size));
    shape.push_back(size);
  }
  slice.strides.assign(type.getRank(), one);
  slice.type = RankedTensorType::get(shape, type.getElementType());
  return slice;
}

static Value extract(OpBuilder &b, Location loc, Value partial,
                     const PartialSlice &slice) {
  return tensor::ExtractSliceOp::create(
      b, loc, slice.type, partial, slice.offsets, slice.sizes, slice.strides);
}

static Value fill(OpBuilder &b, Location loc, Value tensor, float value) {
  Value constant = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  return linalg::FillOp::create(b, loc, constant, tensor).getResult(0);
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

// The tile of one piece: all rows of one head, keys [begin, begin + split).
static AttentionTile buildPieceTile(OpBuilder &b, Location loc, attn::SqaOp op,
                                    const AttentionPlan &plan,
                                    ValueRange indices) {
  IndexMath math{b, loc};
  AttentionTile tile;
  tile.batch = indices[0];
  Value kvHead = indices[1], piece = indices[2], member = indices[3];
  int64_t group = op.getOutputHeads() / op.getKvHeads();
  if (op.getHeadMap() == attn::HeadMap::group) {
    Value first = arith::MulIOp::create(b, loc, kvHead, math.constant(group));
    tile.head = math.add(first, member);
  } else {
    Value first =
        arith::MulIOp::create(b, loc, member, math.constant(op.getKvHeads()));
    tile.head = math.add(first, kvHead);
  }
  tile.kvHead = kvHead;
  tile.queryHead = mapHead(b, loc, op.getHeadMap(), tile.head,
                           op.getOutputHeads(), op.getQueryHeads());
  tile.rowBegin = math.constant(0);
  tile.rows = b.getIndexAttr(plan.blockM);
  tile.rowsValue = math.constant(plan.blockM);
  int64_t split = plan.schedule.getSplitKeys();
  tile.keyBegin = arith::MulIOp::create(b, loc, piece, math.constant(split));
  tile.keyEnd = math.add(tile.keyBegin, split);
  return tile;
}

// The rows of the head in f32, scaled as the plan says: S x D.
static Value buildQueryRows(OpBuilder &builder, Location loc, attn::SqaOp op,
                            const AttentionPlan &plan,
                            const AttentionTile &tile,
                            const AttentionSizes &sizes) {
  Value rows =
      extractHead(builder, loc, op.getQuery(), op.getQueryLayout(), tile.batch,
                  tile.queryHead, tile.rowBegin, tile.rows);
  Value factor =
      plan.foldScale ? buildBase2Scale(builder, loc, sizes.scale) : sizes.scale;
  Value target = createScratch(builder, loc, {plan.blockM, plan.headDim});
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, target.getType(), rows, target, maps, loops,
      [&](OpBuilder &b, Location l, ValueRange args) {
        Value element = args[0];
        if (!element.getType().isF32())
          element = arith::ExtFOp::create(b, l, b.getF32Type(), element);
        element = arith::MulFOp::create(b, l, element, factor);
        linalg::YieldOp::create(b, l, element);
      });
  return generic.getResult(0);
}

static void buildPiece(OpBuilder &b, Location loc, attn::SqaOp op,
                       const AttentionPlan &plan, const AttentionSizes &sizes,
                       const MaskRanges *masks, OpFoldResult pieces,
                       scf::ForallOp forall) {
  b.setInsertionPoint(forall.getTerminator());
  SmallVector<Value> indices = forall.getInductionVars();
  AttentionTile tile = buildPieceTile(b, loc, op, plan, indices);
  ArrayRef<BlockArgument> outs = forall.getRegionIterArgs();
  SmallVector<PartialSlice> slices;
  SmallVector<Value> initial;
  const float start[] = {0.0f, -kInfinity, 0.0f};
  for (auto [out, value] : llvm::zip(outs, start)) {
    slices.push_back(
        slicePartial(b, out, tile.batch, tile.head, indices[2], pieces));
    initial.push_back(fill(b, loc, extract(b, loc, out, slices.back()), value));
  }
  Value query = buildQueryRows(b, loc, op, plan, tile, sizes);
  AttentionSizes scaled = sizes; // by now
  scaled.scale = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1.0f));
  SoftmaxState state =
      buildKeyLoops(b, loc, op, plan, tile, scaled, masks, query,
                    SoftmaxState{initial[0], initial[1], initial[2]});
  b.setInsertionPointToEnd(forall.getTerminator().getBody());
  Value parts[] = {state.acc, state.max, state.sum};
  for (auto [out, part, slice] : llvm::zip(outs, parts, slices))
    tensor::ParallelInsertSliceOp::create(b, loc, part, out, slice.offsets,
                                          slice.sizes, slice.strides);
}

static scf::ForallOp buildPieces(OpBuilder &b, Location loc, attn::SqaOp op,
                                 const AttentionPlan &plan,
                                 const AttentionSizes &sizes,
                                 const MaskRanges *masks, OpFoldResult pieces) {
  OpFoldResult heads = b.getIndexAttr(op.getOutputHeads());
  OpFoldResult rows = b.getIndexAttr(plan.blockM);
  SmallVector<OpFoldResult> shape{sizes.batch, heads, pieces, rows};
  SmallVector<OpFoldResult> accShape = shape;
  accShape.push_back(b.getIndexAttr(plan.valueDim));
  SmallVector<Value> outs;
  for (const SmallVector<OpFoldResult> &sizesOf : {accShape, shape, shape})
    outs.push_back(tensor::EmptyOp::create(b, loc, sizesOf, b.getF32Type()));
  int64_t group = op.getOutputHeads() / op.getKvHeads();
  SmallVector<OpFoldResult> bounds{sizes.batch, b.getIndexAttr(op.getKvHeads()),
                                   pieces, b.getIndexAttr(group)};
  auto forall =
      scf::ForallOp::create(b, loc, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  buildPiece(b, loc, op, plan, sizes, masks, pieces, forall);
  return forall;
}

//===----------------------------------------------------------------------===//
// Join
//===----------------------------------------------------------------------===//

// 2^(max of the piece - max of all), 0 without any visible key.
static Value buildWeight(OpBuilder &b, Location l, Value pieceMax, Value max) {
  Value none = arith::CmpFOp::create(
      b, l, arith::CmpFPredicate::OEQ, max,
      arith::ConstantOp::create(b, l, b.getF32FloatAttr(-kInfinity)));
  Value zero = arith::ConstantOp::create(b, l, b.getF32FloatAttr(0.0f));
  Value reference = arith::SelectOp::create(b, l, none, zero, max);
  Value difference = arith::SubFOp::create(b, l, pieceMax, reference);
  return math::Exp2Op::create(b, l, difference);
}

// The state of one head over all pieces, acc turned to Dv x S for the epilogue.
static SoftmaxState buildJoin(OpBuilder &builder, Location loc,
                              const AttentionPlan &plan, Value partialAcc,
                              Value partialMax, Value partialSum) {
  MLIRContext *context = builder.getContext();
  AffineExpr d, r, p;
  bindDims(context, d, r, p);
  auto parallel = utils::IteratorType::parallel;
  auto reduction = utils::IteratorType::reduction;
  AffineExpr row, piece;
  bindDims(context, row, piece);
  AffineMap ofPiece = AffineMap::get(2, 0, {piece, row}, context);
  AffineMap ofRow = AffineMap::get(2, 0, {row}, context);
  SmallVector<utils::IteratorType> loops{parallel, reduction};

  SoftmaxState state;
  auto max = linalg::GenericOp::create(
      builder, loc, RankedTensorType::get(plan.blockM, builder.getF32Type()),
      partialMax, createFilled(builder, loc, plan.blockM, -kInfinity),
      ArrayRef<AffineMap>{ofPiece, ofRow}, loops,
      [](OpBuilder &b, Location l, ValueRange args) {
        Value larger = arith::MaximumFOp::create(b, l, args[0], args[1]);
        linalg::YieldOp::create(b, l, larger);
      });
  state.max = max.getResult(0);
  auto sum = linalg::GenericOp::create(
      builder, loc, state.max.getType(),
      ValueRange{partialMax, partialSum, state.max},
      createFilled(builder, loc, plan.blockM, 0.0f),
      ArrayRef<AffineMap>{ofPiece, ofPiece, ofRow, ofRow}, loops,
      [](OpBuilder &b, Location l, ValueRange args) {
        Value weight = buildWeight(b, l, args[0], args[2]);
        Value part = arith::MulFOp::create(b, l, args[1], weight);
        Value total = arith::AddFOp::create(b, l, args[3], part);
        linalg::YieldOp::create(b, l, total);
      });
  state.sum = sum.getResult(0);
  SmallVector<AffineMap> maps{AffineMap::get(3, 0, {p, r}, context),
                              AffineMap::get(3, 0, {p, r, d}, context),
                              AffineMap::get(3, 0, {r}, context),
                              AffineMap::get(3, 0, {d, r}, context)};
  int64_t shape[] = {plan.valueDim, plan.blockM};
  auto acc = linalg::GenericOp::create(
      builder, loc, RankedTensorType::get(shape, builder.getF32Type()),
      ValueRange{partialMax, partialAcc, state.max},
      createFilled(builder, loc, shape, 0.0f), maps,
      ArrayRef{parallel, parallel, reduction},
      [](OpBuilder &b, Location l, ValueRange args) {
        Value weight = buildWeight(b, l, args[0], args[2]);
        Value part = arith::MulFOp::create(b, l, args[1], weight);
        Value total = arith::AddFOp::create(b, l, args[3], part);
        linalg::YieldOp::create(b, l, total);
      });
  state.acc = acc.getResult(0);
  return state;
}

scf::ForallOp mlir::sqa::buildSplitKeys(OpBuilder &b, attn::SqaOp op,
                                        const AttentionPlan &plan,
                                        const AttentionSizes &sizes,
                                        const MaskRanges *masks,
                                        ArrayRef<Value> outputs) {
  Location loc = op.getLoc();
  OpFoldResult pieces =
      ceilDiv(b, loc, sizes.keyLength, plan.schedule.getSplitKeys());
  scf::ForallOp states = buildPieces(b, loc, op, plan, sizes, masks, pieces);
  SmallVector<OpFoldResult> bounds{sizes.batch,
                                   b.getIndexAttr(op.getOutputHeads())};
  auto forall = scf::ForallOp::create(b, loc, bounds, outputs,
                                      /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(forall.getTerminator());
  IndexMath math{b, loc};
  AttentionTile tile;
  tile.batch = forall.getInductionVar(0);
  tile.head = forall.getInductionVar(1);
  tile.rowBegin = math.constant(0);
  tile.rows = b.getIndexAttr(plan.blockM);
  tile.rowsValue = math.constant(plan.blockM);
  SmallVector<Value> parts;
  for (Value partial : states.getResults())
    parts.push_back(
        extract(b, loc, partial,
                slicePartial(b, partial, tile.batch, tile.head, {}, pieces)));
  SoftmaxState state = buildJoin(b, loc, plan, parts[0], parts[1], parts[2]);
  buildTileResults(b, op, tile, state, forall);
  return forall;
}
