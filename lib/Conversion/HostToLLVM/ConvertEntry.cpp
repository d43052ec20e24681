//===- ConvertEntry.cpp - Entry functions in the kernel ABI ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of --sqa-convert-host-to-llvm that rewrites entry functions. Every
// call to the host that can fail is followed by a branch to the one block that
// returns its status.
//
//===----------------------------------------------------------------------===//

#include "HostAbi.h"
#include "dialects/Host/HostOps.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;

// What an entry returns after a failed allocation. The host knows the reason.
static constexpr int64_t kFailed = 1;

namespace {
class EntryConverter {
public:
  EntryConverter(func::FuncOp entry, HostAbi &abi)
      : entry(entry), abi(abi), b(entry.getContext()) {}

  LogicalResult run();

private:
  void convertSignature();
  Value readTensor(Value tensor, MemRefType type, Location loc);
  LogicalResult convert(Operation *op);
  void convertDispatch(host::DispatchOp op);
  void convertCheck(host::CheckOp op);
  void convertTensorMapOp(host::TensorMapOp op);
  LogicalResult convertAlloc(Operation *op);
  void convertDealloc(memref::DeallocOp op);
  // Splits the block after `b`: goes on if `ok`, else returns `status`.
  void returnUnless(Location loc, Value ok, Value status);
  void returnUnlessZero(Location loc, Value status);

  func::FuncOp entry;
  HostAbi &abi;
  OpBuilder b;
  Value host;
  Block *exit = nullptr; // takes the status to return
};
} // namespace

LogicalResult EntryConverter::run() {
  SmallVector<Operation *> ops;
  entry.walk([&](Operation *op) {
    if (isa<host::HostDialect>(op->getDialect()) ||
        isa<memref::AllocOp, memref::AllocaOp, memref::DeallocOp,
            func::ReturnOp>(op))
      ops.push_back(op);
  });
  convertSignature();
  for (Operation *op : ops)
    if (failed(convert(op)))
      return failure();
  return success();
}

void EntryConverter::convertSignature() {
  Block &block = entry.front();
  Location loc = entry.getLoc();
  SmallVector<Type> types(entry.getArgumentTypes());
  host = block.addArgument(abi.pointer, loc);
  Value tensors = block.addArgument(abi.pointer, loc);
  b.setInsertionPointToStart(&block);
  for (auto [index, type] : llvm::enumerate(types)) {
    Value tensor = LLVM::GEPOp::create(
        b, loc, abi.pointer, abi.i8, tensors,
        ArrayRef<LLVM::GEPArg>{int32_t(index * sizeof(sqart_tensor_v0_t))});
    block.getArgument(index).replaceAllUsesWith(
        readTensor(tensor, cast<MemRefType>(type), loc));
  }
  block.eraseArguments(0, types.size());
  exit = b.createBlock(&entry.getBody(), entry.getBody().end(), {abi.i32}, loc);
  func::ReturnOp::create(b, loc, exit->getArgument(0));
  entry.setType(b.getFunctionType(block.getArgumentTypes(), {abi.i32}));
  entry.removeArgAttrsAttr();
}

// Sizes and strides that the type states are not read: the host checked them.
Value EntryConverter::readTensor(Value tensor, MemRefType type, Location loc) {
  auto field = [&](size_t offset) {
    return abi.loadField(b, loc, tensor, offset, abi.pointer);
  };
  Value data = field(offsetof(sqart_tensor_v0_t, data));
  auto descriptor = MemRefDescriptor::poison(
      b, loc, abi.getTypeConverter().convertType(type));
  descriptor.setAllocatedPtr(b, loc, data);
  descriptor.setAlignedPtr(b, loc, data);
  descriptor.setConstantOffset(b, loc, 0);
  auto [strides, offset] = type.getStridesAndOffset();
  if (type.getRank() > 0) {
    Value sizesField = field(offsetof(sqart_tensor_v0_t, sizes));
    Value stridesField = field(offsetof(sqart_tensor_v0_t, strides));
    auto element = [&](Value base, int64_t fixed, int64_t dim) {
      if (!ShapedType::isDynamic(fixed))
        return abi.constant(b, loc, fixed);
      return abi.loadField(b, loc, base, dim * sizeof(int64_t), abi.i64);
    };
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      descriptor.setSize(b, loc, dim,
                         element(sizesField, type.getDimSize(dim), dim));
      descriptor.setStride(b, loc, dim,
                           element(stridesField, strides[dim], dim));
    }
  }
  return abi.fromLlvm(b, loc, descriptor, type);
}

LogicalResult EntryConverter::convert(Operation *op) {
  b.setInsertionPoint(op);
  if (auto ret = dyn_cast<func::ReturnOp>(op)) {
    Value zero = LLVM::ConstantOp::create(b, op->getLoc(), abi.i32, 0);
    ret.getOperandsMutable().assign(zero);
    return success();
  }
  if (isa<memref::AllocOp, memref::AllocaOp, host::WorkspaceOp>(op))
    return convertAlloc(op);
  EntryFrame frame{abi, b, host, &entry.front()};
  TypeSwitch<Operation *>(op)
      .Case([&](host::DispatchOp op) { convertDispatch(op); })
      .Case([&](host::CheckOp op) { convertCheck(op); })
      .Case([&](host::TensorMapOp op) { convertTensorMapOp(op); })
      .Case([&](host::LaunchOp op) {
        returnUnlessZero(op.getLoc(), convertLaunch(frame, op));
      })
      .Case([&](host::FillOp op) {
        returnUnlessZero(op.getLoc(), convertFill(frame, op));
      })
      .Case([&](host::MultiprocessorsOp op) {
        op.replaceAllUsesWith(convertMultiprocessors(frame, op));
      })
      .Case([&](memref::DeallocOp op) { convertDealloc(op); });
  op->erase();
  return success();
}

