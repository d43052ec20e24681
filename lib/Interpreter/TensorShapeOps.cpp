//===- TensorShapeOps.cpp - The same elements in another shape ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cast, bitcast, reshape, expand_shape, collapse_shape.
// Test: test/Interpreter/tensor-shape.mlir.
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

/// Sets `result` to the elements of `operand` in `shape`.
static LogicalResult reshapeTo(OpOperand &operand, ArrayRef<int64_t> shape,
                               Value result, Evaluator &eval) {
  Operation *op = operand.getOwner();
  TensorRef tensor = eval.takeUniqueTensor(operand);
  if (checkedElementCount(shape) != std::optional(tensor->size()))
    return op->emitError("cannot reshape ")
           << shapeToString(tensor->shape) << " to " << shapeToString(shape);
  tensor->shape.assign(shape.begin(), shape.end());
  eval.set(result, std::move(tensor));
  return success();
}

// Only the type changes; the evaluator checks that the shape fits it.
static LogicalResult run(tensor::CastOp op, Evaluator &eval) {
  eval.set(op.getResult(), eval.take(op.getSourceMutable()));
  return success();
}

static LogicalResult run(tensor::BitcastOp op, Evaluator &eval) {
  Type from = getElementTypeOrSelf(op.getSource().getType());
  Type to = getElementTypeOrSelf(op.getType());
  TensorRef tensor = eval.takeUniqueTensor(op.getSourceMutable());
  for (Scalar &element : tensor->data)
    element = bitcastScalar(from, to, element);
  eval.set(op.getResult(), std::move(tensor));
  return success();
}

static LogicalResult run(tensor::ReshapeOp op, Evaluator &eval) {
  TensorRef extents = eval.tensor(op.getShape());
  SmallVector<int64_t> shape = llvm::map_to_vector(
      extents->data, [](Scalar extent) { return extent.i; });
  return reshapeTo(op.getSourceMutable(), shape, op.getResult(), eval);
}

static LogicalResult run(tensor::ExpandShapeOp op, Evaluator &eval) {
  SmallVector<int64_t> shape = eval.integers(op.getMixedOutputShape());
  // Each group must split its own dimension, not only the whole tensor.
  TensorRef source = eval.tensor(op.getSrc());
  for (auto [d, group] : llvm::enumerate(op.getReassociationIndices())) {
    SmallVector<int64_t> extents;
    for (int64_t dim : group)
      extents.push_back(shape[dim]);
    if (checkedElementCount(extents) != std::optional(source->shape[d]))
      return op.emitError("cannot expand dimension ")
             << d << " of extent " << source->shape[d] << " to "
             << shapeToString(extents);
  }
  source.reset();
  return reshapeTo(op.getSrcMutable(), shape, op.getResult(), eval);
}

static LogicalResult run(tensor::CollapseShapeOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSrc());
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : op.getReassociationIndices()) {
    int64_t extent = 1;
    for (int64_t dim : group)
      extent *= source->shape[dim];
    shape.push_back(extent);
  }
  source.reset();
  return reshapeTo(op.getSrcMutable(), shape, op.getResult(), eval);
}

void mlir::sqa::interpreter::addTensorShapeOps(HandlerTable &table) {
  table.add<tensor::CastOp>(run);
  table.add<tensor::BitcastOp>(run);
  table.add<tensor::ReshapeOp>(run);
  table.add<tensor::ExpandShapeOp>(run);
  table.add<tensor::CollapseShapeOp>(run);
}
