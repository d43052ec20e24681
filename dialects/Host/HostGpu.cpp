//===- HostGpu.cpp - Verifiers of what host code asks of a GPU ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::sqa::host;

//===----------------------------------------------------------------------===//
// host.tensor_map
//===----------------------------------------------------------------------===//

// What the driver allows (cuTensorMapEncodeTiled).
static constexpr int64_t kMaxMapRank = 5;
static constexpr int64_t kMaxBoxSize = 256;
static constexpr int64_t kRowAlignment = 16;

static int64_t getElementBytes(Type type) {
  if (!type.isIntOrFloat() || type.getIntOrFloatBitWidth() % 8 != 0)
    return 0;
  return type.getIntOrFloatBitWidth() / 8;
}

static bool isPermutation(ArrayRef<int64_t> dims, int64_t rank) {
  SmallVector<bool> seen(rank);
  for (int64_t dim : dims) {
    if (dim < 0 || dim >= rank || seen[dim])
      return false;
    seen[dim] = true;
  }
  return int64_t(dims.size()) == rank;
}

LogicalResult TensorMapOp::verify() {
  MemRefType type = getSource().getType();
  ArrayRef<int64_t> dims = getDims(), box = getBox();
  int64_t rank = type.getRank();
  if (rank < 1 || rank > kMaxMapRank ||
      !isPermutation(dims, rank)) // tensor_map_c1
    return emitOpError("expected 'dims' to name each of 1 to ")
           << kMaxMapRank << " dimensions of " << type << " once, but got "
           << dims;
  auto [strides, offset] = type.getStridesAndOffset();
  if (strides[dims.front()] != 1) // tensor_map_c2
    return emitOpError("expected dimension ")
           << dims.front() << " of " << type << " to have stride 1";
  if (int64_t(box.size()) != rank || llvm::any_of(box, [](int64_t size) {
        return size < 1 || size > kMaxBoxSize;
      })) // tensor_map_c3
    return emitOpError("expected a box of ")
           << rank << " sizes from 1 to " << kMaxBoxSize << ", but got " << box;
  int64_t swizzle = getSwizzle();
  if (swizzle != 0 && swizzle != 32 && swizzle != 64 &&
      swizzle != 128) // tensor_map_c4
    return emitOpError("expected a swizzle of 0, 32, 64 or 128 bytes, but got ")
           << swizzle;
  int64_t bytes = getElementBytes(type.getElementType());
  if (bytes == 0) // tensor_map_c5
    return emitOpError("expected elements of whole bytes, but got ")
           << type.getElementType();
  int64_t row = box.front() * bytes;
  if (row % kRowAlignment != 0 || (swizzle != 0 && row > swizzle))
    // tensor_map_c6
    return emitOpError("expected rows of a box to be a multiple of ")
           << kRowAlignment << " bytes within the swizzle, but got " << row;
  return success();
}

//===----------------------------------------------------------------------===//
// host.fill
//===----------------------------------------------------------------------===//

LogicalResult FillOp::verify() {
  MemRefType type = getMemory().getType();
  if (!type.getLayout().isIdentity()) // fill_c1
    return emitOpError("expected memory without gaps, but got ") << type;
  if (getElementBytes(type.getElementType()) != 4) // fill_c2
    return emitOpError("expected elements of 32 bits, but got ")
           << type.getElementType();
  return success();
}

//===----------------------------------------------------------------------===//
// host.workspace
//===----------------------------------------------------------------------===//

LogicalResult WorkspaceOp::verify() {
  auto type = cast<MemRefType>(getMemory().getType());
  if (!type.getLayout().isIdentity()) // workspace_c1
    return emitOpError("expected memory without gaps, but got ") << type;
  if (getSizes().size() != size_t(type.getNumDynamicDims())) // workspace_c2
    return emitOpError("expected ") << type.getNumDynamicDims()
                                    << " sizes, but got " << getSizes().size();
  return success();
}

//===----------------------------------------------------------------------===//
// host.launch
//===----------------------------------------------------------------------===//

static constexpr int64_t kMaxThreads = 1024;

LogicalResult LaunchOp::verify() {
  if (getGrid().empty() || getGrid().size() > 3) // launch_c4
    return emitOpError("expected a grid of 1 to 3 dimensions, but got ")
           << getGrid().size();
  if (int64_t(getThreads()) < 1 || int64_t(getThreads()) > kMaxThreads ||
      int64_t(getShared()) < 0) // launch_c5
    return emitOpError("expected 1 to ")
           << kMaxThreads << " threads and no negative shared memory";
  if (auto cluster = getCluster())
    if (cluster->size() != 3 || llvm::any_of(*cluster, [](int64_t size) {
          return size < 1;
        })) // launch_c6
      return emitOpError("expected a cluster of three positive sizes, but got ")
             << *cluster;
  return success();
}

namespace {
// What a kernel is given: a number of this type, an address, or a tensor map.
struct Passed {
  Type number;
  bool isAddress = false;
  bool operator!=(const Passed &other) const {
    return number != other.number || isAddress != other.isAddress;
  }
};
} // namespace

static Passed passedBy(Type type) {
  return {type.isIntOrFloat() ? type : Type(),
          isa<MemRefType, LLVM::LLVMPointerType>(type)};
}

static Passed takenBy(FunctionOpInterface kernel, unsigned index) {
  Type type = cast<FunctionType>(kernel.getFunctionType()).getInput(index);
  if (type.isIndex())
    return {IntegerType::get(type.getContext(), 32), false};
  return passedBy(type);
}

// The parameters of a lowered kernel; a map is passed by value.
static Passed takenBy(LLVM::LLVMFuncOp kernel, unsigned index) {
  if (kernel.getArgAttr(index, LLVM::LLVMDialect::getByValAttrName()))
    return {};
  return passedBy(kernel.getFunctionType().getParamType(index));
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      getOperation(), getKernelAttr());
  if (!kernel || !isa<gpu::GPUModuleOp>(kernel->getParentOp())) // launch_c1
    return emitOpError("expected ")
           << getKernel() << " to be a kernel of a gpu.module";
  if (kernel.getNumArguments() != getArguments().size()) // launch_c2
    return emitOpError("expected ")
           << kernel.getNumArguments() << " arguments, but got "
           << getArguments().size();
  auto lowered = dyn_cast<LLVM::LLVMFuncOp>(kernel.getOperation());
  for (auto [index, argument] : llvm::enumerate(getArguments())) {
    Type type = argument.getType();
    if (!type.isIntOrFloat() &&
        !isa<MemRefType, LLVM::LLVMPointerType, TensorMapType>(type))
      // launch_c3
      return emitOpError("expected argument ")
             << index << " to be memory, a tensor map or a number, but got "
             << type;
    if (passedBy(type) !=
        (lowered ? takenBy(lowered, index) : takenBy(kernel, index)))
      // launch_c3
      return emitOpError("expected argument ")
             << index << " to be what the kernel takes, "
             << kernel.getArgumentTypes()[index] << ", but got " << type;
  }
  return success();
}
