//===- Evaluator.cpp - Executes operations one after the other ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "ScalarOps.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sqa::interpreter;

Evaluator::Evaluator(const Options &options) : options(options) {
  addFuncOps(handlers);
  addScfOps(handlers);
  addScfForallOp(handlers);
  addTensorOps(handlers);
  addTensorSliceOps(handlers);
  addTensorShapeOps(handlers);
  addAffineOps(handlers);
  addBufferizationOps(handlers);
  addLinalgOps(handlers);
  addLinalgRelayoutOps(handlers);
  addAttnOps(handlers);
  addAttnOnlineOps(handlers);
  addAttnRopeOp(handlers);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

RuntimeValue Evaluator::get(Value value) const {
  auto it = values.find(value);
  assert(it != values.end() && "a value is set before its uses run");
  return it->second;
}

int64_t Evaluator::integer(OpFoldResult value) const {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant;
  return integer(cast<Value>(value));
}

SmallVector<int64_t> Evaluator::integers(ValueRange range) const {
  return llvm::map_to_vector(range, [&](Value v) { return integer(v); });
}

SmallVector<int64_t> Evaluator::integers(ArrayRef<OpFoldResult> range) const {
  return llvm::map_to_vector(range, [&](OpFoldResult v) { return integer(v); });
}

RuntimeValue Evaluator::take(OpOperand &operand) {
  if (lastUses.isMovable(operand))
    return std::move(values[operand.get()]);
  return get(operand.get());
}

void Evaluator::set(Value value, RuntimeValue runtime) {
  values[value] = std::move(runtime);
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

LogicalResult Evaluator::runBody(Block &block,
                                 SmallVector<RuntimeValue> arguments) {
  assert(arguments.size() == block.getNumArguments() &&
         "the handler passes every block argument");
  for (auto [argument, value] :
       llvm::zip_equal(block.getArguments(), arguments))
    set(argument, std::move(value));
  arguments.clear();
  for (Operation &op : block.without_terminator()) {
    if (failed(execute(&op)))
      return failure();
    for (Value value : lastUses.diesAfter(&op))
      values.erase(value);
  }
  return success();
}

LogicalResult Evaluator::runBlock(Block &block,
                                  SmallVector<RuntimeValue> arguments,
                                  SmallVectorImpl<RuntimeValue> &yielded) {
  if (failed(runBody(block, std::move(arguments))))
    return failure();
  Operation *terminator = block.getTerminator();
  if (terminator->getNumSuccessors() != 0)
    return terminator->emitError("sqa-interpret does not know '")
           << terminator->getName() << "'";
  yielded.clear();
  for (OpOperand &operand : terminator->getOpOperands())
    yielded.push_back(take(operand));
  return success();
}

LogicalResult Evaluator::call(FunctionOpInterface function,
                              ArrayRef<RuntimeValue> inputs,
                              SmallVectorImpl<RuntimeValue> &results) {
  // Each interpreted call uses the stack of this process.
  constexpr unsigned kMaxCallDepth = 200;
  if (callDepth == kMaxCallDepth)
    return function.emitError("calls are nested more than ")
           << kMaxCallDepth << " deep";
  if (function.isExternal())
    return function.emitError("sqa-interpret cannot call a function that has "
                              "no body");
  DenseMap<Value, RuntimeValue> saved;
  std::swap(saved, values);
  ++callDepth;
  LogicalResult result = runBlock(function.getFunctionBody().front(),
                                  SmallVector<RuntimeValue>(inputs), results);
  --callDepth;
  std::swap(saved, values);
  return result;
}

const ScalarFn &Evaluator::scalarFn(Operation *op) {
  auto [it, isNew] = scalarFns.try_emplace(op);
  if (isNew)
    it->second = compileScalarOp(op, options.roundToTypes);
  return it->second;
}

LogicalResult Evaluator::execute(Operation *op) {
  for (Type type : op->getResultTypes())
    if (!isSupportedType(type))
      return op->emitError("sqa-interpret has no values of type ") << type;
  for (Region &region : op->getRegions())
    if (region.getBlocks().size() > 1)
      return op->emitError("sqa-interpret does not know regions of several "
                           "blocks");
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant)))
    return executeConstant(op, constant);
  if (const HandlerTable::Handler *handler = handlers.find(op))
    return failed((*handler)(op, *this)) ? failure() : checkResults(op);
  if (isStructuredLinalgOp(op))
    return failed(runStructuredLinalgOp(op, *this)) ? failure()
                                                    : checkResults(op);
  if (const ScalarFn &fn = scalarFn(op))
    return executeElementwise(op, fn);
  return op->emitError("sqa-interpret does not know '") << op->getName() << "'";
}

LogicalResult Evaluator::executeConstant(Operation *op, Attribute value) {
  auto it = constants.find(op);
  if (it == constants.end()) {
    FailureOr<RuntimeValue> constant = evaluateConstant(op, value);
    if (failed(constant))
      return failure();
    it = constants.try_emplace(op, std::move(*constant)).first;
  }
  set(op->getResult(0), it->second);
  return success();
}

