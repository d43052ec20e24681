//===- ResultsToDestinations.cpp - Entry functions write into arguments ---===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gives every public function the shape of the kernel ABI: memory in, memory
// out, no results. Inputs become read-only memory of any strides with a unit
// innermost one; results become further arguments of the same kind. Scalars
// travel as memory of rank 0, index as i64.
//
//   func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
//     %y = ...
//     return %y : tensor<?x4xf32>
// becomes
//   func.func @f(%x: memref<?x4xf32, strided<[?, 1]>>,
//                %out: memref<?x4xf32, strided<[?, 1]>> {sqa.result}) {
//     %t = bufferization.to_tensor %x restrict
//     %y = ...
//     bufferization.materialize_in_destination %y in restrict writable %out
//     return
//
// Requires: calls are inlined; tensors everywhere else.
// Ensures: one-shot-bufferize, without function boundaries, writes results in
//   place. The same value returned twice is computed once and copied once; an
//   argument returned as it is, is copied.
// Fails when: a result is neither a ranked tensor nor a scalar.
// Wrong if: an input becomes writable; the runtime lets inputs be shared.
// Test: test/Transforms/results-to-destinations.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-results-to-destinations"

namespace mlir::sqa {
#define GEN_PASS_DEF_RESULTSTODESTINATIONSPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

// How the caller passes a value of `type`; null if there is no way.
static MemRefType getArgumentType(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (!tensor.getElementType().isIntOrFloat())
      return {};
    SmallVector<int64_t> strides(tensor.getRank(), ShapedType::kDynamic);
    if (!strides.empty())
      strides.back() = 1;
    MemRefLayoutAttrInterface layout;
    if (!strides.empty())
      layout = StridedLayoutAttr::get(type.getContext(), 0, strides);
    return MemRefType::get(tensor.getShape(), tensor.getElementType(), layout);
  }
  if (type.isIndex())
    type = IntegerType::get(type.getContext(), 64);
  if (type.isIntOrFloat())
    return MemRefType::get({}, type);
  return isa<MemRefType>(type) ? cast<MemRefType>(type) : MemRefType();
}

static LogicalResult checkTypes(func::FuncOp function) {
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (!getArgumentType(type))
      return function.emitError("expected argument ")
             << index << " to be a ranked tensor or a scalar, but got " << type;
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    if (!getArgumentType(type) || isa<MemRefType>(type))
      return function.emitError("expected result ")
             << index << " to be a ranked tensor or a scalar, but got " << type;
  return success();
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

// The value that the body knows, read from memory.
static Value readInput(OpBuilder &builder, Location loc, Value memory,
                       Type type) {
  if (isa<RankedTensorType>(type))
    return bufferization::ToTensorOp::create(builder, loc, type, memory,
                                             /*restrict=*/true);
  Value scalar = memref::LoadOp::create(builder, loc, memory);
  if (type.isIndex())
    scalar = arith::IndexCastOp::create(builder, loc, type, scalar);
  return scalar;
}

static void writeResult(OpBuilder &builder, Location loc, Value value,
                        Value memory) {
  if (isa<RankedTensorType>(value.getType())) {
    bufferization::MaterializeInDestinationOp::create(
        builder, loc, /*result=*/Type(), value, memory, /*restrict=*/true,
        /*writable=*/true);
    return;
  }
  if (value.getType().isIndex())
    value =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), value);
  memref::StoreOp::create(builder, loc, value, memory);
}

// Scalars have no shape of their own, memory of rank 0 has.
static DictionaryAttr withShape(func::FuncOp function, DictionaryAttr attrs,
                                MemRefType type, bool result) {
  NamedAttrList list(attrs);
  auto symbols = function->getAttrOfType<ArrayAttr>(kSymbolsAttrName);
  if (symbols && !list.get(kShapeAttrName) && type.getRank() == 0)
    list.set(kShapeAttrName, AffineMapAttr::get(AffineMap::get(
                                 0, symbols.size(), function.getContext())));
  if (result)
    list.set(kResultAttrName, UnitAttr::get(function.getContext()));
  return list.getDictionary(function.getContext());
}

static void rewrite(func::FuncOp function) {
  Block &entry = function.front();
  auto ret = cast<func::ReturnOp>(function.back().getTerminator());
  SmallVector<DictionaryAttr> argAttrs;
  OpBuilder builder = OpBuilder::atBlockBegin(&entry);
  for (BlockArgument arg : entry.getArguments()) {
    Type type = arg.getType();
    MemRefType memory = getArgumentType(type);
    DictionaryAttr attrs = function.getArgAttrDict(arg.getArgNumber());
    argAttrs.push_back(withShape(function, attrs, memory, /*result=*/false));
    if (type == memory)
      continue;
    arg.setType(memory);
    Value value = readInput(builder, arg.getLoc(), arg, type);
    arg.replaceAllUsesExcept(
        value, isa<RankedTensorType>(type)
                   ? value.getDefiningOp()
                   : (type.isIndex()
                          ? value.getDefiningOp()->getOperand(0).getDefiningOp()
                          : value.getDefiningOp()));
  }
  builder.setInsertionPoint(ret);
  for (OpOperand &operand : ret->getOpOperands()) {
    MemRefType memory = getArgumentType(operand.get().getType());
    DictionaryAttr attrs =
        function.getResultAttrDict(operand.getOperandNumber());
    argAttrs.push_back(withShape(function, attrs, memory, /*result=*/true));
    Value arg = entry.addArgument(memory, ret.getLoc());
    writeResult(builder, ret.getLoc(), operand.get(), arg);
  }
  ret->setOperands({});
  function.setType(builder.getFunctionType(entry.getArgumentTypes(), {}));
  function.removeResAttrsAttr();
  function.setAllArgAttrs(argAttrs);
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ResultsToDestinationsPass
    : mlir::sqa::impl::ResultsToDestinationsPassBase<
          ResultsToDestinationsPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isPrivate() || function.isExternal())
        continue;
      if (failed(checkTypes(function)))
        return signalPassFailure();
      rewrite(function);
    }
  }
};
} // namespace
