//===- sqa-interpret.cpp - Run a function of an MLIR file in f64 ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The oracle on the command line: parses a module, reads inputs, interprets
// one function and writes, prints or compares its results. Exits with 1 on any
// error and with 2 when a result differs from what was expected.
// Tests: test/Tools/sqa-interpret.
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "sqa/InitAll.h"
#include "sqa/Interpreter/Interpreter.h"
#include "tools/io/Compare.h"
#include "tools/io/Convert.h"
#include "tools/io/InputSpec.h"
#include "tools/io/Npy.h"
#include "tools/io/Print.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;
namespace cl = llvm::cl;
namespace io = ::sqa::io;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

static cl::OptionCategory category("sqa-interpret options");
static cl::opt<std::string> inputFile(cl::Positional, cl::desc("<file.mlir>"),
                                      cl::init("-"), cl::cat(category));
static cl::opt<std::string>
    functionName("function", cl::value_desc("name"), cl::cat(category),
                 cl::desc("Function to run (default: the only public one, or "
                          "'main')"));
static cl::list<std::string> inputSpecs(
    "input", cl::value_desc("spec"), cl::cat(category),
    cl::desc("One argument, in order: @file.npy, 2x3xf32=1,2,3,4,5,6, "
             "2x3xf32=0.5 (all elements), 2x3xf32=random(seed), "
             "4xi32=random(seed, low, high), 2x3xf32=@raw.bin, f32=1.5; or "
             "name=... for the argument of that sqa.name"));
static cl::opt<std::string> parametersFile(
    "parameters", cl::value_desc("file.safetensors"), cl::cat(category),
    cl::desc("Weights for the arguments that have an sqa.parameter name; "
             "these take no --input"));
static cl::list<std::string> outputSpecs(
    "output", cl::value_desc("@file.npy|-"), cl::cat(category),
    cl::desc("Where a result goes, in order; '-' prints it. Without any, all "
             "results are printed"));
static cl::list<std::string> expectedSpecs(
    "expected-output", cl::value_desc("spec"), cl::cat(category),
    cl::desc("What a result must be, in order and written like an input: "
             "positions of nan and inf agree, and errors stay within 1e-4 "
             "(f32, f64), 1e-3 (f16) or 1e-2 (bf16), absolute plus relative; "
             "integers are equal"));
static cl::opt<bool> roundToTypes(
    "round-to-types", cl::cat(category),
    cl::desc("Round every result to its declared type, as a straightforward "
             "implementation in these types does, instead of computing in "
             "f64 throughout"));
static cl::opt<bool>
    outputF64("output-f64", cl::cat(category),
              cl::desc("Write and print floats as f64 instead of rounding "
                       "them to the declared type"));

//===----------------------------------------------------------------------===//
// Values out
//===----------------------------------------------------------------------===//

