//===- AttnTilingFamily.cpp - Tiles of online_sqa, merge and rope ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// attn.online_sqa over (row, key): rows are parallel; keys are a reduction, and
// a loop over their tiles threads the state through the inits:
//
//   %r:3 = attn.online_sqa ins(%q, %k, %v) outs(%acc, %max, %sum) at(.., %j0)
//   -> scf.for %n = 0 to N step 64 iter_args(%a = %acc, %m = %max, %s = %sum)
//        attn.online_sqa ins(%q, %k[%n], %v[%n]) outs(%a, %m, %s) at(.., %j0 +
//        %n)
//
// attn.merge and attn.rope over (batch, head, position), all parallel.
// Wrong if: `rows` of a row tile is clamped at 0. It counts from the tile's
// first row and may be negative; the clamping of region indices to the last
// valid row of the whole block relies on that (README.md). Test:
// test/Dialect/Attn/tiling.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnTiling.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace mlir::sqa::attn;

LogicalResult mlir::sqa::attn::domainOfResultTile(
    Layout layout, int64_t features, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  bool hasFeatures = offsets.size() == 4;
  if (hasFeatures && (!isConstantIntValue(offsets[3], 0) ||
                      !isConstantIntValue(sizes[3], features)))
    return failure();
  for (int64_t logical : {0, 1, 2}) {
    int64_t d = hasFeatures ? SqaOp::physicalDim(layout, logical) : logical;
    domainOffsets.push_back(offsets[d]);
    domainSizes.push_back(sizes[d]);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// attn.online_sqa
//===----------------------------------------------------------------------===//

// A tile of a (row, feature) block, turned by rows_last.
static Value cutRows(Slicer &slicer, Value value, bool rowsLast,
                     OpFoldResult offset, OpFoldResult size) {
  OpFoldResult zero = slicer.b.getIndexAttr(0);
  Sizes all = mixedSizes(slicer.b, slicer.loc, value);
  if (rowsLast)
    return slicer.cut(value, {zero, offset}, {all[0], size});
  return slicer.cut(value, {offset, zero}, {size, all[1]});
}

SmallVector<utils::IteratorType> OnlineSqaOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel, utils::IteratorType::reduction};
}

SmallVector<Range> OnlineSqaOp::getIterationDomain(OpBuilder &b) {
  return ranges(b, {mixedSizes(b, getLoc(), getMax())[0],
                    mixedSizes(b, getLoc(), getKey())[0]});
}

FailureOr<TilingResult>
OnlineSqaOp::getTiledImplementation(OpBuilder &b,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  if (isPacked()) {
    emitRemark("not tiled: expected operands that are not packed");
    return failure();
  }
  Location loc = getLoc();
  Slicer slicer{b, loc, {}};
  bool last = getRowsLast();
  OpFoldResult row = offsets[0], key = offsets[1];
  auto index = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, loc, value);
  };
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  SmallVector<Value> operands{
      cutRows(slicer, getQuery(), last, row, sizes[0]),
      cutRows(slicer, getKey(), /*rowsLast=*/false, key, sizes[1]),
      cutRows(slicer, getValue(), /*rowsLast=*/false, key, sizes[1]),
      cutRows(slicer, getAcc(), last, row, sizes[0]),
      slicer.cut(getMax(), {row}, {sizes[0]}),
      slicer.cut(getSum(), {row}, {sizes[0]}),
      getBatch(),
      getHead(),
      index(add(b, loc, getRowOffset(), row)),
      index(add(b, loc, getKeyOffset(), key)),
      index(fold(b, loc, d0 - d1, {getRows(), row}))};
  if (getScale())
    operands.push_back(getScale());
  llvm::append_range(operands, getCaptures());
  SmallVector<Type> types;
  if (getNumResults() != 0)
    for (Value init : ArrayRef(operands).slice(3, 3))
      types.push_back(init.getType());
  Operation *tiled = rebuild(b, getOperation(), types, operands);
  return TilingResult{
      {tiled}, SmallVector<Value>(tiled->getResults()), slicer.slices};
}

LogicalResult OnlineSqaOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets = {offsets[0]};
  resultSizes = {sizes[0]};
  if (resultNumber != 0)
    return success();
  // The accumulator has the features of the values beside its rows.
  auto at = getRowsLast() ? 0 : 1;
  resultOffsets.insert(resultOffsets.begin() + at, b.getIndexAttr(0));
  resultSizes.insert(resultSizes.begin() + at,
                     mixedSizes(b, getLoc(), getValue())[1]);
  return success();
}

//===----------------------------------------------------------------------===//
// Ops on (batch, head, position)
//===----------------------------------------------------------------------===//

static SmallVector<Range> rowDomain(OpBuilder &b, Location loc, Layout layout,
                                    Value value) {
  Sizes all = tensor::getMixedSizes(b, loc, value);
  return ranges(b, {all[SqaOp::physicalDim(layout, 0)],
                    all[SqaOp::physicalDim(layout, 1)],
                    all[SqaOp::physicalDim(layout, 2)]});
}

