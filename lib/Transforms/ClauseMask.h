//===- ClauseMask.h - Mask clauses as code in a region ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_CLAUSEMASK_H
#define SQA_LIB_TRANSFORMS_CLAUSEMASK_H

#include "dialects/Attn/AttnOps.h"

namespace mlir::sqa {

// Captures of a region as they grow: what an op has, then what is added.
class CaptureList {
public:
  explicit CaptureList(ValueRange initial)
      : values(initial.begin(), initial.end()), numInitial(initial.size()) {}

  // The position of `value` among the captures, added at the end if new.
  int64_t add(Value value);
  ArrayRef<Value> all() const { return values; }
  ArrayRef<Value> added() const { return ArrayRef(values).drop_front(numInitial); }

private:
  SmallVector<Value> values;
  size_t numInitial;
};

// One slot of the scores inside a region, and the region's captures.
struct Slot {
  Value batch, head, query, key;
  ValueRange captures;
};

// What the clauses of an op read, as values inside the region. A null value is
// a clause that is absent or need not be tested.
struct ClauseValues {
  Value offset; // index: position of query 0, null for 0
  Value kvLength; // index: keys from here on are hidden
  Value querySegments, kvSegments, mask;
};

// The conjunction of the clauses of `op` at `slot`, or null if there is none.
Value buildClauseMask(OpBuilder &builder, Location loc, attn::SqaOp op,
                      const ClauseValues &values, const Slot &slot);

// Makes `region` a mask_mod that also requires `condition`, or a score_mod that
// ends with `change`. An empty region starts as the identity; `added` captures
// are appended to its arguments. The callbacks may return null: no change.
void extendMaskMod(OpBuilder &builder, Location loc, Region &region,
                   TypeRange captures, TypeRange added,
                   function_ref<Value(const Slot &)> condition);
void extendScoreMod(OpBuilder &builder, Location loc, Region &region,
                    TypeRange captures, TypeRange added,
                    function_ref<Value(Value score, const Slot &)> change);

// score + bias[slot], where size-1 dimensions of the bias are broadcast.
Value addBias(OpBuilder &builder, Location loc, Value score, Value bias,
              const Slot &slot);

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_CLAUSEMASK_H
