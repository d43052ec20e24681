//===- MaskRanges.h - Key ranges of any mask, from its formula --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same list that KeyRange.h gives for the clauses with closed forms, for
// masks with a region, segments or a dense mask.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_TILEATTENTION_MASKRANGES_H
#define SQA_LIB_TRANSFORMS_TILEATTENTION_MASKRANGES_H

#include "dialects/Attn/AttnOps.h"
#include "lib/Transforms/TileAttention/TileKeys.h"

namespace mlir::sqa {

// The mask of one op, read once; its values stand before the tiles.
class MaskRanges {
public:
  // Reads the mask of `op`; `builder` stands before the loops over tiles. Ops
  // of the region that cannot be read are remarked on.
  MaskRanges(RewriterBase &rewriter, attn::SqaOp op,
             const AttentionSizes &sizes);
  // For code outside of the op's function: `expanded` has all clauses in its
  // mask region and is erased at the end; `captures` stand for what it captures.
  MaskRanges(attn::SqaOp expanded, ValueRange captures);
  ~MaskRanges();
  MaskRanges(const MaskRanges &) = delete;
  MaskRanges &operator=(const MaskRanges &) = delete;

  const MaskSets &getSets() const { return sets; }
  ValueRange getCaptures() const { return captures; }
  // What the second constructor leaves to the caller: for each lookup whether
  // the values of the keys and of the rows never fall, an i32 a batch (null:
  // unknown), and whether the sets hold (null: always).
  void setFacts(SmallVector<Value> keysOrdered, SmallVector<Value> rowsOrdered,
                Value setsHold);

  // The keys of a tile below `keys`, at the builder; valid as long as this is.
  // Ends of masked ranges fall on multiples of `granule` where possible.
  TileKeys build(OpBuilder &builder, Location loc, const AttentionTile &tile,
                 Value keys, int64_t granule) const;

private:
  // The op with all clauses in its mask region; never in the program.
  attn::SqaOp expanded;
  MaskSets sets;
  SmallVector<KeyInterval> visible, hidden;
  SmallVector<Value> captures;
  // Per lookup: whether the keys' values never fall, an i32 a batch; null where
  // they cannot.
  SmallVector<Value> ordered;
  SmallVector<Value> rowsOrdered;
  // i1: the sets hold for these sizes; null if they hold for all.
  Value holds;
};

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_TILEATTENTION_MASKRANGES_H
