//===- LinalgRelayoutOps.cpp - softmax, pack and unpack -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops of linalg that have no region to say what they do.
// Test: test/Interpreter/linalg-relayout.mlir.
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// softmax
//===----------------------------------------------------------------------===//

static LogicalResult run(linalg::SoftmaxOp op, Evaluator &eval) {
  if (!isa<RankedTensorType>(op.getInput().getType()))
    return op.emitError("sqa-interpret only knows linalg on tensors");
  TensorRef input = eval.tensor(op.getInput());
  TensorRef output = makeTensor(input->shape);
  const int64_t dim = op.getDimension();
  const int64_t extent = input->shape[dim];
  const int64_t stride = stridesOf(input->shape)[dim];
  for (int64_t first = 0; first < input->size(); ++first) {
    if (first / stride % extent != 0) // not the first element of its row
      continue;
    double max = -std::numeric_limits<double>::infinity(), sum = 0;
    for (int64_t k = 0; k < extent; ++k)
      max = std::fmax(max, input->data[first + k * stride].f);
    for (int64_t k = 0; k < extent; ++k) {
      Scalar &weight = output->data[first + k * stride];
      weight.f = std::exp(input->data[first + k * stride].f - max);
      sum += weight.f;
    }
    for (int64_t k = 0; k < extent; ++k)
      output->data[first + k * stride].f /= sum;
  }
  eval.set(op->getResult(0), std::move(output));
  return success();
}

//===----------------------------------------------------------------------===//
// pack and unpack
//===----------------------------------------------------------------------===//

namespace {
/// How the packed tensor is laid out over the plain one.
struct Packing {
  SmallVector<int64_t> tiles;     // of each inner dimension
  SmallVector<int64_t> positions; // the plain dimension that it tiles
  SmallVector<int64_t> outerPerm; // plain dimension of each outer one
};
} // namespace

template <typename OpT>
static FailureOr<Packing> evaluatePacking(OpT op, int64_t plainRank,
                                          Evaluator &eval) {
  Packing packing;
  packing.tiles = eval.integers(op.getMixedTiles());
  packing.positions.assign(op.getInnerDimsPos().begin(),
                           op.getInnerDimsPos().end());
  packing.outerPerm.assign(op.getOuterDimsPerm().begin(),
                           op.getOuterDimsPerm().end());
  if (packing.outerPerm.empty())
    packing.outerPerm = llvm::to_vector(llvm::seq<int64_t>(plainRank));
  for (int64_t tile : packing.tiles)
    if (tile <= 0)
      return op.emitError("expected positive tile sizes, but got ") << tile;
  return packing;
}

/// The plain index of a packed one.
static SmallVector<int64_t> plainIndex(const Packing &packing,
                                       ArrayRef<int64_t> packed) {
  const size_t rank = packing.outerPerm.size();
  SmallVector<int64_t> index(rank);
  for (size_t d = 0; d < rank; ++d)
    index[packing.outerPerm[d]] = packed[d];
  for (auto [i, dim] : llvm::enumerate(packing.positions))
    index[dim] = index[dim] * packing.tiles[i] + packed[rank + i];
  return index;
}

/// Walks the packed tensor; `f` gets its offset and the plain one, -1 where
/// the last tile reaches beyond the plain tensor.
static void forEachPacked(const Packing &packing, const TensorValue &packed,
                          const TensorValue &plain,
                          llvm::function_ref<void(int64_t, int64_t)> f) {
  SmallVector<int64_t> index(packed.rank(), 0);
  SmallVector<int64_t> strides = stridesOf(plain.shape);
  for (int64_t at = 0; at < packed.size(); ++at) {
    int64_t offset = 0;
    for (auto [d, i] : llvm::enumerate(plainIndex(packing, index)))
      offset =
          offset == -1 || i >= plain.shape[d] ? -1 : offset + i * strides[d];
    f(at, offset);
    nextIndex(index, packed.shape);
  }
}

/// Fails unless the tiles of `packed` cover `plain`.
static LogicalResult checkPacking(Operation *op, const Packing &packing,
                                  const TensorValue &packed,
                                  const TensorValue &plain) {
  const size_t rank = packing.outerPerm.size();
  SmallVector<int64_t> covered(rank);
  for (size_t d = 0; d < rank; ++d)
    covered[packing.outerPerm[d]] = packed.shape[d];
  bool fits = true;
  for (auto [i, dim] : llvm::enumerate(packing.positions)) {
    fits &= packed.shape[rank + i] == packing.tiles[i];
    covered[dim] *= packing.tiles[i];
  }
  for (size_t d = 0; d < rank; ++d)
    fits &= covered[d] >= plain.shape[d];
  if (fits)
    return success();
  return op->emitError("the packed shape ")
         << shapeToString(packed.shape) << " does not cover "
         << shapeToString(plain.shape);
}

static LogicalResult run(linalg::PackOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  if (!source)
    return op.emitError("sqa-interpret only knows linalg on tensors");
  TensorRef result = eval.takeUniqueTensor(op.getDestMutable());
  FailureOr<Packing> packing = evaluatePacking(op, source->rank(), eval);
  if (failed(packing) || failed(checkPacking(op, *packing, *result, *source)))
    return failure();
  const bool isPadded = op.getPaddingValue() != nullptr;
  const Scalar padding =
      isPadded ? eval.scalar(op.getPaddingValue()) : intScalar(0);
  bool reachesBeyond = false;
  forEachPacked(*packing, *result, *source, [&](int64_t to, int64_t from) {
    reachesBeyond |= from == -1;
    result->data[to] = from == -1 ? padding : source->data[from];
  });
  if (reachesBeyond && !isPadded)
    return op.emitError("tiles reach beyond the source, but there is no "
                        "padding value");
  eval.set(op->getResult(0), std::move(result));
  return success();
}

static LogicalResult run(linalg::UnPackOp op, Evaluator &eval) {
  TensorRef source = eval.tensor(op.getSource());
  if (!source)
    return op.emitError("sqa-interpret only knows linalg on tensors");
  TensorRef result = eval.takeUniqueTensor(op.getDestMutable());
  FailureOr<Packing> packing = evaluatePacking(op, result->rank(), eval);
  if (failed(packing) || failed(checkPacking(op, *packing, *source, *result)))
    return failure();
  forEachPacked(*packing, *source, *result, [&](int64_t from, int64_t to) {
    if (to != -1)
      result->data[to] = source->data[from];
  });
  eval.set(op->getResult(0), std::move(result));
  return success();
}

void mlir::sqa::interpreter::addLinalgRelayoutOps(HandlerTable &table) {
  table.add<linalg::SoftmaxOp>(run);
  table.add<linalg::PackOp>(run);
  table.add<linalg::UnPackOp>(run);
}
