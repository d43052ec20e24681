//===- AttnTiling.h - Shared pieces of the tiling of attn ops --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to dialects/Attn.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_ATTN_ATTNTILING_H
#define SQA_DIALECTS_ATTN_ATTNTILING_H

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::sqa::attn {

using Sizes = SmallVector<OpFoldResult>;

// Cuts slices of operands and remembers them, for TilingResult.
struct Slicer {
  OpBuilder &b;
  Location loc;
  SmallVector<Operation *> slices;

  Value cut(Value value, ArrayRef<OpFoldResult> offsets,
            ArrayRef<OpFoldResult> sizes) {
    if (!value)
      return value;
    Sizes strides(sizes.size(), b.getIndexAttr(1));
    Operation *slice;
    if (isa<TensorType>(value.getType()))
      slice = tensor::ExtractSliceOp::create(b, loc, value, offsets, sizes,
                                             strides);
    else
      slice = memref::SubViewOp::create(b, loc, value, offsets, sizes, strides);
    slices.push_back(slice);
    return slice->getResult(0);
  }
};

// Sizes of all dimensions, of a tensor or a memref.
inline Sizes mixedSizes(OpBuilder &b, Location loc, Value value) {
  if (isa<TensorType>(value.getType()))
    return tensor::getMixedSizes(b, loc, value);
  return memref::getMixedSizes(b, loc, value);
}

// Logical batch, head, position, feature in the order of `layout`.
inline Sizes inLayout(Layout layout, ArrayRef<OpFoldResult> logical) {
  Sizes physical(4);
  for (int64_t d = 0; d < 4; ++d)
    physical[SqaOp::physicalDim(layout, d)] = logical[d];
  return physical;
}

// `expr` of d0, d1, ... over `operands`, folded as far as they are constant.
inline OpFoldResult fold(OpBuilder &b, Location loc, AffineExpr expr,
                         ArrayRef<OpFoldResult> operands) {
  return affine::makeComposedFoldedAffineApply(b, loc, expr, operands);
}

inline OpFoldResult add(OpBuilder &b, Location loc, OpFoldResult x,
                        OpFoldResult y) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  return fold(b, loc, d0 + d1, {x, y});
}

inline RankedTensorType tileType(Type type, ArrayRef<OpFoldResult> sizes) {
  return RankedTensorType::get(decomposeMixedValues(Sizes(sizes)).first,
                               getElementTypeOrSelf(type));
}

// A copy of `op`, regions included, with other operands and result types of the
// same groups. (mlir::clone does not take empty regions.)
inline Operation *rebuild(OpBuilder &b, Operation *op, TypeRange types,
                          ValueRange operands) {
  OperationState state(op->getLoc(), op->getName(), operands, types,
                       op->getAttrs());
  for (Region &region : op->getRegions()) {
    IRMapping mapping;
    region.cloneInto(state.addRegion(), mapping);
  }
  return b.create(state);
}

// The whole range of each dimension, with a step of 1.
inline SmallVector<Range> ranges(OpBuilder &b, ArrayRef<OpFoldResult> sizes) {
  SmallVector<Range> result;
  for (OpFoldResult size : sizes)
    result.push_back({b.getIndexAttr(0), size, b.getIndexAttr(1)});
  return result;
}

// The tile of (batch, head, position) that makes a tile of a rank-4 result in
// `layout`, which must hold every feature, or of a rank-3 LSE.
LogicalResult domainOfResultTile(Layout layout, int64_t features,
                                 ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes,
                                 SmallVectorImpl<OpFoldResult> &domainOffsets,
                                 SmallVectorImpl<OpFoldResult> &domainSizes);

} // namespace mlir::sqa::attn

#endif // SQA_DIALECTS_ATTN_ATTNTILING_H
