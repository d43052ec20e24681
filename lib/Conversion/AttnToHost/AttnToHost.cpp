//===- AttnToHost.cpp - Entry functions that launch kernels ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is left of a function for a GPU when its attention ops have kernels:
// host code that checks its arguments, makes tensor maps and launches.
//
//   func.func @f(%q: memref<...>, ..., %out: memref<...> {sqa.result}) {
//     %0 = bufferization.to_tensor %q restrict
//     %1 = attn.sqa %0, ... {hopper.kernel = @kernels::@f_attention_0}
//     bufferization.materialize_in_destination %1 in restrict writable %out
//   ==>
//   func.func @f(%q: memref<...>, ..., %out: memref<...> {sqa.result}) {
//     host.check ...
//     %map = host.tensor_map %q dims [3, 1, 2, 0] ...
//     host.launch @kernels::@f_attention_0(%map, ..., %out, ...) grid(%tiles)
//     ...
//
// A result that only another attention op reads lies in the call's workspace.
// All checks and maps come before the first launch: a call that fails has done
// nothing.
//
// Requires: --sqa-convert-attn-to-hopper and --sqa-results-to-destinations.
// Ensures: no attn, bufferization or tensor op is left in public functions.
// Fails when: an attention op has no kernel, an op of a function is neither
//   attention nor arithmetic on sizes, or a value of an argument is asked for:
//   it is on the device.
// Wrong if: the entry does anything that depends on more than shapes, strides,
//   alignment and the device.
// Test: test/Conversion/AttnToHost.
//
//===----------------------------------------------------------------------===//

#include "../AttnToHopper/Launch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "sqa/Conversion/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

#define DEBUG_TYPE "sqa-convert-attn-to-host"

namespace mlir::sqa {
#define GEN_PASS_DEF_CONVERTATTNTOHOSTPASS
#include "sqa/Conversion/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static constexpr StringLiteral kKernelAttrName = "hopper.kernel";

namespace {
class EntryConverter {
public:
  EntryConverter(func::FuncOp entry, StringRef target)
      : entry(entry), target(target), b(entry.getContext()) {}

  LogicalResult run();
  int64_t getNumLaunches() const { return numLaunches; }

private:
  LogicalResult convert(Operation *op);
  LogicalResult convertAttention(attn::SqaOp op);
  LogicalResult convertResult(bufferization::MaterializeInDestinationOp op);
  void convertCast(tensor::CastOp op);
  // Where the op writes a result.
  Value getDestination(attn::SqaOp op, Value result);
  DeviceBuffer bufferOf(Value tensor);
  std::string nameOf(Value memory);

