//===- MicroKernel.cpp - The loop nest of one attn.online_sqa -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The skeleton; its parts are in ScoreBlock.cpp, Softmax.cpp and
// ValueProduct.cpp. Keys beyond the last multiple of keyRows go through a
// second loop, one at a time.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

MicroKernel::MicroKernel(OpBuilder &b, attn::OnlineSqaOp op,
                         const KernelPlan &plan, const DiagonalTerms &diagonal,
                         const KernelScratch &scratch)
    : b(b), loc(op.getLoc()), op(op), plan(plan),
      vectorType(VectorType::get(plan.lanes, b.getF32Type())),
      weights(scratch.weights), state(scratch.state), lines(scratch.lines),
      chunkScores(scratch.scores), diagonal(diagonal) {
  if (op.hasScoreMod())
    scoreStrips =
        findRowStrips(op.getScoreMod(), op.getScoreMod().getArgument(3),
                      op.getScoreMod().getArgument(4));
  if (op.hasMaskMod())
    maskStrips = findRowStrips(op.getMaskMod(), op.getMaskMod().getArgument(2),
                               op.getMaskMod().getArgument(3));
}

//===----------------------------------------------------------------------===//
// Loop nest
//===----------------------------------------------------------------------===//

void MicroKernel::build() {
  keyFrom = index(0);
  if (plan.isPacked()) {
    keyFrom = op.getKeyRange()[0];
    keyCount = op.getKeyRange()[1];
  } else {
    keyCount = getValueOrCreateConstantIndexOp(
        b, loc, memref::getMixedSize(b, loc, op.getKey(), 0));
  }
  if (Value scale = op.getScale()) {
    Value toBase2 = arith::ConstantOp::create(
        b, loc, b.getF32FloatAttr(llvm::numbers::log2e));
    // A score_mod sits between the two factors.
    Value factor = op.hasScoreMod()
                       ? scale
                       : arith::MulFOp::create(b, loc, scale, toBase2);
    logitScale = vector::BroadcastOp::create(b, loc, vectorType, factor);
  }
  // As few groups as fit, as even as can be: 5 vectors in groups of at most 3
  // are 3 + 2, and 4 are 2 + 2.
  int64_t vectors = plan.rows / plan.lanes;
  int64_t groups = llvm::divideCeil(vectors, plan.groupVectors);
  int64_t small = vectors / groups, larger = vectors % groups;
  int64_t split = larger * (small + 1) * plan.lanes;
  buildGroups(0, split, small + 1);
  buildGroups(split, plan.rows, small);
  if (plan.products == Products::tile)
    buildTileProducts();
}

void MicroKernel::buildGroups(int64_t begin, int64_t end, int64_t vectors) {
  if (begin == end)
    return;
  plan.groupVectors = vectors;
  forEach(index(begin), index(end), plan.groupRows(),
          [&](Value first) { buildGroup(first); });
}

void MicroKernel::buildGroup(Value groupColumn) {
  column = groupColumn;
  buildRowIndices();
  buildRowInvariants();
  buildDiagonals();
  buildLoadState();
  if (plan.isPacked()) {
    buildPackedKeys();
    if (plan.products == Products::dot)
      buildPairProducts();
    return;
  }
  int64_t size = cast<MemRefType>(op.getKey().getType()).getDimSize(0);
  Value end;
  if (ShapedType::isDynamic(size)) {
    Value rest = arith::RemUIOp::create(b, loc, keyCount, index(plan.keyRows));
    end = arith::SubIOp::create(b, loc, keyCount, rest);
  } else {
    end = index(size - size % plan.keyRows);
  }
  buildScoreLoop(index(0), end, plan.keyRows);
  if (ShapedType::isDynamic(size) || size % plan.keyRows != 0)
    buildScoreLoop(end, keyCount, 1);
  buildValueProduct();
}

Value MicroKernel::buildLaneNumbers() {
  SmallVector<Attribute> lanes;
  for (int64_t lane = 0; lane < plan.lanes; ++lane)
    lanes.push_back(b.getIndexAttr(lane));
  auto type = VectorType::get(plan.lanes, b.getIndexType());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, lanes));
}

// The query index of each lane, for the regions. Padding rows repeat the last
// row, whose captured elements exist.
void MicroKernel::buildRowIndices() {
  rowIndices.assign(plan.groupVectors, Value());
  if (!op.hasMaskMod() && !op.hasScoreMod())
    return;
  auto type = VectorType::get(plan.lanes, b.getIndexType());
  auto broadcast = [&](Value v) -> Value {
    return vector::BroadcastOp::create(b, loc, type, v);
  };
  Value lane = buildLaneNumbers();
  Value last = broadcast(arith::SubIOp::create(b, loc, op.getRows(), index(1)));
  Value first = broadcast(op.getRowOffset());
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    Value row = arith::AddIOp::create(b, loc, broadcast(columnOf(v)), lane);
    row = arith::MinSIOp::create(b, loc, row, last);
    rowIndices[v] = arith::AddIOp::create(b, loc, first, row);
  }
}

void MicroKernel::buildScoreLoop(Value begin, Value end, int64_t keys) {
  forEach(begin, end, keys, [&](Value key) { buildScoreBlock(key, keys); });
}

void MicroKernel::buildScoreBlock(Value key, int64_t keys) {
  SmallVector<Value> minusMax;
  for (int64_t v = 0; v < plan.groupVectors; ++v)
    minusMax.push_back(load(state, {index(0), scratchColumn(v)}));
  SmallVector<Value> scores = buildScores(key, keys, minusMax);
  scores = buildMaxCheck(scores, key, keys);
  if (plan.isPacked() && plan.expDegree == 3)
    buildPairWeights(scores, key, keys);
  else if (plan.isPacked())
    buildRoundedWeights(scores, key, keys);
  else
    buildWeights(scores, key, keys);
}

//===----------------------------------------------------------------------===//
// Small ops
//===----------------------------------------------------------------------===//

Value MicroKernel::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value MicroKernel::splat(float value) {
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(vectorType, b.getF32FloatAttr(value)));
}

Value MicroKernel::add(Value lhs, Value rhs) {
  return arith::AddIOp::create(b, loc, lhs, rhs);
}

Value MicroKernel::compare(arith::CmpFPredicate predicate, Value lhs,
                           Value rhs) {
  return arith::CmpFOp::create(b, loc, predicate, lhs, rhs);
}

Value MicroKernel::select(Value condition, Value lhs, Value rhs) {
  return arith::SelectOp::create(b, loc, condition, lhs, rhs);
}

Value MicroKernel::maximum(Value lhs, Value rhs) {
  return select(compare(arith::CmpFPredicate::OGT, lhs, rhs), lhs, rhs);
}

Value MicroKernel::load(Value memref, ValueRange indices) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  Value value = vector::LoadOp::create(
      b, loc, VectorType::get(plan.lanes, element), memref, indices);
  if (element.isF32())
    return value;
  return arith::ExtFOp::create(b, loc, vectorType, value);
}

void MicroKernel::store(Value value, Value memref, ValueRange indices) {
  vector::StoreOp::create(b, loc, value, memref, indices);
}

Value MicroKernel::loadSplat(Value memref, ValueRange indices) {
  Value value = memref::LoadOp::create(b, loc, memref, indices);
  if (!value.getType().isF32())
    value = arith::ExtFOp::create(b, loc, b.getF32Type(), value);
  return vector::BroadcastOp::create(b, loc, vectorType, value);
}

void MicroKernel::forEach(Value begin, Value end, int64_t step,
                          function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, begin, end, index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}
