//===- Slices.h - Rectangles of tensors -------------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_SLICES_H
#define SQA_LIB_INTERPRETER_SLICES_H

#include "Evaluator.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::sqa::interpreter {

/// Element k of dimension d is `offsets[d] + k * strides[d]`, k < sizes[d].
struct Slice {
  SmallVector<int64_t> offsets, sizes, strides;
};

Slice evaluateSlice(OffsetSizeAndStrideOpInterface op, Evaluator &eval);

/// Fails at `op` unless the slice lies inside `shape`.
LogicalResult checkSlice(Operation *op, const Slice &slice,
                         ArrayRef<int64_t> shape);

/// Calls `f` with the offset of each element of the slice in a row-major
/// tensor of `shape`, in row-major order of the slice.
void forEachInSlice(const Slice &slice, ArrayRef<int64_t> shape,
                    llvm::function_ref<void(int64_t)> f);

/// Writes `source` over the slice of `target`. Fails at `op` if the sizes do
/// not agree up to extents of one.
LogicalResult insertSlice(Operation *op, const TensorValue &source,
                          const Slice &slice, TensorValue &target);

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_SLICES_H
