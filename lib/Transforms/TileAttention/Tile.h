//===- Tile.h - The pieces of one attention tile ----------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What TileAttention.cpp hands to the files that write each piece of a tile:
// QueryTile.cpp, KeyLoop.cpp, Epilogue.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_TILEATTENTION_TILE_H
#define SQA_LIB_TRANSFORMS_TILEATTENTION_TILE_H

#include "dialects/Attn/AttnOps.h"
#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/ClauseMask.h"
#include "mlir/IR/OpDefinition.h"
#include "sqa/Analysis/KeyRange.h"

namespace mlir::sqa {

// Everything decided before the first op is written.
struct AttentionPlan {
  CpuScheduleAttr schedule;
  int64_t blockM, blockN;
  int64_t headDim, valueDim; // D, Dv
  KeyClauses clauses;
  // The queries carry scale * log2(e): scores come out in base 2. Where a
  // score_mod or a bias sees the natural score they carry the scale alone.
  bool foldScale;
};

// One tile: rows [rowBegin, rowBegin + rows) of output head `head`.
struct AttentionTile {
  Value batch, head;
  Value queryHead, kvHead; // what the head map says
  Value rowBegin;
  OpFoldResult rows; // 1 .. blockM
  Value rowsValue;
};

// Values that stand outside the tiles.
struct AttentionSizes {
  OpFoldResult batch, queryLength, keyLength;
  Value scale; // as the op says, f32
};

// The state of the online softmax: (Dv, M), M, M.
struct SoftmaxState {
  Value acc, max, sum;
};

// A rank-2 view [rows, features] of one head of a rank-4 tensor.
struct HeadSlice {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  RankedTensorType type;
};
HeadSlice sliceHead(RankedTensorType source, attn::Layout layout, Value batch,
                    Value head, Value begin, OpFoldResult rows);
Value extractHead(OpBuilder &builder, Location loc, Value source,
                  attn::Layout layout, Value batch, Value head, Value begin,
                  OpFoldResult rows);

// The first `sizes` elements of a tensor.
Value extractLeading(OpBuilder &builder, Location loc, Value source,
                     ArrayRef<OpFoldResult> sizes);

// An f32 tensor of `shape` that shares its memory with no other. tensor.empty
// would do, but CSE merges equal ones, and bufferization then finds two values
// alive in one buffer and allocates and copies inside the key loop.
Value createScratch(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape);

// Scratch filled with `value`.
Value createFilled(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                   float value);

// QueryTile.cpp: the queries of the tile, transposed to D x M in f32, padded
// rows zero, scaled as the plan says.
Value buildQueryTile(OpBuilder &builder, Location loc, attn::SqaOp op,
                     const AttentionPlan &plan, const AttentionTile &tile,
                     const AttentionSizes &sizes);

// KeyLoop.cpp: keys that exist in a batch, kv_lengths[batch] clamped to [0, T].
Value buildKvLength(OpBuilder &builder, Location loc, attn::SqaOp op,
                    Value batch, OpFoldResult keyLength);

// KeyLoop.cpp: the softmax state after all visible keys. `masks` is null where
// the clauses have closed forms.
class MaskRanges;
SoftmaxState buildKeyLoops(OpBuilder &builder, Location loc, attn::SqaOp op,
                           const AttentionPlan &plan, const AttentionTile &tile,
                           const AttentionSizes &sizes, const MaskRanges *masks,
                           Value queryTile);

// Epilogue.cpp: the rows of the output, written into `output` (rows x Dv), and
// of the log-sum-exp, written into `lse` (rows).
Value buildOutputRows(OpBuilder &builder, Location loc, attn::SqaOp op,
                      const AttentionTile &tile, const SoftmaxState &state,
                      Value output);
Value buildLseRows(OpBuilder &builder, Location loc, attn::SqaOp op,
                   const AttentionTile &tile, const SoftmaxState &state,
                   Value lse);

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_TILEATTENTION_TILE_H
