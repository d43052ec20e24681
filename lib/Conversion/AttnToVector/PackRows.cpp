//===- PackRows.cpp - attn.pack to vector loops ---------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys are copied, 32 features at a time. Queries and values are turned in
// registers, in squares of 16 x 16 pairs: the pairs of a query are two of its
// features and stand side by side already, those of a value are two keys and
// are interleaved first. Rows that do not exist are 0, and so are features.
// Test: test/Conversion/AttnToVector/pack.mlir.
//
//===----------------------------------------------------------------------===//

#include "PackRows.h"
#include "lib/Transforms/VectorizeLinalg/Transpose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr int64_t kPairs = 16, kGroup = 32;

namespace {
class RowPacker {
public:
  RowPacker(OpBuilder &b, attn::PackOp op)
      : b(b), loc(op.getLoc()), source(op.getSource()), target(op.getTarget()),
        features(cast<MemRefType>(source.getType()).getDimSize(1)) {
    rows = memref::DimOp::create(b, loc, source, 0);
    packed = memref::DimOp::create(b, loc, target, 0);
  }

  void buildKeys();
  void buildQueries();
  void buildValues();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, int64_t y) {
    return y ? arith::AddIOp::create(b, loc, x, index(y)).getResult() : x;
  }
  Value mul(Value x, int64_t y) {
    return arith::MulIOp::create(b, loc, x, index(y));
  }
  VectorType vectorOf(int64_t count) {
    return VectorType::get(count, b.getBF16Type());
  }
  // `count` features of a row from `feature` on; 0 beyond the last of both.
  Value loadRow(Value row, int64_t feature, int64_t count);
  void forEach(Value end, function_ref<void(Value)> body);

  OpBuilder &b;
  Location loc;
  Value source, target;
  int64_t features;
  Value rows, packed;
};
} // namespace

void RowPacker::forEach(Value end, function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, index(0), end, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value RowPacker::loadRow(Value row, int64_t feature, int64_t count) {
  VectorType type = vectorOf(count);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  int64_t there = std::clamp<int64_t>(features - feature, 0, count);
  if (there == 0)
    return zero;
  Value exists =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row, rows);
  auto branch = scf::IfOp::create(b, loc, type, exists, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, zero);
  b.setInsertionPointToStart(branch.thenBlock());
  Value loaded = vector::LoadOp::create(b, loc, vectorOf(there), source,
                                        ValueRange{row, index(feature)});
  if (there != count) {
    SmallVector<int64_t> lanes;
    for (int64_t lane = 0; lane < count; ++lane)
      lanes.push_back(lane < there ? lane : there);
    Value padding =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorOf(there)));
    loaded = vector::ShuffleOp::create(b, loc, loaded, padding, lanes);
  }
  scf::YieldOp::create(b, loc, loaded);
  return branch.getResult(0);
}

void RowPacker::buildKeys() {
  int64_t width = cast<MemRefType>(target.getType()).getDimSize(1);
  forEach(packed, [&](Value row) {
    for (int64_t feature = 0; feature < width; feature += kGroup)
      vector::StoreOp::create(b, loc, loadRow(row, feature, kGroup), target,
                              ValueRange{row, index(feature)});
  });
}

void RowPacker::buildQueries() {
  auto type = cast<MemRefType>(target.getType());
  auto pairs = VectorType::get(kPairs, b.getI32Type());
  Value groups = index(type.getDimSize(1) / (2 * kPairs));
  forEach(groups, [&](Value group) {
    Value first = mul(group, kPairs);
    for (int64_t d = 0; d < type.getDimSize(0); d += kPairs) {
      SmallVector<Value> square;
      for (int64_t r = 0; r < kPairs; ++r)
        square.push_back(vector::BitCastOp::create(
            b, loc, pairs, loadRow(add(first, r), 2 * d, 2 * kPairs)));
      for (auto [i, row] : llvm::enumerate(transposeSquare(b, loc, square)))
        vector::StoreOp::create(
            b, loc,
            vector::BitCastOp::create(b, loc, vectorOf(2 * kPairs), row),
            target, ValueRange{index(d + i), mul(first, 2)});
    }
  });
}

void RowPacker::buildValues() {
  int64_t width = cast<MemRefType>(target.getType()).getDimSize(1) / kGroup;
  auto pairs = VectorType::get(kPairs, b.getI32Type());
  forEach(packed, [&](Value group) {
    Value first = mul(group, kGroup);
    for (int64_t d = 0; d < width; d += kPairs) {
      SmallVector<Value> square;
      for (int64_t r = 0; r < kGroup; r += 2) {
        Value even = loadRow(add(first, r), d, kPairs);
        Value odd = loadRow(add(first, r + 1), d, kPairs);
        Value both = vector::InterleaveOp::create(b, loc, even, odd);
        square.push_back(vector::BitCastOp::create(b, loc, pairs, both));
      }
      for (auto [i, row] : llvm::enumerate(transposeSquare(b, loc, square)))
        vector::StoreOp::create(
            b, loc,
            vector::BitCastOp::create(b, loc, vectorOf(2 * kPairs), row),
            target, ValueRange{group, index(kGroup * (d + i))});
    }
  });
}

void mlir::sqa::lowerPack(OpBuilder &b, attn::PackOp op) {
  RowPacker packer(b, op);
  switch (op.getSide()) {
  case attn::PackSide::query:
    return packer.buildQueries();
  case attn::PackSide::key:
    return packer.buildKeys();
  case attn::PackSide::value:
    return packer.buildValues();
  }
}
