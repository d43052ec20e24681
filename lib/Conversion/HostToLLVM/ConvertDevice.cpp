//===- ConvertDevice.cpp - Launches and tensor maps in the kernel ABI -----===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of --sqa-convert-host-to-llvm that fills the structures of
// sqart_device_v0_t's functions. They lie on the stack of the entry, in its
// first block, so that a loop does not make them grow.
// Test: test/Conversion/HostToLLVM/launch.mlir.
//
//===----------------------------------------------------------------------===//

#include "HostAbi.h"
#include "dialects/Host/HostOps.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

namespace {
// A structure on the stack, and stores to its fields.
class StackStruct {
public:
  StackStruct(EntryFrame &frame, Location loc, int64_t bytes, int64_t alignment)
      : frame(frame), loc(loc) {
    OpBuilder first = OpBuilder::atBlockBegin(frame.first);
    address = LLVM::AllocaOp::create(
        first, loc, frame.abi.pointer, frame.abi.i8,
        frame.abi.constant(first, loc, bytes), alignment);
  }

  void store(int64_t offset, Value value) {
    Value field = LLVM::GEPOp::create(
        frame.b, loc, frame.abi.pointer, frame.abi.i8, address,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
    LLVM::StoreOp::create(frame.b, loc, value, field);
  }
  void store32(int64_t offset, int64_t value) {
    store(offset, LLVM::ConstantOp::create(frame.b, loc, frame.abi.i32, value));
  }
  void store64(int64_t offset, int64_t value) {
    store(offset, frame.abi.constant(frame.b, loc, value));
  }

  Value address;

private:
  EntryFrame &frame;
  Location loc;
};
} // namespace

static Value loadDevice(EntryFrame &frame, Location loc) {
  return frame.abi.loadField(frame.b, loc, frame.host,
                             offsetof(sqart_host_v1_t, device),
                             frame.abi.pointer);
}

// A call of the device's function at byte `offset` of its table.
static Value callDevice(EntryFrame &frame, Location loc, int64_t offset,
                        Type result, ValueRange arguments) {
  Value device = loadDevice(frame, loc);
  return frame.abi
      .callTable(frame.b, loc, device, frame.host, offset, result, arguments)
      .getResult();
}

// The address of a memref's first element.
static Value addressOf(EntryFrame &frame, Location loc, Value memory) {
  MemRefDescriptor descriptor(frame.abi.toLlvm(frame.b, loc, memory));
  return descriptor.bufferPtr(frame.b, loc, frame.abi.getTypeConverter(),
                              cast<MemRefType>(memory.getType()));
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

// Kernels are numbered in the order of their names.
static int64_t getKernelNumber(host::LaunchOp op) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(
      op, op.getKernelAttr());
  auto module = cast<gpu::GPUModuleOp>(kernel->getParentOp());
  return llvm::count_if(
      module.getOps<LLVM::LLVMFuncOp>(), [&](LLVM::LLVMFuncOp other) {
        return other->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()) &&
               other.getName() < kernel.getName();
      });
}

static int64_t bytesOf(Type type) {
  if (isa<host::TensorMapType>(type))
    return SQART_TENSOR_MAP_BYTES;
  if (type.isIntOrFloat())
    return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  return sizeof(void *);
}

// Where argument `index` of a launch lies.
static Value placeArgument(EntryFrame &frame, Location loc, Value argument) {
  Value value;
  if (isa<MemRefType>(argument.getType()))
    value = addressOf(frame, loc, argument);
  else
    value = frame.abi.toLlvm(frame.b, loc, argument);
  if (isa<host::TensorMapType>(argument.getType()))
    return value; // It is an address already.
  StackStruct place(frame, loc, sizeof(int64_t), alignof(int64_t));
  place.store(0, value);
  return place.address;
}

Value mlir::sqa::convertLaunch(EntryFrame &frame, host::LaunchOp op) {
  Location loc = op.getLoc();
  int64_t count = op.getArguments().size();
  StackStruct addresses(frame, loc,
                        std::max<int64_t>(count, 1) * sizeof(void *),
                        alignof(void *));
  StackStruct sizes(frame, loc, std::max<int64_t>(count, 1) * sizeof(uint32_t),
                    alignof(uint32_t));
  for (auto [index, argument] : llvm::enumerate(op.getArguments())) {
    addresses.store(index * sizeof(void *),
                    placeArgument(frame, loc, argument));
    sizes.store32(index * sizeof(uint32_t), bytesOf(argument.getType()));
  }
  using Launch = sqart_launch_v0_t;
  StackStruct launch(frame, loc, sizeof(Launch), alignof(Launch));
  launch.store32(offsetof(Launch, struct_size), sizeof(Launch));
  launch.store32(offsetof(Launch, kernel), getKernelNumber(op));
  for (size_t dim = 0; dim < 3; ++dim) {
    int64_t grid = offsetof(Launch, grid) + dim * sizeof(int64_t);
    if (dim < op.getGrid().size())
      launch.store(grid, frame.abi.toLlvm(frame.b, loc, op.getGrid()[dim]));
    else
      launch.store64(grid, 1);
    launch.store32(offsetof(Launch, cluster) + dim * sizeof(uint32_t),
                   op.getCluster() ? (*op.getCluster())[dim] : 0);
  }
  launch.store64(offsetof(Launch, block_threads), op.getThreads());
  launch.store64(offsetof(Launch, dynamic_shared_bytes), op.getShared());
  launch.store32(offsetof(Launch, flags),
                 (op.getCooperative() ? SQART_LAUNCH_COOPERATIVE : 0) |
                     (op.getOverlap() ? SQART_LAUNCH_OVERLAP : 0));
  launch.store(offsetof(Launch, args), addresses.address);
  launch.store(offsetof(Launch, arg_sizes), sizes.address);
  launch.store32(offsetof(Launch, num_args), count);
  launch.store32(offsetof(Launch, reserved), 0);
  return callDevice(frame, loc, offsetof(sqart_device_v0_t, launch),
                    frame.abi.i32, launch.address);
}

