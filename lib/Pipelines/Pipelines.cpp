//===- Pipelines.cpp - The order of the passes, stage by stage ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Composition only. Every comment is an order constraint.
// Test: test/Pipelines.
//
//===----------------------------------------------------------------------===//

#include "sqa/Pipelines/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "sqa/Conversion/Passes.h"
#include "sqa/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::sqa;

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void mlir::sqa::buildCommonPipeline(OpPassManager &pm) {
  // One body a function: later stages look at public functions one by one.
  pm.addPass(createInlinerPass());
  pm.addPass(createSymbolDCEPass());
  // Before anything is rewritten: messages name what the user wrote, and a size
  // that an op demands is lost when the op is.
  pm.addNestedPass<func::FuncOp>(createCheckArgumentsPass());
  // After it: sizes that arguments share prove indices.
  pm.addNestedPass<func::FuncOp>(createCheckIndicesPass());
  addCleanup(pm);
  pm.addPass(createConvertAttnToLinalgPass());
  pm.addPass(createConvertElementwiseToLinalgPass());
  addCleanup(pm);
}

void mlir::sqa::buildPlannedPipeline(OpPassManager &pm) {
  pm.addPass(createAssignSchedulePass());
}

void mlir::sqa::buildTiledPipeline(OpPassManager &pm) {
  // What is made between these two and the size of a matrix of scores is an
  // error.
  pm.addNestedPass<func::FuncOp>(createRecordScoreShapesPass());
  // Attention first: it decides its own tiles, and the rest fuses around them.
  pm.addPass(createTileAttentionPass());
  addCleanup(pm);
  pm.addPass(createTileLinalgPass());
  // A producer with two consumers in a tile is there twice until now.
  addCleanup(pm);
  pm.addNestedPass<func::FuncOp>(createCheckNoScoreMatrixPass());
}

void mlir::sqa::buildKernelPipeline(OpPassManager &pm) {
  // Results first: bufferization then writes them in place, and an empty tensor
  // that ends in a result is that result.
  pm.addPass(createResultsToDestinationsPass());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.allowReturnAllocsFromLoops = true;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  addCleanup(pm);
  // On memory: the micro-kernel updates its accumulators in place.
  pm.addNestedPass<func::FuncOp>(createConvertAttnToVectorPass());
  // What linalg is left, in tiles or between them, becomes vector code; copies
  // too, which must not become calls.
  pm.addPass(createVectorizeLinalgPass());
  // After the ops inside are loops, before views hide who captures what.
  pm.addPass(createOutlineKernelsPass());
  addCleanup(pm);
  // Who uses what is plain in the entry functions now; before views appear in
  // them.
  pm.addNestedPass<func::FuncOp>(createReleaseBuffersPass());
  // Sizes of buffers are folded now.
  pm.addPass(createAssignScratchPass());
  pm.addPass(memref::createFoldMemRefAliasOpsPass());
  addCleanup(pm);
}

void mlir::sqa::buildLlvmPipeline(OpPassManager &pm) {
  // Before vectors go to memory as LLVM's, which packs them into bits.
  pm.addPass(createWidenBooleansPass());
  // No math op may become a call of the C library.
  pm.addPass(createExpandMathPass());
  VectorTransferToSCFOptions transfers;
  // Loops over vectors in memory would need stack space inside loops.
  transfers.enableFullUnroll();
  pm.addPass(createConvertVectorToSCFPass(transfers));
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  // Host calls end blocks, so after structured control flow and before the
  // signatures are LLVM's.
  pm.addPass(createConvertHostToLLVMPass());
  pm.addPass(arith::createArithExpandOpsPass());
  ConvertVectorToLLVMPassOptions vectors;
  vectors.x86Vector = true;
  vectors.amx = true;
  // Sizes are 64 bits wide; a mask must not see their low half only.
  vectors.force32BitVectorIndices = false;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  // Casts cancel first: merging blocks would put an argument between them.
  pm.addPass(createReconcileUnrealizedCastsPass());
  addCleanup(pm);
}

