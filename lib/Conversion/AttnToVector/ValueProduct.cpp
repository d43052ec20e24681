//===- ValueProduct.cpp - acc += values^T * P
//------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// valueRows * groupVectors accumulators stay in registers while the loop runs
// over the keys of the block.
//
// A masked slot must not enter arithmetic, but its weight is zero and adding
// 0 * v changes nothing unless v is NaN or infinite. So a block that may be
// masked first looks whether all its values are finite (a pass over V, about
// 1 / (2 * rows) of the work); only if not, it takes the loop that leaves the
// slots out, which it finds by their weight of -0.0.
//
// Wrong if: a masked slot is recognised by the sign bit alone (x86 makes NaN
// with the sign bit set, and a live NaN must come through).
// Test: test/Conversion/AttnToVector/plain.mlir, regions.mlir.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;
using namespace mlir::sqa;

// Sums 0 * v over the block: NaN if and only if some value is not finite.
Value MicroKernel::buildValuesAreFinite() {
  constexpr int64_t chains = 8; // independent sums, to hide their latency
  auto loop = scf::ForOp::create(b, loc, index(0), keyCount, index(1),
                                 SmallVector<Value>(chains, splat(0.0f)));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar();
    SmallVector<Value> sums(loop.getRegionIterArgs());
    for (int64_t d = 0, chain = 0; d < plan.valueDim; ++chain) {
      bool whole = d + plan.lanes <= plan.valueDim;
      Value value = whole ? load(op.getValue(), {key, index(d)})
                          : loadSplat(op.getValue(), {key, index(d)});
      Value &sum = sums[chain % chains];
      sum = vector::FMAOp::create(b, loc, value, splat(0.0f), sum);
      d += whole ? plan.lanes : 1;
    }
    scf::YieldOp::create(b, loc, sums);
  }
  Value total = loop.getResult(0);
  for (Value sum : loop.getResults().drop_front())
    total = arith::AddFOp::create(b, loc, total, sum);
  Value finite = compare(arith::CmpFPredicate::ORD, total, total);
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::AND,
                                     finite);
}

void MicroKernel::buildValueProduct() {
  if (!valuesAreFinite)
    return buildValueBlocks(/*skipMasked=*/false);
  auto branch = scf::IfOp::create(b, loc, valuesAreFinite,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  buildValueBlocks(/*skipMasked=*/false);
  b.setInsertionPointToStart(branch.elseBlock());
  buildValueBlocks(/*skipMasked=*/true);
}

void MicroKernel::buildValueBlocks(bool skipMasked) {
  int64_t rest = plan.valueDim % plan.valueRows;
  int64_t end = plan.valueDim - rest;
  if (end != 0)
    forEach(index(0), index(end), plan.valueRows, [&](Value feature) {
      buildValueBlock(feature, plan.valueRows, skipMasked);
    });
  if (rest != 0)
    buildValueBlock(index(end), rest, skipMasked);
}

void MicroKernel::buildValueBlock(Value feature, int64_t features,
                                  bool skipMasked) {
  SmallVector<Value> inits;
  for (int64_t i = 0; i < features; ++i)
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      inits.push_back(load(op.getAcc(), {add(feature, i), columnOf(v)}));

  auto loop = scf::ForOp::create(b, loc, index(0), keyCount, index(1), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar();
    SmallVector<Value> rows, masked, sums;
    auto bitsType = VectorType::get(plan.lanes, b.getI32Type());
    Value sign = arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(
            bitsType,
            b.getI32IntegerAttr(std::numeric_limits<int32_t>::min())));
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
  }
  for (int64_t i = 0; i < features; ++i)
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      store(loop.getResult(i * plan.groupVectors + v), op.getAcc(),
            {add(feature, i), columnOf(v)});
}
