//===- MaskInputs.cpp - Arguments of an isolated mask ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the mask reads comes from the command line. Everything else is a shape,
// made of S, T and B, which are learnt from types, inputs and --size.
//
//===----------------------------------------------------------------------===//

#include "MaskPicture.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tools/sqa-interpret/Inputs.h"

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

namespace {
// What the dimensions of an operand are called; empty for none of B, S and T.
struct NamedDims {
  Value operand;
  SmallVector<StringRef, 4> names;
};

class Sizes {
public:
  Sizes(attn::SqaOp op, const NamedValues &given);
  // Learns from a shape, which may have unknown extents.
  LogicalResult learn(Value operand, ArrayRef<int64_t> shape);
  LogicalResult finish();
  // The extent of a dimension of `operand`; nullopt if nothing is known.
  std::optional<int64_t> extentOf(Value operand, int64_t dim) const;

private:
  LogicalResult set(StringRef name, int64_t size);
  // One tensor in two places makes S and T one size.
  LogicalResult unifyLengths();

  attn::SqaOp op;
  NamedValues values;
  SmallVector<NamedDims> dims;
};
} // namespace

Sizes::Sizes(attn::SqaOp op, const NamedValues &given) : op(op), values(given) {
  auto add = [&](Value operand, attn::Layout layout, StringRef length) {
    NamedDims named{operand, SmallVector<StringRef, 4>(4)};
    named.names[attn::SqaOp::physicalDim(layout, 0)] = "B";
    named.names[attn::SqaOp::physicalDim(layout, 2)] = length;
    dims.push_back(named);
  };
  add(op.getQuery(), op.getQueryLayout(), "S");
  add(op.getKey(), op.getKeyLayout(), "T");
  add(op.getValue(), op.getValueLayout(), "T");
  if (op.getKvLengths())
    dims.push_back({op.getKvLengths(), {"B"}});
  if (op.getQuerySegments()) {
    dims.push_back({op.getQuerySegments(), {"B", "S"}});
    dims.push_back({op.getKvSegments(), {"B", "T"}});
  }
  if (op.getMask())
    dims.push_back({op.getMask(), {"B", "", "S", "T"}});
}

LogicalResult Sizes::set(StringRef name, int64_t size) {
  auto [known, isNew] = values.try_emplace(name, size);
  if (isNew || known->second == size)
    return success();
  return op.emitError("expected one size ")
         << name << ", but got " << known->second << " and " << size;
}

LogicalResult Sizes::learn(Value operand, ArrayRef<int64_t> shape) {
  auto type = dyn_cast<RankedTensorType>(operand.getType());
  for (const NamedDims &named : dims) {
    if (named.operand != operand)
      continue;
    for (auto [d, name] : llvm::enumerate(named.names)) {
      bool broadcasts = operand == op.getMask() && type.getDimSize(d) == 1;
      if (!name.empty() && !broadcasts && !ShapedType::isDynamic(shape[d]) &&
          failed(set(name, shape[d])))
        return failure();
    }
  }
  return success();
}

LogicalResult Sizes::unifyLengths() {
  for (const NamedDims &a : dims)
    for (const NamedDims &b : dims) {
      if (a.operand != b.operand)
        continue;
      for (auto [x, y] : llvm::zip_equal(a.names, b.names))
        if (x != y && values.contains(x) && failed(set(y, values.lookup(x))))
          return failure();
    }
  return success();
}

LogicalResult Sizes::finish() {
  for (const NamedDims &named : dims)
    if (failed(learn(named.operand,
                     cast<ShapedType>(named.operand.getType()).getShape())))
      return failure();
  if (failed(unifyLengths()))
    return failure();
  values.try_emplace("B", 1);
  for (StringRef name : {"S", "T"})
    if (!values.contains(name))
      return op.emitError("the number of ")
             << (name == "S" ? "queries" : "keys") << " is not known: give it "
             << "with --size=" << name << "=64";
  return success();
}

std::optional<int64_t> Sizes::extentOf(Value operand, int64_t dim) const {
  auto type = cast<RankedTensorType>(operand.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  for (const NamedDims &named : dims)
    if (named.operand == operand && !named.names[dim].empty())
      return values.lookup(named.names[dim]);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

// A tensor of which only the shape is read has no elements at all.
static FailureOr<RuntimeValue> shapeOnly(const Sizes &sizes,
                                         BlockArgument argument) {
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type)
    return RuntimeValue();
  auto tensor = std::make_shared<TensorValue>();
  for (int64_t d = 0; d < type.getRank(); ++d) {
    std::optional<int64_t> extent = sizes.extentOf(argument, d);
    for (Operation *user : argument.getUsers())
      if (auto dim = dyn_cast<tensor::DimOp>(user);
          dim && !extent && dim.getConstantIndex().value_or(d) == d)
        return dim.emitError("the mask reads a size that is not known: give "
                             "input #")
               << argument.getArgNumber() << " by name";
    tensor->shape.push_back(extent.value_or(1));
  }
  return RuntimeValue(std::move(tensor));
}

FailureOr<SmallVector<RuntimeValue>>
mlir::sqa::makeMaskInputs(const IsolatedMask &mask,
                          const PictureOptions &options) {
  auto given = readSomeInputs(mask.function, mask.argumentsRead(),
                              options.inputs, options.parameters);
  if (failed(given))
    return failure();
  Sizes sizes(mask.op, options.sizes);
  auto arguments = func::FuncOp(mask.function).getArguments();
  for (auto [argument, value] : llvm::zip_equal(arguments, *given))
    if (value && value->tensor &&
        failed(sizes.learn(argument, value->tensor->shape)))
      return failure();
  if (failed(sizes.finish()))
    return failure();
  SmallVector<RuntimeValue> values;
  for (auto [argument, value] : llvm::zip_equal(arguments, *given)) {
    FailureOr<RuntimeValue> known =
        value ? FailureOr<RuntimeValue>(std::move(*value))
              : shapeOnly(sizes, argument);
    if (failed(known))
      return failure();
    values.push_back(std::move(*known));
  }
  return values;
}
