//===- RowStrips.cpp - Elements [i, j] of captures, a few keys at a time --===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dense bias is read at [..., i, j]: lanes are rows, which lie apart, but
// keys that follow each other lie side by side. So four keys of each row are
// loaded at once and turned in registers, 16 instructions for 4 vectors instead
// of a scalar load and an insertion a slot. Test:
// test/Conversion/AttnToVector/strips.mlir.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr int64_t kStrip = 4;

SmallVector<memref::LoadOp> mlir::sqa::findRowStrips(Region &region, Value row,
                                                     Value key) {
  SmallVector<memref::LoadOp> strips;
  DenseSet<Value> byRow{row}, byOther{key};
  // The score comes before the slot.
  if (cast<BlockArgument>(row).getArgNumber() == 3)
    byOther.insert(region.getArgument(0));
  for (Operation &op : region.front().without_terminator()) {
    auto dependsOn = [&](const DenseSet<Value> &values) {
      return llvm::any_of(op.getOperands(),
                          [&](Value v) { return values.contains(v); });
    };
    if (auto load = dyn_cast<memref::LoadOp>(op);
        load && !load.getIndices().empty() && load.getIndices().back() == key &&
        load.getType().isF32() && load.getMemRefType().isLastDimUnitStride()) {
      auto rest = load.getIndices().drop_back();
      auto isIn = [](const DenseSet<Value> &values) {
        return [&](Value v) { return values.contains(v); };
      };
      if (llvm::any_of(rest, isIn(byRow)) && llvm::none_of(rest, isIn(byOther)))
        strips.push_back(load);
    }
    if (dependsOn(byRow))
      byRow.insert_range(op.getResults());
    if (dependsOn(byOther))
      byOther.insert_range(op.getResults());
  }
  return strips;
}

// Columns of the 4 x 4 squares that `rows` (a vector of 4 for each lane) are.
static SmallVector<Value> transpose(OpBuilder &b, Location loc,
                                    ArrayRef<Value> rows) {
  int64_t lanes = rows.size();
  auto shuffle = [&](Value x, Value y, ArrayRef<int64_t> mask) -> Value {
    return vector::ShuffleOp::create(b, loc, x, y, mask);
  };
  // Row k of every square, side by side.
  SmallVector<Value> wide;
  for (int64_t k = 0; k < kStrip; ++k) {
    SmallVector<Value> parts;
    for (int64_t lane = k; lane < lanes; lane += kStrip)
      parts.push_back(rows[lane]);
    for (int64_t size = kStrip; parts.size() > 1; size *= 2) {
      auto mask = llvm::to_vector(llvm::seq<int64_t>(2 * size));
      SmallVector<Value> pairs;
      for (size_t i = 0; i < parts.size(); i += 2)
        pairs.push_back(shuffle(parts[i], parts[i + 1], mask));
      parts = pairs;
    }
    wide.push_back(parts.front());
  }
  // `pattern` says what a square takes: 0-3 of the first, 4-7 of the second.
  auto inSquares = [&](Value x, Value y, ArrayRef<int64_t> pattern) {
    SmallVector<int64_t> mask;
    for (int64_t square = 0; square < lanes; square += kStrip)
      for (int64_t i : pattern)
        mask.push_back(i < kStrip ? square + i : lanes + square + i - kStrip);
    return shuffle(x, y, mask);
  };
  Value low01 = inSquares(wide[0], wide[1], {0, 4, 1, 5});
  Value high01 = inSquares(wide[0], wide[1], {2, 6, 3, 7});
  Value low23 = inSquares(wide[2], wide[3], {0, 4, 1, 5});
  Value high23 = inSquares(wide[2], wide[3], {2, 6, 3, 7});
  return {inSquares(low01, low23, {0, 1, 4, 5}),
          inSquares(low01, low23, {2, 3, 6, 7}),
          inSquares(high01, high23, {0, 1, 4, 5}),
          inSquares(high01, high23, {2, 3, 6, 7})};
}

SmallVector<IRMapping> MicroKernel::loadStrips(ArrayRef<memref::LoadOp> strips,
                                               const IRMapping &invariant,
                                               Value key, int64_t keys) {
  SmallVector<IRMapping> known(keys, invariant);
  if (keys % kStrip != 0 || plan.lanes % kStrip != 0)
    return known;
  auto type = VectorType::get(kStrip, b.getF32Type());
  for (memref::LoadOp load : strips)
    for (int64_t first = 0; first < keys; first += kStrip) {
      Value keyIndex = add(op.getKeyOffset(), add(key, first));
      SmallVector<Value> rows;
      for (int64_t lane = 0; lane < plan.lanes; ++lane) {
        SmallVector<Value> indices;
        for (Value index : load.getIndices().drop_back())
          indices.push_back(buildLane(b, loc, invariant.lookup(index), lane));
        indices.push_back(keyIndex);
        rows.push_back(vector::LoadOp::create(
            b, loc, type, invariant.lookup(load.getMemRef()), indices));
      }
      SmallVector<Value> columns = transpose(b, loc, rows);
      for (int64_t i = 0; i < kStrip; ++i)
        known[first + i].map(load.getResult(), columns[i]);
    }
  return known;
}
