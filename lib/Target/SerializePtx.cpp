//===- SerializePtx.cpp - Kernels as text and code of a GPU ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX comes from LLVM, in process; machine code needs NVIDIA's assembler, which
// users may not have: the driver then compiles the text when it is loaded.
// Test: test/Target/serialize-kernels.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/SerializePtx.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <mutex>

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// PTX
//===----------------------------------------------------------------------===//

static void initializeNVPTX() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
}

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(GpuAttr target, std::string &error) {
  initializeNVPTX();
  llvm::Triple triple(target.getTriple());
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(found->createTargetMachine(
      triple, target.getChip(), target.getFeatures(), llvm::TargetOptions(),
      std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
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
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

// Statements that wait, arrive or multiply are for whole warps: no copy of one
// may end up under a condition that it was not under before.
static void markConvergent(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block) {
        auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction);
        if (call && call->isInlineAsm() &&
            llvm::cast<llvm::InlineAsm>(call->getCalledOperand())
                ->hasSideEffects())
          call->setConvergent();
      }
}

// A GPU has no library to call: ptxas and the driver would refuse the text, the
// one without a place and the other only when it is loaded.
static LogicalResult checkSelfContained(Operation *kernels,
                                        llvm::Module &module) {
  for (llvm::Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !function.use_empty())
      return kernels->emitError("expected kernels to be self-contained, but "
                                "they call '")
             << function.getName() << "'";
  return success();
}

FailureOr<std::string> mlir::sqa::serializePtx(Operation *kernels,
                                               GpuAttr target) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(target, error);
  if (!machine)
    return kernels->emitError("expected target '")
           << target.getName() << "' to be one LLVM compiles for: " << error;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(kernels, context, "sqa");
  if (!module)
    return failure();
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  markConvergent(*module);
  optimize(*module, *machine);
  if (failed(checkSelfContained(kernels, *module)))
    return failure();
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, /*DwoOut=*/nullptr,
                                   llvm::CodeGenFileType::AssemblyFile))
    return kernels->emitError("expected LLVM to write PTX");
  passes.run(*module);
  return text.str().str();
}

//===----------------------------------------------------------------------===//
// Machine code
//===----------------------------------------------------------------------===//

std::string mlir::sqa::findPtxas() {
  auto path = llvm::sys::findProgramByName("ptxas");
  if (!path)
    path = llvm::sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
  return path ? *path : std::string();
}

namespace {
// A file that is gone when this is.
struct TemporaryFile {
  llvm::SmallString<128> path;
  llvm::FileRemover remover;

  std::error_code create(StringRef suffix) {
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("sqa", suffix, path))
      return error;
    remover.setFile(path);
    return {};
  }
};
} // namespace

// What ptxas said, without what differs from run to run: the name of our file
// and times.
static std::string readReport(StringRef path, StringRef ptxPath) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  SmallVector<StringRef> lines;
  if (buffer)
    (*buffer)->getBuffer().split(lines, '\n', /*MaxSplit=*/-1,
                                 /*KeepEmpty=*/false);
  std::string text;
  for (StringRef line : lines) {
    if (line.contains("Compile time"))
      continue;
    auto [before, after] = line.split(ptxPath);
    text += before;
    if (before.size() != line.size())
      text += "kernels.ptx";
    text += after;
    text += '\n';
  }
  return text;
}

static std::string readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

// "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" of every
// kernel, and no remark C7500 to C7599 (serialised matrix products, ignored
// setmaxnreg).
static bool isSlow(StringRef report) {
  SmallVector<StringRef> lines;
  report.split(lines, '\n');
  return llvm::any_of(lines, [](StringRef line) {
    if (line.contains("(C75"))
      return true;
    line = line.ltrim();
    return line.contains("bytes stack frame") &&
           line != "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill "
                   "loads";
  });
}

// "Compiling entry function 'f' for 'sm_90a'", later "Used 168 registers, ...".
static llvm::StringMap<int64_t> readRegisters(StringRef report) {
  llvm::StringMap<int64_t> registers;
  StringRef kernel;
  SmallVector<StringRef> lines;
  report.split(lines, '\n');
  for (StringRef line : lines) {
    if (line.contains("Compiling entry function '"))
      kernel = line.split('\'').second.split('\'').first;
    int64_t count;
    if (!line.split("Used ").second.consumeInteger(10, count))
      registers[kernel] = count;
  }
  return registers;
}

llvm::Expected<Cubin> mlir::sqa::assembleCubin(StringRef ptx, GpuAttr target,
                                               StringRef ptxas) {
  TemporaryFile text, code, log;
  for (auto [file, suffix] :
       {std::pair(&text, "ptx"), std::pair(&code, "cubin"),
        std::pair(&log, "log")})
    if (std::error_code error = file->create(suffix))
      return llvm::createStringError(error, "cannot create a temporary file");
  {
    std::error_code error;
    llvm::raw_fd_ostream out(text.path, error);
    out << ptx;
  }
  std::string arch = ("-arch=" + target.getChip()).str();
  StringRef arguments[] = {ptxas, "-v", arch, text.path, "-o", code.path};
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log.path),
                                          StringRef(log.path)};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(ptxas, arguments, std::nullopt,
                                         redirects, 0, 0, &message);
  Cubin cubin;
  cubin.report = readReport(log.path, text.path);
  cubin.isTooOld =
      status != 0 &&
      (StringRef(cubin.report).contains("Unsupported .version") ||
       StringRef(cubin.report).contains("is not defined for option"));
  if (cubin.isTooOld)
    return cubin;
  if (status != 0)
    return llvm::createStringError("ptxas: " + message + cubin.report);
  std::string image = readFile(code.path);
  cubin.image.assign(image.begin(), image.end());
  cubin.isSlow = isSlow(cubin.report);
  cubin.registers = readRegisters(cubin.report);
  return cubin;
}
