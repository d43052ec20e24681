//===- KeyRange.h - Which keys a tile of queries sees ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The keys that the rows [rowBegin, rowEnd) see, as disjoint ranges: a key
// outside all of them is seen by no row, a key in a range that is not `masked`
// is seen by every row, a key in a masked range must be tested row by row.
// The numbers may be constants (evaluateKeyRanges) or IR (buildKeyRanges); both
// come from one set of formulas. Whoever tiles reads the list and nothing else,
// so an analysis of mask regions can replace the formulas.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_ANALYSIS_KEYRANGE_H
#define SQA_ANALYSIS_KEYRANGE_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace mlir {
class OpBuilder;
} // namespace mlir

namespace mlir::sqa {
namespace attn {
class SqaOp;
} // namespace attn

// The clauses that say in closed form which keys are visible. The position of
// query i is i + offset; offset and the number of valid keys are run-time
// values and given with the rows.
struct KeyClauses {
  bool causal = false;               // key <= position
  bool window = false;               // position - left <= key <= position + right
  std::optional<int64_t> windowLeft; // no bound if empty
  std::optional<int64_t> windowRight;
  int64_t globalKeys = 0; // keys below it are visible whatever the window
  bool opaque = false;    // something else may hide any slot

  static KeyClauses of(attn::SqaOp op);
  // Whether some clause depends on the row, so that offsets matter.
  bool dependsOnPosition() const { return causal || window; }
};

template <typename T>
struct KeyRange {
  T lo, hi;    // [lo, hi); empty if lo == hi, never lo > hi
  bool masked; // test each slot
};

// A tile of rows, and what is known about its batch.
template <typename T>
struct KeyRangeQuery {
  T rowBegin, rowEnd; // rowBegin < rowEnd
  T offset;           // position of query 0
  T keys;             // keys that exist: 0 <= keys <= T
};

// Ends of masked ranges fall on multiples of `granule` where possible, so that
// unmasked ranges keep their blocks whole.
llvm::SmallVector<KeyRange<int64_t>>
evaluateKeyRanges(const KeyClauses &clauses,
                  const KeyRangeQuery<int64_t> &query, int64_t granule = 1);

llvm::SmallVector<KeyRange<Value>>
buildKeyRanges(OpBuilder &builder, Location loc, const KeyClauses &clauses,
               const KeyRangeQuery<Value> &query, int64_t granule = 1);

} // namespace mlir::sqa

#endif // SQA_ANALYSIS_KEYRANGE_H
