//===- Pipelines.h - The order of the passes, stage by stage ---*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function below takes a module from one stage to the next; what holds at
// the end of a stage is in docs/Pipeline.md. By name they are cumulative:
// --sqa-pipeline-tiled runs everything from the input to `tiled`.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_PIPELINES_PIPELINES_H
#define SQA_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace mlir::sqa {

// From the input to one form for all targets: no calls, attention and linalg
// only, and what callers must respect is known.
void buildCommonPipeline(OpPassManager &pm);

// From there to `planned`: a schedule on every attention op. Asks `sqa.target`.
void buildPlannedPipeline(OpPassManager &pm);

// From `planned` to `tiled`: loops over tiles, still on tensors.
void buildTiledPipeline(OpPassManager &pm);

// From `tiled` to `kernel`: memory, outlined kernels, vectors.
void buildKernelPipeline(OpPassManager &pm);

// From `kernel` to `llvm`: the LLVM dialect in the kernel ABI.
void buildLlvmPipeline(OpPassManager &pm);

// For a GPU, from `planned` to `kernel`: block programs, and host code that
// launches them; then to `llvm`: the host code in the kernel ABI beside kernels
// in LLVM and NVVM.
void buildGpuKernelPipeline(OpPassManager &pm);
void buildGpuLlvmPipeline(OpPassManager &pm);

// The kernels' part of both.
void buildBlocksPipeline(OpPassManager &pm);
void buildNvvmPipeline(OpPassManager &pm);

// Registers the stages by name: --sqa-pipeline-planned and so on.
void registerPipelines();

} // namespace mlir::sqa

#endif // SQA_PIPELINES_PIPELINES_H
