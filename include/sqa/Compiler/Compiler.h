//===- Compiler.h - From a module to a package -----------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_COMPILER_COMPILER_H
#define SQA_COMPILER_COMPILER_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"
#include <string>
#include <vector>

namespace mlir::sqa {

// Where the compilation ends.
enum class Stage { Input, Planned, Tiled, Kernel, Llvm, Binary, Package };

struct CompilerOptions {
  SmallVector<std::string> targets; // names of KnownTargets.h
  Stage stopAfter = Stage::Package;
  std::string packageName = "module";
  unsigned optLevel = 3;
  // What a pass declined is an error.
  bool fallbackIsError = false;
  // Also make machine code for GPUs, with the ptxas at this path if not empty.
  bool makeCubin = true;
  std::string ptxas;
  // Write the IR of every stage into this folder, if not empty.
  std::string dumpDirectory;
  // Say what is known of each attention op's mask. It costs time and changes
  // nothing of what is compiled.
  bool explainMasks = false;
  // Sizes at which to count tiles: S, T, B and names of arguments.
  llvm::StringMap<int64_t> explainSizes;
};

// One thing a pass did or declined.
struct CompilerRemark {
  std::string location; // line:column
  std::string pass;
  std::string text;
  bool declined = false;
};

struct StageTime {
  std::string stage;
  double milliseconds;
};

// What one target took.
struct TargetReport {
  std::string target;
  SmallVector<CompilerRemark> remarks;
  std::vector<CompilerRemark> masks; // with explainMasks; not in the package
  SmallVector<StageTime> times;
  uint64_t imageBytes = 0;
  // For a GPU: bytes of PTX and of machine code, 0 if there is none.
  uint64_t ptxBytes = 0, cubinBytes = 0;
};

struct CompilerResult {
  // The package, or the text of the stage at which to stop.
  std::string output;
  SmallVector<TargetReport> reports;
  double frontMilliseconds = 0;
};

// Compiles MLIR text or bytecode. Diagnostics go to `diagnostics`, in order and
// with the lines they point at.
LogicalResult compile(std::unique_ptr<llvm::MemoryBuffer> input,
                      const CompilerOptions &options, CompilerResult &result,
                      llvm::raw_ostream &diagnostics);

// The text that --explain prints.
void printExplanation(const CompilerResult &result, llvm::raw_ostream &os);

// `#sqa.cpu<...>` or `#sqa.gpu<...>` of a target, or failure if no target has
// that name.
FailureOr<std::string> describeTarget(StringRef name);

} // namespace mlir::sqa

#endif // SQA_COMPILER_COMPILER_H
