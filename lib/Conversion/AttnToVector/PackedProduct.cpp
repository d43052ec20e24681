//===- PackedProduct.cpp - acc += values^T * P on bf16 pairs --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The keys go by groups of 32, as the values are packed. Tiles: 2 x 2 tiles of
// acc stay in registers over all groups of a whole block, unrolled, since a
// tile cannot be carried by a loop (its type has no place in a block argument
// of the LLVM dialect); a shorter block goes through memory once a group.
// Pairs: valueRows * groupVectors vectors of acc stay in registers.
//
// No look at NaN here: whoever packs looks once a tile (PackedRows.cpp).
// Test: test/Conversion/AttnToVector/packed.mlir.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

using namespace mlir;
using namespace mlir::sqa;

// Features of one tile.
static constexpr int64_t kTileRows = 16;
// Tiles of query rows that share registers.
static constexpr int64_t kTileColumns = 2;

void MicroKernel::buildPairProducts() {
  Value groups = countGroups();
  forEach(index(0), index(plan.valueDim), plan.valueRows,
          [&](Value feature) { buildPairProduct(feature, groups); });
}

// Features outside, rows inside: the values of a block, which are in the second
// cache level, are read once for all rows.
void MicroKernel::buildTileProducts() {
  Value groups = countGroups();
  auto forRows = [&](Value feature, int64_t tiles) {
    forEach(index(0), index(plan.rows), kTileColumns * plan.lanes,
            [&](Value first) {
              column = first;
              buildTileProduct(feature, tiles, groups);
            });
  };
  int64_t rest = plan.valueDim % (2 * kTileRows);
  int64_t end = plan.valueDim - rest;
  if (end != 0)
    forEach(index(0), index(end), 2 * kTileRows,
            [&](Value feature) { forRows(feature, 2); });
  if (rest != 0)
    forRows(index(end), 1);
}

Value MicroKernel::countGroups() {
  return arith::CeilDivUIOp::create(b, loc, keyCount, index(kPackedChunk));
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

// `tiles` tiles of features from `feature` on.
void MicroKernel::buildTileProduct(Value feature, int64_t tiles, Value groups) {
  int64_t most = plan.scratchKeys / kPackedChunk;
  Value whole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, groups,
                                      index(most));
  auto branch = scf::IfOp::create(b, loc, whole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> sums = loadAccTiles(feature, tiles);
  for (int64_t group = 0; group < most; ++group)
    sums = buildTileStep(sums, feature, tiles, index(group));
  storeAccTiles(sums, feature, tiles);
  b.setInsertionPointToStart(branch.elseBlock());
  forEach(index(0), groups, 1, [&](Value group) {
    SmallVector<Value> some = loadAccTiles(feature, tiles);
    storeAccTiles(buildTileStep(some, feature, tiles, group), feature, tiles);
  });
}

SmallVector<Value> MicroKernel::loadAccTiles(Value feature, int64_t tiles) {
  auto type = amx::TileType::get({kTileRows, plan.lanes}, b.getF32Type());
  SmallVector<Value> sums;
  for (int64_t i = 0; i < tiles; ++i)
    for (int64_t v = 0; v < kTileColumns; ++v)
      sums.push_back(amx::TileLoadOp::create(
          b, loc, type, op.getAcc(),
          ValueRange{add(feature, kTileRows * i), columnOf(v)}));
  return sums;
}

void MicroKernel::storeAccTiles(ArrayRef<Value> sums, Value feature,
                                int64_t tiles) {
  for (int64_t i = 0; i < tiles; ++i)
    for (int64_t v = 0; v < kTileColumns; ++v)
      amx::TileStoreOp::create(
          b, loc, op.getAcc(),
          ValueRange{add(feature, kTileRows * i), columnOf(v)},
          sums[i * kTileColumns + v]);
}

// sums + values^T * P over the keys of a group.
SmallVector<Value> MicroKernel::buildTileStep(ArrayRef<Value> sums,
                                              Value feature, int64_t tiles,
                                              Value group) {
  auto type = amx::TileType::get({kTileRows, kPackedChunk}, b.getBF16Type());
  Value stride = index(kPackedChunk);
  Value pairRow = arith::MulIOp::create(b, loc, group, index(kPackedChunk / 2));
  SmallVector<Value> values, rows, next;
  for (int64_t i = 0; i < tiles; ++i) {
    Value at = arith::MulIOp::create(b, loc, add(feature, kTileRows * i),
                                     index(kPackedChunk));
    values.push_back(amx::TileLoadOp::create(b, loc, type, op.getValue(),
                                             ValueRange{group, at}, stride));
  }
  for (int64_t v = 0; v < kTileColumns; ++v)
    rows.push_back(amx::TileLoadOp::create(b, loc, type, weights,
                                           ValueRange{pairRow, pairColumn(v)}));
  for (int64_t i = 0; i < tiles; ++i)
    for (int64_t v = 0; v < kTileColumns; ++v) {
      Value sum = sums[i * kTileColumns + v];
      next.push_back(amx::TileMulFOp::create(b, loc, sum.getType(), values[i],
                                             rows[v], sum));
    }
  return next;
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

// valueRows features from `feature` on.
void MicroKernel::buildPairProduct(Value feature, Value groups) {
  SmallVector<Value> inits;
  for (int64_t i = 0; i < plan.valueRows; ++i)
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      inits.push_back(load(op.getAcc(), {add(feature, i), columnOf(v)}));
  auto outer = scf::ForOp::create(b, loc, index(0), groups, index(1), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(outer.getBody());
    auto inner = scf::ForOp::create(b, loc, index(0), index(kPackedChunk / 2),
                                    index(1), outer.getRegionIterArgs());
    scf::YieldOp::create(b, loc, inner.getResults());
    b.setInsertionPointToStart(inner.getBody());
    Value group = outer.getInductionVar(), pair = inner.getInductionVar();
    Value row = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, group, index(kPackedChunk / 2)),
        pair);
    Value key = arith::MulIOp::create(b, loc, pair, index(2));
    auto pairs = VectorType::get(2 * plan.lanes, b.getBF16Type());
    SmallVector<Value> rows, sums;
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      rows.push_back(vector::LoadOp::create(b, loc, pairs, weights,
                                            ValueRange{row, pairColumn(v)}));
    for (int64_t i = 0; i < plan.valueRows; ++i) {
      Value at =
          arith::MulIOp::create(b, loc, add(feature, i), index(kPackedChunk));
      Value element = buildPairSplat(
          op.getValue(), {group, arith::AddIOp::create(b, loc, at, key)});
      for (int64_t v = 0; v < plan.groupVectors; ++v)
        sums.push_back(x86vector::DotBF16Op::create(
            b, loc, vectorType,
            inner.getRegionIterArg(i * plan.groupVectors + v), element,
            rows[v]));
    }
    scf::YieldOp::create(b, loc, sums);
  }
  for (int64_t i = 0; i < plan.valueRows; ++i)
    for (int64_t v = 0; v < plan.groupVectors; ++v)
      store(outer.getResult(i * plan.groupVectors + v), op.getAcc(),
            {add(feature, i), columnOf(v)});
}
