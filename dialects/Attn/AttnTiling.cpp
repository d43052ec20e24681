//===- AttnTiling.cpp - Tiles of attn.sqa ---------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// TilingInterface over (batch, output head, query), all parallel. A tile is an
// attn.sqa on slices; keys are not tiled here (attn.online_sqa is):
//
//   %o = attn.sqa %q, %k, %v causal(bottom_right) mask_mod(%b, %h, %i, %j) ...
//   -> %qt = tensor.extract_slice %q[%b0, %h0, %i0, 0] ...
//      %kt = tensor.extract_slice %k[%b0, %h0 floordiv G, 0, 0] ...
//      %ot = attn.sqa %qt, %kt, %vt causal(offset(%i0 + T - S)) capture(%h0)
//      ...
//
// Requires: a static number of heads a tile (sqa_c1).
// Ensures: a tile computes what the whole computes there: alignment becomes an
// offset, and regions still see indices of the whole (offsets are captured).
// Declines when (with a remark): head tiles do not line up with the head map;
// queries are tiled, the alignment is bottom_right with kv_lengths, and a tile
// holds more than one batch: the offset would be a number for each batch.
// Wrong if: a slice of a broadcast dimension of mask or bias moves.
// Test: test/Dialect/Attn/tiling.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnTiling.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa::attn;

//===----------------------------------------------------------------------===//
// Plan: which slice of each operand
//===----------------------------------------------------------------------===//

// Whether `value` is always a multiple of `factor`: a constant, an affine
// expression, or the induction variable of a loop with such bounds.
static bool isMultipleOf(OpFoldResult value, int64_t factor) {
  if (factor == 1)
    return true;
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant % factor == 0;
  auto ssa = cast<Value>(value);
  if (auto apply = ssa.getDefiningOp<affine::AffineApplyOp>()) {
    AffineExpr expr = apply.getAffineMap().getResult(0);
    if (expr.isMultipleOf(factor))
      return true;
    return isa<AffineDimExpr, AffineSymbolExpr>(expr) &&
           isMultipleOf(apply.getOperand(0), factor);
  }
  if (scf::ForOp loop = scf::getForInductionVarOwner(ssa))
    return isMultipleOf(loop.getLowerBound(), factor) &&
           isMultipleOf(loop.getStep(), factor);
  if (scf::ForallOp loop = scf::getForallOpThreadIndexOwner(ssa)) {
    unsigned index = cast<BlockArgument>(ssa).getArgNumber();
    return isMultipleOf(loop.getMixedLowerBound()[index], factor) &&
           isMultipleOf(loop.getMixedStep()[index], factor);
  }
  return false;
}

namespace {
struct HeadSlice {
  OpFoldResult offset;
  int64_t size;
};
} // namespace

// The heads that output heads [first, first + count) read on a side with
// `heads` heads, if they are a slice and the same head map holds inside the
// tile.
static FailureOr<HeadSlice> sliceHeads(OpBuilder &b, SqaOp op, int64_t heads,
                                       OpFoldResult first, int64_t count) {
  int64_t repeat = op.getOutputHeads() / heads;
  AffineExpr h = b.getAffineDimExpr(0);
  auto index = [&](AffineExpr expr) {
    return fold(b, op.getLoc(), expr, {first});
  };
  if (repeat == 1)
    return HeadSlice{first, count};
  if (op.getHeadMap() == HeadMap::group) {
    if (repeat % count == 0 && isMultipleOf(first, count))
      return HeadSlice{index(h.floorDiv(repeat)), 1};
    if (count % repeat == 0 && isMultipleOf(first, repeat))
      return HeadSlice{index(h.floorDiv(repeat)), count / repeat};
    return failure();
  }
  if (count % heads == 0 && isMultipleOf(first, heads))
    return HeadSlice{b.getIndexAttr(0), heads};
  if (heads % count == 0 && isMultipleOf(first, count))
    return HeadSlice{index(h % heads), count};
  return failure();
}

namespace {
// A tile of the iteration domain, and where its first query stands.
struct SqaTile {
  OpFoldResult b0, h0, i0, batches, rows;
  int64_t heads;
  HeadSlice queryHeads, kvHeads;
  std::optional<Alignment> alignment;
  Value queryOffset;
};
} // namespace

static FailureOr<SqaTile> refuse(SqaOp op, const Twine &reason) {
  op.emitRemark("not tiled: ") << reason;
  return failure();
}

