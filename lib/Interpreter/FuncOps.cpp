//===- FuncOps.cpp - Calls and assertions ---------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// func.call and cf.assert; func.return is a block's terminator like any other.
// Test: test/Interpreter/func.mlir.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "Evaluator.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

static LogicalResult run(func::CallOp op, Evaluator &eval) {
  FunctionOpInterface callee = eval.lookupFunction(op, op.getCalleeAttr());
  if (!callee)
    return op.emitError("expected a function named ") << op.getCalleeAttr();
  SmallVector<RuntimeValue> inputs, results;
  for (OpOperand &operand : op->getOpOperands())
    inputs.push_back(eval.take(operand));
  if (failed(eval.call(callee, inputs, results))) {
    op.emitRemark("called here");
    return failure();
  }
  for (auto [result, value] : llvm::zip_equal(op.getResults(), results))
    eval.set(result, std::move(value));
  return success();
}

static LogicalResult run(cf::AssertOp op, Evaluator &eval) {
  if (eval.integer(op.getArg()) == 0)
    return op.emitError("assertion failed: ") << op.getMsg();
  return success();
}

void mlir::sqa::interpreter::addFuncOps(HandlerTable &table) {
  table.add<func::CallOp>(run);
  table.add<cf::AssertOp>(run);
}
