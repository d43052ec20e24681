//===- OutlineKernels.cpp - Parallel loops become kernels -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Moves each outermost scf.forall of a public function into a function of its
// own that runs a range of its tiles, and dispatches that in its place. Foralls
// inside are serial loops: one level of threads is all there is.
//
//   scf.forall (%i, %j) in (4, %n) { body(%m, %i, %j) }
// becomes
//   host.dispatch @f_kernel_0(%n, %m : ...) tiles(%4n) scratch(%c0)
//   func.func private @f_kernel_0(%n, %m, %begin, %end, %scratch) {host.kernel}
//   {
//     scf.for %t = %begin to %end step %c1 { body(%m, %t / %n, %t % %n) }
//
// Constants, addresses of constants, and cheap index and view arithmetic are
// computed again inside instead of being captured.
//
// Requires: memory, no tensors. Ensures: no scf.forall is left in the module.
// Wrong if: an op that reads memory is moved inside; tiles run while others
//   write.
// Test: test/Transforms/outline-kernels.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-outline-kernels"

namespace mlir::sqa {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

namespace {
// The iteration space of a forall, computed in front of it.
struct TileSpace {
  SmallVector<OpFoldResult> lowerBounds, steps;
  SmallVector<Value> counts; // tiles along each dimension
  Value tiles;               // their product
};
} // namespace

// Cheap, and the same wherever it is computed.
static bool isRecomputed(Operation *op) {
  if (op->getNumRegions() != 0 || !isMemoryEffectFree(op))
    return false;
  if (isa<memref::DimOp, memref::GetGlobalOp, memref::SubViewOp, memref::CastOp,
          memref::ExpandShapeOp, memref::CollapseShapeOp,
          memref::ReinterpretCastOp, ub::PoisonOp, affine::AffineApplyOp,
          affine::AffineMinOp, affine::AffineMaxOp>(op))
    return true;
  return isa<arith::ArithDialect>(op->getDialect()) &&
         (op->hasTrait<OpTrait::ConstantLike>() ||
          llvm::all_of(op->getResultTypes(),
                       [](Type type) { return type.isIntOrIndex(); }));
}

static TileSpace computeTileSpace(OpBuilder &builder, scf::ForallOp forall) {
  Location loc = forall.getLoc();
  TileSpace space;
  space.lowerBounds = forall.getMixedLowerBound();
  space.steps = forall.getMixedStep();
  auto value = [&](OpFoldResult v) {
    return getValueOrCreateConstantIndexOp(builder, loc, v);
  };
  Value zero = value(builder.getIndexAttr(0));
  for (auto [lower, upper, step] : llvm::zip_equal(
           space.lowerBounds, forall.getMixedUpperBound(), space.steps)) {
    Value extent =
        builder.createOrFold<arith::SubIOp>(loc, value(upper), value(lower));
    extent = builder.createOrFold<arith::MaxSIOp>(loc, extent, zero);
    Value count =
        builder.createOrFold<arith::CeilDivSIOp>(loc, extent, value(step));
    space.counts.push_back(count);
    space.tiles =
        space.tiles
            ? builder.createOrFold<arith::MulIOp>(loc, space.tiles, count)
            : count;
  }
  return space;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

namespace {
// Makes values of the entry function available in a kernel.
struct KernelBuilder {
  func::FuncOp kernel;
  OpBuilder builder;
  IRMapping mapping;
  SmallVector<Value> captures;

  KernelBuilder(func::FuncOp kernel)
      : kernel(kernel),
        builder(OpBuilder::atBlockBegin(kernel.addEntryBlock())) {}

  Value import(Value value) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (op && isRecomputed(op)) {
      for (Value operand : op->getOperands())
        import(operand);
      Operation *copy = builder.clone(*op, mapping);
      return copy->getResult(cast<OpResult>(value).getResultNumber());
    }
    unsigned index = captures.size();
    captures.push_back(value);
    BlockArgument arg =
        kernel.front().insertArgument(index, value.getType(), value.getLoc());
    mapping.map(value, arg);
    return arg;
  }

  Value import(OpFoldResult value, Location loc) {
    if (auto attr = dyn_cast<Attribute>(value))
      return arith::ConstantIndexOp::create(builder, loc,
                                            cast<IntegerAttr>(attr).getInt());
    return import(cast<Value>(value));
  }
};
} // namespace

static func::FuncOp createKernel(func::FuncOp entry, unsigned number,
                                 SymbolTable &symbols) {
  OpBuilder builder(entry.getContext());
  Type index = builder.getIndexType();
  auto scratch =
      MemRefType::get({ShapedType::kDynamic}, builder.getIntegerType(8));
  std::string name = (entry.getName() + "_kernel_" + Twine(number)).str();
  auto kernel = func::FuncOp::create(
      builder, entry.getLoc(), name,
      builder.getFunctionType({index, index, scratch}, {}));
  kernel.setPrivate();
  kernel->setAttr(host::kKernelAttrName, builder.getUnitAttr());
  symbols.insert(kernel);
  return kernel;
}

// The induction variables of tile number `tile`, the last one fastest.
static SmallVector<Value> delinearize(KernelBuilder &kernel, Location loc,
                                      const TileSpace &space, Value tile,
                                      OpBuilder &builder) {
  SmallVector<Value> ivs(space.counts.size());
  Value rest = tile;
  for (int64_t dim = space.counts.size() - 1; dim >= 0; --dim) {
    Value position = rest;
    if (dim > 0) {
      Value count = kernel.import(space.counts[dim]);
      position = arith::RemUIOp::create(builder, loc, rest, count);
      rest = arith::DivUIOp::create(builder, loc, rest, count);
    }
    Value step = kernel.import(space.steps[dim], loc);
    Value lower = kernel.import(space.lowerBounds[dim], loc);
    Value scaled = builder.createOrFold<arith::MulIOp>(loc, position, step);
    ivs[dim] = builder.createOrFold<arith::AddIOp>(loc, scaled, lower);
  }
  return ivs;
}

static void outline(scf::ForallOp forall, func::FuncOp entry, unsigned number,
                    SymbolTable &symbols) {
  Location loc = forall.getLoc();
  OpBuilder host(forall);
  TileSpace space = computeTileSpace(host, forall);
  func::FuncOp func = createKernel(entry, number, symbols);
  KernelBuilder kernel(func);

  // Everything imported goes in front of the loop over the tiles.
  OpBuilder body = OpBuilder::atBlockEnd(&func.front());
  Block &block = func.front();
  Value begin = block.getArgument(0), end = block.getArgument(1);
  Value one = arith::ConstantIndexOp::create(body, loc, 1);
  auto loop = scf::ForOp::create(body, loc, begin, end, one);
  func::ReturnOp::create(body, loc);
  kernel.builder.setInsertionPoint(loop);
  SetVector<Value> used;
  getUsedValuesDefinedAbove(forall.getRegion(), used);
  for (Value value : used)
    kernel.import(value);

  body.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> ivs =
      delinearize(kernel, loc, space, loop.getInductionVar(), body);
  for (auto [from, to] : llvm::zip_equal(forall.getInductionVars(), ivs))
    kernel.mapping.map(from, to);
  for (Operation &op : forall.getBody()->without_terminator())
    body.clone(op, kernel.mapping);
  func.setType(body.getFunctionType(block.getArgumentTypes(), {}));

  Value none = arith::ConstantIndexOp::create(host, loc, 0);
  host::DispatchOp::create(host, loc, SymbolRefAttr::get(func), kernel.captures,
                           space.tiles, none);
  forall.erase();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct OutlineKernelsPass
    : mlir::sqa::impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> entries;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        entries.push_back(function);
    for (func::FuncOp entry : entries) {
      SmallVector<scf::ForallOp> outermost, inner;
      entry.walk([&](scf::ForallOp forall) {
        bool nested = forall->getParentOfType<scf::ForallOp>() ||
                      entry->hasAttr(host::kKernelAttrName);
        (nested ? inner : outermost).push_back(forall);
      });
      IRRewriter rewriter(&getContext());
      for (scf::ForallOp forall : inner) {
        rewriter.setInsertionPoint(forall);
        if (failed(scf::forallToForLoop(rewriter, forall)))
          return fail(forall);
      }
      for (auto [number, forall] : llvm::enumerate(outermost)) {
        if (forall.getNumResults() != 0)
          return fail(forall);
        outline(forall, entry, number, symbols);
        ++numKernels;
      }
    }
  }

  void fail(scf::ForallOp forall) {
    forall.emitOpError("expected to work on memory, but it has tensor results");
    signalPassFailure();
  }
};
} // namespace
