//===- MaskSearch.h - Code that finds the keys of a lookup ------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_TILEATTENTION_MASKSEARCH_H
#define SQA_LIB_TRANSFORMS_TILEATTENTION_MASKSEARCH_H

#include "lib/Transforms/TileAttention/Tile.h"
#include "sqa/Analysis/MaskSets.h"

namespace mlir::sqa {

// What the arguments of a mask region are outside of it. The key and the row
// may be null where no value depends on them.
struct SlotValues {
  Value batch, head, row, key;
  ValueRange captures;
};

// Clones what computes `value` inside its mask region to the builder.
Value cloneFromMask(OpBuilder &builder, Value value, const SlotValues &slot);

// For each batch, whether the keys' values of `lookup` never fall among the
// keys that exist: tensor<B x i32>, computed once before all tiles.
Value buildOrderedFlags(OpBuilder &builder, attn::SqaOp op,
                        const KeyLookup &lookup, ValueRange captures,
                        const AttentionSizes &sizes);

// The range of `lookup` for the rows of a tile, by binary search among the keys
// [0, keys). `ordered` is the result of buildOrderedFlags, or null; so is
// `rowsOrdered`, for the rows of the tile: null if they must be looked at.
LookupRange<Value> buildLookupRange(OpBuilder &builder, Location loc,
                                    const KeyLookup &lookup,
                                    const AttentionTile &tile, Value keys,
                                    Value ordered, ValueRange captures,
                                    Value rowsOrdered = {});

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_TILEATTENTION_MASKSEARCH_H