  func::FuncOp entry;
  StringRef target;
  OpBuilder b;
  IRMapping memory; // from tensors
  SmallVector<Operation *> replaced;
  int64_t numLaunches = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

// As the manifest calls it.
std::string EntryConverter::nameOf(Value value) {
  while (auto cast = value.getDefiningOp<memref::CastOp>())
    value = cast.getSource();
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return "a result in between";
  unsigned index = argument.getArgNumber();
  if (auto name = entry.getArgAttrOfType<StringAttr>(index, kNameAttrName))
    return name.str();
  if (!entry.getArgAttr(index, kResultAttrName))
    return ("arg" + Twine(index)).str();
  unsigned inputs = 0;
  while (!entry.getArgAttr(inputs, kResultAttrName))
    ++inputs;
  return ("result" + Twine(index - inputs)).str();
}

DeviceBuffer EntryConverter::bufferOf(Value tensor) {
  Value value = memory.lookup(tensor);
  return {value, nameOf(value)};
}

Value EntryConverter::getDestination(attn::SqaOp op, Value result) {
  bufferization::MaterializeInDestinationOp first;
  for (Operation *user : result.getUsers())
    if (auto write = dyn_cast<bufferization::MaterializeInDestinationOp>(user);
        write && (!first || write->isBeforeInBlock(first)))
      first = write;
  if (first)
    return first.getDest();
  auto type = cast<RankedTensorType>(result.getType());
  // An LSE has its logical order. Batch and position are what may be dynamic.
  attn::Layout layout =
      type.getRank() == 4 ? op.getOutputLayout() : attn::Layout::bhsd;
  SmallVector<std::pair<int64_t, int64_t>> dims; // physical, logical
  for (int64_t logical : {0, 2})
    dims.push_back({attn::SqaOp::physicalDim(layout, logical), logical});
  llvm::sort(dims);
  SmallVector<Value> sizes;
  for (auto [dim, logical] : dims)
    if (type.isDynamicDim(dim))
      sizes.push_back(b.createOrFold<memref::DimOp>(
          op.getLoc(), memory.lookup(op.getQuery()),
          attn::SqaOp::physicalDim(op.getQueryLayout(), logical)));
  return host::WorkspaceOp::create(
      b, op.getLoc(), MemRefType::get(type.getShape(), type.getElementType()),
      sizes);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

static hopper::KernelOp findKernel(attn::SqaOp op) {
  auto symbol = op->getAttrOfType<SymbolRefAttr>(kKernelAttrName);
  if (!symbol)
    return {};
  return SymbolTable::lookupNearestSymbolFrom<hopper::KernelOp>(op, symbol);
}

LogicalResult EntryConverter::convertAttention(attn::SqaOp op) {
  hopper::KernelOp kernel = findKernel(op);
  std::string reason = "it has no schedule";
  FailureOr<HopperPlan> plan = failure();
  if (isa_and_nonnull<GpuScheduleAttr>(op.getScheduleAttr()))
    plan = planHopperKernel(op, reason);
  if (failed(plan) || !kernel)
    return op.emitError("attention that ")
           << target << " has no kernel for: " << reason;
  for (Value result : op->getResults())
    memory.map(result, getDestination(op, result));
  buildLaunch(b, op, *plan, kernel,
              [&](Value tensor) { return bufferOf(tensor); });
  ++numLaunches;
  return success();
}

LogicalResult
EntryConverter::convertResult(bufferization::MaterializeInDestinationOp op) {
  if (memory.lookup(op.getSource()) == op.getDest())
    return success();
  return entry.emitError("'")
         << nameOf(op.getDest()) << "' is an argument or another result as it "
         << "is: functions for " << target << " do not copy";
}

void EntryConverter::convertCast(tensor::CastOp op) {
  Value source = memory.lookup(op.getSource());
  auto type = cast<MemRefType>(source.getType());
  auto shape = cast<RankedTensorType>(op.getType()).getShape();
  memory.map(op.getResult(), memref::CastOp::create(
                                 b, op.getLoc(),
                                 MemRefType::get(shape, type.getElementType(),
                                                 type.getLayout()),
                                 source)
                                 .getResult());
}

static bool isOnSizes(Operation *op) {
  return isa<host::CheckOp, memref::DimOp, func::ReturnOp>(op) ||
         isa<arith::ArithDialect>(op->getDialect());
}

LogicalResult EntryConverter::convert(Operation *op) {
  b.setInsertionPoint(op);
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return entry.emitError("the value of '")
           << nameOf(load.getMemref()) << "' is asked for before a launch, but "
           << "it is on the GPU: only sizes of arguments are known then";
  auto isKnown = [&](Value value) {
    return !isa<TensorType>(value.getType()) || memory.contains(value);
  };
  if (isOnSizes(op))
    return success();
  if (isa<attn::SqaOp>(op) && !llvm::all_of(op->getOperands(), isKnown))
    return op->emitError("attention on ")
           << target << " takes arguments of the function and results of other "
           << "attention only";
  if (!isa<bufferization::ToTensorOp, bufferization::MaterializeInDestinationOp,
           tensor::CastOp, tensor::DimOp, tensor::EmptyOp, attn::SqaOp>(op) ||
      !llvm::all_of(op->getOperands(), isKnown))
    return op->emitError("'")
           << op->getName() << "' does not run on " << target
           << ": functions for GPUs are attn.sqa on their arguments";
  replaced.push_back(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](attn::SqaOp op) { return convertAttention(op); })
      .Case([&](bufferization::MaterializeInDestinationOp op) {
        return convertResult(op);
      })
      .Case([&](bufferization::ToTensorOp op) {
        memory.map(op.getResult(), op.getBuffer());
        return success();
      })
      .Case([&](tensor::CastOp op) {
        convertCast(op);
        return success();
      })
      .Case([&](tensor::DimOp op) {
        Value size = memref::DimOp::create(
            b, op.getLoc(), memory.lookup(op.getSource()), op.getIndex());
        op.replaceAllUsesWith(size);
        return success();
      })
      // Where an op writes that is looked at next.
      .Default([](Operation *) { return success(); });
}

LogicalResult EntryConverter::run() {
  if (!entry.getBody().hasOneBlock())
    return entry.emitError("control flow does not run on ") << target;
  for (Operation &op : llvm::make_early_inc_range(entry.front()))
    if (failed(convert(&op)))
      return failure();
  SmallVector<Operation *> enqueued;
  for (Operation &op : entry.front())
    if (isa<host::FillOp, host::LaunchOp>(op))
      enqueued.push_back(&op);
  for (Operation *op : enqueued)
    op->moveBefore(entry.front().getTerminator());
  for (Operation *op : llvm::reverse(replaced))
    op->erase();
  return success();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertAttnToHostPass
    : sqa::impl::ConvertAttnToHostPassBase<ConvertAttnToHostPass> {
  void runOnOperation() override {
    auto target = dyn_cast_or_null<GpuAttr>(lookupTarget(getOperation()));
    if (!target) {
      getOperation().emitError("expected '")
          << kTargetAttrName << "' to be a #sqa.gpu";
      return signalPassFailure();
    }
    for (auto entry : getOperation().getOps<func::FuncOp>()) {
      if (entry.isPrivate() || entry.isExternal())
        continue;
      EntryConverter converter(entry, target.getName());
      if (failed(converter.run()))
        return signalPassFailure();
      numLaunches += converter.getNumLaunches();
    }
  }
};
} // namespace
