//===- MaskSymbols.h - Values of a mask's symbols ---------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_MASK_MASKSYMBOLS_H
#define SQA_TOOLS_SQA_MASK_MASKSYMBOLS_H

#include "MaskPicture.h"

namespace mlir::sqa {

// What the sets' symbols are for one batch and head.
struct SymbolValues {
  SmallVector<int64_t> fixed;
  // Per lookup, the sides of its comparison for all rows and all keys.
  SmallVector<std::vector<int64_t>> rows, keys;

  // All symbols, for the rows [i0, i1).
  SmallVector<int64_t> of(const MaskSets &sets, int64_t i0, int64_t i1) const;
};

// The part of the expanded region that computes the symbols, run outside of it.
// `mask` is used up.
FailureOr<SymbolValues>
valuesOfSymbols(IsolatedMask &mask, const MaskSets &sets, const TileGrid &grid,
                const PictureOptions &options,
                ArrayRef<interpreter::RuntimeValue> inputs);

} // namespace mlir::sqa

#endif // SQA_TOOLS_SQA_MASK_MASKSYMBOLS_H
