//===- Softmax.cpp - Running maximum, weights and sum ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The maximum may lag behind the scores by lazy_log2: raising it costs a pass
// over the accumulator, and 2^lazy_log2 is far from overflow. One comparison a
// vector finds the rows that need it:
//
//   a row that has seen a key:  score - max > lazy_log2
//   a row that has not:         score > -inf
//
// so each row keeps a threshold (lazy_log2 or -inf) beside its negated maximum
// (0 while it has none, so that -inf is never subtracted from -inf).
//
// NaN: a maximum may drop one, a weight and the sum never do, and then the row
// is NaN whatever the maximum is. +inf: the maximum becomes +inf, inf - inf
// makes the weight NaN, as in the definition of softmax.
//
// Wrong if: the operands of maximum() below are turned round (a NaN would reach
// the factors of the row's other slots before it must), or the factor of a row
// without keys is anything but finite.
// Test: test/Conversion/AttnToVector/plain.mlir, regions.mlir.
//
//===----------------------------------------------------------------------===//

#include "Exp2.h"
#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

// Writes the negated maximum and the threshold of the group to scratch.
void MicroKernel::buildLoadState() {
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    Value max = load(op.getMax(), columnOf(v));
    Value none = compare(arith::CmpFPredicate::OEQ, max, splat(-INFINITY));
    Value minusMax = arith::NegFOp::create(b, loc, max);
    store(select(none, splat(0.0f), minusMax), state,
          {index(0), scratchColumn(v)});
    store(select(none, splat(-INFINITY), splat(plan.lazyLog2)), state,
          {index(1), scratchColumn(v)});
    if (plan.isPacked())
      store(splat(0.0f), state, {index(2), scratchColumn(v)});
  }
}

//===----------------------------------------------------------------------===//
// Maximum
//===----------------------------------------------------------------------===//

// The scores, relative to a maximum that has been raised if it had to be.
SmallVector<Value> MicroKernel::buildMaxCheck(ArrayRef<Value> scores, Value key,
                                              int64_t keys) {
  Value exceeds;
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    Value top = scores[v];
    for (int64_t i = 1; i < keys; ++i)
      top = maximum(top, scores[i * plan.groupVectors + v]);
    Value over = compare(arith::CmpFPredicate::OGT, top,
                         load(state, {index(1), scratchColumn(v)}));
    exceeds = exceeds ? arith::OrIOp::create(b, loc, exceeds, over) : over;
  }
  Value any =
      vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, exceeds);
  auto branch = scf::IfOp::create(
      b, loc, SmallVector<Type>(scores.size(), vectorType), any,
      /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, buildRaiseMax(scores, key, keys));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, scores);
  return SmallVector<Value>(branch.getResults());
}

// The rare path: every row takes its largest score as its maximum. What was
// summed so far, P of this block included, is scaled by 2^(old - new).
SmallVector<Value> MicroKernel::buildRaiseMax(ArrayRef<Value> scores, Value key,
                                              int64_t keys) {
  SmallVector<Value> raised(scores), factors;
  Value zero = splat(0.0f), none = splat(-INFINITY);
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    Value top = scores[v];
    for (int64_t i = 1; i < keys; ++i)
      top = maximum(top, scores[i * plan.groupVectors + v]);
    SmallVector<Value> maxAt{index(0), scratchColumn(v)};
    SmallVector<Value> thresholdAt{index(1), scratchColumn(v)};
    Value old =
        compare(arith::CmpFPredicate::OGT, load(state, thresholdAt), none);
    Value some = compare(arith::CmpFPredicate::OGT, top, none);
    Value rise = select(old, maximum(top, zero), select(some, top, zero));
    Value now = arith::OrIOp::create(b, loc, old, some);

    Value minusMax = arith::SubFOp::create(b, loc, load(state, maxAt), rise);
    store(minusMax, state, maxAt);
    store(select(now, splat(plan.lazyLog2), none), state, thresholdAt);
    Value max = arith::NegFOp::create(b, loc, minusMax);
    store(select(now, max, none), op.getMax(), columnOf(v));

    Value fall = arith::NegFOp::create(b, loc, rise);
    Value factor = buildExp2(b, loc, fall, plan.rescaleDegree()).front();
    factors.push_back(select(old, factor, splat(1.0f)));
    for (int64_t i = 0; i < keys; ++i) {
      Value &score = raised[i * plan.groupVectors + v];
      score = arith::SubFOp::create(b, loc, score, rise);
    }
  }
  buildRescale(factors, key);
  return raised;
}

void MicroKernel::buildRescale(ArrayRef<Value> factors, Value keysSoFar) {
  auto scaleRow = [&](Value memref, ValueRange indices, Value factor) {
    Value scaled = arith::MulFOp::create(b, loc, load(memref, indices), factor);
    store(scaled, memref, indices);
  };
  for (auto [v, factor] : llvm::enumerate(factors))
    scaleRow(op.getSum(), columnOf(v), factor);
  forEach(index(0), index(plan.valueDim), 1, [&](Value feature) {
    for (auto [v, factor] : llvm::enumerate(factors))
      scaleRow(op.getAcc(), {feature, columnOf(v)}, factor);
  });
  if (plan.isPacked()) {
    Value pairs = arith::DivUIOp::create(b, loc, keysSoFar, index(2));
    return forEach(index(0), pairs, 1,
                   [&](Value pair) { buildPairRescale(pair, factors); });
  }
  forEach(index(0), keysSoFar, 1, [&](Value key) {
    for (auto [v, factor] : llvm::enumerate(factors))
      scaleRow(weights, {key, scratchColumn(v)}, factor);
  });
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

// P = 2^score to scratch, and its sum. A masked slot has weight +0.0.
void MicroKernel::buildWeights(ArrayRef<Value> scores, Value key,
                               int64_t keys) {
  // Polynomials in flight: 4 were 3 % faster than 1 at D = 16 (AVX2), more no
  // better.
  constexpr size_t chains = 4;
  SmallVector<Value> sums;
  for (int64_t v = 0; v < plan.groupVectors; ++v)
    sums.push_back(load(op.getSum(), columnOf(v)));
  for (size_t first = 0; first < scores.size(); first += chains) {
    ArrayRef<Value> some = scores.drop_front(first).take_front(chains);
    SmallVector<Value> powers = buildExp2(b, loc, some, plan.expDegree);
    for (auto [offset, weight] : llvm::enumerate(powers)) {
      int64_t i = (first + offset) / plan.groupVectors;
      int64_t v = (first + offset) % plan.groupVectors;
      sums[v] = arith::AddFOp::create(b, loc, sums[v], weight);
      store(weight, weights, {add(key, i), scratchColumn(v)});
    }
  }
  for (auto [v, sum] : llvm::enumerate(sums))
    store(sum, op.getSum(), columnOf(v));
}
