//===- ReleaseBuffers.cpp - Temporaries end with their last use -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime reclaims what an entry function allocates when it returns. This
// gives a temporary back after the last op that can reach it, so that a deep
// model needs the memory of its widest part and not of all layers.
//
//   %a = memref.alloc(%n) : memref<?xf32>
//   host.dispatch @f_kernel_0(%a, ...)
//   host.dispatch @f_kernel_1(%a, ...)
// becomes the same with
//   memref.dealloc %a : memref<?xf32>
// at its end.
//
// Requires: --sqa-outline-kernels. Declines, silently, when the buffer leaves
// its block: a loop carries it or a branch yields it; the end of the call
// reclaims those.
// Wrong if: an op that returns an alias of its operand is not in followUses.
// Test: test/Transforms/release-buffers.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-release-buffers"

namespace mlir::sqa {
#define GEN_PASS_DEF_RELEASEBUFFERSPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

// The last op of the buffer's block that can reach it, or null if it may live
// longer or is given back already.
static Operation *findLastUse(memref::AllocOp alloc) {
  Block *block = alloc->getBlock();
  Operation *last = alloc;
  SmallVector<Value> aliases{alloc};
  for (size_t i = 0; i < aliases.size(); ++i)
    for (Operation *user : aliases[i].getUsers()) {
      if (isa<memref::DeallocOp>(user) ||
          user->hasTrait<OpTrait::IsTerminator>())
        return nullptr;
      if (isa<ViewLikeOpInterface, arith::SelectOp>(user))
        llvm::append_range(aliases, user->getResults());
      else if (llvm::any_of(user->getResultTypes(),
                            llvm::IsaPred<BaseMemRefType>) ||
               user->getNumRegions() != 0)
        return nullptr;
      Operation *ancestor = block->findAncestorOpInBlock(*user);
      if (!ancestor)
        return nullptr;
      if (last->isBeforeInBlock(ancestor))
        last = ancestor;
    }
  return last;
}

namespace {
struct ReleaseBuffersPass
    : mlir::sqa::impl::ReleaseBuffersPassBase<ReleaseBuffersPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function->hasAttr(host::kKernelAttrName))
      return;
    SmallVector<memref::AllocOp> allocs;
    function.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    for (memref::AllocOp alloc : allocs) {
      Operation *last = findLastUse(alloc);
      if (!last)
        continue;
      OpBuilder b(&getContext());
      b.setInsertionPointAfter(last);
      memref::DeallocOp::create(b, alloc.getLoc(), alloc);
      ++numReleased;
    }
  }
};
} // namespace
