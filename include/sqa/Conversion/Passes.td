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

def ConvertAttnToVectorPass
    : Pass<"sqa-convert-attn-to-vector", "mlir::func::FuncOp"> {
  let summary = "lower attn.online_sqa to the CPU micro-kernel";
  let description = [{
    Every attn.online_sqa of the function, in memory and with rows_last, becomes
    loops around 1-D vectors whose lanes are query rows; sizes come from its
    `schedule(#sqa.cpu_schedule<...>)`. What cannot be lowered is an error.

    ```mlir
    attn.online_sqa ins(%q, %k, %v : ...) outs(%acc, %max, %sum : ...) ... rows_last
    // ==>
    scf.for %column = ... {
      scf.for %key = ... { /* scores in registers, maximum, weights, sum */ }
      scf.for %feature = ... { scf.for %key = ... { /* vector.fma */ } }
    }
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect",
    "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"
  ];
  let statistics = [
    Statistic<"numLowered", "num-lowered", "attn.online_sqa ops lowered">
  ];
}

def ConvertHostToLLVMPass : Pass<"sqa-convert-host-to-llvm", "mlir::ModuleOp"> {
  let summary = "bring functions to the kernel ABI and host ops to host calls";
  let dependentDialects = ["mlir::cf::ControlFlowDialect", "mlir::LLVM::LLVMDialect"];
}

#endif // SQA_CONVERSION_PASSES_TD
