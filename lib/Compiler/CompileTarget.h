//===- CompileTarget.h - One target of a compilation -----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_COMPILER_COMPILETARGET_H
#define SQA_LIB_COMPILER_COMPILETARGET_H

#include "mlir/IR/MLIRContext.h"
#include "sqa/Compiler/Compiler.h"
#include "sqa/Target/ArtifactWriter.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::sqa {

// A context that loads what the pipelines use.
std::unique_ptr<MLIRContext> createCompilerContext();

// Text of a module that sqa-opt reads again.
std::string printModule(ModuleOp module);

// Line and column; a package does not say where files were.
std::string describeLocation(Location loc);

// Adds to the report what is known of the mask of each attention op of a
// planned module: closed forms, numbers of tiles, what could not be read.
void explainMasks(ModuleOp module, const CompilerOptions &options,
                  TargetReport &report);

// What compiling for one target gives. Targets share nothing, so each can have
// a thread of its own.
struct TargetResult {
  LogicalResult status = failure();
  std::string diagnostics;
  std::string text; // of the stage at which to stop
  PackageVariant variant;
  std::vector<PackageGpuModule> gpuModules;
  TargetReport report;
};

// Takes `common`, the bytecode of a module after the common pipeline, through
// the stages. `source` is what its locations refer to.
TargetResult compileTarget(StringRef common, llvm::MemoryBufferRef source,
                           StringRef target, const CompilerOptions &options);

} // namespace mlir::sqa

#endif // SQA_LIB_COMPILER_COMPILETARGET_H
