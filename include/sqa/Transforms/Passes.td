//===- Passes.td - Passes that stay in their dialect --------*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_PASSES_TD
#define SQA_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def AssignSchedulePass : Pass<"sqa-assign-schedule"> {
  let summary = "choose how each attention op runs on the target";
  let description = [{
    Gives every `attn.sqa` without a schedule the one that fits `sqa.target` of
    the module and the op's shape. A schedule that is there stays.
  }];
  let dependentDialects = ["::mlir::sqa::SqaDialect"];
  let statistics = [
    Statistic<"numAssigned", "num-assigned", "attention ops given a schedule">
  ];
}

def ExpandMaskClausesPass : Pass<"sqa-expand-mask-clauses"> {
  let summary = "rewrite mask clauses and bias as regions";
  let description = [{
    Rewrites causal, window, global, kv_lengths, segments and the dense mask of
    every `attn.sqa` into its mask_mod region, and the bias into its score_mod
    region. Analyses of masks read this form.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numExpanded", "num-expanded", "attention ops with clauses">
  ];
}

def TileAttentionPass : Pass<"sqa-tile-attention"> {
  let summary = "tile attention over query rows and key blocks";
  let description = [{
    Rewrites `attn.sqa` with a CPU schedule as an `scf.forall` over batch, output
    head and query tile, with loops of `attn.online_sqa` over the keys that the
    tile sees: one without mask code, one with it. With `split_keys` in the
    schedule tiles are pieces of the keys, joined by a second `scf.forall`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numTiled", "num-tiled", "attention ops tiled">
  ];
}

def RecordScoreShapesPass : Pass<"sqa-record-score-shapes", "mlir::func::FuncOp"> {
  let summary = "write down the shape that a matrix of scores would have";
  let description = [{
    Records S and T of every attention op, and where values of S x T elements are
    made already, for `--sqa-check-no-score-matrix`. Attention with fewer than 256
    queries or keys in its types is left out: its scores grow like its operands.
  }];
}

def CheckNoScoreMatrixPass : Pass<"sqa-check-no-score-matrix", "mlir::func::FuncOp"> {
  let summary = "refuse tensors of as many elements as attention has scores";
  let description = [{
    An error if a value of S x T elements appeared since the shapes were recorded:
    scores, weights or a mask that a pass wrote out. Operands, and what is computed
    where such a value was before (a dense mask or bias), are the user's.
  }];
  let statistics = [
    Statistic<"numChecked", "num-checked", "attention ops without a matrix of scores">
  ];
}

//===----------------------------------------------------------------------===//
// Code around attention
//===----------------------------------------------------------------------===//

def ExpandMathPass : Pass<"sqa-expand-math"> {
  let summary = "write math ops out as arithmetic, so that nothing calls the C library";
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "scf::SCFDialect", "vector::VectorDialect"];
}

def TileLinalgPass : Pass<"sqa-tile-linalg"> {
  let summary = "tile linalg ops over parallel loops and fuse their producers";
  let description = [{
    Linalg ops on tensors outside of attention become an scf.forall over tiles;
    producers that no one else reads are computed in the tiles of their consumer.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numTiled", "num-tiled", "groups of linalg ops that became parallel loops">,
    Statistic<"numSerial", "num-serial", "groups of linalg ops too small to share out">
  ];
}

def VectorizeLinalgPass : Pass<"sqa-vectorize-linalg"> {
  let summary = "turn linalg ops on buffers into loops around vectors";
  let description = [{
    Every linalg op on buffers and every memref.copy becomes scf loops around
    1-D vectors; products of matrices become a register-blocked kernel.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
  let statistics = [
    Statistic<"numVectorized", "num-vectorized", "linalg ops that became vector code">,
    Statistic<"numMatmuls", "num-matmuls", "linalg ops that became the matrix kernel">,
    Statistic<"numScalar", "num-scalar", "linalg ops that became scalar loops">
  ];
}

//===----------------------------------------------------------------------===//
// Entry functions and kernels
//===----------------------------------------------------------------------===//

def CheckArgumentsPass : Pass<"sqa-check-arguments", "mlir::func::FuncOp"> {
  let summary = "state what callers of public functions must respect";
  let description = [{
    Sizes that must be equal become one symbol of the function or a host.check;
    results get their shape over the symbols. See `sqa.symbols` and `sqa.shape`
    of the sqa dialect.
  }];
  let statistics = [Statistic<"numChecks", "num-checks", "checks at run time">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::affine::AffineDialect",
                           "mlir::sqa::host::HostDialect", "mlir::tensor::TensorDialect"];
}

def CheckIndicesPass : Pass<"sqa-check-indices", "mlir::func::FuncOp"> {
  let summary = "fail the call where an index is out of range";
  let description = [{
    Indices of tensor.extract, insert, extract_slice and insert_slice that are
    not proved to be in range are checked before they are used: by host.check in
    the host program, by a pass over what they are computed from in front of a
    gather (a linalg op or tensor.generate that reads by them). Attention's own
    regions are not looked at.
  }];
  let statistics = [Statistic<"numProved", "num-proved", "accesses proved to be in range">,
                    Statistic<"numChecks", "num-checks", "accesses checked at run time">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::affine::AffineDialect",
                           "mlir::linalg::LinalgDialect", "mlir::sqa::host::HostDialect",
                           "mlir::tensor::TensorDialect"];
}

def ResultsToDestinationsPass : Pass<"sqa-results-to-destinations", "mlir::ModuleOp"> {
  let summary = "give public functions the kernel ABI's shape: memory in, memory out";
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::bufferization::BufferizationDialect",
                           "mlir::memref::MemRefDialect"];
}

def OutlineKernelsPass : Pass<"sqa-outline-kernels", "mlir::ModuleOp"> {
  let summary = "outline the outermost parallel loops into kernels";
  let statistics = [Statistic<"numKernels", "num-kernels", "kernels made">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::sqa::host::HostDialect",
                           "mlir::scf::SCFDialect"];
}

def AssignScratchPass : Pass<"sqa-assign-scratch", "mlir::ModuleOp"> {
  let summary = "place the buffers of kernels in their thread's scratch memory";
  let statistics = [Statistic<"numBuffers", "num-buffers", "buffers placed">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect"];
}

def ReleaseBuffersPass : Pass<"sqa-release-buffers", "mlir::func::FuncOp"> {
  let summary = "give temporaries back after their last use";
  let statistics = [Statistic<"numReleased", "num-released", "temporaries given back">];
  let dependentDialects = ["mlir::memref::MemRefDialect"];
}

def WidenBooleansPass : Pass<"sqa-widen-booleans", "mlir::ModuleOp"> {
  let summary = "store booleans as bytes";
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def SerializeKernelsPass : Pass<"sqa-serialize-kernels", "mlir::ModuleOp"> {
  let summary = "compile modules of kernels to PTX and machine code";
  let description = [{
    Every gpu.module becomes a gpu.binary with an object of PTX and, with
    `cubin`, one of machine code if there is a ptxas that knows the PTX. The
    target is `sqa.target` of the module.
  }];
  let options = [Option<"cubin", "cubin", "bool", /*default=*/"false",
                        "run ptxas if there is one">,
                 Option<"ptxas", "ptxas", "std::string", /*default=*/"",
                        "path of ptxas (default: on the PATH)">];
  let dependentDialects = ["mlir::gpu::GPUDialect", "mlir::NVVM::NVVMDialect"];
}

#endif // SQA_TRANSFORMS_PASSES_TD
