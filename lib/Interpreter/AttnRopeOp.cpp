//===- AttnRopeOp.cpp - attn.rope from its definition ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The angle is an f32 number by definition, in every mode; its sine and cosine
// are exact to f64. Test: test/Interpreter/attn-rope.mlir.
//
//===----------------------------------------------------------------------===//

#include "AttnCommon.h"

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

/// Where the two features of rotated pair j are read and written.
static void pairFeatures(attn::RopeLayout pairing, int64_t j, int64_t rotated,
                         int64_t in[2], int64_t out[2]) {
  const int64_t pairs[2] = {2 * j, 2 * j + 1};
  const int64_t halves[2] = {j, j + rotated / 2};
  for (int k = 0; k < 2; ++k) {
    in[k] = pairing == attn::RopeLayout::halves ? halves[k] : pairs[k];
    out[k] = pairing == attn::RopeLayout::pairs ? pairs[k] : halves[k];
  }
}

static float angleOf(attn::RopeOp op, int64_t position, int64_t j,
                     int64_t rotated) {
  const double exponent =
      -2.0 * static_cast<double>(j) / static_cast<double>(rotated);
  const float frequency =
      static_cast<float>(std::pow(op.getBase().convertToDouble(), exponent));
  return static_cast<float>(position) * frequency;
}

/// The position of row i; fails at `op` if the operands do not say.
static FailureOr<std::function<int64_t(int64_t, int64_t)>>
positionsOf(attn::RopeOp op, int64_t batch, int64_t rows, Evaluator &eval) {
  using Positions = std::function<int64_t(int64_t, int64_t)>;
  if (!op.getPositions()) {
    const int64_t offset = op.getOffset() ? eval.integer(op.getOffset()) : 0;
    return Positions([offset](int64_t, int64_t i) { return i + offset; });
  }
  TensorRef positions = eval.tensor(op.getPositions());
  const bool perBatch = positions->rank() == 2;
  if (positions->shape.back() != rows ||
      (perBatch && positions->shape[0] != batch))
    return op.emitError("positions has the shape ")
           << shapeToString(positions->shape) << ", but the input has " << batch
           << " batches of " << rows << " rows";
  return Positions([=](int64_t b, int64_t i) {
    return positions->data[(perBatch ? b * rows : 0) + i].i;
  });
}

template <typename Real>
static void rotateRow(attn::RopeOp op, const Scalar *from, Scalar *to,
                      int64_t position) {
  const int64_t rotated = op.getRotatedFeatures();
  for (int64_t j = 0; j < rotated / 2; ++j) {
    int64_t in[2], out[2];
    pairFeatures(op.getPairing(), j, rotated, in, out);
    const double angle = angleOf(op, position, j, rotated);
    const Real cosine = static_cast<Real>(std::cos(angle));
    const Real sine = static_cast<Real>(op.getNegative() ? -std::sin(angle)
                                                         : std::sin(angle));
    const Real x1 = static_cast<Real>(from[in[0]].f);
    const Real x2 = static_cast<Real>(from[in[1]].f);
    to[out[0]].f = x1 * cosine - x2 * sine;
    to[out[1]].f = x1 * sine + x2 * cosine;
  }
}

static LogicalResult run(attn::RopeOp op, Evaluator &eval) {
  LogicalView input(eval.tensor(op.getInput()), op.getLayout());
  // A copy: the features that do not rotate pass through.
  LogicalView result(std::make_shared<TensorValue>(*input.tensor),
                     op.getLayout());
  auto position = positionsOf(op, input.extents[0], input.extents[2], eval);
  if (failed(position))
    return failure();
  const bool round = eval.getOptions().roundToTypes;
  for (int64_t b = 0; b < input.extents[0]; ++b)
    for (int64_t h = 0; h < input.extents[1]; ++h)
      for (int64_t i = 0; i < input.extents[2]; ++i)
        (round ? rotateRow<float> : rotateRow<double>)(op, input.row(b, h, i),
                                                       result.row(b, h, i),
                                                       (*position)(b, i));
  eval.set(op.getResult(), std::move(result.tensor));
  return success();
}

void mlir::sqa::interpreter::addAttnRopeOp(HandlerTable &table) {
  table.add<attn::RopeOp>(run);
}
