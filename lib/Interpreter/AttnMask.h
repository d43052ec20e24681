//===- AttnMask.h - Which slots attn.sqa makes visible ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The clauses of one attn.sqa that hide slots, and its mask_mod. Apart from the
// arithmetic, so that a mask can be looked at without queries and keys.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_ATTNMASK_H
#define SQA_LIB_INTERPRETER_ATTNMASK_H

#include "AttnCommon.h"

namespace mlir::sqa::interpreter {

class SlotMask {
public:
  /// Takes the operands of `op` from `eval`; of query and key only the shapes.
  LogicalResult bind(attn::SqaOp op, Evaluator &eval);

  FailureOr<bool> isVisible(int64_t b, int64_t h, int64_t i, int64_t j);

  int64_t batch = 0, heads = 0, rows = 0, keys = 0;

private:
  int64_t validKeys(int64_t b) const;
  int64_t position(int64_t b, int64_t i);
  bool insideWindow(int64_t position, int64_t j);
  LogicalResult checkShapes();

  attn::SqaOp op;
  TensorRef kvLengths, querySegments, kvSegments, mask;
  std::optional<RegionProgram> maskMod;
  int64_t offset = 0; // run-time alignment
};

/// Fails unless `tensor` (if present) has exactly `shape`.
LogicalResult expectShape(Operation *op, const char *name,
                          const TensorRef &tensor, ArrayRef<int64_t> shape);

/// As expectShape, where extents of 1 in the type of `operand` broadcast.
LogicalResult expectBroadcast(Operation *op, const char *name, Value operand,
                              const TensorRef &tensor, ArrayRef<int64_t> full);

/// Offset of slot (b, h, i, j) in a tensor that broadcasts extents of one.
int64_t broadcastOffset(const TensorValue &tensor, int64_t b, int64_t h,
                        int64_t i, int64_t j);

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_ATTNMASK_H
