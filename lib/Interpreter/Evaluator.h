//===- Evaluator.h - Executes operations one after the other ----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each dialect's file adds a handler for each op that it knows; the evaluator
// owns the values, runs blocks, and checks what a handler left: every tensor
// result must have the extents that its type states.
//
// To add an op: write `static LogicalResult run(XOp op, Evaluator &eval)` in
// the file of its dialect and name it in that file's add function. A pure op
// on scalars is a ScalarFn instead (ScalarOps.h), so that it also runs inside
// compiled regions.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_EVALUATOR_H
#define SQA_LIB_INTERPRETER_EVALUATOR_H

#include "mlir/IR/SymbolTable.h"
#include "LastUses.h"
#include "sqa/Interpreter/Interpreter.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace mlir::sqa::interpreter {

class Evaluator;

/// Computes the results of one op on scalars; false with a reason on failure.
using ScalarFn =
    std::function<bool(const Scalar *in, Scalar *out, std::string &fault)>;

/// How each known op runs.
class HandlerTable {
public:
  using Handler = std::function<LogicalResult(Operation *, Evaluator &)>;

  template <typename OpT> void add(LogicalResult (*handler)(OpT, Evaluator &)) {
    handlers[OpT::getOperationName()] = [handler](Operation *op,
                                                  Evaluator &eval) {
      return handler(cast<OpT>(op), eval);
    };
  }
  /// Null if the op is unknown.
  const Handler *find(Operation *op) const {
    auto it = handlers.find(op->getName().getStringRef());
    return it == handlers.end() ? nullptr : &it->second;
  }

private:
  llvm::StringMap<Handler> handlers;
};

void addFuncOps(HandlerTable &table);
void addScfOps(HandlerTable &table);
void addScfForallOp(HandlerTable &table);
void addTensorOps(HandlerTable &table);
void addTensorSliceOps(HandlerTable &table);
void addTensorShapeOps(HandlerTable &table);
void addAffineOps(HandlerTable &table);
void addBufferizationOps(HandlerTable &table);
void addLinalgOps(HandlerTable &table);
void addLinalgRelayoutOps(HandlerTable &table);
void addAttnOps(HandlerTable &table);
void addAttnOnlineOps(HandlerTable &table);
void addAttnRopeOp(HandlerTable &table);

/// Structured linalg ops are known by their interface, not by name.
bool isStructuredLinalgOp(Operation *op);
LogicalResult runStructuredLinalgOp(Operation *op, Evaluator &eval);

class Evaluator {
public:
  explicit Evaluator(const Options &options);

  const Options &getOptions() const { return options; }

  //===--------------------------------------------------------------------===//
  // Values
  //===--------------------------------------------------------------------===//

  // By value: what runs next may move the map that holds it.
  RuntimeValue get(Value value) const;
  Scalar scalar(Value value) const { return get(value).scalar; }
  int64_t integer(Value value) const { return get(value).scalar.i; }
  int64_t integer(OpFoldResult value) const;
  SmallVector<int64_t> integers(ValueRange values) const;
  SmallVector<int64_t> integers(ArrayRef<OpFoldResult> values) const;
  TensorRef tensor(Value value) const { return get(value).tensor; }

  /// The value of an operand, moved out if nothing reads it later: the next
  /// makeUnique then needs no copy.
  RuntimeValue take(OpOperand &operand);
  TensorRef takeUniqueTensor(OpOperand &operand) {
    return makeUnique(take(operand).tensor);
  }

  void set(Value value, RuntimeValue runtime);

  //===--------------------------------------------------------------------===//
  // Execution
  //===--------------------------------------------------------------------===//

  /// Runs all of `block` but its terminator.
  LogicalResult runBody(Block &block, SmallVector<RuntimeValue> arguments);
  /// Also collects the terminator's operands.
  LogicalResult runBlock(Block &block, SmallVector<RuntimeValue> arguments,
                         SmallVectorImpl<RuntimeValue> &yielded);
  LogicalResult call(FunctionOpInterface function,
                     ArrayRef<RuntimeValue> inputs,
                     SmallVectorImpl<RuntimeValue> &results);

  /// The scalar function of a pure op; null if it has none.
  const ScalarFn &scalarFn(Operation *op);

  FunctionOpInterface lookupFunction(Operation *from, SymbolRefAttr name) {
    return dyn_cast_or_null<FunctionOpInterface>(
        symbols.lookupNearestSymbolFrom(from, name));
  }

  /// Loop indices of the linalg op whose body is being run op by op.
  const Scalar *linalgIndices = nullptr;

private:
  LogicalResult execute(Operation *op);
  LogicalResult executeElementwise(Operation *op, const ScalarFn &fn);
  LogicalResult executeConstant(Operation *op, Attribute value);
  LogicalResult checkResults(Operation *op);
  void roundTensor(Value value, Type elementType);

  Options options;
  HandlerTable handlers;
  SymbolTableCollection symbols;
  DenseMap<Value, RuntimeValue> values;
  LastUses lastUses;
  DenseMap<Operation *, ScalarFn> scalarFns;
  DenseMap<Operation *, RuntimeValue> constants;
  unsigned callDepth = 0;
};

/// The value of a constant attribute of a supported type.
FailureOr<RuntimeValue> evaluateConstant(Operation *op, Attribute value);

/// Fails at `op` unless `shape` can be allocated.
LogicalResult checkShape(Operation *op, ArrayRef<int64_t> shape);

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_EVALUATOR_H
