//===- AttnOps.cpp - attn.sqa and attn.merge from their definitions -------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// dialects/Attn/README.md read aloud: for each row, the logits of all visible
// keys, then their maximum, then weights, sum and output. A slot that is
// masked is left out of the list and so never touched again.
//
// With roundToTypes the same code runs in f32: logits, weights and sums in
// f32, the normalised weights rounded to the type of the values, the output
// rounded once. That is the straightforward computation that the error bound
// of executions is stated against.
//
// Test: test/Interpreter/attn-*.mlir.
//
//===----------------------------------------------------------------------===//

#include "AttnMask.h"
#include <algorithm>

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

namespace {

/// Everything about one attn.sqa but the arithmetic.
struct Attention {
  attn::SqaOp op;
  LogicalView query, key, value;
  SlotMask mask;
  TensorRef bias, sink;
  std::optional<RegionProgram> scoreMod;
  int64_t batch, heads, rows, keys, features, valueFeatures;
  double scale = 1;
  Type valueType;

  int64_t sharedHead(int64_t head, int64_t count) {
    return op.getHeadMap() == attn::HeadMap::tile ? head % count
                                                  : head / (heads / count);
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static LogicalResult checkOperands(Attention &a) {
  attn::SqaOp op = a.op;
  const int64_t hq = a.query.extents[1], hkv = a.key.extents[1];
  auto key = physicalShape(op.getKeyLayout(), a.batch, hkv, a.keys, a.features);
  auto value =
      physicalShape(op.getValueLayout(), a.batch, hkv, a.keys, a.valueFeatures);
  const int64_t shared = std::min(hq, hkv);
  if (shared < 1 || a.heads % shared != 0)
    return op.emitError("expected one head count to divide the other, but got ")
           << hq << " and " << hkv;
  const SmallVector<int64_t> slots = {a.batch, a.heads, a.rows, a.keys};
  return success(
      succeeded(expectShape(op, "key", a.key.tensor, key)) &&
      succeeded(expectShape(op, "value", a.value.tensor, value)) &&
      succeeded(expectShape(op, "sink", a.sink, {a.heads})) &&
      succeeded(expectBroadcast(op, "bias", op.getBias(), a.bias, slots)));
}

static LogicalResult bindOperands(Attention &a, Evaluator &eval) {
  attn::SqaOp op = a.op;
  a.query = LogicalView(eval.tensor(op.getQuery()), op.getQueryLayout());
  a.key = LogicalView(eval.tensor(op.getKey()), op.getKeyLayout());
  a.value = LogicalView(eval.tensor(op.getValue()), op.getValueLayout());
  if (op.getBias())
    a.bias = eval.tensor(op.getBias());
  if (op.getSink())
    a.sink = eval.tensor(op.getSink());
  a.batch = a.query.extents[0];
  a.heads = std::max(a.query.extents[1], a.key.extents[1]);
  a.rows = a.query.extents[2];
  a.keys = a.key.extents[2];
  a.features = a.query.extents[3];
  a.valueFeatures = a.value.extents[3];
  a.valueType = getElementTypeOrSelf(op.getValue().getType());
  if (op.getScale())
    a.scale = eval.scalar(op.getScale()).f;
  else if (op.getScaleValue())
    a.scale = op.getScaleValue()->convertToDouble();
  else
    a.scale = 1 / std::sqrt(static_cast<double>(a.features));

  SmallVector<RuntimeValue> captures = evaluateCaptures(op.getCaptures(), eval);
  if (op.hasScoreMod())
    a.scoreMod.emplace(op.getScoreMod().front(), eval, 0, captures);
  return success(succeeded(a.mask.bind(op, eval)) &&
                 succeeded(checkOperands(a)));
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

template <typename Real>
static FailureOr<Real> logitOf(Attention &a, int64_t b, int64_t h, int64_t i,
                               int64_t j, const Scalar *query,
                               const Scalar *key) {
  Real logit = inF32Range(static_cast<Real>(a.scale) *
                          dotProduct<Real>(query, key, a.features));
  if (a.scoreMod) {
    a.scoreMod->argument(0).f = logit;
    setSlot(*a.scoreMod, 1, b, h, i, j);
    if (failed(a.scoreMod->run()))
      return failure();
    logit = inF32Range(static_cast<Real>(a.scoreMod->result(0).f));
  }
  if (a.bias)
    logit = inF32Range(
        logit + static_cast<Real>(
                    a.bias->data[broadcastOffset(*a.bias, b, h, i, j)].f));
  return inBase2Range(logit);
}

namespace {
template <typename Real> struct VisibleKey {
  int64_t key;
  Real logit;
};
} // namespace

template <typename Real>
static LogicalResult collectVisible(Attention &a, int64_t b, int64_t h,
                                    int64_t i,
                                    std::vector<VisibleKey<Real>> &visible) {
  visible.clear();
  const Scalar *query = a.query.row(b, a.sharedHead(h, a.query.extents[1]), i);
  const int64_t keyHead = a.sharedHead(h, a.key.extents[1]);
  for (int64_t j = 0; j < a.keys; ++j) {
    FailureOr<bool> seen = a.mask.isVisible(b, h, i, j);
    if (failed(seen))
      return failure();
    if (!*seen)
      continue;
    FailureOr<Real> logit =
        logitOf<Real>(a, b, h, i, j, query, a.key.row(b, keyHead, j));
    if (failed(logit))
      return failure();
    if (*logit != -kInfinity<Real>)
      visible.push_back({j, *logit});
  }
  return success();
}

/// Writes the output row; returns its LSE.
template <typename Real>
static Real attendRow(Attention &a, int64_t b, int64_t h,
                      std::vector<VisibleKey<Real>> &visible, Scalar *output) {
  Real sink = -kInfinity<Real>;
  if (a.sink)
    sink = inBase2Range(static_cast<Real>(a.sink->data[h].f));
  Real max = sink;
  bool isNan = std::isnan(sink) || sink == kInfinity<Real>;
  for (const VisibleKey<Real> &slot : visible) {
    isNan |= std::isnan(slot.logit) || slot.logit == kInfinity<Real>;
    max = std::max(max, slot.logit);
  }
  if (isNan) {
    for (int64_t d = 0; d < a.valueFeatures; ++d)
      output[d].f = kNan<double>;
    return kNan<Real>;
  }
  std::vector<Real> sums(a.valueFeatures, 0);
  Real total = 0;
  for (VisibleKey<Real> &slot : visible) {
    slot.logit = std::exp(slot.logit - max); // from here on the weight
    total += slot.logit;
  }
  if (sink != -kInfinity<Real>)
    total += std::exp(sink - max);
  const int64_t valueHead = a.sharedHead(h, a.value.extents[1]);
  for (const VisibleKey<Real> &slot : visible) {
    Real weight = slot.logit / total;
    if constexpr (std::is_same_v<Real, float>)
      weight = static_cast<Real>(roundToType(a.valueType, weight));
    const Scalar *value = a.value.row(b, valueHead, slot.key);
    for (int64_t d = 0; d < a.valueFeatures; ++d)
      sums[d] += weight * static_cast<Real>(value[d].f);
  }
  for (int64_t d = 0; d < a.valueFeatures; ++d)
    output[d].f = sums[d];
  return total == 0 ? -kInfinity<Real> : max + std::log(total);
}

template <typename Real>
static LogicalResult attend(Attention &a, const LogicalView &output,
                            TensorValue &lse) {
  std::vector<VisibleKey<Real>> visible;
  for (int64_t b = 0, at = 0; b < a.batch; ++b)
    for (int64_t h = 0; h < a.heads; ++h)
      for (int64_t i = 0; i < a.rows; ++i, ++at) {
        if (failed(collectVisible<Real>(a, b, h, i, visible)))
          return failure();
        lse.data[at].f = attendRow<Real>(a, b, h, visible, output.row(b, h, i));
      }
  return success();
}

static LogicalResult run(attn::SqaOp op, Evaluator &eval) {
  Attention a;
  a.op = op;
  if (failed(bindOperands(a, eval)))
    return failure();
  SmallVector<int64_t> shape = physicalShape(op.getOutputLayout(), a.batch,
                                             a.heads, a.rows, a.valueFeatures);
  if (failed(checkShape(op, shape)))
    return failure();
  LogicalView output(makeTensor(shape), op.getOutputLayout());
  TensorRef lse = makeTensor({a.batch, a.heads, a.rows});
  if (failed(eval.getOptions().roundToTypes ? attend<float>(a, output, *lse)
                                            : attend<double>(a, output, *lse)))
    return failure();
  eval.set(op.getOutput(), std::move(output.tensor));
  if (op.getLse())
    eval.set(op.getLse(), std::move(lse));
  return success();
}

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

/// Combines row `at` of the partials; returns its LSE.
template <typename Real>
static Real mergeRow(ArrayRef<LogicalView> partials, ArrayRef<TensorRef> lses,
                     int64_t at, int64_t b, int64_t h, int64_t i,
                     const LogicalView &output) {
  Real max = -kInfinity<Real>, total = 0;
  bool isNan = false;
  for (const TensorRef &lse : lses) {
    const Real value = static_cast<Real>(lse->data[at].f);
    isNan |= std::isnan(value) || value == kInfinity<Real>;
    max = std::max(max, value);
  }
  Scalar *to = output.row(b, h, i);
  const int64_t features = output.extents[3];
  std::vector<Real> sums(features, isNan ? kNan<Real> : 0);
  for (auto [partial, lse] : llvm::zip_equal(partials, lses)) {
    const Real value = static_cast<Real>(lse->data[at].f);
    if (isNan || value == -kInfinity<Real>)
      continue;
    const Real weight = std::exp(value - max);
    total += weight;
    const Scalar *from = partial.row(b, h, i);
    for (int64_t d = 0; d < features; ++d)
      sums[d] += weight * static_cast<Real>(from[d].f);
  }
  for (int64_t d = 0; d < features; ++d)
    to[d].f = total == 0 ? sums[d] : sums[d] / total;
  if (isNan)
    return kNan<Real>;
  return total == 0 ? -kInfinity<Real> : max + std::log(total);
}

static LogicalResult run(attn::MergeOp op, Evaluator &eval) {
  SmallVector<LogicalView> partials;
  SmallVector<TensorRef> lses;
  for (auto [output, lse] : llvm::zip_equal(op.getOutputs(), op.getLses())) {
    partials.emplace_back(eval.tensor(output), op.getLayout());
    lses.push_back(eval.tensor(lse));
  }
  const TensorRef &model = partials.front().tensor;
  const int64_t *extents = partials.front().extents;
  for (auto [partial, lse] : llvm::zip_equal(partials, lses))
    if (failed(
            expectShape(op, "partial output", partial.tensor, model->shape)) ||
        failed(expectShape(op, "partial lse", lse,
                           {extents[0], extents[1], extents[2]})))
      return failure();

  LogicalView output(makeTensor(model->shape), op.getLayout());
  TensorRef lse = makeTensor(lses.front()->shape);
  const bool round = eval.getOptions().roundToTypes;
  for (int64_t b = 0, at = 0; b < extents[0]; ++b)
    for (int64_t h = 0; h < extents[1]; ++h)
      for (int64_t i = 0; i < extents[2]; ++i, ++at)
        lse->data[at].f =
            round ? mergeRow<float>(partials, lses, at, b, h, i, output)
                  : mergeRow<double>(partials, lses, at, b, h, i, output);
  eval.set(op.getOutput(), std::move(output.tensor));
  eval.set(op.getLse(), std::move(lse));
  return success();
}

void mlir::sqa::interpreter::addAttnOps(HandlerTable &table) {
  table.add<attn::SqaOp>(run);
  table.add<attn::MergeOp>(run);
}
