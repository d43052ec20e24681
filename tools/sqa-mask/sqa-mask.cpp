//===- sqa-mask.cpp - Draw the mask of an attention op --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The S x T picture of one attn.sqa: which slots are visible, and which tiles
// the compiler skips, tests, or runs without a mask. Exits with 1 on any error
// and with 2 when the analysis contradicts the mask's definition.
// Tests: test/Tools/sqa-mask.
//
//===----------------------------------------------------------------------===//

#include "MaskPicture.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "sqa/InitAll.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::sqa;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

enum class Format { Text, Svg, Png, Statistics };
enum class Outcome { ok = 0, error = 1, contradiction = 2 };

static cl::OptionCategory category("sqa-mask options");
static cl::opt<std::string> inputFile(cl::Positional, cl::desc("<file.mlir>"),
                                      cl::init("-"), cl::cat(category));
static cl::opt<std::string> outputFile("o", cl::init("-"),
                                       cl::value_desc("file"),
                                       cl::desc("Output file, - for stdout"),
                                       cl::cat(category));
static cl::opt<Format> format(
    "format", cl::init(Format::Text), cl::desc("What to write"),
    cl::values(clEnumValN(Format::Text, "text", "a drawing in characters"),
               clEnumValN(Format::Svg, "svg", "vector graphics"),
               clEnumValN(Format::Png, "png",
                          "pixels: the tiles and slots without axes"),
               clEnumValN(Format::Statistics, "statistics",
                          "numbers of tiles and slots, and the closed forms")),
    cl::cat(category));
static cl::opt<std::string>
    functionName("function", cl::value_desc("name"), cl::cat(category),
                 cl::desc("Function to look at (default: the only public one, "
                          "or 'main')"));
static cl::opt<unsigned>
    opNumber("op", cl::value_desc("n"), cl::cat(category),
             cl::desc("Which of the function's attention ops, from 0 (default: "
                      "the only one)"));
static cl::list<std::string>
    sizeSpecs("size", cl::CommaSeparated, cl::value_desc("S=64,T=64,B=1"),
              cl::cat(category),
              cl::desc("Sizes that neither the types nor the inputs say; B is "
                       "1 by default"));
static cl::list<std::string> inputSpecs(
    "input", cl::value_desc("spec"), cl::cat(category),
    cl::desc("An argument whose elements the mask reads, in order, written as "
             "for sqa-interpret; or name=... for the argument of that "
             "sqa.name, or arg0=..."));
static cl::opt<std::string> parametersFile(
    "parameters", cl::value_desc("file.safetensors"), cl::cat(category),
    cl::desc("Values of arguments that have an sqa.parameter name"));
static cl::opt<unsigned> batch("batch", cl::init(0), cl::cat(category),
                               cl::desc("Batch to draw (0)"));
static cl::opt<unsigned> head("head", cl::init(0), cl::cat(category),
                              cl::desc("Output head to draw (0)"));
static cl::opt<std::string>
    tile("tile", cl::value_desc("MxN"), cl::cat(category),
         cl::desc("Rows and keys of a tile (default: those of the op's "
                  "schedule, or 64x64)"));
static cl::opt<unsigned>
    width("width", cl::init(0), cl::value_desc("columns"), cl::cat(category),
          cl::desc("Characters in a line of text (default: those of the "
                   "terminal, or 100)"));
static cl::opt<std::string>
    title("title", cl::cat(category),
          cl::desc("Title (default: the clauses of the op)"));

static Outcome failWith(const Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return Outcome::error;
}

static bool readSizes(NamedValues &sizes) {
  for (StringRef spec : sizeSpecs) {
    auto [name, text] = spec.split('=');
    int64_t size;
    bool isName = name == "S" || name == "T" || name == "B";
    if (!isName || text.getAsInteger(10, size) || size < 0)
      return false;
    sizes[name] = size;
  }
  return true;
}

static bool readTile(PictureOptions &options) {
  if (tile.empty())
    return true;
  auto [rows, keys] = StringRef(tile).split('x');
  return !rows.getAsInteger(10, options.blockM) && options.blockM > 0 &&
         !keys.getAsInteger(10, options.blockN) && options.blockN > 0;
}

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

