//===- ExpandMaskClauses.h - Mask clauses into regions ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_EXPANDMASKCLAUSES_H
#define SQA_LIB_TRANSFORMS_EXPANDMASKCLAUSES_H

#include "dialects/Attn/AttnOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::sqa {

// Whether `op` has a clause that a region can say instead.
bool hasMaskClauses(attn::SqaOp op);

// Rewrites the clauses of `op` and its bias as its regions, in place.
void expandMaskClauses(RewriterBase &rewriter, attn::SqaOp op);

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_EXPANDMASKCLAUSES_H
