//===- TensorSliceOps.cpp - Rectangles of tensors -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// extract_slice, insert_slice, pad, concat, gather, scatter. Out of bounds is
// an error at the op. Test: test/Interpreter/tensor-slice.mlir.
//
//===----------------------------------------------------------------------===//

#include "RegionProgram.h"
#include "Slices.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

Slice mlir::sqa::interpreter::evaluateSlice(OffsetSizeAndStrideOpInterface op,
                                            Evaluator &eval) {
  return {eval.integers(op.getMixedOffsets()),
          eval.integers(op.getMixedSizes()),
          eval.integers(op.getMixedStrides())};
}

LogicalResult mlir::sqa::interpreter::checkSlice(Operation *op,
                                                 const Slice &slice,
                                                 ArrayRef<int64_t> shape) {
  for (auto [d, extent] : llvm::enumerate(shape)) {
    const int64_t offset = slice.offsets[d], size = slice.sizes[d];
    const int64_t stride = slice.strides[d];
    int64_t last = 0;
    bool inside = offset >= 0 && offset <= extent && size >= 0;
    if (inside && size > 0)
      inside = !__builtin_mul_overflow(size - 1, stride, &last) &&
               !__builtin_add_overflow(last, offset, &last) &&
               offset < extent && last >= 0 && last < extent;
    if (!inside)
      return op->emitError("the slice [offset ")
             << offset << ", size " << size << ", stride " << stride
             << "] of dimension " << d << " is out of bounds (" << extent
             << ")";
  }
  return success();
}

void mlir::sqa::interpreter::forEachInSlice(
    const Slice &slice, ArrayRef<int64_t> shape,
    llvm::function_ref<void(int64_t)> f) {
  if (llvm::is_contained(slice.sizes, 0))
    return;
  SmallVector<int64_t> steps = stridesOf(shape);
  int64_t offset = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    offset += slice.offsets[d] * steps[d];
    steps[d] *= slice.strides[d];
  }
  SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    f(offset);
    size_t d = shape.size();
    while (d-- > 0) {
      offset += steps[d];
      if (++index[d] < slice.sizes[d])
        break;
      offset -= steps[d] * slice.sizes[d];
      index[d] = 0;
    }
    if (d == static_cast<size_t>(-1))
      return;
  }
}

static SmallVector<int64_t> withoutOnes(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> kept(shape);
  llvm::erase(kept, 1);
  return kept;
}

LogicalResult mlir::sqa::interpreter::insertSlice(Operation *op,
                                                  const TensorValue &source,
                                                  const Slice &slice,
                                                  TensorValue &target) {
  if (failed(checkSlice(op, slice, target.shape)))
    return failure();
  if (withoutOnes(source.shape) != withoutOnes(slice.sizes))
    return op->emitError("the source has shape ")
           << shapeToString(source.shape) << ", but the slice "
           << shapeToString(slice.sizes);
  int64_t from = 0;
  forEachInSlice(slice, target.shape, [&](int64_t offset) {
    target.data[offset] = source.data[from++];
  });
  return success();
}

static LogicalResult run(tensor::ExtractSliceOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  Slice slice = evaluateSlice(op, eval);
  if (failed(checkSlice(op, slice, source->shape)))
    return failure();
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<int64_t> shape;
  for (auto [d, size] : llvm::enumerate(slice.sizes))
    if (!dropped.test(d))
      shape.push_back(size);
  TensorRef result = makeTensor(shape);
  int64_t to = 0;
  forEachInSlice(slice, source->shape, [&](int64_t offset) {
    result->data[to++] = source->data[offset];
  });
  eval.set(op.getResult(), std::move(result));
  return success();
}

static LogicalResult run(tensor::InsertSliceOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  TensorRef target = eval.takeUniqueTensor(op.getDestMutable());
  if (failed(insertSlice(op, *source, evaluateSlice(op, eval), *target)))
    return failure();
  eval.set(op.getResult(), std::move(target));
  return success();
}

//===----------------------------------------------------------------------===//
// Padding and concatenation
//===----------------------------------------------------------------------===//

static LogicalResult run(tensor::PadOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  SmallVector<int64_t> low = eval.integers(op.getMixedLowPad());
  SmallVector<int64_t> high = eval.integers(op.getMixedHighPad());
  SmallVector<int64_t> shape;
  for (auto [d, extent] : llvm::enumerate(source->shape)) {
    if (low[d] < 0 || high[d] < 0)
      return op.emitError("expected padding of at least 0, but got ")
             << std::min(low[d], high[d]);
    shape.push_back(low[d] + extent + high[d]);
  }
  if (failed(checkShape(op, shape)))
    return failure();

  TensorRef result = makeTensor(shape);
  RegionProgram program(op.getRegion().front(), eval);
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t from = 0;
  for (int64_t to = 0, size = result->size(); to < size; ++to) {
    bool inside = true;
    for (size_t d = 0; d < shape.size(); ++d)
      inside &= index[d] >= low[d] && index[d] - low[d] < source->shape[d];
    if (inside) {
      result->data[to] = source->data[from++];
    } else {
      for (size_t d = 0; d < shape.size(); ++d)
        program.argument(d).i = index[d];
      if (failed(program.run()))
        return failure();
      result->data[to] = program.result(0);
    }
    nextIndex(index, shape);
  }
  eval.set(op.getResult(), std::move(result));
  return success();
}

