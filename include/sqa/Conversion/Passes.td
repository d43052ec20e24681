//===- Passes.td - Passes from one dialect to another -------*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_CONVERSION_PASSES_TD
#define SQA_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertAttnToLinalgPass : Pass<"sqa-convert-attn-to-linalg"> {
  let summary = "turn attn.rope and attn.merge into linalg.generic";
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "math::MathDialect", "tensor::TensorDialect"];
}

#endif // SQA_CONVERSION_PASSES_TD
