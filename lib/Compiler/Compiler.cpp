//===- Compiler.cpp - From a module to a package --------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The common part runs once; then every target starts from the same bytes, in a
// context and a thread of its own, so that the order of messages and the bytes
// of the package do not depend on timing.
// Test: test/Tools/sqa-compile.
//
//===----------------------------------------------------------------------===//

#include "sqa/Compiler/Compiler.h"
#include "CompileTarget.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "sqa/Pipelines/Pipelines.h"
#include "sqa/Target/KnownTargets.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FormatVariadic.h"
#include <chrono>
#include <future>

using namespace mlir;
using namespace mlir::sqa;

static constexpr StringLiteral kProducer =
    "sqa-mlir 0.1.0, LLVM " LLVM_VERSION_STRING;

static std::string toBytecode(ModuleOp module) {
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  BytecodeWriterConfig config(kProducer);
  if (failed(writeBytecodeToFile(module, stream, config)))
    return {};
  return bytes;
}

// The input as a package keeps it: without the names of files.
static std::string toSource(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module.getContext());
  pm.addPass(createStripDebugInfoPass());
  if (failed(pm.run(*copy)))
    return {};
  return toBytecode(*copy);
}

// Lines of the package's texts.
static void addTexts(const TargetReport &report, PackageContents &package) {
  for (const CompilerRemark &remark : report.remarks) {
    std::string &text = remark.declined ? package.remarks : package.schedule;
    text += llvm::formatv("{0} {1} {2}: {3}\n", report.target, remark.location,
                          remark.pass, remark.text);
  }
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

namespace {
// What the targets start from.
struct Front {
  std::string common; // bytecode
  SmallVector<std::string> targets;
  PackageContents package;
};
} // namespace

// Every level that some op of the module has code of its own for.
static SmallVector<std::string> chooseTargets(ModuleOp module) {
  SmallVector<std::string> targets{"x86-64-v3", "x86-64-v4"};
  WalkResult bf16 = module.walk([](attn::SqaOp op) {
    return op.getQuery().getType().getElementType().isBF16()
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  if (bf16.wasInterrupted())
    targets.append({"x86-64-v4-bf16", "x86-64-v4-amx"});
  return targets;
}

static LogicalResult runFront(llvm::SourceMgr &sources, MLIRContext &context,
                              const CompilerOptions &options,
                              CompilerResult &result, Front &front) {
  auto module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return failure();
  if (options.stopAfter == Stage::Input) {
    result.output = printModule(*module);
    return success();
  }
  front.package.name = options.packageName;
  front.package.producer = kProducer.str();
  front.package.source = toSource(*module);
  PassManager pm(&context);
  buildCommonPipeline(pm);
  if (failed(pm.run(*module)))
    return failure();
  auto functions = collectManifest(*module);
  if (failed(functions))
    return failure();
  front.package.functions = std::move(*functions);
  front.targets = options.targets;
  if (front.targets.empty())
    front.targets = chooseTargets(*module);
  front.common = toBytecode(*module);
  return success();
}

static LogicalResult runTargets(Front &front, llvm::MemoryBufferRef source,
                                const CompilerOptions &options,
                                CompilerResult &result,
                                llvm::raw_ostream &diagnostics) {
  SmallVector<std::future<TargetResult>> running;
  for (const std::string &target : front.targets)
    running.push_back(
        std::async(std::launch::async, [&front, &options, &target, source] {
          return compileTarget(front.common, source, target, options);
        }));
  LogicalResult status = success();
  for (std::future<TargetResult> &future : running) {
    TargetResult one = future.get();
    diagnostics << one.diagnostics;
    result.reports.push_back(one.report);
    if (failed(one.status)) {
      status = failure();
      continue;
    }
    if (options.stopAfter != Stage::Package) {
      result.output += one.text;
      continue;
    }
    addTexts(one.report, front.package);
    for (ManifestFunction &function : front.package.functions)
      function.devices |= one.variant.devices;
    front.package.variants.push_back(std::move(one.variant));
    llvm::append_range(front.package.gpuModules, std::move(one.gpuModules));
  }
  if (succeeded(status) && options.stopAfter == Stage::Package) {
    llvm::SmallVector<char, 0> bytes = writePackage(front.package);
    result.output.assign(bytes.begin(), bytes.end());
  }
  return status;
}

LogicalResult mlir::sqa::compile(std::unique_ptr<llvm::MemoryBuffer> input,
                                 const CompilerOptions &options,
                                 CompilerResult &result,
                                 llvm::raw_ostream &diagnostics) {
  auto start = std::chrono::steady_clock::now();
  llvm::MemoryBufferRef source = input->getMemBufferRef();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(input), {});
  std::unique_ptr<MLIRContext> context = createCompilerContext();
  SourceMgrDiagnosticHandler handler(sources, context.get(), diagnostics);
  Front front;
  if (failed(runFront(sources, *context, options, result, front)))
    return failure();
  result.frontMilliseconds = std::chrono::duration<double, std::milli>(
                                 std::chrono::steady_clock::now() - start)
                                 .count();
  if (options.stopAfter == Stage::Input)
    return success();
  return runTargets(front, source, options, result, diagnostics);
}

//===----------------------------------------------------------------------===//
// Explanation
//===----------------------------------------------------------------------===//

void mlir::sqa::printExplanation(const CompilerResult &result,
                                 llvm::raw_ostream &os) {
  for (const TargetReport &report : result.reports) {
    os << report.target << ":\n";
    for (const CompilerRemark &remark : report.remarks)
      os << "  " << remark.location << ": "
         << (remark.declined ? "declined: " : "") << remark.pass << ": "
         << remark.text << "\n";
    for (const CompilerRemark &mask : report.masks)
      os << "  " << mask.location << ": " << mask.pass << ": " << mask.text
         << "\n";
    os << "  stages:";
    for (const StageTime &time : report.times)
      os << llvm::formatv(" {0} {1:f1} ms", time.stage, time.milliseconds);
    os << "\n";
    if (report.imageBytes)
      os << "  code: " << report.imageBytes << " bytes\n";
    if (report.ptxBytes)
      os << "  PTX: " << report.ptxBytes << " bytes, machine code: "
         << (report.cubinBytes ? std::to_string(report.cubinBytes) + " bytes"
                               : "none")
         << "\n";
  }
  os << llvm::formatv("input to common form: {0:f1} ms\n",
                      result.frontMilliseconds);
  os << "output: " << result.output.size() << " bytes\n";
}

FailureOr<std::string> mlir::sqa::describeTarget(StringRef name) {
  std::unique_ptr<MLIRContext> context = createCompilerContext();
  Attribute target;
  if (auto cpu = lookupCpuTarget(context.get(), name); succeeded(cpu))
    target = *cpu;
  else if (auto gpu = lookupGpuTarget(context.get(), name); succeeded(gpu))
    target = *gpu;
  else
    return failure();
  std::string text;
  llvm::raw_string_ostream stream(text);
  target.print(stream);
  return text;
}
