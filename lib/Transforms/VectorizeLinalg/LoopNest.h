//===- LoopNest.h - A linalg op as loops around vector code -----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_VECTORIZELINALG_LOOPNEST_H
#define SQA_TRANSFORMS_VECTORIZELINALG_LOOPNEST_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::sqa {

// One dimension is cut into vectors; it is the innermost loop (but for the
// reductions of a parallel one).
struct LoopPlan {
  int64_t lanes;                     // of a register, 32 bits each
  std::optional<unsigned> vectorDim; // none: scalar loops
  std::string reason;                // why there is none
  // Inputs that are contiguous along this dimension and not along the vectors
  // are transposed in registers, a square at a time.
  std::optional<unsigned> squareDim;
};

LoopPlan planLoops(linalg::LinalgOp op, int64_t lanes);

// Writes the loops in front of `op`, which is on buffers. Any shape, static or
// dynamic, 0 included.
void emitLoops(RewriterBase &b, linalg::LinalgOp op, const LoopPlan &plan);

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_VECTORIZELINALG_LOOPNEST_H
