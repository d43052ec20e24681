//===- RowKernel.cpp - One attn.online_sqa with few rows ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   for row
//     for key step 4:    4 dot products over features, a vector at a time, and
//                        their scores after scale, score_mod and mask_mod
//     max' = max(max, scores), weights = 2^(scores - max'), sum
//     for features, up to 8 vectors in registers:
//       for key:         acc += weight * value
//
// One query reads every key once: memory decides the speed as long as a key
// costs few instructions. Scores and regions are scalar; what all scores need
// is done a vector of keys at a time.
//
// Wrong if: a masked slot takes part in arithmetic: its value may be NaN. Slots
// with a score of -inf are known by it, and their values are replaced by 0, in
// a loop of its own that blocks without such a slot do not take. Test:
// test/Conversion/AttnToVector/rows.mlir.
//
//===----------------------------------------------------------------------===//

#include "RowKernel.h"
#include "Exp2.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

// Keys whose dot products are computed together, and vectors of features whose
// sums are: enough to hide the latency of a multiply-add.
static constexpr int64_t kKeysAtOnce = 4, kSumsAtOnce = 8;

RowKernel::RowKernel(OpBuilder &b, attn::OnlineSqaOp op,
                     const RowKernelPlan &plan, Value scores, Value weights)
    : b(b), loc(op.getLoc()), op(op), plan(plan), scores(scores),
      weights(weights) {}

void RowKernel::build() {
  keyCount = getValueOrCreateConstantIndexOp(
      b, loc, memref::getMixedSize(b, loc, op.getKey(), 0));
  Value lanes = index(plan.lanes);
  Value vectors = arith::CeilDivUIOp::create(b, loc, keyCount, lanes);
  paddedCount = arith::MulIOp::create(b, loc, vectors, lanes);
  auto loop = scf::ForOp::create(b, loc, index(0), op.getRows(), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  buildRow(loop.getInductionVar());
}

void RowKernel::buildRow(Value row) {
  buildScores(row);
  auto [largest, smallest] = buildExtremes();
  Value before = memref::LoadOp::create(b, loc, op.getMax(), row);
  Value max = larger(before, largest);
  // Nothing visible so far: -inf minus -inf must not be formed.
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, max,
                                     number(-INFINITY));
  Value reference = arith::SelectOp::create(b, loc, none, number(0.0f), max);
  Value factor = exp2(arith::SubFOp::create(b, loc, before, reference));
  Value added = buildWeights(reference);
  Value sum = memref::LoadOp::create(b, loc, op.getSum(), row);
  sum = arith::MulFOp::create(b, loc, sum, factor);
  sum = arith::AddFOp::create(b, loc, sum, added);
  memref::StoreOp::create(b, loc, sum, op.getSum(), row);
  memref::StoreOp::create(b, loc, max, op.getMax(), row);
  Value hides = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                      smallest, number(-INFINITY));
  auto branch = scf::IfOp::create(b, loc, hides, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  buildValues(row, factor, /*skipHidden=*/true);
  b.setInsertionPointToStart(branch.elseBlock());
  buildValues(row, factor, /*skipHidden=*/false);
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

void RowKernel::buildScores(Value row) {
  Value keys = index(kKeysAtOnce);
  Value rest = arith::RemUIOp::create(b, loc, keyCount, keys);
  Value end = arith::SubIOp::create(b, loc, keyCount, rest);
  buildScoreLoop(row, index(0), end, kKeysAtOnce);
  buildScoreLoop(row, end, keyCount, 1);
}

void RowKernel::buildScoreLoop(Value row, Value begin, Value end,
                               int64_t keys) {
  auto loop = scf::ForOp::create(b, loc, begin, end, index(keys));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value key = loop.getInductionVar();
  for (auto [n, dot] : llvm::enumerate(buildDots(row, key, keys))) {
    Value each = b.createOrFold<arith::AddIOp>(loc, key, index(n));
    memref::StoreOp::create(b, loc, buildScore(dot, row, each), scores, each);
  }
}

// The largest score (NaN if any is) and the smallest (whatever NaN does to it:
// the row is NaN then). What fills the last vector repeats the last score; for
// the weights it is -inf.
std::pair<Value, Value> RowKernel::buildExtremes() {
  Value position = b.createOrFold<arith::SubIOp>(loc, keyCount, index(1));
  position = arith::MaxSIOp::create(b, loc, position, index(0));
  fillLastVector(memref::LoadOp::create(b, loc, scores, position));
  Value inits[] = {splat(number(-INFINITY), plan.lanes),
                   splat(number(INFINITY), plan.lanes)};
  auto loop = scf::ForOp::create(b, loc, index(0), paddedCount,
                                 index(plan.lanes), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value part = load(scores, loop.getInductionVar(), plan.lanes);
    Value largest = larger(loop.getRegionIterArg(0), part);
    Value smallest =
        arith::MinNumFOp::create(b, loc, loop.getRegionIterArg(1), part);
    scf::YieldOp::create(b, loc, ValueRange{largest, smallest});
  }
  Value largest = vector::ReductionOp::create(
      b, loc, vector::CombiningKind::MAXIMUMF, loop.getResult(0));
  Value smallest = vector::ReductionOp::create(
      b, loc, vector::CombiningKind::MINNUMF, loop.getResult(1));
  return {largest, smallest};
}

void RowKernel::fillLastVector(Value score) {
  auto fill = scf::ForOp::create(b, loc, keyCount, paddedCount, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(fill.getBody());
  memref::StoreOp::create(b, loc, score, scores, fill.getInductionVar());
}

// Features in pieces of equal vectors: pairs of vectors of bf16, whole vectors,
// and what is left.
SmallVector<RowKernel::Piece> RowKernel::cutFeatures(Value source,
                                                     int64_t features) {
  SmallVector<Piece> pieces;
  int64_t begin = 0;
  auto cut = [&](int64_t width) {
    int64_t end = features - (features - begin) % width;
    if (begin < end)
      pieces.push_back({begin, end, width});
    begin = end;
  };
  if (cast<MemRefType>(source.getType()).getElementType().isBF16())
    cut(2 * plan.lanes);
  cut(plan.lanes);
  if (begin < features)
    cut(features - begin);
  return pieces;
}

SmallVector<Value> RowKernel::buildDots(Value row, Value key, int64_t keys) {
  SmallVector<Value> dots;
  for (const Piece &piece : cutFeatures(op.getKey(), plan.headDim)) {
    SmallVector<Value> zeros(keys, splat(number(0.0f), piece.width));
    auto loop = scf::ForOp::create(b, loc, index(piece.begin), index(piece.end),
                                   index(piece.width), zeros);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value feature = loop.getInductionVar();
      Value query = load(op.getQuery(), {row, feature}, piece.width);
      SmallVector<Value> sums;
      for (int64_t n = 0; n < keys; ++n) {
        Value each = b.createOrFold<arith::AddIOp>(loc, key, index(n));
        Value features = load(op.getKey(), {each, feature}, piece.width);
        sums.push_back(vector::FMAOp::create(b, loc, features, query,
                                             loop.getRegionIterArg(n)));
      }
      scf::YieldOp::create(b, loc, sums);
    }
    for (auto [n, sum] : llvm::enumerate(loop.getResults())) {
      Value total =
          vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, sum,
                                      arith::FastMathFlags::reassoc);
      if (n < dots.size())
        dots[n] = arith::AddFOp::create(b, loc, dots[n], total);
      else
        dots.push_back(total);
    }
  }
  return dots;
}

