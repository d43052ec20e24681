//===- CompileTarget.cpp - One target of a compilation --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "sqa/InitAll.h"
#include "sqa/Pipelines/Pipelines.h"
#include "sqa/Target/ElfWriter.h"
#include "sqa/Target/GpuCode.h"
#include "sqa/Target/KnownTargets.h"
#include "sqa/Target/SerializeObject.h"
#include "sqa/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include <chrono>

using namespace mlir;
using namespace mlir::sqa;

std::unique_ptr<MLIRContext> mlir::sqa::createCompilerContext() {
  DialectRegistry registry;
  registerAllDialects(registry);
  // Targets run side by side; inside one there is too little to share out.
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  // Users wrote lines, not ops in generic form.
  context->printOpOnDiagnostic(false);
  return context;
}

std::string mlir::sqa::printModule(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  stream << '\n';
  return text;
}

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

std::string mlir::sqa::describeLocation(Location loc) {
  std::string text = "-";
  loc->walk([&](Location inner) {
    auto file = dyn_cast<FileLineColLoc>(inner);
    if (!file)
      return WalkResult::advance();
    text = (Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
    return WalkResult::interrupt();
  });
  return text;
}

namespace {
// Keeps remarks and, if a declined rewrite is an error, makes it one.
class RemarkCollector : public remark::detail::MLIRRemarkStreamerBase {
public:
  RemarkCollector(TargetReport &report, bool declinedIsError, bool &failed)
      : report(report), declinedIsError(declinedIsError), failed(failed) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    auto type = remark.getRemarkType();
    bool declined = type == llvm::remarks::Type::Missed ||
                    type == llvm::remarks::Type::Failure;
    report.remarks.push_back({describeLocation(remark.getLocation()),
                              remark.getRemarkName().str(), getText(remark),
                              declined});
    if (declined && declinedIsError) {
      emitError(remark.getLocation()) << getText(remark);
      failed = true;
    }
  }

private:
  static std::string getText(const remark::detail::Remark &remark) {
    std::string text;
    for (const auto &arg : remark.getArgs()) {
      if (!text.empty())
        text += ' ';
      text += arg.val;
    }
    return text;
  }

  TargetReport &report;
  bool declinedIsError;
  bool &failed;
};
} // namespace

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

namespace {
struct StageRun {
  Stage stage;
  const char *name;
  void (*build)(OpPassManager &);
};

class TargetCompilation {
public:
  TargetCompilation(StringRef target, const CompilerOptions &options,
                    TargetResult &result)
      : options(options), result(result), context(createCompilerContext()) {
    result.report.target = target.str();
  }

  LogicalResult run(StringRef common, llvm::MemoryBufferRef source);

private:
  LogicalResult runStages(ModuleOp module);
  LogicalResult runStages(ModuleOp module, ArrayRef<StageRun> stages);
  LogicalResult runStage(ModuleOp module, const StageRun &stage);
  LogicalResult runPasses(ModuleOp module, StringRef name,
                          function_ref<void(OpPassManager &)> build);
  bool hasStopped() const { return !result.text.empty(); }
  LogicalResult runCpu(ModuleOp module, CpuAttr target);
  LogicalResult runGpu(ModuleOp module, GpuAttr target);
  LogicalResult serializeKernels(ModuleOp module);
  LogicalResult runBinary(ModuleOp module, CpuAttr target);
  LogicalResult dump(StringRef name, StringRef text);

  template <typename Fn> auto timed(StringRef name, Fn fn) {
    auto start = std::chrono::steady_clock::now();
    auto value = fn();
    std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - start;
    result.report.times.push_back({name.str(), time.count()});
    return value;
  }

  const CompilerOptions &options;
  TargetResult &result;
  std::unique_ptr<MLIRContext> context;
  bool remarkFailed = false;
};
} // namespace

LogicalResult TargetCompilation::dump(StringRef name, StringRef text) {
  if (options.dumpDirectory.empty())
    return success();
  std::string path =
      options.dumpDirectory + "/" + result.report.target + "." + name.str();
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (error)
    return emitError(UnknownLoc::get(context.get()))
           << "cannot write '" << path << "': " << error.message();
  file << text;
  return success();
}

LogicalResult
TargetCompilation::runPasses(ModuleOp module, StringRef name,
                             function_ref<void(OpPassManager &)> build) {
  PassManager pm(context.get());
  pm.enableVerifier(true);
  build(pm);
  return success(succeeded(timed(name, [&] { return pm.run(module); })) &&
                 !remarkFailed);
}

LogicalResult TargetCompilation::runStage(ModuleOp module,
                                          const StageRun &stage) {
  if (failed(runPasses(module, stage.name, stage.build)))
    return failure();
  std::string text;
  if (!options.dumpDirectory.empty() || options.stopAfter == stage.stage)
    text = printModule(module);
  if (options.stopAfter == stage.stage)
    result.text = text;
  return dump((Twine(stage.name) + ".mlir").str(), text);
}

// Up to the stage at which to stop.
LogicalResult TargetCompilation::runStages(ModuleOp module,
                                           ArrayRef<StageRun> stages) {
  for (const StageRun &stage : stages) {
    if (failed(runStage(module, stage)))
      return failure();
    if (stage.stage == Stage::Planned && options.explainMasks)
      explainMasks(module, options, result.report);
    if (options.stopAfter == stage.stage)
      break;
  }
  return success();
}