//===----------------------------------------------------------------------===//
// Tensor maps and workspaces
//===----------------------------------------------------------------------===//

static uint32_t getElement(Type type) {
  if (type.isF16())
    return SQART_TENSOR_MAP_FLOAT16;
  if (type.isBF16())
    return SQART_TENSOR_MAP_BFLOAT16;
  if (type.isF32())
    return SQART_TENSOR_MAP_FLOAT32;
  if (type.isF64())
    return SQART_TENSOR_MAP_FLOAT64;
  switch (type.getIntOrFloatBitWidth()) {
  case 8:
    return SQART_TENSOR_MAP_UINT8;
  case 16:
    return SQART_TENSOR_MAP_UINT16;
  case 32:
    return SQART_TENSOR_MAP_UINT32;
  default:
    return SQART_TENSOR_MAP_UINT64;
  }
}

// 0, 32, 64 and 128 bytes are 0 to 3.
static int64_t getSwizzle(int64_t bytes) {
  return bytes == 0 ? 0 : llvm::Log2_64(bytes) - 4;
}

Value mlir::sqa::convertTensorMap(EntryFrame &frame, host::TensorMapOp op,
                                  Value &map) {
  using Map = sqart_tensor_map_v0_t;
  constexpr int64_t l2Promotion256 = 3;
  Location loc = op.getLoc();
  OpBuilder &b = frame.b;
  Type element = op.getSource().getType().getElementType();
  int64_t bytes = bytesOf(element);
  StackStruct form(frame, loc, sizeof(Map), alignof(Map));
  MemRefDescriptor descriptor(frame.abi.toLlvm(b, loc, op.getSource()));
  form.store32(offsetof(Map, struct_size), sizeof(Map));
  form.store32(offsetof(Map, rank), op.getDims().size());
  form.store(offsetof(Map, base), addressOf(frame, loc, op.getSource()));
  for (size_t dim = 0; dim < SQART_TENSOR_MAP_MAX_RANK; ++dim) {
    int64_t size = offsetof(Map, sizes) + dim * sizeof(int64_t);
    int64_t stride = offsetof(Map, strides) + dim * sizeof(int64_t);
    int64_t box = offsetof(Map, box) + dim * sizeof(uint32_t);
    if (dim >= op.getDims().size()) {
      form.store64(size, 0);
      form.store64(stride, 0);
      form.store32(box, 0);
      continue;
    }
    int64_t source = op.getDims()[dim];
    form.store(size, descriptor.size(b, loc, source));
    form.store(stride,
               LLVM::MulOp::create(b, loc, descriptor.stride(b, loc, source),
                                   frame.abi.constant(b, loc, bytes)));
    form.store32(box, op.getBox()[dim]);
  }
  form.store32(offsetof(Map, element), getElement(element));
  form.store32(offsetof(Map, swizzle), getSwizzle(op.getSwizzle()));
  form.store32(offsetof(Map, l2_promotion), l2Promotion256);
  form.store32(offsetof(Map, oob_fill), 0);
  form.store32(offsetof(Map, reserved), 0);
  StackStruct out(frame, loc, SQART_TENSOR_MAP_BYTES,
                  SQART_TENSOR_MAP_ALIGNMENT);
  map = out.address;
  return callDevice(frame, loc, offsetof(sqart_device_v0_t, tensor_map),
                    frame.abi.i32, {form.address, out.address});
}

Value mlir::sqa::convertWorkspace(EntryFrame &frame, host::WorkspaceOp op,
                                  Value bytes) {
  return callDevice(frame, op.getLoc(), offsetof(sqart_device_v0_t, workspace),
                    frame.abi.pointer, bytes);
}

Value mlir::sqa::convertFill(EntryFrame &frame, host::FillOp op) {
  Location loc = op.getLoc();
  OpBuilder &b = frame.b;
  MemRefType type = op.getMemory().getType();
  MemRefDescriptor descriptor(frame.abi.toLlvm(b, loc, op.getMemory()));
  Value count = frame.abi.constant(b, loc, 1);
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    count = LLVM::MulOp::create(b, loc, count, descriptor.size(b, loc, dim));
  Value value = LLVM::ConstantOp::create(b, loc, frame.abi.i32, op.getValue());
  return callDevice(frame, loc, offsetof(sqart_device_v0_t, fill),
                    frame.abi.i32,
                    {addressOf(frame, loc, op.getMemory()), value, count});
}

Value mlir::sqa::convertMultiprocessors(EntryFrame &frame,
                                        host::MultiprocessorsOp op) {
  Location loc = op.getLoc();
  Value count = frame.abi.loadField(
      frame.b, loc, loadDevice(frame, loc),
      offsetof(sqart_device_v0_t, multiprocessors), frame.abi.i32);
  count = LLVM::ZExtOp::create(frame.b, loc, frame.abi.i64, count);
  return frame.abi.fromLlvm(frame.b, loc, count, op.getType());
}
