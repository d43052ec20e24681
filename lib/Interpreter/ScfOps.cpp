//===- ScfOps.cpp - Structured control flow -------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// for, while, if, index_switch, execute_region. Loops run as long as the
// program says. Test: test/Interpreter/scf.mlir.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

static void setResults(Operation *op, ArrayRef<RuntimeValue> values,
                       Evaluator &eval) {
  for (auto [result, value] : llvm::zip_equal(op->getResults(), values))
    eval.set(result, value);
}

static LogicalResult run(scf::ForOp op, Evaluator &eval) {
  const unsigned width = widthOf(op.getInductionVar().getType());
  const bool isUnsigned = op.getUnsignedCmp();
  auto less = [&](int64_t a, int64_t b) {
    return isUnsigned ? unsignedInt(a, width) < unsignedInt(b, width)
                      : signedInt(a, width) < signedInt(b, width);
  };
  int64_t index = eval.integer(op.getLowerBound());
  const int64_t end = eval.integer(op.getUpperBound());
  const int64_t step = eval.integer(op.getStep());
  if (isUnsigned ? step == 0 : step <= 0)
    return op.emitError("expected a positive step, but got ") << step;

  // The induction variable, then what the iterations carry.
  SmallVector<RuntimeValue> arguments(1);
  for (OpOperand &operand : op.getInitArgsMutable())
    arguments.push_back(eval.take(operand));
  while (less(index, end)) {
    arguments[0] = intScalar(index);
    if (failed(eval.runBody(*op.getBody(), std::move(arguments))))
      return failure();
    arguments.assign(1, RuntimeValue());
    for (OpOperand &operand : op.getBody()->getTerminator()->getOpOperands())
      arguments.push_back(eval.take(operand));
    int64_t next;
    // A step past the last representable index ends the loop.
    if (__builtin_add_overflow(index, step, &next) ||
        canonicalInt(next, width) != next)
      break;
    index = next;
  }
  setResults(op, ArrayRef(arguments).drop_front(), eval);
  return success();
}

static LogicalResult run(scf::WhileOp op, Evaluator &eval) {
  SmallVector<RuntimeValue> values;
  for (OpOperand &operand : op.getInitsMutable())
    values.push_back(eval.take(operand));
  while (true) {
    SmallVector<RuntimeValue> condition;
    if (failed(
            eval.runBlock(*op.getBeforeBody(), std::move(values), condition)))
      return failure();
    ArrayRef<RuntimeValue> forwarded = ArrayRef(condition).drop_front();
    if (condition[0].scalar.i == 0) {
      setResults(op, forwarded, eval);
      return success();
    }
    values.clear();
    if (failed(eval.runBlock(*op.getAfterBody(),
                             SmallVector<RuntimeValue>(forwarded), values)))
      return failure();
  }
}

/// Runs `region` (of one block without arguments) and yields to `op`.
static LogicalResult runRegion(Operation *op, Region &region, Evaluator &eval) {
  SmallVector<RuntimeValue> yielded;
  if (failed(eval.runBlock(region.front(), {}, yielded)))
    return failure();
  setResults(op, yielded, eval);
  return success();
}

static LogicalResult run(scf::IfOp op, Evaluator &eval) {
  Region &region =
      eval.integer(op.getCondition()) ? op.getThenRegion() : op.getElseRegion();
  return region.empty() ? success() : runRegion(op, region, eval);
}

static LogicalResult run(scf::IndexSwitchOp op, Evaluator &eval) {
  const int64_t selected = eval.integer(op.getArg());
  for (auto [value, region] :
       llvm::zip_equal(op.getCases(), op.getCaseRegions()))
    if (value == selected)
      return runRegion(op, region, eval);
  return runRegion(op, op.getDefaultRegion(), eval);
}

static LogicalResult run(scf::ExecuteRegionOp op, Evaluator &eval) {
  return runRegion(op, op.getRegion(), eval);
}

void mlir::sqa::interpreter::addScfOps(HandlerTable &table) {
  table.add<scf::ForOp>(run);
  table.add<scf::WhileOp>(run);
  table.add<scf::IfOp>(run);
  table.add<scf::IndexSwitchOp>(run);
  table.add<scf::ExecuteRegionOp>(run);
}
