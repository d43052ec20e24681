//===- Passes.h - Constructors of the passes of Passes.td ------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_PASSES_H
#define SQA_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::func {
class FuncOp;
} // namespace mlir::func

namespace mlir::sqa {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_PASSES_H
