//===- Grouping.h - Which linalg ops are tiled together ---------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_TILELINALG_GROUPING_H
#define SQA_TRANSFORMS_TILELINALG_GROUPING_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallBitVector.h"

namespace mlir::sqa {

// The loops of a product of matrices: rows and columns of its result (the
// columns are contiguous) and one reduction.
struct ProductLoops {
  unsigned row, column, depth;
};
std::optional<ProductLoops> findProductLoops(linalg::LinalgOp op);

// A root and the producers that are computed in its tiles.
struct TileGroup {
  linalg::LinalgOp root;
  // For each member and each of its loops, the loop of the root that it
  // follows.
  llvm::MapVector<Operation *, SmallVector<std::optional<unsigned>>> members;
  // Loops of the root that may be cut without computing anything twice.
  llvm::SmallBitVector tileable;
  // The member that is a product of matrices.
  linalg::LinalgOp product;
};

// Grows the group of `root` over the producers above it in its block.
TileGroup growGroup(linalg::LinalgOp root);

// 0 for a loop that is not cut; all 0 if the work is too little for that.
SmallVector<int64_t> chooseTileSizes(const TileGroup &group);

// Few operations, none of them a function: cheaper to repeat than to store.
bool isCheap(linalg::LinalgOp op);

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_TILELINALG_GROUPING_H
