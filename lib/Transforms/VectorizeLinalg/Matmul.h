//===- Matmul.h - Products of matrices on buffers ---------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_VECTORIZELINALG_MATMUL_H
#define SQA_TRANSFORMS_VECTORIZELINALG_MATMUL_H

#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::sqa {

// out += lhs * rhs along three of the loops of a linalg op; `column` is the
// dimension of the output that is contiguous in memory.
struct MatmulPlan {
  OpOperand *lhs, *rhs, *out;
  unsigned row, column, depth;
};

// None if the op is no product of float matrices, or is too small to be worth
// packing.
std::optional<MatmulPlan> planMatmul(linalg::LinalgOp op, CpuAttr target);

// Writes the kernel in front of `op`. Where the number of rows is known at run
// time only, a few rows take `fallback`, which writes another form of it.
void emitMatmul(RewriterBase &b, linalg::LinalgOp op, const MatmulPlan &plan,
                CpuAttr target, llvm::function_ref<void()> fallback);

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_VECTORIZELINALG_MATMUL_H
