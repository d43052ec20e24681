//===- AssignScratch.cpp - Buffers of kernels become scratch views --------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels cannot allocate. Each buffer of a kernel gets an offset in the
// scratch memory of its thread, and the dispatch asks for the sum.
//
//   func.func private @k(%n: index, ..., %scratch: memref<?xi8>) {host.kernel}
//   {
//     %a = memref.alloc() : memref<8x16xf32>
//     %b = memref.alloc(%n) : memref<?xf32>
// becomes
//     %a = memref.view %scratch[%c0][] : memref<?xi8> to memref<8x16xf32>
//     %b = memref.view %scratch[%c512][%n] : memref<?xi8> to memref<?xf32>
//   and  host.dispatch @k(%n, ...) ... scratch(512 + align(4 * %n))
//
// A dynamic size counts with its constant upper bound, or is computed from the
// captures at the dispatch.
// Requires: --sqa-outline-kernels. Ensures: no alloc or dealloc in kernels.
// Fails when: a size depends on the tile and has no bound; a buffer made in a
//   loop is carried into the next iteration (both would have one address).
// Wrong if: two buffers share bytes while both live. None share any so far.
// Test: test/Transforms/assign-scratch.mlir, assign-scratch-invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-assign-scratch"

namespace mlir::sqa {
#define GEN_PASS_DEF_ASSIGNSCRATCHPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

// Every buffer starts on a cache line, as the scratch memory itself does.
static constexpr int64_t kAlignment = 64;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

namespace {
// Bytes of one buffer: a constant times values that exist at kernel entry.
struct BufferSize {
  int64_t bytes = 1;
  SmallVector<Value> factors;
};

struct Buffer {
  Operation *op;
  MemRefType type;
  SmallVector<Value> dynamicSizes;
  BufferSize size;
};
} // namespace

static int64_t getElementBytes(Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return llvm::PowerOf2Ceil(vector.getNumElements() *
                              getElementBytes(vector.getElementType()));
  if (type.isIndex())
    return 8;
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

// Computable from the arguments of the kernel alone, without reading memory.
static bool dependsOnArgumentsOnly(Value value, func::FuncOp kernel) {
  if (auto arg = dyn_cast<BlockArgument>(value))
    return arg.getOwner() == &kernel.front() &&
           arg.getArgNumber() + host::kNumKernelTailArguments <
               kernel.getNumArguments();
  Operation *op = value.getDefiningOp();
  return op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return dependsOnArgumentsOnly(operand, kernel);
         });
}

// A constant that `value` never exceeds. ValueBounds knows affine and memref
// ops but not the minima of arith.
static FailureOr<int64_t> getUpperBound(Value value) {
  if (auto min = value.getDefiningOp<arith::MinSIOp>()) {
    FailureOr<int64_t> lhs = getUpperBound(min.getLhs());
    FailureOr<int64_t> rhs = getUpperBound(min.getRhs());
    if (failed(lhs) || failed(rhs))
      return succeeded(lhs) ? lhs : rhs;
    return std::min(*lhs, *rhs);
  }
  if (auto max = value.getDefiningOp<arith::MaxSIOp>()) {
    FailureOr<int64_t> lhs = getUpperBound(max.getLhs());
    FailureOr<int64_t> rhs = getUpperBound(max.getRhs());
    if (failed(lhs) || failed(rhs))
      return failure();
    return std::max(*lhs, *rhs);
  }
  return ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, value, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
}

static FailureOr<BufferSize> computeSize(Buffer &buffer, func::FuncOp kernel) {
  BufferSize size;
  size.bytes = getElementBytes(buffer.type.getElementType());
  for (int64_t dim : buffer.type.getShape())
    if (!ShapedType::isDynamic(dim) &&
        llvm::MulOverflow(size.bytes, dim, size.bytes))
      return buffer.op->emitError("expected a buffer of less than 2^63 bytes");
  for (Value dynamic : buffer.dynamicSizes) {
    FailureOr<int64_t> bound = getUpperBound(dynamic);
    if (succeeded(bound)) {
      size.bytes *= std::max<int64_t>(*bound, 0);
      continue;
    }
    if (!dependsOnArgumentsOnly(dynamic, kernel)) {
      auto diag = buffer.op->emitError(
          "expected the size of a buffer in a kernel to be bounded");
      diag.attachNote(dynamic.getLoc()) << "it depends on the tile here";
      return failure();
    }
    size.factors.push_back(dynamic);
  }
  return size;
}

// Whether `buffer` lives on in the next iteration of a loop around it.
static bool isCarried(Value buffer) {
  SmallVector<Value> aliases{buffer};
  for (size_t i = 0; i < aliases.size(); ++i)
    for (OpOperand &use : aliases[i].getUses()) {
      Operation *user = use.getOwner();
      if (isa<scf::YieldOp>(user)) {
        if (!isa<scf::IfOp, scf::ExecuteRegionOp>(user->getParentOp()))
          return true;
        aliases.push_back(
            user->getParentOp()->getResult(use.getOperandNumber()));
      } else if (isa<ViewLikeOpInterface, arith::SelectOp>(user)) {
        aliases.push_back(user->getResult(0));
      }
    }
  return false;
}

