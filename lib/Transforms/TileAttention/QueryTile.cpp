//===- QueryTile.cpp - Queries of a tile, transposed and scaled
//------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Also the slicing helpers that the other pieces of a tile share.
// Test: test/Transforms/tile-attention.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

HeadSlice mlir::sqa::sliceHead(RankedTensorType source, attn::Layout layout,
                               Value batch, Value head, Value begin,
                               OpFoldResult rows) {
  Builder b(source.getContext());
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  int64_t features = source.getDimSize(3);
  HeadSlice slice;
  slice.offsets = {batch, head, begin, zero};
  slice.sizes = {one, one, rows, b.getIndexAttr(features)};
  slice.strides.assign(4, one);
  if (attn::SqaOp::physicalDim(layout, 2) == 1) {
    std::swap(slice.offsets[1], slice.offsets[2]);
    std::swap(slice.sizes[1], slice.sizes[2]);
  }
  int64_t staticRows = getConstantIntValue(rows).value_or(ShapedType::kDynamic);
  slice.type =
      RankedTensorType::get({staticRows, features}, source.getElementType());
  return slice;
}

Value mlir::sqa::extractHead(OpBuilder &builder, Location loc, Value source,
                             attn::Layout layout, Value batch, Value head,
                             Value begin, OpFoldResult rows) {
  HeadSlice slice = sliceHead(cast<RankedTensorType>(source.getType()), layout,
                              batch, head, begin, rows);
  return tensor::ExtractSliceOp::create(builder, loc, slice.type, source,
                                        slice.offsets, slice.sizes,
                                        slice.strides);
}

Value mlir::sqa::extractLeading(OpBuilder &builder, Location loc, Value source,
                                ArrayRef<OpFoldResult> sizes) {
  auto shape = cast<RankedTensorType>(source.getType()).getShape();
  if (llvm::all_of(llvm::zip(shape, sizes), [](auto pair) {
        return getConstantIntValue(std::get<1>(pair)) == std::get<0>(pair);
      }))
    return source;
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, loc, source, offsets, sizes,
                                        strides);
}

Value mlir::sqa::createScratch(OpBuilder &builder, Location loc,
                               ArrayRef<int64_t> shape, Type element) {
  auto type =
      RankedTensorType::get(shape, element ? element : builder.getF32Type());
  return bufferization::AllocTensorOp::create(builder, loc, type,
                                              /*dynamicSizes=*/ValueRange());
}

Value mlir::sqa::createFilled(OpBuilder &builder, Location loc,
                              ArrayRef<int64_t> shape, float value) {
  Value empty = createScratch(builder, loc, shape);
  Value constant =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
  return linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
}

Value mlir::sqa::buildBase2Scale(OpBuilder &builder, Location loc,
                                 Value scale) {
  constexpr double log2e = 1.4426950408889634;
  FloatAttr constant;
  if (matchPattern(scale, m_Constant(&constant)))
    return arith::ConstantOp::create(
        builder, loc,
        builder.getF32FloatAttr(constant.getValueAsDouble() * log2e));
  Value factor =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(log2e));
  return arith::MulFOp::create(builder, loc, scale, factor);
}

Value mlir::sqa::buildQueryTile(OpBuilder &builder, Location loc,
                                attn::SqaOp op, const AttentionPlan &plan,
                                const AttentionTile &tile,
                                const AttentionSizes &sizes) {
  Value rows =
      extractHead(builder, loc, op.getQuery(), op.getQueryLayout(), tile.batch,
                  tile.queryHead, tile.rowBegin, tile.rows);
  Value factor =
      plan.foldScale ? buildBase2Scale(builder, loc, sizes.scale) : sizes.scale;

  // Rows beyond the last are zero: their results are never read, but reading
  // them must not cost denormals or traps.
  SmallVector<OpFoldResult> shape = {builder.getIndexAttr(plan.headDim),
                                     tile.rows};
  bool whole = getConstantIntValue(tile.rows) == plan.blockM;
  int64_t padding[] = {plan.headDim, plan.blockM};
  Value padded = whole ? createScratch(builder, loc, padding)
                       : createFilled(builder, loc, padding, 0.0f);
  Value target = extractLeading(builder, loc, padded, shape);

  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  auto transposed = AffineMap::get(2, 0, {d1, d0}, builder.getContext());
  auto identity = builder.getMultiDimIdentityMap(2);
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, target.getType(), rows, target,
      ArrayRef<AffineMap>{transposed, identity}, loops,
      [&](OpBuilder &b, Location l, ValueRange args) {
        Value element = args[0];
        if (!element.getType().isF32())
          element = arith::ExtFOp::create(b, l, b.getF32Type(), element);
        element = arith::MulFOp::create(b, l, element, factor);
        linalg::YieldOp::create(b, l, element);
      });
  if (whole)
    return generic.getResult(0);
  SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
  return tensor::InsertSliceOp::create(builder, loc, generic.getResult(0),
                                       padded, offsets, shape, strides);
}