// Whether a tile has all queries, as far as the program says so plainly.
static bool hasAllQueries(SqaOp op, const SqaTile &tile) {
  if (!isConstantIntValue(tile.i0, 0))
    return false;
  if (std::optional<int64_t> rows = getConstantIntValue(tile.rows))
    return *rows == op.getQueryLength();
  auto dim = cast<Value>(tile.rows).getDefiningOp<tensor::DimOp>();
  return dim && dim.getSource() == op.getQuery() &&
         dim.getConstantIndex() == SqaOp::physicalDim(op.getQueryLayout(), 2);
}

// kvlen(b) of the only batch of a tile.
static OpFoldResult keyLength(OpBuilder &b, SqaOp op, OpFoldResult batch,
                              OpFoldResult keys) {
  Location loc = op.getLoc();
  Value at = getValueOrCreateConstantIndexOp(b, loc, batch);
  Value raw = tensor::ExtractOp::create(b, loc, op.getKvLengths(), at);
  Value length = arith::IndexCastOp::create(b, loc, b.getIndexType(), raw);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value limit = getValueOrCreateConstantIndexOp(b, loc, keys);
  length = arith::MaxSIOp::create(b, loc, length, zero);
  return arith::MinSIOp::create(b, loc, length, limit).getResult();
}

static LogicalResult planAlignment(OpBuilder &b, SqaOp op, SqaTile &tile) {
  tile.alignment = op.getAlignment();
  tile.queryOffset = op.getQueryOffset();
  if (!op.getCausal() && !op.getWindowLeft())
    return success();
  Location loc = op.getLoc();
  Alignment alignment = op.getAlignment().value_or(Alignment::top_left);
  OpFoldResult base = b.getIndexAttr(0);
  if (alignment == Alignment::top_left && isConstantIntValue(tile.i0, 0)) {
    // A window on as many queries as keys needs no alignment; a tile does.
    tile.alignment = alignment;
    return success();
  }
  if (alignment == Alignment::offset) {
    base = op.getQueryOffset();
  } else if (alignment == Alignment::bottom_right) {
    if (hasAllQueries(op, tile))
      return success();
    if (op.getKvLengths() && !isConstantIntValue(tile.batches, 1))
      return refuse(op, "expected a batch tile of 1 to tile queries that are "
                        "aligned with the ends of kv_lengths");
    OpFoldResult keys = tensor::getMixedSize(
        b, loc, op.getKey(), SqaOp::physicalDim(op.getKeyLayout(), 2));
    OpFoldResult queries = tensor::getMixedSize(
        b, loc, op.getQuery(), SqaOp::physicalDim(op.getQueryLayout(), 2));
    if (op.getKvLengths())
      keys = keyLength(b, op, tile.b0, keys);
    AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
    base = fold(b, loc, d0 - d1, {keys, queries});
  }
  tile.alignment = Alignment::offset;
  tile.queryOffset =
      getValueOrCreateConstantIndexOp(b, loc, add(b, loc, base, tile.i0));
  return success();
}