static LogicalResult run(tensor::ConcatOp op, Evaluator &eval) {
  const int64_t dim = op.getDim();
  SmallVector<TensorRef> inputs = llvm::map_to_vector(
      op.getInputs(), [&](Value v) { return eval.tensor(v); });
  SmallVector<int64_t> shape = inputs.front()->shape;
  shape[dim] = 0;
  for (const TensorRef &input : inputs) {
    for (size_t d = 0; d < shape.size(); ++d)
      if (static_cast<int64_t>(d) != dim && input->shape[d] != shape[d])
        return op.emitError("inputs have shapes ")
               << shapeToString(inputs.front()->shape) << " and "
               << shapeToString(input->shape);
    shape[dim] += input->shape[dim];
  }
  if (failed(checkShape(op, shape)))
    return failure();
  TensorRef result = makeTensor(shape);
  Slice slice;
  slice.offsets.assign(shape.size(), 0);
  slice.strides.assign(shape.size(), 1);
  for (const TensorRef &input : inputs) {
    slice.sizes = input->shape;
    if (failed(insertSlice(op, *input, slice, *result)))
      return failure();
    slice.offsets[dim] += input->shape[dim];
  }
  eval.set(op.getResult(), std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Gather and scatter
//===----------------------------------------------------------------------===//

/// The slice of `shape` that coordinate tuple number `tuple` of `indices`
/// selects: extent one in the gathered dimensions, all of the others.
static Slice gatheredSlice(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims,
                           const TensorValue &indices, int64_t tuple) {
  Slice slice;
  slice.offsets.assign(shape.size(), 0);
  slice.sizes.assign(shape.begin(), shape.end());
  slice.strides.assign(shape.size(), 1);
  for (auto [i, dim] : llvm::enumerate(dims)) {
    slice.offsets[dim] = indices.data[tuple * dims.size() + i].i;
    slice.sizes[dim] = 1;
  }
  return slice;
}

static LogicalResult run(tensor::GatherOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  TensorRef indices = eval.tensor(op.getIndices());
  ArrayRef<int64_t> dims = op.getGatherDims();
  SmallVector<int64_t> shape(ArrayRef<int64_t>(indices->shape).drop_back());
  const bool rankReduced = op.getResultType().getRank() !=
                           static_cast<int64_t>(shape.size()) + source->rank();
  for (int64_t d = 0; d < source->rank(); ++d) {
    const bool gathered = llvm::is_contained(dims, d);
    if (!gathered || !rankReduced)
      shape.push_back(gathered ? 1 : source->shape[d]);
  }
  if (failed(checkShape(op, shape)))
    return failure();
  TensorRef result = makeTensor(shape);
  const int64_t tuples = dims.empty() ? 0 : indices->size() / dims.size();
  int64_t to = 0;
  for (int64_t tuple = 0; tuple < tuples; ++tuple) {
    Slice slice = gatheredSlice(source->shape, dims, *indices, tuple);
    if (failed(checkSlice(op, slice, source->shape)))
      return failure();
    forEachInSlice(slice, source->shape, [&](int64_t offset) {
      result->data[to++] = source->data[offset];
    });
  }
  eval.set(op.getResult(), std::move(result));
  return success();
}

static LogicalResult run(tensor::ScatterOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  TensorRef indices = eval.tensor(op.getIndices());
  TensorRef result = eval.takeUniqueTensor(op.getDestMutable());
  ArrayRef<int64_t> dims = op.getScatterDims();
  const int64_t tuples = dims.empty() ? 0 : indices->size() / dims.size();
  int64_t from = 0;
  for (int64_t tuple = 0; tuple < tuples; ++tuple) {
    Slice slice = gatheredSlice(result->shape, dims, *indices, tuple);
    if (failed(checkSlice(op, slice, result->shape)))
      return failure();
    bool enough = true;
    forEachInSlice(slice, result->shape, [&](int64_t offset) {
      enough &= from < source->size();
      if (enough)
        result->data[offset] = source->data[from++];
    });
    if (!enough)
      return op.emitError("the source has too few elements");
  }
  eval.set(op.getResult(), std::move(result));
  return success();
}

void mlir::sqa::interpreter::addTensorSliceOps(HandlerTable &table) {
  table.add<tensor::ExtractSliceOp>(run);
  table.add<tensor::InsertSliceOp>(run);
  table.add<tensor::PadOp>(run);
  table.add<tensor::ConcatOp>(run);
  table.add<tensor::GatherOp>(run);
  table.add<tensor::ScatterOp>(run);
}
