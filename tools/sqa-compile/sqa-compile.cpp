//===- sqa-compile.cpp - Compile a model to a package ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Compiler/Compiler.h"
#include "sqa/Target/KnownTargets.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mlir::sqa;
namespace cl = llvm::cl;

enum class Fallback { Remark, Error };

namespace {
// Made after the options of LLVM itself are gone: some have our names.
struct Flags {
  cl::OptionCategory category{"sqa-compile options"};
  cl::opt<std::string> inputFile{cl::Positional, cl::init("-"),
                                 cl::desc("<model.mlir, bytecode, or ->"),
                                 cl::cat(category)};
  cl::opt<std::string> outputFile{"o", cl::init("-"),
                                  cl::desc("output file, - for stdout"),
                                  cl::value_desc("file"), cl::cat(category)};
  cl::list<std::string> targets{
      "target",
      cl::desc("target to compile for; may be repeated (default: every level)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::opt<Stage> stopAfter{
      "stop-after", cl::init(Stage::Package),
      cl::desc("print the module at the end of a stage instead of a package"),
      cl::values(clEnumValN(Stage::Input, "input", "parsed and verified"),
                 clEnumValN(Stage::Planned, "planned", "schedules chosen"),
                 clEnumValN(Stage::Tiled, "tiled", "loops over tiles"),
                 clEnumValN(Stage::Kernel, "kernel", "memory and kernels"),
                 clEnumValN(Stage::Llvm, "llvm", "the LLVM dialect"),
                 clEnumValN(Stage::Binary, "binary", "assembly")),
      cl::cat(category)};
  cl::opt<std::string> packageName{
      "name", cl::desc("name of the package (default: input file)"),
      cl::cat(category)};
  cl::opt<char> optLevel{"O", cl::Prefix, cl::init('3'),
                         cl::desc("LLVM optimisation level, 0 to 3"),
                         cl::cat(category)};
  cl::opt<bool> explain{
      "explain",
      cl::desc(
          "say on stderr what was chosen for each op and what was declined"),
      cl::cat(category)};
  cl::list<std::string> explainSizes{
      "explain-size", cl::CommaSeparated, cl::value_desc("S=32768,T=32768"),
      cl::desc("sizes at which --explain counts tiles, where the types do not "
               "say: S, T, B, or the name of an argument that a mask reads"),
      cl::cat(category)};
  cl::opt<bool> timing{"timing",
                       cl::desc("print the time of each stage on stderr"),
                       cl::cat(category)};
  cl::opt<Fallback> fallback{
      "fallback", cl::init(Fallback::Remark),
      cl::desc("what it means if a pass declines an op"),
      cl::values(clEnumValN(Fallback::Remark, "remark", "--explain says so"),
                 clEnumValN(Fallback::Error, "error", "do not compile")),
      cl::cat(category)};
  cl::opt<std::string> ptxas{
      "ptxas",
      cl::desc("NVIDIA's assembler, or none for PTX only (default: the one on "
               "the PATH, if any)"),
      cl::value_desc("path"), cl::cat(category)};
  cl::opt<std::string> dumpDirectory{
      "dump-intermediates-to",
      cl::desc("write the IR of every stage, LLVM IR and assembly to a folder"),
      cl::value_desc("folder"), cl::cat(category)};
  cl::opt<bool> listTargets{"list-targets",
                            cl::desc("print the names of targets"),
                            cl::cat(category)};
  cl::opt<std::string> printTarget{"print-target",
                                   cl::desc("print what a target is"),
                                   cl::value_desc("name"), cl::cat(category)};
};
} // namespace

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "sqa-compile") << message << "\n";
  return 1;
}

static int printTargets() {
  for (auto targets : {listCpuTargets(), listGpuTargets()})
    for (const TargetSummary &target : targets)
      llvm::outs() << llvm::formatv("{0,-14} {1}\n", target.name,
                                    target.description);
  return 0;
}

static int printOneTarget(const Flags &flags) {
  auto text = describeTarget(flags.printTarget);
  if (failed(text))
    return fail("expected a target of --list-targets, but got '" +
                flags.printTarget + "'");
  llvm::outs() << *text << "\n";
  return 0;
}