static FailureOr<SqaTile> planTile(OpBuilder &b, SqaOp op,
                                   ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes) {
  std::optional<int64_t> heads = getConstantIntValue(sizes[1]);
  if (!heads || *heads < 1)
    return refuse(op, "expected a static number of heads a tile");
  FailureOr<HeadSlice> query =
      sliceHeads(b, op, op.getQueryHeads(), offsets[1], *heads);
  FailureOr<HeadSlice> kv =
      sliceHeads(b, op, op.getKvHeads(), offsets[1], *heads);
  if (failed(query) || failed(kv))
    return refuse(op, "expected head tiles that line up with the head map, but "
                      "got tiles of " +
                          Twine(*heads) + " heads");
  SqaTile tile{offsets[0], offsets[1], offsets[2], sizes[0], sizes[2],
               *heads,     *query,     *kv,        {},       Value()};
  if (failed(planAlignment(b, op, tile)))
    return failure();
  return tile;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

// Slices of a mask or bias: a dimension of 1 is the same for all.
static Value sliceBroadcast(Slicer &slicer, const SqaTile &tile, Value value) {
  if (!value)
    return value;
  OpBuilder &b = slicer.b;
  Sizes all = tensor::getMixedSizes(b, slicer.loc, value);
  Sizes offsets{tile.b0, tile.h0, tile.i0, b.getIndexAttr(0)};
  Sizes sizes{tile.batches, b.getIndexAttr(tile.heads), tile.rows, all[3]};
  for (int64_t d = 0; d < 4; ++d)
    if (isConstantIntValue(all[d], 1)) {
      offsets[d] = b.getIndexAttr(0);
      sizes[d] = b.getIndexAttr(1);
    }
  return slicer.cut(value, offsets, sizes);
}

// The operand groups of the tile, in the order of the definition.
static SmallVector<SmallVector<Value>> sliceOperands(Slicer &slicer, SqaOp op,
                                                     const SqaTile &tile) {
  OpBuilder &b = slicer.b;
  OpFoldResult zero = b.getIndexAttr(0);
  auto rank4 = [&](Value value, Layout layout, const HeadSlice &heads,
                   bool queries) {
    Sizes all = tensor::getMixedSizes(b, slicer.loc, value);
    Sizes offsets{tile.b0, heads.offset, queries ? tile.i0 : zero, zero};
    Sizes sizes{tile.batches, b.getIndexAttr(heads.size),
                queries ? tile.rows : all[SqaOp::physicalDim(layout, 2)],
                all[3]};
    return slicer.cut(value, inLayout(layout, offsets),
                      inLayout(layout, sizes));
  };
  auto optional = [](Value value) -> SmallVector<Value> {
    if (value)
      return {value};
    return {};
  };
  Value kvSegments = op.getKvSegments();
  if (kvSegments)
    kvSegments = slicer.cut(
        kvSegments, {tile.b0, zero},
        {tile.batches, tensor::getMixedSize(b, slicer.loc, kvSegments, 1)});
  return {{rank4(op.getQuery(), op.getQueryLayout(), tile.queryHeads, true)},
          {rank4(op.getKey(), op.getKeyLayout(), tile.kvHeads, false)},
          {rank4(op.getValue(), op.getValueLayout(), tile.kvHeads, false)},
          optional(op.getScale()),
          optional(tile.queryOffset),
          optional(slicer.cut(op.getKvLengths(), {tile.b0}, {tile.batches})),
          optional(slicer.cut(op.getQuerySegments(), {tile.b0, tile.i0},
                              {tile.batches, tile.rows})),
          optional(kvSegments),
          optional(sliceBroadcast(slicer, tile, op.getMask())),
          optional(sliceBroadcast(slicer, tile, op.getBias())),
          optional(slicer.cut(op.getSink(), {tile.h0},
                              {b.getIndexAttr(tile.heads)})),
          llvm::to_vector(op.getCaptures())};
}

// Regions keep seeing indices of the whole: index argument `index` (0 batch, 1
// head, 2 query) is replaced by itself plus `offset`, which comes in through
// capture argument `capture` or is a constant.
static void shiftIndex(OpBuilder &b, Region &region, unsigned index,
                       OpFoldResult offset, BlockArgument capture) {
  BlockArgument arg = region.getArgument(index);
  if (arg.use_empty())
    return;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&region.front());
  Value shift = capture;
  if (!capture)
    shift = arith::ConstantIndexOp::create(b, arg.getLoc(),
                                           *getConstantIntValue(offset));
  auto sum = arith::AddIOp::create(b, arg.getLoc(), arg, shift);
  arg.replaceAllUsesExcept(sum, sum);
}

static void cloneRegions(OpBuilder &b, SqaOp op, SqaOp tiled,
                         const SqaTile &tile, ArrayRef<unsigned> captured) {
  Sizes offsets{tile.b0, tile.h0, tile.i0};
  for (auto [from, to] : llvm::zip(op->getRegions(), tiled->getRegions())) {
    if (from.empty())
      continue;
    IRMapping mapping;
    from.cloneInto(&to, mapping);
    unsigned first = &from == &op.getScoreMod() ? 1 : 0;
    SmallVector<BlockArgument> captures(3);
    for (unsigned index : captured)
      captures[index] = to.addArgument(b.getIndexType(), op.getLoc());
    for (unsigned index = 0; index < 3; ++index)
      if (!isConstantIntValue(offsets[index], 0))
        shiftIndex(b, to, first + index, offsets[index], captures[index]);
  }
}

