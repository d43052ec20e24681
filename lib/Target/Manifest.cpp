//===- Manifest.cpp - What callers of a package see -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Function signatures as the manifest states them. The limits are those of
// runtime/schema/manifest.fbs.
// Test: test/Tools/sqa-compile/manifest.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/Manifest.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "sqart/manifest_generated.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::sqa;
using sqart::manifest::Dtype;

static Dtype getDtype(Type type) {
  if (type.isF16())
    return Dtype::F16;
  if (type.isBF16())
    return Dtype::BF16;
  if (type.isF32())
    return Dtype::F32;
  if (type.isF64())
    return Dtype::F64;
  if (type.isIndex())
    return Dtype::I64;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return Dtype::Invalid;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return Dtype::I1;
  case 8:
    return isUnsigned ? Dtype::U8 : Dtype::I8;
  case 16:
    return isUnsigned ? Dtype::U16 : Dtype::I16;
  case 32:
    return isUnsigned ? Dtype::U32 : Dtype::I32;
  case 64:
    return isUnsigned ? Dtype::U64 : Dtype::I64;
  default:
    return Dtype::Invalid;
  }
}

static bool isNameCharacter(char c) {
  return c > ' ' && c < 127 && c != '"' && c != '\\';
}

static bool isName(StringRef text) {
  return !text.empty() && text.size() <= 255 &&
         llvm::all_of(text, isNameCharacter);
}

static LogicalResult describe(func::FuncOp function, Type type,
                              DictionaryAttr attrs, std::string fallback,
                              unsigned numSymbols, ManifestTensor &out) {
  auto text = [&](StringRef key) {
    auto attr = attrs ? attrs.getAs<StringAttr>(key) : StringAttr();
    return attr ? attr.str() : std::string();
  };
  out.name = text(kNameAttrName);
  if (out.name.empty())
    out.name = std::move(fallback);
  out.parameter = text(kParameterAttrName);
  if (!isName(out.name) || (!out.parameter.empty() && !isName(out.parameter)))
    return function.emitError("expected names of at most 255 printable "
                              "characters without spaces, but got '")
           << out.name << "'";
  out.dtype = uint8_t(getDtype(getElementTypeOrSelf(type)));
  if (!out.dtype)
    return function.emitError("expected '")
           << out.name << "' to have an element type callers can pass, but got "
           << type;
  auto shape =
      attrs ? attrs.getAs<AffineMapAttr>(kShapeAttrName) : AffineMapAttr();
  out.shape = shape ? shape.getValue()
                    : AffineMap::get(0, numSymbols, function.getContext());
  return success();
}

static FailureOr<ManifestFunction> collectFunction(func::FuncOp function) {
  ManifestFunction out;
  out.name = function.getName().str();
  if (!isName(out.name))
    return function.emitError("expected a function name of at most 255 "
                              "printable characters without spaces");
  auto symbols = function->getAttrOfType<ArrayAttr>(kSymbolsAttrName);
  if (!symbols)
    return function.emitError("expected '")
           << kSymbolsAttrName << "'; run --sqa-check-arguments";
  for (auto name : symbols.getAsRange<StringAttr>())
    out.symbols.push_back(name.str());
  auto add = [&](Type type, DictionaryAttr attrs, bool isResult) {
    auto &list = isResult ? out.outputs : out.inputs;
    std::string name =
        (isResult ? "result" : "arg") + std::to_string(list.size());
    return describe(function, type, attrs, std::move(name), symbols.size(),
                    list.emplace_back());
  };
  // From the kernel stage on results are arguments, after all others.
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (failed(add(type, function.getArgAttrDict(index),
                   bool(function.getArgAttr(index, kResultAttrName)))))
      return failure();
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    if (failed(add(type, function.getResultAttrDict(index), true)))
      return failure();
  llvm::StringSet<> names;
  for (const auto *tensors : {&out.inputs, &out.outputs})
    for (const ManifestTensor &tensor : *tensors)
      if (!names.insert(tensor.name).second)
        return function.emitError("expected one argument or result named '")
               << tensor.name << "'";
  return out;
}

FailureOr<std::vector<ManifestFunction>>
mlir::sqa::collectManifest(ModuleOp module) {
  std::vector<ManifestFunction> functions;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isPrivate() || function.isExternal())
      continue;
    FailureOr<ManifestFunction> one = collectFunction(function);
    if (failed(one))
      return failure();
    functions.push_back(std::move(*one));
  }
  if (functions.empty())
    return module.emitError("expected a public function with a body");
  return functions;
}