static CompilerOptions readOptions(const Flags &flags) {
  CompilerOptions options;
  options.stopAfter = flags.stopAfter;
  options.targets.assign(flags.targets.begin(), flags.targets.end());
  // One stage of one target is what a reader wants to see; a package has all.
  if (options.targets.empty() && flags.stopAfter != Stage::Package)
    options.targets.push_back("x86-64-v3");
  options.optLevel = flags.optLevel - '0';
  options.fallbackIsError = flags.fallback == Fallback::Error;
  options.makeCubin = flags.ptxas != "none";
  if (options.makeCubin)
    options.ptxas = flags.ptxas;
  options.dumpDirectory = flags.dumpDirectory;
  options.explainMasks = flags.explain;
  options.packageName = flags.packageName;
  if (flags.packageName.empty() && flags.inputFile != "-")
    options.packageName = llvm::sys::path::stem(flags.inputFile).str();
  return options;
}

// name=number
static bool readExplainSizes(const Flags &flags, CompilerOptions &options) {
  for (llvm::StringRef spec : flags.explainSizes) {
    auto [name, text] = spec.rsplit('=');
    int64_t size;
    if (name.empty() || text.getAsInteger(10, size))
      return false;
    options.explainSizes[name] = size;
  }
  return true;
}

static void printTimes(const CompilerResult &result) {
  llvm::errs() << llvm::formatv("front {0:f1} ms\n", result.frontMilliseconds);
  for (const TargetReport &report : result.reports)
    for (const StageTime &time : report.times)
      llvm::errs() << llvm::formatv("{0} {1} {2:f1} ms\n", report.target,
                                    time.stage, time.milliseconds);
}

// A package without machine code runs, but its first call takes longer: that
// is said unless it was asked for.
static void printMissingCode(const CompilerResult &result) {
  for (const TargetReport &report : result.reports)
    if (report.ptxBytes && !report.cubinBytes)
      llvm::WithColor::note(llvm::errs(), "sqa-compile")
          << report.target << ": no ptxas that knows this PTX was found; the "
          << "package has PTX only, which the driver compiles when it is "
             "loaded\n";
}

static int run(const Flags &flags) {
  if (flags.listTargets)
    return printTargets();
  if (!flags.printTarget.empty())
    return printOneTarget(flags);
  if (flags.optLevel < '0' || flags.optLevel > '3')
    return fail("expected -O0, -O1, -O2 or -O3");
  if (flags.stopAfter != Stage::Package && flags.targets.size() > 1)
    return fail("expected one --target with --stop-after");
  llvm::StringSet<> names;
  for (const std::string &target : flags.targets)
    if (!names.insert(target).second)
      return fail("expected each --target once, but got '" + target +
                  "' twice");
  CompilerOptions options = readOptions(flags);
  if (!readExplainSizes(flags, options))
    return fail("expected --explain-size=S=32768, or several with commas "
                "between them");
  if (!flags.dumpDirectory.empty())
    if (std::error_code error =
            llvm::sys::fs::create_directories(flags.dumpDirectory))
      return fail("cannot make '" + flags.dumpDirectory +
                  "': " + error.message());
  auto input = llvm::MemoryBuffer::getFileOrSTDIN(flags.inputFile);
  if (!input)
    return fail("cannot read '" + flags.inputFile +
                "': " + input.getError().message());
  CompilerResult result;
  mlir::LogicalResult status =
      compile(std::move(*input), options, result, llvm::errs());
  if (flags.explain)
    printExplanation(result, llvm::errs());
  else if (flags.timing)
    printTimes(result);
  if (failed(status))
    return 1;
  if (options.makeCubin && options.stopAfter == Stage::Package)
    printMissingCode(result);
  std::error_code error;
  llvm::ToolOutputFile output(flags.outputFile, error, llvm::sys::fs::OF_None);
  if (error)
    return fail("cannot write '" + flags.outputFile + "': " + error.message());
  output.os() << result.output;
  output.os().flush();
  if (output.os().has_error())
    return fail("cannot write '" + flags.outputFile + "'");
  output.keep();
  return 0;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "sqa-compile: from a model in MLIR to a package that sqa-run runs\n\n"
      "  sqa-compile model.mlir -o model.sqapkg\n"
      "  sqa-compile attention.mlir --target=x86-64-v3 --target=sm_90a -o "
      "a.sqapkg\n"
      "  sqa-compile model.mlir --target=x86-64-v3 --stop-after=tiled\n");
  return run(flags);
}
