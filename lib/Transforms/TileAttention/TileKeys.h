//===- TileKeys.h - The keys that one tile visits ---------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_TILEATTENTION_TILEKEYS_H
#define SQA_LIB_TRANSFORMS_TILEATTENTION_TILEKEYS_H

#include "lib/Transforms/TileAttention/Tile.h"
#include "sqa/Analysis/KeyRange.h"
#include "sqa/Analysis/MaskSets.h"

namespace mlir::sqa {

// Where the closed forms of a mask are evaluated: the rows of one tile against
// the keys below `keys`.
struct TilePoint {
  TilePoint(OpBuilder &builder, Location loc, const AttentionTile &tile,
            Value keys, SmallVector<Value> symbols);

  Value keys;
  SmallVector<Value> rows; // i0, i1
  SmallVector<Value> symbols;
  OpBuilder &builder;
  Location loc;
};

// The keys of a tile as ranges, and, where keys repeat, which blocks of the
// ranges have any.
class TileKeys {
public:
  explicit TileKeys(SmallVector<KeyRange<Value>> ranges)
      : ranges(std::move(ranges)) {}
  // `holds` (i1 or null): the intervals are right; else every slot is tested.
  // Ends of masked ranges fall on multiples of `granule` where possible.
  TileKeys(const TilePoint &point, ArrayRef<KeyInterval> visible,
           ArrayRef<KeyInterval> hidden, Value holds, int64_t granule);

  ArrayRef<KeyRange<Value>> getRanges() const { return ranges; }

  // Plain and masked ranges are the same: buildVisit decides for each block in
  // which of the two loops it belongs, if in any.
  bool areTested() const { return tested; }
  // i1: whether the loop over plain or masked ranges takes the block [lo, hi).
  Value buildVisit(OpBuilder &builder, Location loc, Value lo, Value hi,
                   bool masked) const;

private:
  // [lo, hi), empty if lo >= hi, and the tests of its blocks.
  struct Interval {
    Value lo, hi;
    ArrayRef<BlockTest> tests;
  };
  class Emitter;

  SmallVector<KeyRange<Value>> ranges;
  bool tested = false;
  SmallVector<Interval> seen, unseen;
  SmallVector<Value> rows, symbols;
};

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_TILEATTENTION_TILEKEYS_H
