//===- CheckIndices.cpp - No index reads outside of its tensor ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An index out of range is undefined in MLIR; for the caller of a package it
// must be an error that says which. Indices that are proved to be in range
// (loops over the dimension, minima, remainders) stay as they are; the others
// are checked before they are used. A scalar one by host.check, those of a
// gather by a pass over what its index is computed from:
//
//   %y = linalg.generic ins(%ids) outs(%e) {   // B x S x D
//     %d = linalg.index 2
//     %v = tensor.extract %table[%id, %d]
// is preceded by
//   %all = linalg.generic ins(%ids) outs(%true : tensor<i1>) {   // B x S
//     %ok = arith.cmpi ult, %id, %rows  ... arith.andi
//   %bit = tensor.extract %all[]
//   host.check %bit, "expected indices computed from 'ids' to be in range ..."
//
// Requires: tensors, sqa.shape (--sqa-check-arguments), nothing tiled yet.
// Ensures: sqa.checked; no tensor.extract, insert, extract_slice or
// insert_slice outside of
//   attention reads or writes beyond its tensor when the call succeeds.
// Fails when: an unproved index is not computed before the op around it runs
//   (it depends on a running sum, or on code in a parallel loop).
// Wrong if: a later pass moves a read above the host.check in front of it (no
//   pass of ours hoists code out of loops), or a check reads by an index that
//   is itself unchecked: checks follow the order of the accesses.
// The regions of attn.sqa are defined for every slot by contract
// (dialects/Attn/README.md, Regions). Test: test/Transforms/check-indices.mlir,
// check-indices-invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Host/HostOps.h"
#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/ArgumentShapes.h"
#include "lib/Transforms/CheckIndices/Access.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-check-indices"

namespace mlir::sqa {
#define GEN_PASS_DEF_CHECKINDICESPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan: what is not proved
//===----------------------------------------------------------------------===//

static void findElement(Operation *op, Value tensor, ValueRange indices,
                        ShapeEquations &equations, IndexBounds &bounds,
                        Access &access) {
  access = {op, tensor, {}, {}};
  for (auto [dim, index] : llvm::enumerate(indices))
    if (!bounds.isInside(index, equations.getDim(tensor, dim)))
      access.unproved.push_back(dim);
}

static void findSlice(OffsetSizeAndStrideOpInterface op, Value tensor,
                      ShapeEquations &equations, IndexBounds &bounds,
                      Access &access) {
  access = {op, tensor, {}, {}};
  SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
  SmallVector<OpFoldResult> sizes = op.getMixedSizes();
  SmallVector<OpFoldResult> strides = op.getMixedStrides();
  for (unsigned dim = 0; dim < offsets.size(); ++dim) {
    AffineExpr extent = equations.getIndex(sizes[dim]);
    std::optional<int64_t> stride = getConstantIntValue(strides[dim]);
    std::optional<int64_t> count = getConstantIntValue(sizes[dim]);
    // From the first element to the one behind the last.
    if (extent && stride != 1)
      extent = stride && *stride > 0 && count && *count > 0
                   ? extent * *stride - (*stride - 1)
                   : AffineExpr();
    if (!bounds.isAtLeastZero(sizes[dim]) ||
        !bounds.isInside(offsets[dim], extent, equations.getDim(tensor, dim)))
      access.unproved.push_back(dim);
  }
}

// All of the source is written, whatever size the slice says.
static void findResized(tensor::InsertSliceOp op, ShapeEquations &equations,
                        Access &access) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  unsigned from = 0;
  for (auto [dim, size] : llvm::enumerate(op.getMixedSizes())) {
    if (dropped.test(dim))
      continue;
    AffineExpr wanted = equations.resolve(equations.getIndex(size));
    AffineExpr got = equations.resolve(equations.getDim(op.getSource(), from));
    if (!wanted || wanted != got)
      access.resized.push_back({unsigned(dim), from});
    ++from;
  }
}

// What is not proved about `op`; none if it reads and writes no element, or if
// all is.
static Access findAccess(Operation *op, ShapeEquations &equations,
                         IndexBounds &bounds) {
  Access access;
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    findElement(op, extract.getTensor(), extract.getIndices(), equations,
                bounds, access);
  else if (auto insert = dyn_cast<tensor::InsertOp>(op))
    findElement(op, insert.getDest(), insert.getIndices(), equations, bounds,
                access);
  else if (auto extract = dyn_cast<tensor::ExtractSliceOp>(op))
    findSlice(extract, extract.getSource(), equations, bounds, access);
  else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    findSlice(insert, insert.getDest(), equations, bounds, access);
    findResized(insert, equations, access);
  } else if (auto insert = dyn_cast<tensor::ParallelInsertSliceOp>(op))
    findSlice(insert, insert.getDest(), equations, bounds, access);
  return access;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

// The op that runs the body `op` stands in for every element, or null.
static Operation *nestAround(Operation *op) {
  for (Operation *parent = op->getParentOp();
       parent && !isa<func::FuncOp>(parent); parent = parent->getParentOp())
    if (isa<linalg::LinalgOp, tensor::GenerateOp>(parent))
      return parent;
  return nullptr;
}

// Run by the host program alone, which may stop the call.
static bool isHostOp(Operation *op, func::FuncOp function) {
  for (Operation *parent = op->getParentOp(); parent != function;
       parent = parent->getParentOp())
    if (!isa<scf::ForOp, scf::IfOp, scf::WhileOp>(parent))
      return false;
  return function.isPublic();
}

namespace {
struct CheckIndicesPass
    : mlir::sqa::impl::CheckIndicesPassBase<CheckIndicesPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || function->hasAttr(kCheckedAttrName))
      return;
    function->setAttr(kCheckedAttrName, UnitAttr::get(&getContext()));
    ShapeEquations equations = getArgumentEquations(function);
    IndexBounds bounds(equations);
    SmallVector<Access> accesses;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<attn::SqaOp, attn::OnlineSqaOp>(op))
        return WalkResult::skip();
      Access access = findAccess(op, equations, bounds);
      if (access.op && access.unproved.empty() && access.resized.empty())
        ++numProved;
      else if (access.op)
        accesses.push_back(access);
      return WalkResult::advance();
    });
    CheckedIndices done;
    for (const Access &access : accesses) {
      Operation *nest = nestAround(access.op);
      if (!isHostOp(nest ? nest : access.op, function)) {
        access.op->emitOpError("expected an index in range for dimension ")
            << (access.unproved.empty() ? access.resized.front().first
                                        : access.unproved.front())
            << ", which is neither proved nor can be checked in a parallel "
               "loop or a private function";
        return signalPassFailure();
      }
      if (!nest)
        checkOnHost(access);
      else if (failed(checkBefore(nest, access, done)))
        return signalPassFailure();
      ++numChecks;
    }
  }
};
} // namespace
