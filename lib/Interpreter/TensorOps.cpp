//===- TensorOps.cpp - Making tensors and reading elements ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// empty, splat, from_elements, generate, extract, insert, dim, rank.
// Test: test/Interpreter/tensor.mlir.
//
//===----------------------------------------------------------------------===//

#include "RegionProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Making tensors
//===----------------------------------------------------------------------===//

/// The extents of `type`, with `dynamic` in the order of its dynamic ones.
static FailureOr<SmallVector<int64_t>> evaluateShape(Operation *op,
                                                     RankedTensorType type,
                                                     ValueRange dynamic,
                                                     Evaluator &eval) {
  SmallVector<int64_t> shape(type.getShape());
  auto next = dynamic.begin();
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent))
      extent = eval.integer(*next++);
  if (failed(checkShape(op, shape)))
    return failure();
  return shape;
}

static LogicalResult run(tensor::EmptyOp op, Evaluator &eval) {
  FailureOr<SmallVector<int64_t>> shape =
      evaluateShape(op, op.getType(), op.getDynamicSizes(), eval);
  if (failed(shape))
    return failure();
  eval.set(op.getResult(),
           makeTensor(*shape, undefinedScalar(op.getType().getElementType())));
  return success();
}

static LogicalResult run(tensor::SplatOp op, Evaluator &eval) {
  FailureOr<SmallVector<int64_t>> shape = evaluateShape(
      op, cast<RankedTensorType>(op.getType()), op.getDynamicSizes(), eval);
  if (failed(shape))
    return failure();
  eval.set(op.getResult(), makeTensor(*shape, eval.scalar(op.getInput())));
  return success();
}

static LogicalResult run(tensor::FromElementsOp op, Evaluator &eval) {
  TensorRef result =
      makeTensor(cast<RankedTensorType>(op.getType()).getShape());
  for (auto [to, from] : llvm::zip_equal(result->data, op.getElements()))
    to = eval.scalar(from);
  eval.set(op.getResult(), std::move(result));
  return success();
}

static LogicalResult run(tensor::GenerateOp op, Evaluator &eval) {
  FailureOr<SmallVector<int64_t>> shape = evaluateShape(
      op, cast<RankedTensorType>(op.getType()), op.getDynamicExtents(), eval);
  if (failed(shape))
    return failure();
  TensorRef result = makeTensor(*shape);
  RegionProgram program(op.getBody().front(), eval);
  SmallVector<int64_t> index(shape->size(), 0);
  for (Scalar &element : result->data) {
    for (size_t d = 0; d < index.size(); ++d)
      program.argument(d).i = index[d];
    if (failed(program.run()))
      return failure();
    element = program.result(0);
    nextIndex(index, *shape);
  }
  eval.set(op.getResult(), std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Elements and extents
//===----------------------------------------------------------------------===//

/// The offset of an element; fails at `op` if there is none.
static FailureOr<int64_t> elementOffset(Operation *op,
                                        const TensorValue &tensor,
                                        ValueRange indices, Evaluator &eval) {
  SmallVector<int64_t> strides = stridesOf(tensor.shape);
  int64_t offset = 0;
  for (auto [d, value] : llvm::enumerate(indices)) {
    const int64_t index = eval.integer(value);
    if (index < 0 || index >= tensor.shape[d])
      return op->emitError("index ")
             << index << " of dimension " << d << " is out of bounds ("
             << tensor.shape[d] << ")";
    offset += index * strides[d];
  }
  return offset;
}

static LogicalResult run(tensor::ExtractOp op, Evaluator &eval) {
  TensorRef tensor = eval.tensor(op.getTensor());
  FailureOr<int64_t> offset = elementOffset(op, *tensor, op.getIndices(), eval);
  if (failed(offset))
    return failure();
  eval.set(op.getResult(), tensor->data[*offset]);
  return success();
}

static LogicalResult run(tensor::InsertOp op, Evaluator &eval) {
  TensorRef target = eval.takeUniqueTensor(op.getDestMutable());
  FailureOr<int64_t> offset = elementOffset(op, *target, op.getIndices(), eval);
  if (failed(offset))
    return failure();
  target->data[*offset] = eval.scalar(op.getScalar());
  eval.set(op.getResult(), std::move(target));
  return success();
}

static LogicalResult run(tensor::DimOp op, Evaluator &eval) {
  TensorRef tensor = eval.tensor(op.getSource());
  const int64_t dim = eval.integer(op.getIndex());
  if (dim < 0 || dim >= tensor->rank())
    return op.emitError("dimension ")
           << dim << " of a tensor of rank " << tensor->rank();
  eval.set(op.getResult(), intScalar(tensor->shape[dim]));
  return success();
}

static LogicalResult run(tensor::RankOp op, Evaluator &eval) {
  eval.set(op.getResult(), intScalar(eval.tensor(op.getTensor())->rank()));
  return success();
}

void mlir::sqa::interpreter::addTensorOps(HandlerTable &table) {
  table.add<tensor::EmptyOp>(run);
  table.add<tensor::SplatOp>(run);
  table.add<tensor::FromElementsOp>(run);
  table.add<tensor::GenerateOp>(run);
  table.add<tensor::ExtractOp>(run);
  table.add<tensor::InsertOp>(run);
  table.add<tensor::DimOp>(run);
  table.add<tensor::RankOp>(run);
}
