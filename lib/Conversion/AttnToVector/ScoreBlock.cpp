//===- ScoreBlock.cpp - Scores of a few keys against a group of rows
//-------===//
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
#include "RegionVectorizer.h"
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
  SmallVector<Value> scores = buildDots(key, keys, inits);

  for (int64_t i = 0; i < keys; ++i) {
    Value keyIndex = add(op.getKeyOffset(), add(key, i));
    for (int64_t v = 0; v < plan.groupVectors; ++v) {
      Value &score = scores[i * plan.groupVectors + v];
      if (op.hasScoreMod())
        score = vector::FMAOp::create(
            b, loc, buildLogit(score, rowIndices[v], keyIndex),
            splat(llvm::numbers::log2e), start[v]);
      else if (logitScale)
        score = vector::FMAOp::create(b, loc, score, logitScale, start[v]);
      if (op.hasMaskMod())
        score = buildMasked(score, rowIndices[v], keyIndex);
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
Value MicroKernel::buildLogit(Value dot, Value rowIndex, Value keyIndex) {
  SmallVector<Value> arguments{arith::MulFOp::create(b, loc, dot, logitScale),
                               op.getBatch(), op.getHead(), rowIndex, keyIndex};
  llvm::append_range(arguments, op.getCaptures());
  return buildVectorized(b, op.getScoreMod(), arguments, plan.lanes);
}

// The score where the key is visible, -inf elsewhere.
Value MicroKernel::buildMasked(Value score, Value rowIndex, Value keyIndex) {
  SmallVector<Value> arguments{op.getBatch(), op.getHead(), rowIndex, keyIndex};
  llvm::append_range(arguments, op.getCaptures());
  Value visible = buildVectorized(b, op.getMaskMod(), arguments, plan.lanes);
  return select(visible, score, splat(-INFINITY));
}
