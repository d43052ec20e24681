//===- BufferizationOps.cpp - Tensor forms of bufferization ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// alloc_tensor and materialize_in_destination between tensors; memory has no
// place in the interpreter. Test: test/Interpreter/bufferization.mlir.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

static LogicalResult run(bufferization::AllocTensorOp op, Evaluator &eval) {
  if (op.getCopy()) {
    eval.set(op.getResult(), eval.get(op.getCopy()));
    return success();
  }
  RankedTensorType type = op.getType();
  SmallVector<int64_t> shape(type.getShape());
  auto next = op.getDynamicSizes().begin();
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent))
      extent = eval.integer(*next++);
  if (failed(checkShape(op, shape)))
    return failure();
  eval.set(op.getResult(),
           makeTensor(shape, undefinedScalar(type.getElementType())));
  return success();
}

static LogicalResult run(bufferization::MaterializeInDestinationOp op,
                         Evaluator &eval) {
  if (!isa<RankedTensorType>(op.getDest().getType()))
    return op.emitError("sqa-interpret has no values of type ")
           << op.getDest().getType();
  if (eval.tensor(op.getSource())->shape != eval.tensor(op.getDest())->shape)
    return op.emitError("source and destination differ in shape");
  eval.set(op.getResult(), eval.get(op.getSource()));
  return success();
}

void mlir::sqa::interpreter::addBufferizationOps(HandlerTable &table) {
  table.add<bufferization::AllocTensorOp>(run);
  table.add<bufferization::MaterializeInDestinationOp>(run);
}