//===----------------------------------------------------------------------===//
// Stages of a GPU
//===----------------------------------------------------------------------===//

void mlir::sqa::buildBlocksPipeline(OpPassManager &pm) {
  pm.addPass(createConvertAttnToHopperPass());
  addCleanup(pm);
}

void mlir::sqa::buildGpuKernelPipeline(OpPassManager &pm) {
  // On tensors, while the attention op says what the kernel is.
  buildBlocksPipeline(pm);
  pm.addPass(createResultsToDestinationsPass());
  // Sizes are those of memory; kernels are left as they are.
  addCleanup(pm.nest<func::FuncOp>());
  pm.addPass(createConvertAttnToHostPass());
  addCleanup(pm.nest<func::FuncOp>());
}

void mlir::sqa::buildNvvmPipeline(OpPassManager &pm) {
  // Before control flow is blocks: fragments become scalars in its loops.
  pm.addPass(createConvertHopperToNVVMPass());
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  // No cleanup before control flow is blocks: the order of what the lowering
  // wrote is the order ptxas gets.
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(arith::createArithExpandOpsPass());
  kernels.addPass(createConvertMathToLLVMPass());
  // Positions are 32 bits wide; what is longer is computed in i64.
  ConvertGpuOpsToNVVMOpsOptions options;
  options.indexBitwidth = 32;
  kernels.addPass(createConvertGpuOpsToNVVMOps(options));
  kernels.addPass(createConvertNVVMToLLVMPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
}

void mlir::sqa::buildGpuLlvmPipeline(OpPassManager &pm) {
  // Kernels first: launches pass what their lowered form takes.
  buildNvvmPipeline(pm);
  // Greedy rewrites of the host code must not reach the kernels.
  pm.addNestedPass<func::FuncOp>(memref::createExpandStridedMetadataPass());
  pm.addNestedPass<func::FuncOp>(createLowerAffinePass());
  pm.addPass(createConvertHostToLLVMPass());
  pm.addNestedPass<func::FuncOp>(arith::createArithExpandOpsPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

void mlir::sqa::registerPipelines() {
  using Build = void (*)(OpPassManager &);
  static constexpr struct {
    const char *name, *description;
  } names[] = {
      {"sqa-pipeline-planned", "from the input to `planned`"},
      {"sqa-pipeline-tiled", "from the input to `tiled`"},
      {"sqa-pipeline-kernel", "from the input to `kernel`"},
      {"sqa-pipeline-llvm", "from the input to `llvm`"},
  };
  static constexpr Build stages[] = {buildPlannedPipeline, buildTiledPipeline,
                                     buildKernelPipeline, buildLlvmPipeline};
  for (size_t last = 0; last < std::size(stages); ++last)
    PassPipelineRegistration<>(names[last].name, names[last].description,
                               [last](OpPassManager &pm) {
                                 buildCommonPipeline(pm);
                                 for (size_t i = 0; i <= last; ++i)
                                   stages[i](pm);
                               });
  PassPipelineRegistration<>("sqa-pipeline-gpu-kernel",
                             "from the input to a GPU's `kernel`",
                             [](OpPassManager &pm) {
                               buildCommonPipeline(pm);
                               buildPlannedPipeline(pm);
                               buildGpuKernelPipeline(pm);
                             });
  PassPipelineRegistration<>("sqa-pipeline-gpu-llvm",
                             "from the input to a GPU's `llvm`",
                             [](OpPassManager &pm) {
                               buildCommonPipeline(pm);
                               buildPlannedPipeline(pm);
                               buildGpuKernelPipeline(pm);
                               buildGpuLlvmPipeline(pm);
                             });
  PassPipelineRegistration<>("sqa-pipeline-nvvm",
                             "from a GPU's `planned` to `nvvm`",
                             [](OpPassManager &pm) {
                               buildBlocksPipeline(pm);
                               buildNvvmPipeline(pm);
                             });
}
