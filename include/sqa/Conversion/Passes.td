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
    `schedule(#sqa.cpu_schedule<...>)`. Packed ones multiply bf16 pairs, by
    vectors (`dot`) or by AMX tiles (`tile`); attn.pack becomes vector code that
    lays rows out for them. What cannot be lowered is an error.

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
    "mlir::amx::AMXDialect", "mlir::arith::ArithDialect",
    "mlir::LLVM::LLVMDialect", "mlir::memref::MemRefDialect",
    "mlir::scf::SCFDialect", "mlir::vector::VectorDialect",
    "mlir::x86vector::X86VectorDialect"
  ];
  let statistics = [
    Statistic<"numLowered", "num-lowered", "attn.online_sqa ops lowered">
  ];
}

def ConvertHostToLLVMPass : Pass<"sqa-convert-host-to-llvm", "mlir::ModuleOp"> {
  let summary = "bring functions to the kernel ABI and host ops to host calls";
  let dependentDialects = ["mlir::cf::ControlFlowDialect", "mlir::LLVM::LLVMDialect"];
}

def ConvertAttnToHopperPass : Pass<"sqa-convert-attn-to-hopper", "mlir::ModuleOp"> {
  let summary = "write a block program of sm_90a for each attention op";
  let description = [{
    Every attn.sqa with a `#sqa.gpu_schedule` gets a hopper.kernel in
    `gpu.module @kernels` and names it. What cannot be done this way is declined
    with a remark; the op then has no kernel.

    ```mlir
    attn.sqa %q, %k, %v schedule(#sqa.gpu_schedule<...>) : ...
    // ==>
    gpu.module @kernels { hopper.kernel @f_attention_0(...) { ... } }
    attn.sqa %q, %k, %v ... {hopper.kernel = @kernels::@f_attention_0}
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::gpu::GPUDialect",
                           "mlir::LLVM::LLVMDialect", "mlir::scf::SCFDialect",
                           "mlir::sqa::hopper::HopperDialect"];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "kernels written">,
    Statistic<"numDeclined", "num-declined", "attention ops declined">
  ];
}

def ConvertAttnToHostPass : Pass<"sqa-convert-attn-to-host", "mlir::ModuleOp"> {
  let summary = "turn functions for a GPU into host code that launches kernels";
  let description = [{
    Attention ops that name a kernel become its tensor maps, checks of what it
    takes for granted, and a launch. Anything else in a function is an error:
    what a GPU target cannot run is never run elsewhere instead.

    ```mlir
    %1 = attn.sqa %0, ... {hopper.kernel = @kernels::@f_attention_0}
    bufferization.materialize_in_destination %1 in restrict writable %out
    // ==>
    %map = host.tensor_map %q dims [3, 1, 2, 0] ...
    host.launch @kernels::@f_attention_0(%map, ..., %out, ...) grid(%tiles) ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect",
                           "mlir::memref::MemRefDialect", "mlir::sqa::host::HostDialect"];
  let statistics = [
    Statistic<"numLaunches", "num-launches", "launches written">
  ];
}

def ConvertHopperToNVVMPass : Pass<"sqa-convert-hopper-to-nvvm"> {
  let summary = "lower block programs of sm_90a to LLVM and NVVM";
  let description = [{
    Every hopper.kernel becomes an llvm.func of one thread; fragments become one
    value a register, matrix groups inline PTX with tied accumulators.

    ```mlir
    %s = hopper.wgmma_ss %q[%c] rows(%r), %k[%d] : ... -> !hopper.pending<...>
    %t = hopper.wgmma_wait in_flight(0) %s : ...
    // ==>
    %s = llvm.inline_asm "wgmma.fence; wgmma.mma_async ...; wgmma.commit_group" ...
    %t = llvm.inline_asm "wgmma.wait_group 0;", "=f,...,0,..." ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect",
                           "mlir::NVVM::NVVMDialect", "mlir::scf::SCFDialect"];
  let statistics = [
    Statistic<"numConverted", "num-converted", "kernels converted">
  ];
}

#endif // SQA_CONVERSION_PASSES_TD
