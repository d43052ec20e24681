//===- MatmulPack.cpp - Panels of the right matrix -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/LoopNest.h"
#include "lib/Transforms/VectorizeLinalg/MatmulEmitter.h"
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

// panels[p][d][c] = rhs[d][p * panel + c]
void MatmulEmitter::packPanels(Matrix rhs, Value depth, Value width) {
  Value cut = remainder(width, panel), whole = sub(width, cut);
  Value count = b.createOrFold<arith::DivUIOp>(loc, whole, constant(panel));
  AffineExpr p, d, c;
  bindDims(b.getContext(), p, d, c);
  SmallVector<AffineExpr> from{d, p * panel + c};
  if (rhs.transposed)
    std::swap(from[0], from[1]);
  Matrix wide = block(rhs, constant(0), constant(0), depth, whole);
  copyConverted(wide.buffer,
                panelView(constant(0), count, depth, constant(panel), false),
                AffineMap::get(3, 0, from, b.getContext()));
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