LogicalResult Evaluator::executeElementwise(Operation *op, const ScalarFn &fn) {
  const unsigned numOperands = op->getNumOperands();
  const unsigned numResults = op->getNumResults();
  SmallVector<Scalar> in(numOperands), out(numResults);
  std::string fault;

  const TensorValue *model = nullptr;
  SmallVector<TensorRef> operands;
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    RuntimeValue value = get(operand);
    operands.push_back(value.tensor);
    in[i] = value.scalar;
    if (!value.tensor)
      continue;
    if (model && model->shape != value.tensor->shape)
      return op->emitError("operands have shapes ")
             << shapeToString(model->shape) << " and "
             << shapeToString(value.tensor->shape);
    model = value.tensor.get();
  }
  if (!model) {
    if (!fn(in.data(), out.data(), fault))
      return op->emitError(fault);
    for (auto [result, value] : llvm::zip_equal(op->getResults(), out))
      set(result, value);
    return success();
  }

  SmallVector<TensorRef> results;
  for (unsigned i = 0; i < numResults; ++i)
    results.push_back(makeTensor(model->shape));
  for (int64_t at = 0, size = model->size(); at < size; ++at) {
    for (unsigned i = 0; i < numOperands; ++i)
      if (operands[i])
        in[i] = operands[i]->data[at];
    if (!fn(in.data(), out.data(), fault))
      return op->emitError(fault);
    for (unsigned i = 0; i < numResults; ++i)
      results[i]->data[at] = out[i];
  }
  for (auto [result, value] : llvm::zip_equal(op->getResults(), results))
    set(result, std::move(value));
  return checkResults(op);
}

LogicalResult Evaluator::checkResults(Operation *op) {
  for (OpResult result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type)
      continue;
    TensorRef value = tensor(result);
    bool matches = value && type.getRank() == value->rank();
    for (int64_t d = 0; matches && d < type.getRank(); ++d)
      matches = type.isDynamicDim(d) || type.getDimSize(d) == value->shape[d];
    if (!matches)
      return op->emitError("result #")
             << result.getResultNumber() << " has the shape "
             << (value ? shapeToString(value->shape) : "of a scalar")
             << " at run time, but its type is " << type;
    value.reset();
    if (options.roundToTypes && isa<FloatType>(type.getElementType()))
      roundTensor(result, type.getElementType());
  }
  return success();
}

/// Most ops only move numbers that are of their type already: those keep
/// sharing their storage.
void Evaluator::roundTensor(Value value, Type elementType) {
  TensorRef &slot = values[value].tensor;
  bool rounded = llvm::all_of(slot->data, [&](Scalar element) {
    return std::isnan(element.f) ||
           roundToType(elementType, element.f) == element.f;
  });
  if (rounded)
    return;
  slot = makeUnique(std::move(slot));
  for (Scalar &element : slot->data)
    element.f = roundToType(elementType, element.f);
}

//===----------------------------------------------------------------------===//
// Constants and shapes
//===----------------------------------------------------------------------===//

static double toDouble(llvm::APFloat value) {
  bool inexact;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &inexact);
  return value.convertToDouble();
}

static Scalar toScalar(const llvm::APInt &value) {
  return intScalar(canonicalInt(static_cast<int64_t>(value.getZExtValue()),
                                value.getBitWidth()));
}

static FailureOr<RuntimeValue> evaluateElements(Operation *op,
                                                ElementsAttr elements) {
  ArrayRef<int64_t> shape = elements.getShapedType().getShape();
  if (failed(checkShape(op, shape)))
    return failure();
  TensorRef tensor = makeTensor(shape);
  if (isa<FloatType>(elements.getElementType())) {
    auto values = elements.tryGetValues<llvm::APFloat>();
    if (values) {
      for (auto [to, from] : llvm::zip_equal(tensor->data, *values))
        to.f = toDouble(from);
      return RuntimeValue(std::move(tensor));
    }
  } else {
    auto values = elements.tryGetValues<llvm::APInt>();
    if (values) {
      for (auto [to, from] : llvm::zip_equal(tensor->data, *values))
        to = toScalar(from);
      return RuntimeValue(std::move(tensor));
    }
  }
  return op->emitError("sqa-interpret cannot read this constant");
}

FailureOr<RuntimeValue>
mlir::sqa::interpreter::evaluateConstant(Operation *op, Attribute value) {
  if (isa<ub::PoisonAttrInterface>(value) &&
      isSupportedScalar(op->getResult(0).getType()))
    return RuntimeValue(undefinedScalar(op->getResult(0).getType()));
  if (auto number = dyn_cast<FloatAttr>(value))
    return RuntimeValue(floatScalar(toDouble(number.getValue())));
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return RuntimeValue(toScalar(integer.getValue()));
  if (auto elements = dyn_cast<ElementsAttr>(value))
    return evaluateElements(op, elements);
  return op->emitError("sqa-interpret cannot read this constant");
}

LogicalResult mlir::sqa::interpreter::checkShape(Operation *op,
                                                 ArrayRef<int64_t> shape) {
  if (checkedElementCount(shape))
    return success();
  return op->emitError("cannot make a tensor of shape ")
         << shapeToString(shape);
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<RuntimeValue>>
mlir::sqa::interpreter::interpret(FunctionOpInterface function,
                                  ArrayRef<RuntimeValue> inputs,
                                  const Options &options) {
  if (inputs.size() != function.getNumArguments())
    return function.emitError("expected ")
           << function.getNumArguments() << " inputs, but got "
           << inputs.size();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    if (!isSupportedType(type))
      return function.emitError("sqa-interpret has no values of type ")
             << type << " (argument #" << i << ")";
  Evaluator evaluator(options);
  SmallVector<RuntimeValue> results;
  if (failed(evaluator.call(function, inputs, results)))
    return failure();
  return results;
}
