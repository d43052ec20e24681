//===- MatmulKernel.cpp - Sums in registers ------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/MatmulEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

// out[row...][column...] += sums, vector by vector.
void MatmulEmitter::addVectors(ValueRange sums, Matrix out, Value row,
                               Value column) {
  VectorType type = vector.clone(out.elementType());
  for (auto [i, sum] : llvm::enumerate(sums)) {
    SmallVector<Value> at =
        out.at(add(row, constant(i / 2)), add(column, constant(i % 2 * lanes)));
    Value before = vector::LoadOp::create(b, loc, type, out.buffer, at);
    Value after = arith::AddFOp::create(b, loc, toF32(before), sum);
    vector::StoreOp::create(b, loc, fromF32(after, out.elementType()),
                            out.buffer, at);
  }
}

// The first `cut` columns of them, one by one.
void MatmulEmitter::addElements(ValueRange sums, Matrix out, Value row,
                                Value column, Value cut) {
  for (auto [i, sum] : llvm::enumerate(sums))
    vector::StoreOp::create(
        b, loc, sum, edge,
        ValueRange{constant(i / 2), constant(i % 2 * lanes)});
  forSteps(constant(sums.size() / 2), 1, [&](Value r) {
    forSteps(cut, 1, [&](Value c) {
      Value sum = memref::LoadOp::create(b, loc, edge, ValueRange{r, c});
      SmallVector<Value> at = out.at(add(row, r), add(column, c));
      Value before = memref::LoadOp::create(b, loc, out.buffer, at);
      Value after = arith::AddFOp::create(b, loc, toF32(before), sum);
      memref::StoreOp::create(b, loc, fromF32(after, out.elementType()),
                              out.buffer, at);
    });
  });
}

// `count` rows times a panel. `cut`: columns that exist, null for all.
void MatmulEmitter::multiplyRegisters(int64_t count, Matrix lhs, Matrix out,
                                      Value row, Value panelIndex, Value column,
                                      Value depth, Value cut) {
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vector));
  SmallVector<Value> none(2 * count, zero), lhsRows;
  for (int64_t r = 0; r < count; ++r)
    lhsRows.push_back(add(row, constant(r)));
  auto loop = scf::ForOp::create(b, loc, constant(0), depth, constant(1), none);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value d = loop.getInductionVar();
    SmallVector<Value> sums, columns;
    for (int64_t lane = 0; lane < panel; lane += lanes)
      columns.push_back(vector::LoadOp::create(
          b, loc, vector, panels, ValueRange{panelIndex, d, constant(lane)}));
    for (int64_t r = 0; r < count; ++r) {
      Value x =
          memref::LoadOp::create(b, loc, lhs.buffer, lhs.at(lhsRows[r], d));
      Value splat = vector::BroadcastOp::create(b, loc, vector, x);
      for (int64_t c = 0; c < 2; ++c)
        sums.push_back(vector::FMAOp::create(b, loc, splat, columns[c],
                                             loop.getRegionIterArg(2 * r + c)));
    }
    scf::YieldOp::create(b, loc, sums);
  }
  if (cut)
    addElements(loop.getResults(), out, row, column, cut);
  else
    addVectors(loop.getResults(), out, row, column);
}

// All rows of a block times a panel: whole register blocks, then what is left.
void MatmulEmitter::multiplyRows(Matrix lhs, Matrix out, Value height,
                                 Value panelIndex, Value column, Value depth,
                                 Value cut) {
  auto multiply = [&](int64_t count, Value row) {
    multiplyRegisters(count, lhs, out, row, panelIndex, column, depth, cut);
  };
  Value left = remainder(height, rows), whole = sub(height, left);
  forSteps(whole, rows, [&](Value row) { multiply(rows, row); });
  if (std::optional<int64_t> known = getConstantIntValue(left)) {
    if (*known)
      multiply(*known, whole);
    return;
  }
  SmallVector<int64_t> cases;
  for (int64_t count = 1; count < rows; ++count)
    cases.push_back(count);
  auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange(), left, cases,
                                           cases.size());
  OpBuilder::InsertionGuard guard(b);
  for (Region &region : choice->getRegions()) {
    b.createBlock(&region);
    if (&region != &choice.getDefaultRegion())
      multiply(region.getRegionNumber(), whole);
    scf::YieldOp::create(b, loc);
  }
}

void MatmulEmitter::multiplyBlock(Matrix lhs, Matrix out, Value height,
                                  Value width, Value depth) {
  Value left = remainder(width, panel), whole = sub(width, left);
  bool inVectors = !out.transposed &&
                   cast<MemRefType>(out.buffer.getType()).isLastDimUnitStride();
  auto index = [&](Value column) {
    return b.createOrFold<arith::DivUIOp>(loc, column, constant(panel));
  };
  forSteps(whole, panel, [&](Value column) {
    multiplyRows(lhs, out, height, index(column), column, depth,
                 inVectors ? Value() : constant(panel));
  });
  if (getConstantIntValue(left) == 0)
    return;
  Value isCut = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, left,
                                      constant(0));
  auto branch = scf::IfOp::create(b, loc, isCut);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  multiplyRows(lhs, out, height, index(whole), whole, depth, left);
}
