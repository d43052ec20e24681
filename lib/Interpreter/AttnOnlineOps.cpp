//===- AttnOnlineOps.cpp - attn.online_sqa and attn.pack on tensors -------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The new maximum is the larger of the old one and the block's. Rows beyond
// `rows` are unspecified: they become NaN, so that a program that uses one
// does not look right. Packed operands are unpacked first. Test:
// test/Interpreter/attn-online.mlir, attn-pack.mlir.
//
//===----------------------------------------------------------------------===//

#include "AttnCommon.h"

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Packed operands
//===----------------------------------------------------------------------===//

/// Where row `r`, feature `d` stands in a packed operand of `width` columns.
static int64_t packedPosition(attn::PackSide side, int64_t width, int64_t r,
                              int64_t d) {
  switch (side) {
  case attn::PackSide::query:
    return d / 2 * width + 2 * r + d % 2;
  case attn::PackSide::key:
    return r * width + d;
  case attn::PackSide::value:
    return r / 32 * width + 32 * d + r % 32;
  }
  llvm_unreachable("there are three sides");
}

static LogicalResult runPack(attn::PackOp op, Evaluator &eval) {
  if (op.getNumResults() != 1)
    return op.emitError("sqa-interpret only knows attn.pack on tensors");
  TensorRef source = eval.tensor(op.getSource());
  TensorRef target = makeTensor(eval.tensor(op.getTarget())->shape);
  const attn::PackSide side = op.getSide();
  const int64_t rows = source->shape[0], features = source->shape[1];
  const bool isQuery = side == attn::PackSide::query;
  const int64_t unit = side == attn::PackSide::value ? 32 : 1;
  const int64_t room = isQuery ? target->shape[1] / 2 : target->shape[0] * unit;
  if (rows > room)
    return op.emitError("the target has no room for ") << rows << " rows";
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t d = 0; d < features; ++d)
      target->data[packedPosition(side, target->shape[1], r, d)] =
          source->data[r * features + d];
  eval.set(op->getResult(0), std::move(target));
  return success();
}

/// The `rows` x `features` (features x rows if turned) of a packed operand.
static TensorRef unpack(const TensorRef &packed, attn::PackSide side,
                        int64_t rows, int64_t features) {
  const bool turned = side == attn::PackSide::query;
  TensorRef result =
      turned ? makeTensor({features, rows}) : makeTensor({rows, features});
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t d = 0; d < features; ++d)
      result->data[turned ? d * rows + r : r * features + d] =
          packed->data[packedPosition(side, packed->shape[1], r, d)];
  return result;
}

//===----------------------------------------------------------------------===//
// attn.online_sqa
//===----------------------------------------------------------------------===//

namespace {
/// One block step. Row r of a matrix starts at `r * rowStride` and goes on by
/// `featureStride`; with rows_last these are 1 and M.
struct Step {
  attn::OnlineSqaOp op;
  TensorRef query, key, value, acc, max, sum;
  std::optional<RegionProgram> scoreMod, maskMod;
  int64_t rows, keys, features, valueFeatures;
  int64_t batch, head, rowOffset, keyOffset, validRows;
  int64_t keyBegin, keyEnd; // of the keys that exist
  int64_t rowStrideQuery, rowStrideAcc, featureStride;
  double scale;
  Type valueType;
};
} // namespace

static LogicalResult bindStep(Step &s, Evaluator &eval) {
  attn::OnlineSqaOp op = s.op;
  s.query = eval.tensor(op.getQuery());
  s.key = eval.tensor(op.getKey());
  s.value = eval.tensor(op.getValue());
  s.acc = eval.takeUniqueTensor(op.getAccMutable());
  s.max = eval.takeUniqueTensor(op.getMaxMutable());
  s.sum = eval.takeUniqueTensor(op.getSumMutable());
  const bool rowsLast = op.getRowsLast();
  s.keyBegin = 0;
  s.keyEnd = s.key->shape[0];
  if (op.isPacked()) {
    const int64_t rows = s.max->size(), features = s.key->shape[1];
    s.query = unpack(s.query, attn::PackSide::query, rows, features);
    s.value = unpack(s.value, attn::PackSide::value, s.key->shape[0],
                     s.acc->shape[0]);
    s.keyBegin = eval.integer(op.getKeyRange()[0]);
    s.keyEnd = eval.integer(op.getKeyRange()[1]);
    if (s.keyBegin < 0 || s.keyEnd > s.key->shape[0])
      return op.emitError("the range of keys is not in the block");
  }
  s.rows = s.query->shape[rowsLast];
  s.features = s.query->shape[!rowsLast];
  s.keys = s.key->shape[0];
  s.valueFeatures = s.value->shape[1];
  s.batch = eval.integer(op.getBatch());
  s.head = eval.integer(op.getHead());
  s.rowOffset = eval.integer(op.getRowOffset());
  s.keyOffset = eval.integer(op.getKeyOffset());
  s.validRows = eval.integer(op.getRows());
  s.rowStrideQuery = rowsLast ? 1 : s.features;
  s.rowStrideAcc = rowsLast ? 1 : s.valueFeatures;
  s.featureStride = rowsLast ? s.rows : 1;
  s.scale = op.getScale() ? eval.scalar(op.getScale()).f : 1;
  s.valueType = getElementTypeOrSelf(op.getValue().getType());

  SmallVector<int64_t> acc = {s.rows, s.valueFeatures};
  if (rowsLast)
    std::swap(acc[0], acc[1]);
  if (s.key->shape[1] != s.features || s.value->shape[0] != s.keys ||
      s.acc->shape != acc || s.max->size() != s.rows || s.sum->size() != s.rows)
    return op.emitError("the operands' shapes do not agree");
  SmallVector<RuntimeValue> captures = evaluateCaptures(op.getCaptures(), eval);
  if (op.hasScoreMod())
    s.scoreMod.emplace(op.getScoreMod().front(), eval, 0, captures);
  if (op.hasMaskMod())
    s.maskMod.emplace(op.getMaskMod().front(), eval, 0, captures);
  return success();
}

