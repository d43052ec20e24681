//===- VectorizeLinalg.cpp - Linalg on buffers to vector code -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every linalg op on buffers, and every memref.copy, becomes loops around
// vectors:
//
//   linalg.generic ins(%x : memref<?x64xf32>) outs(%y : memref<?x64xf32>) {
//     math.exp }
//
// becomes
//
//   scf.for %i = ... { scf.for %j = 0 to 64 step 16 {
//     %0 = vector.load %x[%i, %j] : vector<16xf32>
//     %1 = math.exp %0
//     vector.store %1, %y[%i, %j] } }
//
// Any shape works, static, dynamic or empty: what does not fill a vector is
// done in a shorter one or in scalars. Of the dimensions of an op the one with
// the cheapest memory accesses is cut into vectors, a reduction included.
// Products of matrices go to a register-blocked kernel on packed panels.
//
// Requires: --one-shot-bufferize before it (ops on tensors are left alone),
// 'sqa.target' on the module. Runs before --sqa-assign-scratch (packed panels
// are memref.alloc) and --sqa-expand-math. Ensures: no linalg op and no
// memref.copy on buffers. Declines to vectorise, with a remark, when an op of
// the region has no vector form: those become scalar loops. Wrong if: a vector
// of i1 is loaded (LLVM packs it to bits, memory holds bytes), or 2-D vectors
// appear (transfers through allocas). Test:
// test/Transforms/vectorize-linalg.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/VectorizeLinalg/LoopNest.h"
#include "lib/Transforms/VectorizeLinalg/Matmul.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-vectorize-linalg"

namespace mlir::sqa {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static void explainScalar(linalg::LinalgOp op, StringRef reason) {
  remark::missed(op.getLoc(), remark::RemarkOpts::name("ScalarLoops")
                                  .category(DEBUG_TYPE)
                                  .subCategory("cpu"))
      << remark::add("'{0}' becomes scalar loops: {1}",
                     op->getName().getStringRef(), reason);
}

// Bufferization copies a tile to its place where it stands already.
static bool isSameView(Value x, Value y) {
  auto a = x.getDefiningOp<memref::SubViewOp>();
  auto b = y.getDefiningOp<memref::SubViewOp>();
  return x == y || (a && b &&
                    OperationEquivalence::isEquivalentTo(
                        a, b, OperationEquivalence::IgnoreLocations));
}

namespace {
struct VectorizeLinalgPass
    : sqa::impl::VectorizeLinalgPassBase<VectorizeLinalgPass> {
  void runOnOperation() override {
    IRRewriter b(&getContext());
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp op) { copies.push_back(op); });
    for (memref::CopyOp op : copies) {
      b.setInsertionPoint(op);
      if (!isSameView(op.getSource(), op.getTarget()))
        linalg::makeMemRefCopyOp(b, op.getLoc(), op.getSource(),
                                 op.getTarget());
      b.eraseOp(op);
    }
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    for (linalg::LinalgOp op : ops)
      if (failed(vectorize(b, op)))
        return signalPassFailure();
  }

private:
  LogicalResult vectorize(IRRewriter &b, linalg::LinalgOp op) {
    auto target = dyn_cast_or_null<CpuAttr>(lookupTarget(op));
    if (!target)
      return op->emitOpError("requires '")
             << kTargetAttrName << "' on the enclosing module to be a #sqa.cpu";
    b.setInsertionPoint(op);
    auto asLoops = [&] {
      LoopPlan plan = planLoops(op, target.getVectorBits() / 32);
      if (!plan.vectorDim && !plan.reason.empty()) {
        explainScalar(op, plan.reason);
        ++numScalar;
      } else {
        ++numVectorized;
      }
      emitLoops(b, op, plan);
    };
    if (std::optional<MatmulPlan> plan = planMatmul(op, target)) {
      emitMatmul(b, op, *plan, target, asLoops);
      ++numMatmuls;
    } else {
      asLoops();
    }
    b.eraseOp(op);
    return success();
  }
};
} // namespace
