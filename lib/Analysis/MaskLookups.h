//===- MaskLookups.h - Comparisons between keys and rows --------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_ANALYSIS_MASKLOOKUPS_H
#define SQA_LIB_ANALYSIS_MASKLOOKUPS_H

#include "sqa/Analysis/MaskSets.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::sqa {

// Positions of the arguments of a mask region; captures follow.
inline constexpr unsigned kHeadArg = 1, kQueryArg = 2, kKeyArg = 3;

// The arguments that stand for the rows of a tile and for what it walks.
struct MaskAxes {
  unsigned row, key;

  explicit MaskAxes(MaskWalk walk)
      : row(walk == MaskWalk::keysOfQueries ? kQueryArg : kKeyArg),
        key(walk == MaskWalk::keysOfQueries ? kKeyArg : kQueryArg) {}
};

// Which of the head, the row and the key the values of a mask region depend on.
class MaskDependence {
public:
  enum : unsigned { onHead = 4, onRow = 1, onKey = 2 };

  MaskDependence(Region &region, MaskAxes axes);
  // onRow, onKey or both; 0 for what is the same in all slots of a head.
  unsigned of(Value value) const { return lookup(value) & (onRow | onKey); }
  bool dependsOnHead(Value value) const { return lookup(value) & onHead; }

private:
  unsigned lookup(Value value) const { return bits.lookup(value); }

  llvm::DenseMap<Value, unsigned> bits;
};

// The comparison as a lookup, if one side depends on the key and the other does
// not. Whether it is affine after all is for the caller to know.
std::optional<KeyLookup> readLookup(arith::CmpIOp op,
                                    const MaskDependence &dependence);

} // namespace mlir::sqa

#endif // SQA_LIB_ANALYSIS_MASKLOOKUPS_H