void EntryConverter::returnUnless(Location loc, Value ok, Value status) {
  Block *block = b.getInsertionBlock();
  Block *rest = block->splitBlock(b.getInsertionPoint());
  b.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(b, loc, ok, rest, ValueRange(), exit, status);
  b.setInsertionPointToStart(rest);
}

void EntryConverter::returnUnlessZero(Location loc, Value status) {
  Value zero = LLVM::ConstantOp::create(b, loc, abi.i32, 0);
  Value ok =
      LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, status, zero);
  returnUnless(loc, ok, status);
}

void EntryConverter::convertDispatch(host::DispatchOp op) {
  Location loc = op.getLoc();
  LLVM::LLVMStructType fields =
      abi.getCaptureStruct(op.getCaptures().getTypes());
  // In the first block, so that a loop does not grow the stack.
  OpBuilder first = OpBuilder::atBlockBegin(&entry.front());
  Value args = LLVM::AllocaOp::create(first, loc, abi.pointer, fields,
                                      abi.constant(first, loc, 1));
  for (auto [index, capture] : llvm::enumerate(op.getCaptures())) {
    Value address =
        LLVM::GEPOp::create(b, loc, abi.pointer, fields, args,
                            ArrayRef<LLVM::GEPArg>{0, int32_t(index)});
    LLVM::StoreOp::create(b, loc, abi.toLlvm(b, loc, capture), address);
  }
  auto function = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      entry, op.getKernelAttr());
  Value kernel = abi.getAddress(&entry.front(), loc, function);
  Value status =
      abi.callHost(b, loc, host, offsetof(sqart_host_v1_t, dispatch), abi.i32,
                   {kernel, args, abi.toLlvm(b, loc, op.getTiles()),
                    abi.toLlvm(b, loc, op.getScratch())})
          .getResult();
  returnUnlessZero(loc, status);
}

void EntryConverter::convertTensorMapOp(host::TensorMapOp op) {
  EntryFrame frame{abi, b, host, &entry.front()};
  Value map;
  Value status = convertTensorMap(frame, op, map);
  op.replaceAllUsesWith(abi.fromLlvm(b, op.getLoc(), map, op.getType()));
  returnUnlessZero(op.getLoc(), status);
}

void EntryConverter::convertCheck(host::CheckOp op) {
  Location loc = op.getLoc();
  Block *block = b.getInsertionBlock();
  Block *rest = block->splitBlock(b.getInsertionPoint());
  Block *failed = b.createBlock(exit);
  Value text = abi.getText(b, loc, op.getMessage());
  Value status =
      abi.callHost(b, loc, host, offsetof(sqart_host_v1_t, fail), abi.i32, text)
          .getResult();
  cf::BranchOp::create(b, loc, exit, status);
  b.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(b, loc, op.getCondition(), rest, failed);
}

LogicalResult EntryConverter::convertAlloc(Operation *op) {
  Location loc = op->getLoc();
  auto type = cast<MemRefType>(op->getResult(0).getType());
  if (!type.getLayout().isIdentity())
    return op->emitError("expected a buffer without layout, but got ") << type;
  // Sizes from the innermost dimension outwards; strides are their products.
  SmallVector<Value> dynamic(op->getOperands());
  auto descriptor = MemRefDescriptor::poison(
      b, loc, abi.getTypeConverter().convertType(type));
  Value stride = abi.constant(b, loc, 1);
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    Value size = type.isDynamicDim(dim)
                     ? abi.toLlvm(b, loc, dynamic.pop_back_val())
                     : abi.constant(b, loc, type.getDimSize(dim));
    descriptor.setSize(b, loc, dim, size);
    descriptor.setStride(b, loc, dim, stride);
    stride = LLVM::MulOp::create(b, loc, stride, size);
  }
  Type element = abi.getTypeConverter().convertType(type.getElementType());
  Value null = LLVM::ZeroOp::create(b, loc, abi.pointer);
  Value end = LLVM::GEPOp::create(b, loc, abi.pointer, element, null,
                                  ArrayRef<LLVM::GEPArg>{stride});
  Value bytes = LLVM::PtrToIntOp::create(b, loc, abi.i64, end);
  EntryFrame frame{abi, b, host, &entry.front()};
  Value memory;
  if (auto workspace = dyn_cast<host::WorkspaceOp>(op))
    memory = convertWorkspace(frame, workspace, bytes);
  else
    memory = abi.callHost(b, loc, host, offsetof(sqart_host_v1_t, allocate),
                          abi.pointer, bytes)
                 .getResult();
  descriptor.setAllocatedPtr(b, loc, memory);
  descriptor.setAlignedPtr(b, loc, memory);
  descriptor.setConstantOffset(b, loc, 0);
  Value buffer = abi.fromLlvm(b, loc, descriptor, type);
  op->getResult(0).replaceAllUsesWith(buffer);
  Value ok =
      LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, memory, null);
  Value status = LLVM::ConstantOp::create(b, loc, abi.i32, kFailed);
  returnUnless(loc, ok, status);
  op->erase();
  return success();
}

void EntryConverter::convertDealloc(memref::DeallocOp op) {
  Location loc = op.getLoc();
  MemRefDescriptor descriptor(abi.toLlvm(b, loc, op.getMemref()));
  abi.callHost(b, loc, host, offsetof(sqart_host_v1_t, release), {},
               descriptor.allocatedPtr(b, loc));
}

LogicalResult mlir::sqa::convertEntry(func::FuncOp entry, HostAbi &abi) {
  return EntryConverter(entry, abi).run();
}
