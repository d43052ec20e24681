//===- WidenBooleans.cpp - Booleans in memory are bytes --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM packs a vector of i1 into bits when it goes to memory, while a tensor of
// booleans is one byte an element, 0 or 1 (kernel_abi.h). So memory holds i8,
// and loads and stores convert.
//
//   %x = vector.load %m[%i] : memref<?xi1>, vector<8xi1>
// becomes
//   %b = vector.load %m[%i] : memref<?xi8>, vector<8xi8>
//   %x = arith.trunci %b : vector<8xi8> to vector<8xi1>
//
// Requires: memory, no linalg op on it. Ensures: no memref of i1.
// Fails when: an op it does not know reads or writes such memory.
// Wrong if: a new op that touches memory is not added to convertAccess.
// Test: test/Transforms/widen-booleans.mlir, widen-booleans-invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "dialects/Host/HostOps.h"
#include "llvm/ADT/TypeSwitch.h"

#define DEBUG_TYPE "sqa-widen-booleans"

namespace mlir::sqa {
#define GEN_PASS_DEF_WIDENBOOLEANSPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static bool isBooleanMemory(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && memref.getElementType().isInteger(1);
}

// i1, a vector of it or memory of it, with i8 in its place.
static Type widen(Type type) {
  Type byte = IntegerType::get(type.getContext(), 8);
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(byte);
  return byte;
}

// A value that goes to memory.
static void widenOperand(OpOperand &operand) {
  OpBuilder b(operand.getOwner());
  operand.set(arith::ExtUIOp::create(b, operand.getOwner()->getLoc(),
                                     widen(operand.get().getType()),
                                     operand.get()));
}

// A value that comes from memory.
static void widenResult(OpResult result) {
  Type narrow = result.getType();
  OpBuilder b(result.getOwner()->getContext());
  b.setInsertionPointAfter(result.getOwner());
  result.setType(widen(narrow));
  auto value =
      arith::TruncIOp::create(b, result.getOwner()->getLoc(), narrow, result);
  result.replaceAllUsesExcept(value, value);
}

// An op with boolean memory among its operands.
static LogicalResult convertAccess(Operation *op) {
  if (isa<memref::LoadOp, vector::LoadOp>(op)) {
    widenResult(op->getResult(0));
    return success();
  }
  if (isa<memref::StoreOp, vector::StoreOp>(op)) {
    widenOperand(op->getOpOperand(0));
    return success();
  }
  if (auto read = dyn_cast<vector::TransferReadOp>(op)) {
    widenOperand(read.getPaddingMutable());
    widenResult(op->getResult(0));
    return success();
  }
  if (auto write = dyn_cast<vector::TransferWriteOp>(op)) {
    widenOperand(write.getValueToStoreMutable());
    return success();
  }
  if (auto load = dyn_cast<vector::MaskedLoadOp>(op)) {
    widenOperand(load.getPassThruMutable());
    widenResult(op->getResult(0));
    return success();
  }
  if (auto store = dyn_cast<vector::MaskedStoreOp>(op)) {
    widenOperand(store.getValueToStoreMutable());
    return success();
  }
  if (auto gather = dyn_cast<vector::GatherOp>(op)) {
    widenOperand(gather.getPassThruMutable());
    widenResult(op->getResult(0));
    return success();
  }
  if (isa<ViewLikeOpInterface, memref::DimOp, memref::DeallocOp,
          memref::CopyOp, memref::ExtractStridedMetadataOp, host::DispatchOp,
          arith::SelectOp, scf::ForOp, scf::YieldOp, scf::IfOp>(op))
    return success();
  return op->emitOpError("expected no access to memory of booleans");
}

// Zeros and ones as bytes.
static void convertGlobal(memref::GlobalOp global) {
  auto type = dyn_cast<MemRefType>(global.getType());
  if (!isBooleanMemory(type))
    return;
  global.setType(cast<MemRefType>(widen(type)));
  auto elements = dyn_cast_or_null<DenseElementsAttr>(
      global.getInitialValueAttr());
  if (!elements)
    return;
  Type byte = IntegerType::get(global.getContext(), 8);
  global.setInitialValueAttr(elements.mapValues(
      byte, [](const APInt &value) { return value.zext(8); }));
}

namespace {
struct WidenBooleansPass
    : mlir::sqa::impl::WidenBooleansPassBase<WidenBooleansPass> {
  void runOnOperation() override {
    SmallVector<Operation *> accesses;
    auto isBoolean = [](Value value) {
      return isBooleanMemory(value.getType());
    };
    getOperation().walk([&](Operation *op) {
      if (llvm::any_of(op->getOperands(), isBoolean))
        accesses.push_back(op);
    });
    for (Operation *op : accesses)
      if (failed(convertAccess(op)))
        return signalPassFailure();
    getOperation().walk([&](Operation *op) {
      if (auto global = dyn_cast<memref::GlobalOp>(op))
        convertGlobal(global);
      for (Value result : op->getResults())
        if (isBoolean(result))
          result.setType(widen(result.getType()));
      for (Region &region : op->getRegions())
        for (Block &block : region)
          for (BlockArgument arg : block.getArguments())
            if (isBoolean(arg))
              arg.setType(widen(arg.getType()));
      if (auto function = dyn_cast<func::FuncOp>(op);
          function && !function.isExternal())
        function.setType(FunctionType::get(
            op->getContext(), function.front().getArgumentTypes(),
            function.getResultTypes()));
    });
  }
};
} // namespace