static FunctionOpInterface findFunction(ModuleOp module) {
  if (!functionName.empty()) {
    auto function = dyn_cast_or_null<FunctionOpInterface>(
        SymbolTable::lookupSymbolIn(module, functionName));
    if (!function || function.isExternal())
      module.emitError("expected a function named '") << functionName << "'";
    return function && !function.isExternal() ? function : nullptr;
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

static attn::SqaOp findOp(FunctionOpInterface function) {
  SmallVector<attn::SqaOp> ops;
  function.walk([&](attn::SqaOp op) { ops.push_back(op); });
  if (opNumber.getNumOccurrences() ? opNumber < ops.size() : ops.size() == 1)
    return ops[opNumber];
  InFlightDiagnostic error = function.emitError("expected ");
  if (opNumber.getNumOccurrences() || ops.empty())
    error << "an attn.sqa of number " << unsigned(opNumber) << ", but got "
          << ops.size() << " of them";
  else
    error << "one attn.sqa, but got " << ops.size() << "; choose one with --op";
  for (attn::SqaOp op : ops)
    error.attachNote(op.getLoc()) << "this is one";
  return {};
}

//===----------------------------------------------------------------------===//
// main
//===----------------------------------------------------------------------===//

static bool write(const MaskPicture &picture, raw_ostream &os) {
  switch (format) {
  case Format::Text: {
    int64_t columns = llvm::sys::Process::StandardOutColumns();
    drawText(picture, width ? int64_t(width) : columns ? columns : 100, os);
    return true;
  }
  case Format::Svg:
    drawSvg(picture, os);
    return true;
  case Format::Png:
    return drawPng(picture, os);
  case Format::Statistics:
    os << picture.title << "\n";
    for (const std::string &line : describePicture(picture))
      os << line << "\n";
    return true;
  }
  llvm_unreachable("every format is listed");
}

static Outcome drawMask(ModuleOp module, const PictureOptions &options) {
  FunctionOpInterface function = findFunction(module);
  attn::SqaOp op = function ? findOp(function) : attn::SqaOp();
  if (!op)
    return Outcome::error;
  FailureOr<IsolatedMask> mask = isolateMask(function, op);
  if (failed(mask))
    return Outcome::error;
  FailureOr<MaskPicture> picture = makePicture(*mask, options);
  if (failed(picture))
    return Outcome::error;
  if (!title.empty())
    picture->title = title;
  for (const auto &[loc, text] : picture->undecided)
    emitRemark(loc) << "not known from the formula, so tested slot by slot: "
                    << text;
  if (failed(checkPicture(*picture, op.getLoc())))
    return Outcome::contradiction;
  std::error_code error;
  llvm::ToolOutputFile output(outputFile, error, llvm::sys::fs::OF_None);
  if (error)
    return failWith("cannot write '" + outputFile + "': " + error.message());
  if (!write(*picture, output.os()))
    return failWith("there is nothing to draw, or this build has no zlib");
  output.keep();
  return Outcome::ok;
}

static Outcome runTool() {
  PictureOptions options;
  options.inputs = inputSpecs;
  options.parameters = parametersFile;
  options.batch = batch;
  options.head = head;
  if (!readSizes(options.sizes))
    return failWith("expected --size=S=64, T=64 or B=1, or several with commas "
                    "between them");
  if (!readTile(options))
    return failWith("expected --tile=64x64, but got '" + tile + "'");
  std::string message;
  auto file = openInputFile(inputFile, &message);
  if (!file)
    return failWith(message);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  SourceMgrDiagnosticHandler handler(*sources, &context);
  context.printOpOnDiagnostic(false);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(*sources, &context);
  return module ? drawMask(*module, options) : Outcome::error;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "draws which keys each query of an attention op sees, and which tiles of "
      "them the\ncompiler skips, tests, or runs without a mask\n\n"
      "  sqa-mask model.mlir --size=S=64,T=64 --tile=16x16\n"
      "  sqa-mask model.mlir --format=svg -o mask.svg --size=S=512,T=512 "
      "--input=lengths=1xi32=300\n\n"
      "Exits with 1 on errors and with 2 when the analysis contradicts the "
      "definition.\n");
  return static_cast<int>(runTool());
}
