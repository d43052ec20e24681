//===- Inputs.cpp - Arguments of the interpreted function -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rules are those of sqa-run, so that a command line works with both.
// Weights are read by the runtime's strict reader.
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "sqart/sqart.h"
#include "tools/io/InputSpec.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::sqa::interpreter;
namespace io = ::sqa::io;

std::optional<io::ElementType>
mlir::sqa::interpreter::elementTypeOf(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  io::ElementType result;
  if (!io::parseElementType(name, result))
    return std::nullopt;
  return result;
}

static RuntimeValue toRuntime(const io::Tensor &tensor, Type type) {
  Type elementType = getElementTypeOrSelf(type);
  TensorRef result = makeTensor(tensor.shape);
  for (auto [i, element] : llvm::enumerate(result->data)) {
    if (isa<FloatType>(elementType))
      element.f = tensor.asDouble(i);
    else
      element.i = canonicalInt(tensor.asInt(i), widthOf(elementType));
  }
  if (!isa<RankedTensorType>(type))
    return result->data.front();
  return result;
}

namespace {
class InputReader {
public:
  InputReader(FunctionOpInterface function, const llvm::BitVector &needed)
      : function(function), needed(needed), values(function.getNumArguments()) {
  }

  LogicalResult readNamed(ArrayRef<std::string> specs);
  LogicalResult readParameters(const std::string &path);
  LogicalResult readPositional();

  SmallVector<std::optional<RuntimeValue>> takeValues() {
    return std::move(values);
  }

private:
  InFlightDiagnostic fail(unsigned number) {
    return function.emitError("input #") << number << ": ";
  }
  std::string nameOf(unsigned number);
  LogicalResult setSpec(unsigned number, StringRef spec);
  LogicalResult setTensor(unsigned number, io::Tensor tensor);

  bool isOpen(unsigned number) { return needed[number] && !values[number]; }

  FunctionOpInterface function;
  const llvm::BitVector &needed;
  SmallVector<std::optional<RuntimeValue>> values;
  SmallVector<StringRef> positional;
};
} // namespace

std::string InputReader::nameOf(unsigned number) {
  if (auto name = function.getArgAttrOfType<StringAttr>(number, "sqa.name"))
    return name.str();
  return "arg" + std::to_string(number);
}

LogicalResult InputReader::setTensor(unsigned number, io::Tensor tensor) {
  Type type = function.getArgumentTypes()[number];
  std::optional<io::ElementType> elementType =
      elementTypeOf(getElementTypeOrSelf(type));
  if (!elementType || !isSupportedType(type))
    return fail(number) << "cannot be given a value of type " << type;
  std::vector<int64_t> shape;
  if (auto tensorType = dyn_cast<RankedTensorType>(type))
    for (int64_t extent : tensorType.getShape())
      shape.push_back(ShapedType::isDynamic(extent) ? io::kAnyExtent : extent);
  if (io::Error error = io::checkTensor(tensor, *elementType, shape))
    return fail(number) << error.str();
  if (!checkedElementCount(tensor.shape))
    return fail(number) << "is too large for the interpreter";
  values[number] = toRuntime(tensor, type);
  return success();
}

LogicalResult InputReader::setSpec(unsigned number, StringRef spec) {
  if (values[number])
    return fail(number) << "is given twice";
  io::Tensor tensor;
  if (io::Error error = io::parseInputSpec(std::string_view(spec), tensor))
    return fail(number) << error.str();
  return setTensor(number, std::move(tensor));
}

/// A file or a type such as 2x3xf32 is never taken for a name.
LogicalResult InputReader::readNamed(ArrayRef<std::string> specs) {
  for (StringRef spec : specs) {
    auto [head, rest] = spec.split('=');
    io::ElementType type;
    std::vector<int64_t> shape;
    if (spec.starts_with("@") || head.size() == spec.size() ||
        !io::parseTensorType(std::string_view(head), type, shape)) {
      positional.push_back(spec);
      continue;
    }
    unsigned number = 0;
    while (number < values.size() && nameOf(number) != head)
      ++number;
    if (number == values.size())
      return function.emitError("--input: '")
             << head << "' is neither a type such as 2x3xf32 nor an argument";
    if (failed(setSpec(number, rest)))
      return failure();
  }
  return success();
}