static FailureOr<SmallVector<Buffer>> collectBuffers(func::FuncOp kernel) {
  SmallVector<Buffer> buffers;
  WalkResult result = kernel.walk([&](Operation *op) {
    if (!isa<memref::AllocOp, memref::AllocaOp>(op))
      return WalkResult::advance();
    auto type = cast<MemRefType>(op->getResult(0).getType());
    if (!type.getLayout().isIdentity()) {
      op->emitError("expected a buffer without layout in a kernel, but got ")
          << type;
      return WalkResult::interrupt();
    }
    if (isCarried(op->getResult(0))) {
      op->emitError("expected no loop to carry a buffer made in its body");
      return WalkResult::interrupt();
    }
    Buffer buffer{op, type, llvm::to_vector(op->getOperands()), {}};
    FailureOr<BufferSize> size = computeSize(buffer, kernel);
    if (failed(size))
      return WalkResult::interrupt();
    buffer.size = *size;
    buffers.push_back(buffer);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return buffers;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

namespace {
// Adds sizes up at one place of the program: the start of the kernel, or the
// dispatch, where `mapping` holds the captures.
class OffsetBuilder {
public:
  OffsetBuilder(OpBuilder builder, Location loc, IRMapping mapping)
      : builder(builder), loc(loc), mapping(std::move(mapping)) {}

  // The offset of the next buffer; after the last one, the total.
  Value offset() {
    Value constant = arith::ConstantIndexOp::create(builder, loc, known);
    return unknown ? builder.createOrFold<arith::AddIOp>(loc, unknown, constant)
                   : constant;
  }

  void add(const BufferSize &size) {
    if (size.factors.empty()) {
      known += llvm::alignTo(size.bytes, kAlignment);
      return;
    }
    Value bytes = arith::ConstantIndexOp::create(builder, loc, size.bytes);
    for (Value factor : size.factors)
      bytes = builder.createOrFold<arith::MulIOp>(loc, bytes, import(factor));
    Value align = arith::ConstantIndexOp::create(builder, loc, kAlignment);
    Value lines = builder.createOrFold<arith::CeilDivUIOp>(loc, bytes, align);
    bytes = builder.createOrFold<arith::MulIOp>(loc, lines, align);
    unknown = unknown ? builder.createOrFold<arith::AddIOp>(loc, unknown, bytes)
                      : bytes;
  }

private:
  Value import(Value value) {
    if (Value found = mapping.lookupOrNull(value))
      return found;
    Operation *op = value.getDefiningOp();
    for (Value operand : op->getOperands())
      import(operand);
    return builder.clone(*op, mapping)
        ->getResult(cast<OpResult>(value).getResultNumber());
  }

  OpBuilder builder;
  Location loc;
  IRMapping mapping;
  int64_t known = 0;
  Value unknown;
};
} // namespace

static void placeBuffers(func::FuncOp kernel, ArrayRef<Buffer> buffers) {
  OpBuilder entry = OpBuilder::atBlockBegin(&kernel.front());
  IRMapping same;
  for (BlockArgument arg : kernel.getArguments())
    same.map(arg, arg);
  OffsetBuilder offsets(entry, kernel.getLoc(), same);
  Value scratch = kernel.getArguments().back();
  for (const Buffer &buffer : buffers) {
    Value offset = offsets.offset();
    offsets.add(buffer.size);
    OpBuilder builder(buffer.op);
    auto type =
        MemRefType::get(buffer.type.getShape(), buffer.type.getElementType());
    Value view = memref::ViewOp::create(builder, buffer.op->getLoc(), type,
                                        scratch, offset, buffer.dynamicSizes);
    buffer.op->getResult(0).replaceAllUsesWith(view);
    buffer.op->erase();
  }
}

static void requestScratch(host::DispatchOp dispatch, func::FuncOp kernel,
                           ArrayRef<Buffer> buffers) {
  IRMapping captures;
  for (auto [arg, capture] :
       llvm::zip(kernel.getArguments(), dispatch.getCaptures()))
    captures.map(arg, capture);
  OffsetBuilder total(OpBuilder(dispatch), dispatch.getLoc(), captures);
  for (const Buffer &buffer : buffers)
    total.add(buffer.size);
  dispatch.getScratchMutable().assign(total.offset());
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct AssignScratchPass
    : mlir::sqa::impl::AssignScratchPassBase<AssignScratchPass> {
  void runOnOperation() override {
    DenseMap<StringAttr, SmallVector<host::DispatchOp>> dispatches;
    getOperation().walk([&](host::DispatchOp dispatch) {
      dispatches[dispatch.getKernelAttr().getAttr()].push_back(dispatch);
    });
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr(host::kKernelAttrName))
        continue;
      SmallVector<Operation *> deallocs;
      kernel.walk([&](memref::DeallocOp op) { deallocs.push_back(op); });
      for (Operation *op : deallocs)
        op->erase();
      FailureOr<SmallVector<Buffer>> buffers = collectBuffers(kernel);
      if (failed(buffers))
        return signalPassFailure();
      if (buffers->empty())
        continue;
      // The dispatch first: sizes refer to ops of the kernel.
      for (host::DispatchOp dispatch : dispatches[kernel.getSymNameAttr()])
        requestScratch(dispatch, kernel, *buffers);
      placeBuffers(kernel, *buffers);
      numBuffers += buffers->size();
    }
  }
};
} // namespace