// In base 2; -inf where the key is not visible.
Value RowKernel::buildScore(Value dot, Value row, Value key) {
  SmallVector<Value> slot{
      op.getBatch(), op.getHead(),
      arith::AddIOp::create(b, loc, op.getRowOffset(), row),
      arith::AddIOp::create(b, loc, op.getKeyOffset(), key)};
  llvm::append_range(slot, op.getCaptures());
  Value score = dot;
  if (Value scale = op.getScale()) {
    score = arith::MulFOp::create(b, loc, score, scale);
    if (op.hasScoreMod()) {
      SmallVector<Value> arguments{score};
      llvm::append_range(arguments, slot);
      score = inlineRegion(op.getScoreMod(), arguments);
    }
    score = arith::MulFOp::create(b, loc, score, number(llvm::numbers::log2e));
  }
  if (!op.hasMaskMod())
    return score;
  Value visible = inlineRegion(op.getMaskMod(), slot);
  return arith::SelectOp::create(b, loc, visible, score, number(-INFINITY));
}

Value RowKernel::inlineRegion(Region &region, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(region.getArguments(), arguments);
  for (Operation &inner : region.front().without_terminator())
    b.clone(inner, mapping);
  return mapping.lookup(region.front().getTerminator()->getOperand(0));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Value RowKernel::buildWeights(Value reference) {
  fillLastVector(number(-INFINITY));
  Value zeros = splat(number(0.0f), plan.lanes);
  Value references = splat(reference, plan.lanes);
  auto loop = scf::ForOp::create(b, loc, index(0), paddedCount,
                                 index(plan.lanes), ValueRange{zeros});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar();
    Value exponent = arith::SubFOp::create(
        b, loc, load(scores, key, plan.lanes), references);
    Value power = buildExp2(b, loc, exponent, plan.expDegree).front();
    vector::StoreOp::create(b, loc, power, weights, key);
    Value sum = arith::AddFOp::create(b, loc, loop.getRegionIterArg(0), power);
    scf::YieldOp::create(b, loc, sum);
  }
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                     loop.getResult(0),
                                     arith::FastMathFlags::reassoc);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