/// The base-2 logit of a slot; -inf if it is masked.
template <typename Real>
static FailureOr<Real> logitOf(Step &s, int64_t r, int64_t n) {
  if (n < s.keyBegin || n >= s.keyEnd)
    return -kInfinity<Real>;
  if (s.maskMod) {
    setSlot(*s.maskMod, 0, s.batch, s.head, s.rowOffset + r, s.keyOffset + n);
    if (failed(s.maskMod->run()))
      return failure();
    if (s.maskMod->result(0).i == 0)
      return -kInfinity<Real>;
  }
  Real score = dotProduct<Real>(s.query->data.data() + r * s.rowStrideQuery,
                                s.key->data.data() + n * s.features, s.features,
                                s.featureStride);
  if (!s.op.getScale())
    return inF32Range(score);
  score = inF32Range(static_cast<Real>(s.scale) * score);
  if (s.scoreMod) {
    s.scoreMod->argument(0).f = score;
    setSlot(*s.scoreMod, 1, s.batch, s.head, s.rowOffset + r, s.keyOffset + n);
    if (failed(s.scoreMod->run()))
      return failure();
    score = inF32Range(static_cast<Real>(s.scoreMod->result(0).f));
  }
  constexpr double kLog2E = 1.4426950408889634074;
  return inF32Range(static_cast<Real>(kLog2E) * score);
}

template <typename Real> static LogicalResult stepRow(Step &s, int64_t r) {
  std::vector<Real> logits(s.keys);
  const Real oldMax = static_cast<Real>(s.max->data[r].f);
  Real max = oldMax;
  for (int64_t n = 0; n < s.keys; ++n) {
    FailureOr<Real> logit = logitOf<Real>(s, r, n);
    if (failed(logit))
      return failure();
    logits[n] = *logit;
    max = std::max(max, *logit); // a NaN reaches the sum below
  }
  if (max == -kInfinity<Real> &&
      llvm::none_of(logits, [](Real logit) { return std::isnan(logit); }))
    return success(); // nothing visible so far
  const Real rescale = oldMax == -kInfinity<Real> ? 0 : std::exp2(oldMax - max);
  Scalar *acc = s.acc->data.data() + r * s.rowStrideAcc;
  // 0 * NaN stays NaN: a row that has seen one keeps it.
  auto scaled = [&](double old) { return static_cast<Real>(old) * rescale; };
  Real sum = scaled(s.sum->data[r].f);
  std::vector<Real> sums(s.valueFeatures);
  for (int64_t d = 0; d < s.valueFeatures; ++d)
    sums[d] = scaled(acc[d * s.featureStride].f);
  for (int64_t n = 0; n < s.keys; ++n) {
    if (logits[n] == -kInfinity<Real>)
      continue;
    // NaN if the logit is NaN or +inf: then so is the whole row.
    Real weight = std::exp2(logits[n] - max);
    sum += weight;
    if constexpr (std::is_same_v<Real, float>)
      weight = static_cast<Real>(roundToType(s.valueType, weight));
    const Scalar *value = s.value->data.data() + n * s.valueFeatures;
    for (int64_t d = 0; d < s.valueFeatures; ++d)
      sums[d] += weight * static_cast<Real>(value[d].f);
  }
  s.max->data[r].f = max;
  s.sum->data[r].f = sum;
  for (int64_t d = 0; d < s.valueFeatures; ++d)
    acc[d * s.featureStride].f = sums[d];
  return success();
}

static void poisonRow(Step &s, int64_t r) {
  s.max->data[r].f = s.sum->data[r].f = kNan<double>;
  for (int64_t d = 0; d < s.valueFeatures; ++d)
    s.acc->data[r * s.rowStrideAcc + d * s.featureStride].f = kNan<double>;
}

static LogicalResult run(attn::OnlineSqaOp op, Evaluator &eval) {
  Step s;
  s.op = op;
  if (op.getNumResults() != 3)
    return op.emitError("sqa-interpret only knows attn.online_sqa on tensors");
  if (failed(bindStep(s, eval)))
    return failure();
  for (int64_t r = 0; r < s.rows; ++r) {
    if (r >= s.validRows)
      poisonRow(s, r);
    else if (failed(eval.getOptions().roundToTypes ? stepRow<float>(s, r)
                                                   : stepRow<double>(s, r)))
      return failure();
  }
  eval.set(op->getResult(0), std::move(s.acc));
  eval.set(op->getResult(1), std::move(s.max));
  eval.set(op->getResult(2), std::move(s.sum));
  return success();
}

void mlir::sqa::interpreter::addAttnOnlineOps(HandlerTable &table) {
  table.add<attn::OnlineSqaOp>(run);
  table.add<attn::PackOp>(runPack);
}
