//===- ScoreBlock.cpp - Scores of a few keys against a group of rows ------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// keys * groupVectors accumulators stay in registers while the loop runs over
// the head dimension. With prescaled queries and no score_mod they start at the
// negated maximum, so the scores come out relative to it; otherwise they start
// at 0 and the maximum goes off after the scale and the score_mod.
// Test: test/Conversion/AttnToVector/plain.mlir, regions.mlir.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

SmallVector<Value> MicroKernel::buildScores(Value key, int64_t keys,
                                            ValueRange start) {
  SmallVector<Value> inits;
  for (int64_t i = 0; i < keys; ++i)
    for (Value value : start)
      inits.push_back(logitScale ? splat(0.0f) : value);
  SmallVector<Value> scores = plan.isPacked() ? buildPairDots(key, keys, inits)
                                              : buildDots(key, keys, inits);

  // One vector of rows after the other: what a strip of keys gives is used up
  // before the next is loaded.
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    SmallVector<IRMapping> scoreKnown =
        loadStrips(scoreStrips, scoreInvariants[v], key, keys);
    SmallVector<IRMapping> maskKnown =
        loadStrips(maskStrips, maskInvariants[v], key, keys);
    for (int64_t i = 0; i < keys; ++i) {
      Value each = clampKey(add(key, i));
      Value &score = scores[i * plan.groupVectors + v];
      if (op.hasScoreMod())
        score = vector::FMAOp::create(b, loc,
                                      buildLogit(score, v, each, scoreKnown[i]),
                                      splat(llvm::numbers::log2e), start[v]);
      else if (logitScale)
        score = vector::FMAOp::create(b, loc, score, logitScale, start[v]);
      if (op.hasMaskMod())
        score = buildMasked(score, v, each, maskKnown[i]);
      score = hideMissing(score, add(key, i));
    }
  }
  return scores;
}

SmallVector<Value> MicroKernel::buildDots(Value key, int64_t keys,
                                          ValueRange inits) {
  auto loop = scf::ForOp::create(b, loc, index(0), index(plan.headDim),
                                 index(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value d = loop.getInductionVar();
  SmallVector<Value> queries, sums;
  for (int64_t v = 0; v < plan.groupVectors; ++v)
    queries.push_back(load(op.getQuery(), {d, columnOf(v)}));
  for (int64_t i = 0; i < keys; ++i) {
    Value element = loadSplat(op.getKey(), {add(key, i), d});
    for (auto [v, query] : llvm::enumerate(queries))
      sums.push_back(vector::FMAOp::create(
          b, loc, element, query,
          loop.getRegionIterArg(i * plan.groupVectors + v)));
  }
  scf::YieldOp::create(b, loc, sums);
  return SmallVector<Value>(loop.getResults());
}

// score_mod(scale * dot), natural units.
Value MicroKernel::buildLogit(Value dot, int64_t vector, Value key,
                              IRMapping &known) {
  Value score = arith::MulFOp::create(b, loc, dot, logitScale);
  loadDiagonals(key, vector, known);
  return buildVectorized(
      b, op.getScoreMod(),
      scoreArguments(score, vector, add(op.getKeyOffset(), key)), known,
      plan.lanes);
}

// The score where the key is visible, -inf elsewhere.
Value MicroKernel::buildMasked(Value score, int64_t vector, Value key,
                               const IRMapping &known) {
  Value visible = buildVectorized(
      b, op.getMaskMod(), maskArguments(vector, add(op.getKeyOffset(), key)),
      known, plan.lanes);
  return select(visible, score, splat(-INFINITY));
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

RegionArguments MicroKernel::scoreArguments(Value score, int64_t vector,
                                            Value keyIndex) {
  RegionArguments arguments = maskArguments(vector, keyIndex);
  arguments.values.insert(arguments.values.begin(), score);
  return arguments;
}

RegionArguments MicroKernel::maskArguments(int64_t vector, Value keyIndex) {
  SmallVector<Value> slot{op.getBatch(), op.getHead(), rowIndices[vector],
                          keyIndex};
  RegionArguments arguments{slot, slot};
  llvm::append_range(arguments.values, op.getCaptures());
  return arguments;
}

// What the regions make of the rows of the group, whatever the key.
void MicroKernel::buildRowInvariants() {
  scoreInvariants.assign(plan.groupVectors, IRMapping());
  maskInvariants.assign(plan.groupVectors, IRMapping());
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    if (op.hasScoreMod())
      scoreInvariants[v] = buildInvariant(
          b, op.getScoreMod(), scoreArguments({}, v, {}), plan.lanes);
    if (op.hasMaskMod())
      maskInvariants[v] =
          buildInvariant(b, op.getMaskMod(), maskArguments(v, {}), plan.lanes);
  }
}
