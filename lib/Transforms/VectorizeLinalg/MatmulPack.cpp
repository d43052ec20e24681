//===- MatmulPack.cpp - Panels of the right matrix -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/LoopNest.h"
#include "lib/Transforms/VectorizeLinalg/MatmulEmitter.h"
#include "lib/Transforms/VectorizeLinalg/Transpose.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

// to[...] = f32(from[fromMap(...)]), as a loop nest of its own.
void MatmulEmitter::copyConverted(Value from, Value to, AffineMap fromMap) {
  unsigned rank = fromMap.getNumDims();
  auto copy = linalg::GenericOp::create(
      b, loc, from, to, {fromMap, b.getMultiDimIdentityMap(rank)},
      SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(nested.getInsertionBlock());
        linalg::YieldOp::create(b, loc, toF32(args[0]));
      });
  b.setInsertionPoint(copy);
  emitLoops(b, copy, planLoops(copy, lanes));
  b.setInsertionPointAfter(copy);
  b.eraseOp(copy);
}

// `count` panels from `first` on, or (one) columns of a single one.
Value MatmulEmitter::panelView(Value first, Value count, Value depth,
                               Value width, bool one) {
  OpFoldResult zero = b.getIndexAttr(0);
  SmallVector<OpFoldResult> offsets{getAsOpFoldResult(first), zero, zero};
  SmallVector<OpFoldResult> extents = getAsOpFoldResult({count, depth, width});
  SmallVector<OpFoldResult> ones(3, b.getIndexAttr(1));
  SmallVector<int64_t> shape;
  for (OpFoldResult extent : ArrayRef(extents).drop_front(one ? 1 : 0))
    shape.push_back(getConstantIntValue(extent).value_or(ShapedType::kDynamic));
  MemRefType type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(panels.getType()), offsets, extents, ones);
  return memref::SubViewOp::create(b, loc, type, panels, offsets, extents,
                                   ones);
}

void MatmulEmitter::packAsLoops(Matrix rhs, Value count, Value depth,
                                Value whole) {
  AffineExpr p, d, c;
  bindDims(b.getContext(), p, d, c);
  SmallVector<AffineExpr> from{d, p * panel + c};
  if (rhs.transposed)
    std::swap(from[0], from[1]);
  Matrix wide = block(rhs, constant(0), constant(0), depth, whole);
  copyConverted(wide.buffer,
                panelView(constant(0), count, depth, constant(panel), false),
                AffineMap::get(3, 0, from, b.getContext()));
}

// Whole panels of a matrix whose columns are rows in memory: squares of vectors
// are transposed in registers.
void MatmulEmitter::packTransposed(Matrix rhs, Value depth, Value whole) {
  Value tail = remainder(depth, lanes), bulk = sub(depth, tail);
  VectorType type = vector.clone(rhs.elementType());
  forSteps(whole, lanes, [&](Value column) {
    Value index = b.createOrFold<arith::DivUIOp>(loc, column, constant(panel));
    Value offset = remainder(column, panel);
    forSteps(bulk, lanes, [&](Value d) {
      SmallVector<Value> square;
      for (int64_t lane = 0; lane < lanes; ++lane)
        square.push_back(toF32(vector::LoadOp::create(
            b, loc, type, rhs.buffer,
            ValueRange{add(column, constant(lane)), d})));
      for (auto [i, row] : llvm::enumerate(transposeSquare(b, loc, square)))
        vector::StoreOp::create(b, loc, row, panels,
                                ValueRange{index, add(d, constant(i)), offset});
    });
    forSteps(tail, 1, [&](Value rest) {
      Value d = add(bulk, rest);
      forSteps(constant(lanes), 1, [&](Value lane) {
        Value x = memref::LoadOp::create(b, loc, rhs.buffer,
                                         ValueRange{add(column, lane), d});
        memref::StoreOp::create(b, loc, toF32(x), panels,
                                ValueRange{index, d, add(offset, lane)});
      });
    });
  });
}

// panels[p][d][c] = rhs[d][p * panel + c]
void MatmulEmitter::packPanels(Matrix rhs, Value depth, Value width) {
  Value cut = remainder(width, panel), whole = sub(width, cut);
  Value count = b.createOrFold<arith::DivUIOp>(loc, whole, constant(panel));
  bool inRows = cast<MemRefType>(rhs.buffer.getType()).isLastDimUnitStride();
  if (rhs.transposed && inRows)
    packTransposed(rhs, depth, whole);
  else
    packAsLoops(rhs, count, depth, whole);
  if (getConstantIntValue(cut) == 0)
    return;
  Value isCut =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, cut, constant(0));
  auto branch = scf::IfOp::create(b, loc, isCut);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  packCutPanel(rhs, count, whole, depth, cut);
}

// The panel at the edge, filled up with zeros.
void MatmulEmitter::packCutPanel(Matrix rhs, Value index, Value whole,
                                 Value depth, Value cut) {
  Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(vector));
  forSteps(depth, 1, [&](Value d) {
    for (int64_t lane = 0; lane < panel; lane += lanes)
      vector::StoreOp::create(b, loc, none, panels,
                              ValueRange{index, d, constant(lane)});
  });
  Matrix narrow = block(rhs, constant(0), whole, depth, cut);
  AffineMap map = b.getMultiDimIdentityMap(2);
  if (rhs.transposed)
    map =
        AffineMap::getPermutationMap(ArrayRef<unsigned>{1, 0}, b.getContext());
  copyConverted(narrow.buffer, panelView(index, constant(1), depth, cut, true),
                map);
}