/// Copies an entry of a .safetensors file; false for types that no argument
/// has.
static bool copyEntry(const DLTensor &entry, io::Tensor &tensor) {
  std::string name;
  switch (entry.dtype.code) {
  case kDLInt:
    name = "i" + std::to_string(entry.dtype.bits);
    break;
  case kDLUInt:
    name = "ui" + std::to_string(entry.dtype.bits);
    break;
  case kDLFloat:
    name = "f" + std::to_string(entry.dtype.bits);
    break;
  case kDLBfloat:
    name = "bf16";
    break;
  case kDLBool:
    name = "i1";
    break;
  default:
    return false;
  }
  io::ElementType type;
  if (!io::parseElementType(name, type))
    return false;
  std::vector<int64_t> shape(entry.shape, entry.shape + entry.ndim);
  if (io::makeTensor(type, std::move(shape), tensor))
    return false;
  if (!tensor.bytes.empty())
    std::memcpy(tensor.bytes.data(),
                static_cast<const char *>(entry.data) + entry.byte_offset,
                tensor.bytes.size());
  return true;
}

LogicalResult InputReader::readParameters(const std::string &path) {
  if (path.empty())
    return success();
  sqart_parameters_t *parameters = nullptr;
  if (sqart_parameters_open(path.c_str(), 0, &parameters) != SQART_STATUS_OK)
    return function.emitError("--parameters: ") << sqart_last_error();
  llvm::scope_exit close([&] { sqart_parameters_close(parameters); });
  for (unsigned i = 0; i < values.size(); ++i) {
    auto name = function.getArgAttrOfType<StringAttr>(i, "sqa.parameter");
    if (!name || !isOpen(i))
      continue;
    const DLTensor *entry = nullptr;
    if (sqart_parameters_find(parameters, name.str().c_str(), &entry) !=
        SQART_STATUS_OK)
      return fail(i) << "'" << path << "' has no tensor " << name;
    io::Tensor tensor;
    if (!copyEntry(*entry, tensor))
      return fail(i) << "the type of " << name << " in '" << path
                     << "' is not supported";
    if (failed(setTensor(i, std::move(tensor))))
      return failure();
  }
  return success();
}

LogicalResult InputReader::readPositional() {
  SmallVector<unsigned> open;
  for (unsigned i = 0; i < values.size(); ++i)
    if (isOpen(i))
      open.push_back(i);
  if (open.size() != positional.size()) {
    InFlightDiagnostic error = function.emitError("expected ")
                               << open.size() << " inputs, but got "
                               << positional.size();
    if (!needed.all() && !open.empty())
      error << "; expected are "
            << llvm::join(
                   llvm::map_range(open, [&](unsigned i) { return nameOf(i); }),
                   ", ");
    return error;
  }
  for (auto [number, spec] : llvm::zip_equal(open, positional))
    if (failed(setSpec(number, spec)))
      return failure();
  return success();
}

FailureOr<SmallVector<std::optional<RuntimeValue>>>
mlir::sqa::interpreter::readSomeInputs(FunctionOpInterface function,
                                       const llvm::BitVector &needed,
                                       ArrayRef<std::string> specs,
                                       const std::string &parameters) {
  InputReader reader(function, needed);
  if (failed(reader.readNamed(specs)) ||
      failed(reader.readParameters(parameters)) ||
      failed(reader.readPositional()))
    return failure();
  return reader.takeValues();
}

FailureOr<SmallVector<RuntimeValue>>
mlir::sqa::interpreter::readInputs(FunctionOpInterface function,
                                   ArrayRef<std::string> specs,
                                   const std::string &parameters) {
  llvm::BitVector all(function.getNumArguments(), true);
  auto values = readSomeInputs(function, all, specs, parameters);
  if (failed(values))
    return failure();
  return llvm::map_to_vector(*values,
                             [](auto &value) { return std::move(*value); });
}