static LogicalResult rowResultTile(OpBuilder &b, Location loc, Layout layout,
                                   Value result, ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes,
                                   SmallVector<OpFoldResult> &resultOffsets,
                                   SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  auto type = cast<ShapedType>(result.getType());
  if (type.getRank() == 3)
    return success();
  if (type.isDynamicDim(3))
    return failure();
  resultOffsets.push_back(b.getIndexAttr(0));
  resultSizes.push_back(b.getIndexAttr(type.getDimSize(3)));
  resultOffsets = inLayout(layout, resultOffsets);
  resultSizes = inLayout(layout, resultSizes);
  return success();
}

// The tile of one result, from the tile of all.
template <typename OpTy>
static FailureOr<TilingResult>
tileOfResult(OpTy op, OpBuilder &b, unsigned resultNumber,
             ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
  Sizes domainOffsets, domainSizes;
  if (failed(op.getIterationDomainTileFromResultTile(
          b, resultNumber, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  FailureOr<TilingResult> tiled =
      op.getTiledImplementation(b, domainOffsets, domainSizes);
  if (failed(tiled))
    return failure();
  return TilingResult{tiled->tiledOps,
                      {tiled->tiledValues[resultNumber]},
                      tiled->generatedSlices};
}

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> MergeOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(3, utils::IteratorType::parallel);
}

SmallVector<Range> MergeOp::getIterationDomain(OpBuilder &b) {
  return rowDomain(b, getLoc(), getLayout(), getOutputs().front());
}

FailureOr<TilingResult>
MergeOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  Slicer slicer{b, getLoc(), {}};
  Sizes outputOffsets, outputSizes;
  if (failed(getResultTilePosition(b, 0, offsets, sizes, outputOffsets,
                                   outputSizes)))
    return failure();
  SmallVector<Value> operands;
  for (Value output : getOutputs())
    operands.push_back(slicer.cut(output, outputOffsets, outputSizes));
  for (Value lse : getLses())
    operands.push_back(slicer.cut(lse, offsets, sizes));
  Type types[] = {tileType(getOutput().getType(), outputSizes),
                  tileType(getLse().getType(), sizes)};
  Operation *tiled = rebuild(b, getOperation(), types, operands);
  return TilingResult{
      {tiled}, SmallVector<Value>(tiled->getResults()), slicer.slices};
}

LogicalResult MergeOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  return rowResultTile(b, getLoc(), getLayout(),
                       getOperation()->getResult(resultNumber), offsets, sizes,
                       resultOffsets, resultSizes);
}

LogicalResult MergeOp::getIterationDomainTileFromResultTile(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  return domainOfResultTile(
      getLayout(), cast<ShapedType>(getOutput().getType()).getDimSize(3),
      offsets, sizes, domainOffsets, domainSizes);
}

FailureOr<TilingResult>
MergeOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber,
                                 ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes) {
  return tileOfResult(*this, b, resultNumber, offsets, sizes);
}

//===----------------------------------------------------------------------===//
// attn.rope
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> RopeOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(3, utils::IteratorType::parallel);
}

SmallVector<Range> RopeOp::getIterationDomain(OpBuilder &b) {
  return rowDomain(b, getLoc(), getLayout(), getInput());
}

FailureOr<TilingResult>
RopeOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                               ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  Slicer slicer{b, loc, {}};
  Sizes tileOffsets, tileSizes;
  if (failed(
          getResultTilePosition(b, 0, offsets, sizes, tileOffsets, tileSizes)))
    return failure();
  Value input = slicer.cut(getInput(), tileOffsets, tileSizes);
  // Positions of the tile: a slice of them, or its first row's.
  Value positions = getPositions(), offset = getOffset();
  if (positions && cast<ShapedType>(positions.getType()).getRank() == 1) {
    positions = slicer.cut(positions, {offsets[2]}, {sizes[2]});
  } else if (positions) {
    positions =
        slicer.cut(positions, {offsets[0], offsets[2]}, {sizes[0], sizes[2]});
  } else if (!isConstantIntValue(offsets[2], 0)) {
    OpFoldResult base = offset ? OpFoldResult(offset) : b.getIndexAttr(0);
    offset =
        getValueOrCreateConstantIndexOp(b, loc, add(b, loc, base, offsets[2]));
  }
  auto tiled = RopeOp::create(b, loc, input.getType(), input, offset, positions,
                              getPairing(), getLayout(), getBase(),
                              getRotaryDimAttr(), getNegative());
  tiled->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  return TilingResult{{tiled}, {tiled.getResult()}, slicer.slices};
}

LogicalResult RopeOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  return rowResultTile(b, getLoc(), getLayout(), getResult(), offsets, sizes,
                       resultOffsets, resultSizes);
}

LogicalResult RopeOp::getIterationDomainTileFromResultTile(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  return domainOfResultTile(
      getLayout(), cast<ShapedType>(getResult().getType()).getDimSize(3),
      offsets, sizes, domainOffsets, domainSizes);
}

FailureOr<TilingResult>
RopeOp::generateResultTileValue(OpBuilder &b, unsigned resultNumber,
                                ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  return tileOfResult(*this, b, resultNumber, offsets, sizes);
}