static io::Tensor fromRuntime(const RuntimeValue &value, Type type,
                              io::ElementType elementType) {
  const bool isFloat = io::isFloat(elementType);
  if (isFloat && outputF64)
    elementType = io::ElementType::F64;
  io::Tensor result;
  ArrayRef<Scalar> elements(value.scalar);
  if (value.tensor) {
    elements = value.tensor->data;
    result.shape.assign(value.tensor->shape.begin(), value.tensor->shape.end());
  }
  const int64_t size = io::sizeOf(elementType);
  result.type = elementType;
  result.bytes.resize(elements.size() * size);
  for (auto [i, element] : llvm::enumerate(elements)) {
    void *to = result.bytes.data() + i * size;
    if (isFloat)
      io::storeDouble(elementType, to, element.f);
    else
      io::storeInt(elementType, to, element.i);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Function
//===----------------------------------------------------------------------===//

static FunctionOpInterface findFunction(ModuleOp module) {
  if (!functionName.empty()) {
    auto function = dyn_cast_or_null<FunctionOpInterface>(
        SymbolTable::lookupSymbolIn(module, functionName));
    if (!function)
      module.emitError("expected a function named '") << functionName << "'";
    return function;
  }
  SmallVector<FunctionOpInterface> candidates;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (function.isExternal() || !function.isPublic())
      continue;
    if (function.getName() == "main")
      return function;
    candidates.push_back(function);
  }
  if (candidates.size() == 1)
    return candidates.front();
  module.emitError("expected one public function, but got ")
      << candidates.size() << "; name one with --function";
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

enum class Outcome { ok = 0, error = 1, mismatch = 2 };

static Outcome failWith(const Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return Outcome::error;
}

static Outcome emitResult(unsigned number, const io::Tensor &result) {
  // Nothing asked for: print, unless comparing is all that was asked for.
  const bool printAll = outputSpecs.empty() && expectedSpecs.empty();
  StringRef spec = printAll ? "-"
                   : number < outputSpecs.size()
                       ? StringRef(outputSpecs[number])
                       : StringRef();
  if (spec == "-") {
    llvm::outs() << "result[" << number << "]: " << io::formatTensor(result)
                 << "\n";
  } else if (spec.consume_front("@")) {
    if (io::Error error = io::writeNpy(spec.str(), result))
      return failWith(error.str());
  } else if (!spec.empty()) {
    return failWith("expected --output=@file.npy or --output=-, but got '" +
                    spec + "'");
  }
  return Outcome::ok;
}

static Outcome checkResult(unsigned number, const io::Tensor &result) {
  if (number >= expectedSpecs.size())
    return Outcome::ok;
  io::Tensor expected;
  if (io::Error error = io::parseInputSpec(expectedSpecs[number], expected))
    return failWith("expected output #" + Twine(number) + ": " + error.str());
  // Bits of bf16 may come as ui16; other types are compared as numbers.
  io::reinterpretAs(expected, result.type);
  const io::Tolerance tolerance = io::defaultTolerance(result.type);
  const io::Comparison comparison = io::compare(result, expected, tolerance);
  llvm::outs() << "result[" << number << "]: "
               << io::describe(comparison, result, expected, tolerance);
  return comparison.passed() ? Outcome::ok : Outcome::mismatch;
}

static Outcome emitResults(FunctionOpInterface function,
                           ArrayRef<RuntimeValue> results) {
  if (outputSpecs.size() > results.size() ||
      expectedSpecs.size() > results.size())
    return failWith("the function has " + Twine(results.size()) +
                    " results, but more outputs were named");
  Outcome outcome = Outcome::ok;
  for (auto [i, value] : llvm::enumerate(results)) {
    Type type = function.getResultTypes()[i];
    std::optional<io::ElementType> elementType =
        elementTypeOf(getElementTypeOrSelf(type));
    if (!elementType)
      return failWith("result #" + Twine(i) +
                      " has a type without a file form");
    io::Tensor result = fromRuntime(value, type, *elementType);
    for (Outcome step : {emitResult(i, result), checkResult(i, result)}) {
      if (step == Outcome::error)
        return step;
      if (step == Outcome::mismatch)
        outcome = step;
    }
  }
  return outcome;
}

//===----------------------------------------------------------------------===//
// main
//===----------------------------------------------------------------------===//

static Outcome runTool() {
  std::string message;
  auto file = openInputFile(inputFile, &message);
  if (!file)
    return failWith(message);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(file), llvm::SMLoc());

  DialectRegistry registry;
  mlir::sqa::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  SourceMgrDiagnosticHandler handler(*sources, &context);
  context.printOpOnDiagnostic(false);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(*sources, &context);
  if (!module)
    return Outcome::error;
  FunctionOpInterface function = findFunction(*module);
  if (!function)
    return Outcome::error;
  FailureOr<SmallVector<RuntimeValue>> inputs = readInputs(
      function, std::vector<std::string>(inputSpecs), parametersFile);
  if (failed(inputs))
    return Outcome::error;
  FailureOr<SmallVector<RuntimeValue>> results =
      interpret(function, *inputs, {roundToTypes});
  if (failed(results))
    return Outcome::error;
  return emitResults(function, *results);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "runs a function of an MLIR file in f64, from the definitions of its "
      "ops\n\nExits with 1 on errors and with 2 when a result is not the "
      "expected one.\n");
  return static_cast<int>(runTool());
}
