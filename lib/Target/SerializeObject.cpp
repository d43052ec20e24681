//===- SerializeObject.cpp - LLVM dialect to object code ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled code has no library to call: functions are built without builtins
// (or LLVM turns clearing loops into calls of memset) and a function that is
// declared but not defined is an error here, not at load time.
// Test: test/Target/serialize-object.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/SerializeObject.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "runtime/include/sqart/kernel_abi.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include <mutex>

using namespace mlir;
using namespace mlir::sqa;

static void initializeX86() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
}

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(CpuAttr target, unsigned optLevel, std::string &error) {
  initializeX86();
  llvm::Triple triple(target.getTriple());
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return nullptr;
  auto level = llvm::CodeGenOpt::getLevel(optLevel);
  std::unique_ptr<llvm::TargetMachine> machine(found->createTargetMachine(
      triple, target.getCpu(), target.getFeatures(), llvm::TargetOptions(),
      llvm::Reloc::PIC_, llvm::CodeModel::Small,
      level.value_or(llvm::CodeGenOptLevel::Aggressive)));
  if (!machine)
    error = ("no code generator for " + target.getTriple()).str();
  return machine;
}

// Everything is private but the query function.
static void setAttributes(llvm::Module &module, CpuAttr target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.getCpu());
    if (!target.getFeatures().empty())
      function.addFnAttr("target-features", target.getFeatures());
    function.addFnAttr("no-builtins");
    // A table of addresses would need relocations.
    function.addFnAttr("no-jump-tables", "true");
    function.addFnAttr(llvm::Attribute::NoUnwind);
    if (function.getName() == SQART_LIBRARY_QUERY_NAME)
      continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  for (llvm::GlobalVariable &global : module.globals())
    if (!global.isDeclaration())
      global.setLinkage(llvm::GlobalValue::InternalLinkage);
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     unsigned optLevel) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::OptimizationLevel level = levels[std::min(optLevel, 3u)];
  llvm::ModulePassManager passes =
      optLevel == 0 ? builder.buildO0DefaultPipeline(level)
                    : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

// Names what the code would need from outside.
static LogicalResult checkSelfContained(ModuleOp op, llvm::Module &module) {
  for (llvm::Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !function.use_empty())
      return op.emitError("expected compiled code to be self-contained, but it "
                          "calls '")
             << function.getName() << "'";
  return success();
}

static LogicalResult emit(llvm::Module &module, llvm::TargetMachine &machine,
                          llvm::raw_pwrite_stream &out,
                          llvm::CodeGenFileType type) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, out, /*DwoOut=*/nullptr, type))
    return failure();
  passes.run(module);
  return success();
}

FailureOr<llvm::SmallVector<char, 0>>
mlir::sqa::serializeObject(ModuleOp op, CpuAttr target,
                           const SerializeOptions &options) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(target, options.optLevel, error);
  if (!machine)
    return op.emitError("expected target '")
           << target.getName() << "' to be one LLVM compiles for: " << error;
  llvm::LLVMContext context;
  // Files of different folders give the same bytes: no name of one goes in.
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(op, context, "sqa");
  if (!module)
    return failure();
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  setAttributes(*module, target);
  optimize(*module, *machine, options.optLevel);
  if (failed(checkSelfContained(op, *module)))
    return failure();
  if (options.llvmIR) {
    llvm::raw_string_ostream stream(*options.llvmIR);
    module->print(stream, nullptr);
  }
  if (options.assembly) {
    llvm::SmallString<0> text;
    llvm::raw_svector_ostream stream(text);
    // Code generation changes the module.
    std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*module);
    if (succeeded(
            emit(*copy, *machine, stream, llvm::CodeGenFileType::AssemblyFile)))
      *options.assembly = text.str().str();
  }
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  if (failed(
          emit(*module, *machine, stream, llvm::CodeGenFileType::ObjectFile)))
    return op.emitError("expected LLVM to write objects for target '")
           << target.getName() << "'";
  return object;
}
