//===- RegionProgram.cpp - A block run once an element --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegionProgram.h"
#include "AffineEval.h"
#include "ScalarOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

RegionProgram::RegionProgram(Block &block, Evaluator &evaluator,
                             unsigned numIndices,
                             ArrayRef<RuntimeValue> bindings)
    : block(block), evaluator(evaluator), firstIndex(block.getNumArguments()),
      numIndices(numIndices) {
  const unsigned firstBound = block.getNumArguments() - bindings.size();
  registers.resize(firstIndex + numIndices, intScalar(0));
  arguments.resize(block.getNumArguments());
  for (BlockArgument argument : block.getArguments()) {
    const unsigned i = argument.getArgNumber();
    if (i >= firstBound)
      arguments[i] = bindings[i - firstBound];
    if (arguments[i].tensor)
      tensors[argument] = arguments[i].tensor;
    else
      numbers[argument] = i;
    registers[i] = arguments[i].scalar;
  }
  compiled = compile();
  if (!compiled) {
    // Only the arguments, the indices and the results keep their registers.
    instructions.clear();
    registers.resize(firstIndex + numIndices);
    results.clear();
    for (unsigned i = 0; i < block.getTerminator()->getNumOperands(); ++i)
      results.push_back(addRegister(intScalar(0)));
  }
}

unsigned RegionProgram::addRegister(Scalar value) {
  registers.push_back(value);
  return registers.size() - 1;
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

bool RegionProgram::compile() {
  for (Operation &op : block.without_terminator())
    if (!compileOp(&op))
      return false;
  for (Value value : block.getTerminator()->getOperands()) {
    std::optional<unsigned> number = registerOf(value);
    if (!number)
      return false;
    results.push_back(*number);
  }
  return true;
}

std::optional<unsigned> RegionProgram::registerOf(Value value) {
  if (!isSupportedScalar(value.getType()))
    return std::nullopt;
  if (auto it = numbers.find(value); it != numbers.end())
    return it->second;
  // Computed before the region was entered.
  assert(value.getParentBlock() != &block && "ops are compiled in order");
  return numbers[value] = addRegister(evaluator.scalar(value));
}

TensorRef RegionProgram::tensorOf(Value value) {
  if (auto it = tensors.find(value); it != tensors.end())
    return it->second;
  if (value.getParentBlock() == &block)
    return nullptr;
  return evaluator.tensor(value);
}

static ScalarFn tensorRead(TensorRef tensor) {
  SmallVector<int64_t> strides = stridesOf(tensor->shape);
  return [tensor = std::move(tensor), strides](const Scalar *in, Scalar *out,
                                               std::string &fault) {
    int64_t offset = 0;
    for (int64_t d = 0, rank = tensor->rank(); d < rank; ++d) {
      if (in[d].i < 0 || in[d].i >= tensor->shape[d]) {
        fault = "index " + std::to_string(in[d].i) + " of dimension " +
                std::to_string(d) + " is out of bounds (" +
                std::to_string(tensor->shape[d]) + ")";
        return false;
      }
      offset += in[d].i * strides[d];
    }
    *out = tensor->data[offset];
    return true;
  };
}

/// tensor.extract and tensor.dim: functions of their index operands alone.
ScalarFn RegionProgram::compileTensorRead(Operation *op, ValueRange &operands) {
  if (!isa<tensor::ExtractOp, tensor::DimOp>(op))
    return nullptr;
  TensorRef tensor = tensorOf(op->getOperand(0));
  if (!tensor)
    return nullptr;
  operands = op->getOperands().drop_front();
  if (isa<tensor::ExtractOp>(op))
    return tensorRead(std::move(tensor));
  return [tensor = std::move(tensor)](const Scalar *in, Scalar *out,
                                      std::string &fault) {
    if (in->i < 0 || in->i >= tensor->rank()) {
      fault = "dimension " + std::to_string(in->i) + " of a tensor of rank " +
              std::to_string(tensor->rank());
      return false;
    }
    out->i = tensor->shape[in->i];
    return true;
  };
}

bool RegionProgram::compileOp(Operation *op) {
  if (op->getNumRegions() != 0)
    return false;
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    if (index.getDim() >= numIndices)
      return false;
    numbers[index] = firstIndex + index.getDim();
    return true;
  }
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant)) &&
      isSupportedScalar(op->getResult(0).getType())) {
    FailureOr<RuntimeValue> value = evaluateConstant(op, constant);
    if (failed(value))
      return false;
    numbers[op->getResult(0)] = addRegister(value->scalar);
    return true;
  }

  Instruction instruction;
  instruction.op = op;
  ValueRange operands = op->getOperands();
  instruction.fn = compileTensorRead(op, operands);
  if (!instruction.fn)
    instruction.fn = compileAffineOp(op);
  if (!instruction.fn)
    instruction.fn = evaluator.scalarFn(op);
  if (!instruction.fn)
    return false;
  for (Value operand : operands) {
    std::optional<unsigned> number = registerOf(operand);
    if (!number)
      return false;
    instruction.operands.push_back(*number);
  }
  instruction.firstResult = registers.size();
  for (Value result : op->getResults()) {
    if (!isSupportedScalar(result.getType()))
      return false;
    numbers[result] = addRegister(intScalar(0));
  }
  if (scratch.size() < instruction.operands.size())
    scratch.resize(instruction.operands.size());
  instructions.push_back(std::move(instruction));
  return true;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

LogicalResult RegionProgram::run() {
  if (!compiled)
    return runWithEvaluator();
  Scalar *const in = scratch.data();
  Scalar *const file = registers.data();
  std::string fault;
  for (const Instruction &instruction : instructions) {
    for (size_t i = 0, e = instruction.operands.size(); i < e; ++i)
      in[i] = file[instruction.operands[i]];
    if (!instruction.fn(in, file + instruction.firstResult, fault))
      return instruction.op->emitError(fault);
  }
  return success();
}

LogicalResult RegionProgram::runWithEvaluator() {
  for (auto [i, argument] : llvm::enumerate(arguments))
    if (!argument.tensor)
      argument.scalar = registers[i];
  const Scalar *outer = evaluator.linalgIndices;
  if (numIndices != 0)
    evaluator.linalgIndices = registers.data() + firstIndex;
  SmallVector<RuntimeValue> yielded;
  LogicalResult result = evaluator.runBlock(block, arguments, yielded);
  evaluator.linalgIndices = outer;
  if (failed(result))
    return failure();
  for (auto [number, value] : llvm::zip_equal(results, yielded))
    registers[number] = value.scalar;
  return success();
}