LogicalResult TargetCompilation::runBinary(ModuleOp module, CpuAttr target) {
  std::string assembly, llvmIR;
  SerializeOptions serialize;
  serialize.optLevel = options.optLevel;
  bool dumps = !options.dumpDirectory.empty();
  if (dumps || options.stopAfter == Stage::Binary)
    serialize.assembly = &assembly;
  if (dumps)
    serialize.llvmIR = &llvmIR;
  auto object = timed(
      "binary", [&] { return serializeObject(module, target, serialize); });
  if (failed(object))
    return failure();
  result.text += assembly;
  auto image = linkImage(*object);
  if (!image)
    return module.emitError(llvm::toString(image.takeError()));
  if (failed(dump("ll", llvmIR)) || failed(dump("s", assembly)) ||
      failed(dump("so", StringRef(image->data(), image->size()))))
    return failure();
  result.report.imageBytes = image->size();
  result.variant.isa = target.getName().str();
  result.variant.image = std::move(*image);
  return success();
}

LogicalResult TargetCompilation::runCpu(ModuleOp module, CpuAttr target) {
  if (failed(
          runStages(module, {{Stage::Planned, "planned", buildPlannedPipeline},
                             {Stage::Tiled, "tiled", buildTiledPipeline},
                             {Stage::Kernel, "kernel", buildKernelPipeline},
                             {Stage::Llvm, "llvm", buildLlvmPipeline}})))
    return failure();
  if (hasStopped())
    return success();
  for (StringRef feature : requiredCpuFeatures(target))
    result.variant.features.push_back(feature.str());
  // Wider vectors first, then more features; what was made for this machine
  // before all.
  result.variant.priority = target.getVectorBits() +
                            result.variant.features.size() +
                            (target.getName() == "native" ? 1024 : 0);
  return runBinary(module, target);
}

// Kernels leave the module as PTX and machine code.
LogicalResult TargetCompilation::serializeKernels(ModuleOp module) {
  SerializeKernelsPassOptions kernels;
  kernels.cubin = options.makeCubin && options.stopAfter == Stage::Package;
  kernels.ptxas = options.ptxas;
  if (failed(runPasses(module, "kernels", [&](OpPassManager &pm) {
        pm.addPass(createSerializeKernelsPass(kernels));
      })))
    return failure();
  result.gpuModules = takeGpuCode(module);
  for (const PackageGpuModule &code : result.gpuModules) {
    (code.isPtx ? result.report.ptxBytes : result.report.cubinBytes) +=
        code.code.size();
    if (code.isPtx && options.stopAfter == Stage::Binary)
      result.text += code.code;
    if (failed(dump(code.isPtx ? "ptx" : "cubin", code.code)))
      return failure();
  }
  return success();
}

LogicalResult TargetCompilation::runGpu(ModuleOp module, GpuAttr target) {
  if (options.stopAfter == Stage::Tiled)
    return module.emitError("expected a stage of ")
           << target.getName()
           << ", planned, kernel, llvm or binary, but got tiled";
  if (failed(
          runStages(module, {{Stage::Planned, "planned", buildPlannedPipeline},
                             {Stage::Kernel, "kernel", buildGpuKernelPipeline},
                             {Stage::Llvm, "llvm", buildGpuLlvmPipeline}})))
    return failure();
  if (hasStopped())
    return success();
  if (failed(serializeKernels(module)))
    return failure();
  result.variant.devices = CudaDevice;
  return runBinary(module, getHostTarget(context.get()));
}

LogicalResult TargetCompilation::runStages(ModuleOp module) {
  StringRef name = result.report.target;
  if (auto cpu = lookupCpuTarget(context.get(), name); succeeded(cpu)) {
    module->setAttr(kTargetAttrName, *cpu);
    return runCpu(module, *cpu);
  }
  if (auto gpu = lookupGpuTarget(context.get(), name); succeeded(gpu)) {
    module->setAttr(kTargetAttrName, *gpu);
    return runGpu(module, *gpu);
  }
  return module.emitError("expected a target of --list-targets, but got '")
         << name << "'";
}

LogicalResult TargetCompilation::run(StringRef common,
                                     llvm::MemoryBufferRef source) {
  llvm::raw_string_ostream diagnostics(result.diagnostics);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(source, /*RequiresNull=*/false), {});
  SourceMgrDiagnosticHandler handler(sources, context.get(), diagnostics);
  // `all` alone enables none of the kinds.
  remark::RemarkCategories categories;
  categories.passed = categories.missed = categories.analysis =
      categories.failed = ".*";
  if (failed(remark::enableOptimizationRemarks(
          *context,
          std::make_unique<RemarkCollector>(
              result.report, options.fallbackIsError, remarkFailed),
          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories)))
    return failure();
  auto module = parseSourceString<ModuleOp>(
      common, ParserConfig(context.get(), /*verifyAfterParse=*/false));
  return module ? runStages(*module) : failure();
}

TargetResult mlir::sqa::compileTarget(StringRef common,
                                      llvm::MemoryBufferRef source,
                                      StringRef target,
                                      const CompilerOptions &options) {
  TargetResult result;
  result.status =
      TargetCompilation(target, options, result).run(common, source);
  return result;
}
