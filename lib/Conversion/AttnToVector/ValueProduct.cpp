//===- ValueProduct.cpp - acc += values^T * P -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// valueRows * groupVectors accumulators stay in registers while the loop runs
// over the keys of the block.
//
// A masked slot must not enter arithmetic, but its weight is 0 and adding 0 * v
// changes nothing unless v is NaN or infinite, and then the sum is NaN. So the
// product takes every slot, and only where a sum comes out as NaN is it done
// again without the masked ones (10 instructions a block of 128 keys to look;
// a look at the values themselves cost a pass over V, and one at the scores an
// instruction a score). Nothing tells a masked slot from one whose weight
// underflowed by then, so the rare path computes the scores again and writes
// -0.0 over the weights of those that are -inf: hidden by a mask, by a bias, or
// by the product of queries and keys itself.
//
// Wrong if: a masked slot is recognised by the sign bit alone (x86 makes NaN
// with the sign bit set, and a live NaN must come through), or the scores of
// the rare path start at the negated maximum (a difference may be -inf though
// the score is not).
// Test: test/Conversion/AttnToVector/plain.mlir, masked.mlir, execute.mlir.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;
using namespace mlir::sqa;

void MicroKernel::buildValueProduct() {
  int64_t rest = plan.valueDim % plan.valueRows;
  int64_t end = plan.valueDim - rest;
  // Features whose sums are in acc.
  Value done = index(0);
  if (end != 0)
    done = buildValueBlocks(end);
  if (rest != 0) {
    Value whole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, done,
                                        index(end));
    auto branch = scf::IfOp::create(b, loc, done.getType(), whole,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, loc, buildValueBlock(index(end), rest));
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, done);
    done = branch.getResult(0);
  }
  Value left = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, done,
                                     index(plan.valueDim));
  auto branch = scf::IfOp::create(b, loc, left, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  buildMarkMasked();
  buildCarefulBlocks(done, end, rest);
}

// Whole blocks of features up to `end`, or up to the first that has a NaN.
// Returns where it stopped. A loop of its own: with the careful path inside,
// the old sums stay alive for it and the new ones no longer fit the registers
// (1.5 times the time of the kernel).
Value MicroKernel::buildValueBlocks(int64_t end) {
  Type type = b.getIndexType();
  auto loop = scf::WhileOp::create(b, loc, type, index(0));
  OpBuilder::InsertionGuard guard(b);
  Value feature =
      b.createBlock(&loop.getBefore(), {}, type, loc)->getArgument(0);
  Value done = buildValueBlock(feature, plan.valueRows);
  Value moved =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, done, feature);
  Value more = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, done,
                                     index(end));
  scf::ConditionOp::create(b, loc, arith::AndIOp::create(b, loc, moved, more),
                           done);
  Value next = b.createBlock(&loop.getAfter(), {}, type, loc)->getArgument(0);
  scf::YieldOp::create(b, loc, next);
  return loop.getResult(0);
}

// acc += values^T * P for some features unless a sum is NaN. Returns the first
// feature that is left to do.
Value MicroKernel::buildValueBlock(Value feature, int64_t features) {
  SmallVector<Value> sums = buildProduct(feature, features, false);
  auto branch = scf::IfOp::create(b, loc, feature.getType(), buildAnyNan(sums),
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, feature);
  b.setInsertionPointToStart(branch.elseBlock());
  storeSums(sums, feature, features);
  scf::YieldOp::create(b, loc, add(feature, features));
  return branch.getResult(0);
}

// The features from `begin` on, without the masked slots.
void MicroKernel::buildCarefulBlocks(Value begin, int64_t end, int64_t rest) {
  if (end != 0)
    forEach(begin, index(end), plan.valueRows, [&](Value feature) {
      storeSums(buildProduct(feature, plan.valueRows, true), feature,
                plan.valueRows);
    });
  if (rest != 0)
    storeSums(buildProduct(index(end), rest, true), index(end), rest);
}

void MicroKernel::storeSums(ArrayRef<Value> sums, Value feature,
                            int64_t features) {
  for (int64_t i = 0; i < features; ++i)
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      store(sums[i * plan.groupVectors + v], op.getAcc(),
            {add(feature, i), columnOf(v)});
}

// One comparison answers for two vectors.
Value MicroKernel::buildAnyNan(ValueRange sums) {
  Value any;
  for (size_t i = 0; i < sums.size(); i += 2) {
    Value other = sums[std::min(i + 1, sums.size() - 1)];
    Value nan = compare(arith::CmpFPredicate::UNO, sums[i], other);
    any = any ? arith::OrIOp::create(b, loc, any, nan) : nan;
  }
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, any);
}

// Writes -0.0 over the weights of slots whose score is -inf.
void MicroKernel::buildMarkMasked() {
  SmallVector<Value> start(plan.groupVectors, splat(0.0f));
  forEach(index(0), keyCount, 1, [&](Value key) {
    SmallVector<Value> scores = buildScores(key, 1, start);
    for (auto [v, score] : llvm::enumerate(scores)) {
      SmallVector<Value> at{key, scratchColumn(v)};
      Value weight = load(weights, at);
      // A weight that counts in the sum counts here: near the largest float
      // the score may be finite next to the maximum, and -inf alone.
      Value masked = arith::AndIOp::create(
          b, loc, compare(arith::CmpFPredicate::OEQ, score, splat(-INFINITY)),
          compare(arith::CmpFPredicate::OEQ, weight, splat(0.0f)));
      store(select(masked, splat(-0.0f), weight), weights, at);
    }
  });
}

// acc + values^T * P, [feature][vector].
SmallVector<Value> MicroKernel::buildProduct(Value feature, int64_t features,
                                             bool skipMasked) {
  SmallVector<Value> inits;
  for (int64_t i = 0; i < features; ++i)
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      inits.push_back(load(op.getAcc(), {add(feature, i), columnOf(v)}));

  auto loop = scf::ForOp::create(b, loc, index(0), keyCount, index(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value key = loop.getInductionVar();
  SmallVector<Value> rows, masked, sums;
  auto bitsType = VectorType::get(plan.lanes, b.getI32Type());
  Value sign = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(
          bitsType, b.getI32IntegerAttr(std::numeric_limits<int32_t>::min())));
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    rows.push_back(load(weights, {key, scratchColumn(v)}));
    if (skipMasked)
      masked.push_back(arith::CmpIOp::create(
          b, loc, arith::CmpIPredicate::eq,
          vector::BitCastOp::create(b, loc, bitsType, rows.back()), sign));
  }
  for (int64_t i = 0; i < features; ++i) {
    Value element = loadSplat(op.getValue(), {key, add(feature, i)});
    for (int64_t v = 0; v < plan.groupVectors; ++v) {
      Value sum = loop.getRegionIterArg(i * plan.groupVectors + v);
      Value next = vector::FMAOp::create(b, loc, element, rows[v], sum);
      sums.push_back(skipMasked ? select(masked[v], sum, next) : next);
    }
  }
  scf::YieldOp::create(b, loc, sums);
  return SmallVector<Value>(loop.getResults());
}