void RowKernel::buildValues(Value row, Value factor, bool skipHidden) {
  for (const Piece &piece : cutFeatures(op.getValue(), plan.valueDim)) {
    SmallVector<int64_t> offsets;
    for (int64_t at = piece.begin; at < piece.end; at += piece.width)
      offsets.push_back(at);
    size_t most = piece.width > plan.lanes ? kSumsAtOnce / 2 : kSumsAtOnce;
    for (ArrayRef<int64_t> left = offsets; !left.empty();) {
      size_t count = std::min(left.size(), most);
      buildFeatures(row, factor, left.take_front(count), piece.width,
                    skipHidden);
      left = left.drop_front(count);
    }
  }
}

// acc * factor + weights . values of the features at `offsets`.
void RowKernel::buildFeatures(Value row, Value factor,
                              ArrayRef<int64_t> offsets, int64_t width,
                              bool skipHidden) {
  Value factors = splat(factor, width), zeros = splat(number(0.0f), width);
  SmallVector<Value> inits;
  for (int64_t offset : offsets)
    inits.push_back(arith::MulFOp::create(
        b, loc, load(op.getAcc(), {row, index(offset)}, width), factors));
  auto loop = scf::ForOp::create(b, loc, index(0), keyCount, index(1), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar();
    Value hidden;
    if (skipHidden)
      hidden = arith::CmpFOp::create(
          b, loc, arith::CmpFPredicate::OEQ,
          memref::LoadOp::create(b, loc, scores, key), number(-INFINITY));
    Value weight = splat(memref::LoadOp::create(b, loc, weights, key), width);
    SmallVector<Value> sums;
    for (auto [n, offset] : llvm::enumerate(offsets)) {
      Value value = load(op.getValue(), {key, index(offset)}, width);
      if (hidden)
        value = arith::SelectOp::create(b, loc, hidden, zeros, value);
      sums.push_back(vector::FMAOp::create(b, loc, weight, value,
                                           loop.getRegionIterArg(n)));
    }
    scf::YieldOp::create(b, loc, sums);
  }
  for (auto [offset, sum] : llvm::zip(offsets, loop.getResults()))
    store(sum, op.getAcc(), {row, index(offset)});
}

//===----------------------------------------------------------------------===//
// Small ops
//===----------------------------------------------------------------------===//

Value RowKernel::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value RowKernel::number(float value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

Value RowKernel::splat(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(
      b, loc, VectorType::get(width, scalar.getType()), scalar);
}

// A pair of vectors of bf16 becomes f32 by a shift and a mask: the even
// features first, then the odd ones. f32 is brought into the same order.
Value RowKernel::load(Value memref, ValueRange indices, int64_t width) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  Value value = vector::LoadOp::create(b, loc, VectorType::get(width, element),
                                       memref, indices);
  auto type = VectorType::get(width, b.getF32Type());
  if (width <= plan.lanes)
    return element.isF32() ? value : arith::ExtFOp::create(b, loc, type, value);
  int64_t half = width / 2;
  SmallVector<int64_t> order;
  if (element.isF32()) {
    for (int64_t n = 0; n < width; ++n)
      order.push_back(n < half ? 2 * n : 2 * (n - half) + 1);
    return vector::ShuffleOp::create(b, loc, value, value, order);
  }
  auto pairs = VectorType::get(half, b.getI32Type());
  auto floats = VectorType::get(half, b.getF32Type());
  auto constant = [&](int32_t bits) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(pairs, b.getI32IntegerAttr(bits)));
  };
  value = vector::BitCastOp::create(b, loc, pairs, value);
  Value even = arith::ShLIOp::create(b, loc, value, constant(16));
  Value odd = arith::AndIOp::create(b, loc, value,
                                    constant(static_cast<int32_t>(0xffff0000)));
  for (int64_t n = 0; n < width; ++n)
    order.push_back(n);
  return vector::ShuffleOp::create(
      b, loc, vector::BitCastOp::create(b, loc, floats, even),
      vector::BitCastOp::create(b, loc, floats, odd), order);
}

void RowKernel::store(Value value, Value memref, ValueRange indices) {
  int64_t width = cast<VectorType>(value.getType()).getDimSize(0);
  if (width > plan.lanes) {
    SmallVector<int64_t> order;
    for (int64_t n = 0; n < width; ++n)
      order.push_back(n / 2 + (n % 2) * (width / 2));
    value = vector::ShuffleOp::create(b, loc, value, value, order);
  }
  vector::StoreOp::create(b, loc, value, memref, indices);
}

Value RowKernel::exp2(Value scalar) {
  Value power =
      buildExp2(b, loc, splat(scalar, plan.lanes), plan.expDegree).front();
  return vector::ExtractOp::create(b, loc, power, int64_t(0));
}

Value RowKernel::larger(Value a, Value c) {
  return arith::MaximumFOp::create(b, loc, a, c);
}