// The run-time offsets that some region needs: their indices.
static SmallVector<unsigned> capturedOffsets(SqaOp op, const SqaTile &tile) {
  SmallVector<unsigned> captured;
  Sizes offsets{tile.b0, tile.h0, tile.i0};
  auto uses = [&](Region &region, unsigned index) {
    return !region.empty() && !region.getArgument(index).use_empty();
  };
  for (unsigned index = 0; index < 3; ++index)
    if (!getConstantIntValue(offsets[index]) &&
        (uses(op.getScoreMod(), index + 1) || uses(op.getMaskMod(), index)))
      captured.push_back(index);
  return captured;
}

static SqaOp buildTile(OpBuilder &b, SqaOp op, const SqaTile &tile,
                       SmallVector<SmallVector<Value>> groups) {
  Location loc = op.getLoc();
  SmallVector<unsigned> captured = capturedOffsets(op, tile);
  Sizes offsets{tile.b0, tile.h0, tile.i0};
  for (unsigned index : captured)
    groups.back().push_back(
        getValueOrCreateConstantIndexOp(b, loc, offsets[index]));

  OperationState state(loc, op->getName());
  SmallVector<int32_t> segments;
  for (ArrayRef<Value> group : groups) {
    state.addOperands(group);
    segments.push_back(group.size());
  }
  NamedAttrList attributes(op->getAttrs());
  attributes.set("operandSegmentSizes", b.getDenseI32ArrayAttr(segments));
  if (tile.alignment)
    attributes.set("alignment",
                   AlignmentAttr::get(b.getContext(), *tile.alignment));
  state.addAttributes(attributes);
  OpFoldResult heads = b.getIndexAttr(tile.heads);
  OpFoldResult features = b.getIndexAttr(op.getValueDim());
  state.addTypes(
      tileType(op.getOutput().getType(),
               inLayout(op.getOutputLayout(),
                        {tile.batches, heads, tile.rows, features})));
  if (op.getLse())
    state.addTypes(
        tileType(op.getLse().getType(), {tile.batches, heads, tile.rows}));
  state.addRegion();
  state.addRegion();
  auto tiled = cast<SqaOp>(b.create(state));
  cloneRegions(b, op, tiled, tile, captured);
  return tiled;
}

//===----------------------------------------------------------------------===//
// TilingInterface
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> SqaOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(3, utils::IteratorType::parallel);
}

SmallVector<Range> SqaOp::getIterationDomain(OpBuilder &b) {
  Layout layout = getQueryLayout();
  Sizes all = tensor::getMixedSizes(b, getLoc(), getQuery());
  return ranges(b,
                {all[physicalDim(layout, 0)], b.getIndexAttr(getOutputHeads()),
                 all[physicalDim(layout, 2)]});
}

FailureOr<TilingResult>
SqaOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                              ArrayRef<OpFoldResult> sizes) {
  FailureOr<SqaTile> tile = planTile(b, *this, offsets, sizes);
  if (failed(tile))
    return failure();
  Slicer slicer{b, getLoc(), {}};
  SmallVector<SmallVector<Value>> groups = sliceOperands(slicer, *this, *tile);
  SqaOp tiled = buildTile(b, *this, *tile, std::move(groups));
  return TilingResult{{tiled},
                      SmallVector<Value>(tiled->getResults()),
                      std::move(slicer.slices)};
}

LogicalResult SqaOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  if (resultNumber == 1)
    return success();
  resultOffsets.push_back(b.getIndexAttr(0));
  resultSizes.push_back(b.getIndexAttr(getValueDim()));
  resultOffsets = inLayout(getOutputLayout(), resultOffsets);
  resultSizes = inLayout(getOutputLayout(), resultSizes);
  return success();
}

LogicalResult SqaOp::getIterationDomainTileFromResultTile(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  return domainOfResultTile(getOutputLayout(), getValueDim(), offsets, sizes,
                            domainOffsets, domainSizes);
}

FailureOr<TilingResult>
SqaOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber,
                               ArrayRef<OpFoldResult> offsets,
                               ArrayRef<OpFoldResult> sizes) {
  Sizes domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(
          b, resultNumber, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  FailureOr<TilingResult> tiled =
      getTiledImplementation(b, domainOffsets, domainSizes);
  if (failed(tiled))
    return failure();
  return TilingResult{tiled->tiledOps,
                      {tiled->tiledValues[resultNumber]},
                      tiled->generatedSlices};
}
