//===- MaskSummary.h - A mask in words and numbers -------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What MaskSets.h finds out about a mask, for readers: closed forms with the
// names that the function uses, and how many tiles they skip at given sizes.
// Who prints masks (sqa-mask, sqa-compile --explain) goes through this file, so
// that both say the same.
//
// Tests: test/Tools/sqa-mask, test/Tools/sqa-compile/explain-masks.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_ANALYSIS_MASKSUMMARY_H
#define SQA_ANALYSIS_MASKSUMMARY_H

#include "dialects/Attn/AttnOps.h"
#include "sqa/Analysis/MaskSets.h"

namespace mlir::sqa {

struct MaskSummary {
  MaskSets sets;
  SmallVector<std::string> symbolNames;
  SmallVector<KeyInterval> visible, hidden;
  // The first ops that could not be read; what only uses them is left out.
  SmallVector<Operation *> undecided;
};

// `op` has no clauses but regions (--sqa-expand-mask-clauses).
MaskSummary summarizeMask(attn::SqaOp op);

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

// "[max(0, i0 - 3), i1) and [0, 16)": the rows are [i0, i1), no bound below
// means 0 and none above means T. "none" without intervals.
std::string describeKeys(ArrayRef<KeyInterval> intervals,
                         ArrayRef<std::string> symbolNames);

// A value of a mask region in the words of the source: b, h, i, j, S, T, names
// of arguments, and what is computed from them.
std::string describeValue(Value value);

// Whether such a text is a sum or the like, which needs brackets in a product
// or after a minus.
bool isCompoundText(StringRef text);

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

// Values of names such as S, T, or the sqa.name of an argument.
using NamedValues = llvm::StringMap<int64_t>;

// The value of an integer of a mask region that depends on constants and on
// `names` alone.
std::optional<int64_t> evaluateValue(Value value, const NamedValues &names);

// Values of all symbols of the sets, 0 for those that no closed form reads.
// Fails with the name of one that `names` does not give, or of what a lookup reads:
// no name gives a table.
FailureOr<SmallVector<int64_t>> evaluateSymbols(const MaskSummary &summary,
                                                const NamedValues &names,
                                                std::string &missing);

// S queries against T keys in tiles of blockM rows and blockN keys.
struct TileGrid {
  int64_t queries, keys, blockM, blockN;

  int64_t rowTiles() const { return llvm::divideCeil(queries, blockM); }
  int64_t keyTiles() const { return llvm::divideCeil(keys, blockN); }
};

struct TileCounts {
  int64_t skipped = 0, full = 0, partial = 0;

  int64_t total() const { return skipped + full + partial; }
};

// The class of each tile of the row of tiles that begins at query `i0`, by the
// closed forms alone: as a loop over key blocks sees it.
SmallVector<TileClass> classifyRow(const MaskSummary &summary,
                                   const TileGrid &grid, int64_t i0,
                                   ArrayRef<int64_t> symbols);

TileCounts countTiles(const MaskSummary &summary, const TileGrid &grid,
                      ArrayRef<int64_t> symbols);

// "skipped 6 (37.5 %), full 6 (37.5 %), partial 4 (25.0 %) of 16 tiles"
std::string describeCounts(const TileCounts &counts);

// Lengths that are fixed, and tiles.
struct ShareSizes {
  std::optional<int64_t> queries, keys;
  int64_t blockM, blockN;
};

// The counts of tiles as formulas of the lengths that are not fixed (of one
// length if both are free: S = T), for lengths that are multiples of tiles and
// periods: "S = T = 64 k, k >= 1: skipped (k^2 - k) / 2, ...". Fails with the
// name of a value that has to be known, or without one where no formula of degree
// 2 was found at lengths that are cheap to count.
FailureOr<std::string> describeShares(const MaskSummary &summary,
                                      const ShareSizes &sizes,
                                      const NamedValues &names,
                                      std::string &missing);

} // namespace mlir::sqa

#endif // SQA_ANALYSIS_MASKSUMMARY_H
