//===- Tile.h - The pieces of one attention tile ----------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What TileAttention.cpp hands to the files that write each piece of a tile:
// QueryTile.cpp, KeyLoop.cpp, PackedRows.cpp, Epilogue.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_TILEATTENTION_TILE_H
#define SQA_LIB_TRANSFORMS_TILEATTENTION_TILE_H

#include "dialects/Attn/AttnOps.h"
#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/ClauseMask.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/OpDefinition.h"
#include "sqa/Analysis/KeyRange.h"

namespace mlir::sqa {

// Keys of a group of packed values (attn.pack).
inline constexpr int64_t kPackedGroup = 32;

// Everything decided before the first op is written.
struct AttentionPlan {
  CpuScheduleAttr schedule;
  int64_t blockM, blockN;
  int64_t headDim, valueDim; // D, Dv
  KeyClauses clauses;
  // The queries carry scale * log2(e): scores come out in base 2. Where a
  // score_mod or a bias sees the natural score they carry the scale alone.
  bool foldScale;
  // Queries, keys and values are packed in bf16 pairs.
  bool isPacked = false;
  // One loop body for all ranges of keys, with the mask if any needs it.
  bool oneBody = false;
  // A tile has all rows of a head and a piece of its keys; blockM is S.
  bool isSplit = false;

  // Features as they are packed.
  int64_t packedDim() const { return (headDim + 31) / 32 * 32; }
  int64_t packedValueDim() const { return (valueDim + 15) / 16 * 16; }
  // Features of the accumulator.
  int64_t accDim() const { return isPacked ? packedValueDim() : valueDim; }
};

// Keys and values of all heads as attn.pack lays them out: (B, Hkv, T', D') and
// (B, Hkv, T'/32, 32 Dv') with T' a multiple of 32.
struct PackedKeys {
  Value keys, values;
};

// One tile: rows [rowBegin, rowBegin + rows) of output head `head`.
struct AttentionTile {
  Value batch, head;
  Value queryHead, kvHead; // what the head map says
  Value rowBegin;
  OpFoldResult rows; // 1 .. blockM
  Value rowsValue;
  Value keyBegin, keyEnd; // null: all keys
};

// Values that stand outside the tiles.
struct AttentionSizes {
  OpFoldResult batch, queryLength, keyLength;
  Value scale;       // as the op says, f32
  PackedKeys packed; // null unless the plan says so
};

// The state of the online softmax: (Dv, M), M, M.
struct SoftmaxState {
  Value acc, max, sum;
};

// TileAttention.cpp: the head that output head `head` reads on a side with
// `heads` heads.
Value mapHead(OpBuilder &b, Location loc, attn::HeadMap map, Value head,
              int64_t outputHeads, int64_t heads);

// TileAttention.cpp: how many blocks `size` is.
OpFoldResult ceilDiv(OpBuilder &b, Location loc, OpFoldResult size,
                     int64_t block);

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

// A tensor of `shape`, of f32 unless said otherwise, that shares its memory
// with no other. tensor.empty would do, but CSE merges equal ones, and
// bufferization then finds two values alive in one buffer and allocates and
// copies inside the key loop.
Value createScratch(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                    Type element = {});

// Scratch filled with `value`.
Value createFilled(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                   float value);

// QueryTile.cpp: the queries of the tile, transposed to D x M in f32, padded
// rows zero, scaled as the plan says.
Value buildQueryTile(OpBuilder &builder, Location loc, attn::SqaOp op,
                     const AttentionPlan &plan, const AttentionTile &tile,
                     const AttentionSizes &sizes);

// QueryTile.cpp: scale * log2(e), rounded once if the scale is a constant.
Value buildBase2Scale(OpBuilder &builder, Location loc, Value scale);

// KeyLoop.cpp: keys that exist in a batch, kv_lengths[batch] clamped to [0, T].
Value buildKvLength(OpBuilder &builder, Location loc, attn::SqaOp op,
                    Value batch, OpFoldResult keyLength);

// KeyLoop.cpp: the softmax state after all visible keys, beginning with
// `initial` or with that of no keys. `masks` is null where the clauses have
// closed forms.
class MaskRanges;
SoftmaxState buildKeyLoops(OpBuilder &builder, Location loc, attn::SqaOp op,
                           const AttentionPlan &plan, const AttentionTile &tile,
                           const AttentionSizes &sizes, const MaskRanges *masks,
                           Value queryTile,
                           std::optional<SoftmaxState> initial = {});

// SplitKeys.cpp: both loops, over pieces of keys and over heads; returns the
// second, whose results are those of the op.
scf::ForallOp buildSplitKeys(OpBuilder &b, attn::SqaOp op,
                             const AttentionPlan &plan,
                             const AttentionSizes &sizes,
                             const MaskRanges *masks, ArrayRef<Value> outputs);

// TileAttention.cpp: writes the rows of a tile to the results of `forall` and
// ends its body.
void buildTileResults(OpBuilder &b, attn::SqaOp op, const AttentionTile &tile,
                      const SoftmaxState &state, scf::ForallOp forall);

// PackedRows.cpp: the plan of the same rows by f32 products, with one loop body
// since it is rarely run.
AttentionPlan makeWidePlan(attn::SqaOp op, const AttentionPlan &packed);

// PackedRows.cpp: packs the keys and values of all heads, in parallel.
PackedKeys buildPackedKeys(OpBuilder &builder, Location loc, attn::SqaOp op,
                           const AttentionPlan &plan,
                           const AttentionSizes &sizes);

// PackedRows.cpp: the softmax state of a tile by packed products, done again
// without them if it comes out as NaN.
SoftmaxState buildPackedRows(OpBuilder &builder, Location loc, attn::SqaOp op,
                             const AttentionPlan &plan,
                             const AttentionTile &tile,
                             const AttentionSizes &sizes,
                             const MaskRanges *masks);

// KeyLoop.cpp: the softmax state of a tile by f32 products.
SoftmaxState buildWideRows(OpBuilder &builder, Location loc, attn::SqaOp op,
                           const AttentionPlan &plan, const AttentionTile &tile,
                           const AttentionSizes &sizes,
                           const MaskRanges *masks);

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
