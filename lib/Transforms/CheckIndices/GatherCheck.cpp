//===- GatherCheck.cpp - A pass over the indices of a gather --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ops of a body that an index is computed from, and no others, become the
// body of a reduction over the loops they depend on, and no others: rows of an
// embedding are checked once a row.
// Test: test/Transforms/check-indices.mlir, check-indices-invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "lib/Transforms/CheckIndices/Access.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::sqa;

namespace {
// What the indices of one access are computed from.
struct Slice {
  llvm::SetVector<Operation *> ops; // in the body, directly or in scf.if
  llvm::SetVector<BlockArgument> arguments;   // of the body
  SmallVector<std::pair<Value, bool>> guards; // scf.if: condition, which branch
};

// A loop that the indices depend on.
struct Loop {
  unsigned position; // in the op
  OpFoldResult size;
};
} // namespace

//===----------------------------------------------------------------------===//
// Plan: the slice
//===----------------------------------------------------------------------===//

// Whether `op` runs for every element of `nest`.
static bool standsInBody(Operation *op, Operation *nest) {
  return op->getParentOp() == nest;
}

static LogicalResult addToSlice(Value value, Operation *nest, Slice &slice);

static LogicalResult addToSlice(Operation *op, Operation *nest, Slice &slice) {
  if (slice.ops.contains(op))
    return success();
  // Under a condition, the check computes what the body might not.
  if (!standsInBody(op, nest) &&
      !(isMemoryEffectFree(op) && isSpeculatable(op) &&
        !isa<tensor::ExtractOp>(op)))
    return op->emitOpError("expected an index that can be computed whether or "
                           "not its condition holds, to check its range");
  WalkResult walk = op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      Operation *owner = operand.getParentRegion()->getParentOp();
      if (!op->isAncestor(owner) && failed(addToSlice(operand, nest, slice)))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  slice.ops.insert(op);
  return failure(walk.wasInterrupted());
}

static LogicalResult addToSlice(Value value, Operation *nest, Slice &slice) {
  if (!nest->isAncestor(value.getParentRegion()->getParentOp()))
    return success(); // From outside.
  if (Operation *op = value.getDefiningOp())
    return addToSlice(op, nest, slice);
  auto argument = cast<BlockArgument>(value);
  Operation *parent = argument.getOwner()->getParentOp();
  auto linalgOp = dyn_cast<linalg::LinalgOp>(nest);
  bool isSum = linalgOp && parent == nest &&
               linalgOp.isDpsInit(linalgOp.getMatchingOpOperand(argument)) &&
               linalgOp.getNumReductionLoops() != 0;
  if (parent != nest || isSum)
    return emitError(value.getLoc())
           << "expected an index that does not depend on a running value, to "
              "check its range";
  slice.arguments.insert(argument);
  return success();
}

static LogicalResult findSlice(Operation *nest, Operation *access, Value index,
                               Slice &slice) {
  for (Operation *op = access; op->getParentOp() != nest;
       op = op->getParentOp()) {
    auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
    if (!branch)
      return access->emitOpError("expected no loop around it, to check its "
                                 "range");
    bool isThen = op->getParentRegion() == &branch.getThenRegion();
    slice.guards.push_back({branch.getCondition(), isThen});
    if (failed(addToSlice(branch.getCondition(), nest, slice)))
      return failure();
  }
  return addToSlice(index, nest, slice);
}

//===----------------------------------------------------------------------===//
// Plan: the loops
//===----------------------------------------------------------------------===//

static SmallVector<OpFoldResult> loopSizes(OpBuilder &b, Operation *nest) {
  if (auto generate = dyn_cast<tensor::GenerateOp>(nest)) {
    SmallVector<OpFoldResult> sizes;
    auto dynamic = generate.getDynamicExtents().begin();
    for (int64_t size : cast<ShapedType>(generate.getType()).getShape())
      sizes.push_back(ShapedType::isDynamic(size)
                          ? OpFoldResult(*dynamic++)
                          : OpFoldResult(b.getIndexAttr(size)));
    return sizes;
  }
  auto op = cast<linalg::LinalgOp>(nest);
  SmallVector<OpFoldResult> sizes;
  for (Range range : op.createLoopRanges(b, nest->getLoc()))
    sizes.push_back(range.size);
  return sizes;
}

static SmallVector<Loop> findLoops(Operation *nest, const Slice &slice,
                                   ArrayRef<OpFoldResult> sizes) {
  llvm::SmallSetVector<unsigned, 4> used;
  auto op = dyn_cast<linalg::LinalgOp>(nest);
  for (BlockArgument argument : slice.arguments) {
    if (!op) {
      used.insert(argument.getArgNumber());
      continue;
    }
    AffineMap map =
        op.getMatchingIndexingMap(op.getMatchingOpOperand(argument));
    for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
      if (map.isFunctionOfDim(loop))
        used.insert(loop);
  }
  for (Operation *inner : slice.ops)
    inner->walk([&](linalg::IndexOp index) { used.insert(index.getDim()); });
  SmallVector<Loop> loops;
  for (unsigned loop = 0; loop < sizes.size(); ++loop)
    if (used.contains(loop))
      loops.push_back({loop, sizes[loop]});
  return loops;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

// Whether the access happens and is in range, in the body of the check.
static Value buildInside(OpBuilder &b, Location loc, Value index, Value size,
                         const Slice &slice, const IRMapping &mapping) {
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                       mapping.lookupOrDefault(index), size);
  for (auto [condition, isThen] : slice.guards) {
    Value taken = mapping.lookupOrDefault(condition);
    Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
    Value skipped = isThen ? arith::XOrIOp::create(b, loc, taken, yes) : taken;
    inside = arith::OrIOp::create(b, loc, inside, skipped);
  }
  return inside;
}

// The ops of the slice in the body of the check, in their order.
static void cloneSlice(OpBuilder &b, Operation *nest, const Slice &slice,
                       ArrayRef<Loop> loops, IRMapping &mapping) {
  auto positionOf = [&](unsigned loop) -> int64_t {
    return llvm::find_if(loops,
                         [&](const Loop &l) { return l.position == loop; }) -
           loops.begin();
  };
  if (isa<tensor::GenerateOp>(nest))
    for (BlockArgument argument : slice.arguments)
      mapping.map(argument,
                  linalg::IndexOp::create(b, nest->getLoc(),
                                          positionOf(argument.getArgNumber())));
  nest->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!slice.ops.contains(op))
      return WalkResult::advance();
    Operation *clone = b.clone(*op, mapping);
    clone->walk([&](linalg::IndexOp index) {
      index.setDim(positionOf(index.getDim()));
    });
    return WalkResult::skip();
  });
}

// Whether an operand of the slice has a dimension for loop `position`.
static bool isShown(linalg::LinalgOp op, const Slice &slice,
                    unsigned position) {
  return op && llvm::any_of(slice.arguments, [&](BlockArgument argument) {
           AffineMap map =
               op.getMatchingIndexingMap(op.getMatchingOpOperand(argument));
           return llvm::is_contained(
               map.getResults(), getAffineDimExpr(position, op.getContext()));
         });
}

// All loops are reductions to one truth value. A loop that no operand shows the
// size of gets one that does nothing else.
static Value buildReduction(OpBuilder &b, Location loc, Operation *nest,
                            Value index, Value size, const Slice &slice,
                            ArrayRef<Loop> loops) {
  MLIRContext *context = b.getContext();
  auto op = dyn_cast<linalg::LinalgOp>(nest);
  SmallVector<AffineExpr> renamed(op ? op.getNumLoops() : loops.size(),
                                  getAffineConstantExpr(0, context));
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (auto [number, loop] : llvm::enumerate(loops)) {
    if (op)
      renamed[loop.position] = b.getAffineDimExpr(number);
    if (isShown(op, slice, loop.position))
      continue;
    inputs.push_back(tensor::EmptyOp::create(b, loc, loop.size, b.getI8Type()));
    maps.push_back(AffineMap::get(loops.size(), 0, b.getAffineDimExpr(number)));
  }
  size_t shapes = inputs.size();
  if (op)
    for (BlockArgument argument : slice.arguments) {
      OpOperand *operand = op.getMatchingOpOperand(argument);
      inputs.push_back(operand->get());
      maps.push_back(op.getMatchingIndexingMap(operand).replaceDimsAndSymbols(
          renamed, {}, loops.size(), 0));
    }
  maps.push_back(AffineMap::get(loops.size(), 0, context));
  Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value empty =
      tensor::EmptyOp::create(b, loc, ArrayRef<int64_t>(), b.getI1Type());
  Value init = linalg::FillOp::create(b, loc, yes, empty).getResult(0);
  SmallVector<utils::IteratorType> iterators(loops.size(),
                                             utils::IteratorType::reduction);
  auto check = linalg::GenericOp::create(
      b, loc, init.getType(), inputs, init, maps, iterators,
      [&](OpBuilder &inner, Location, ValueRange arguments) {
        IRMapping mapping;
        if (op)
          for (auto [from, to] : llvm::zip_equal(
                   slice.arguments, arguments.drop_front(shapes).drop_back()))
            mapping.map(from, to);
        cloneSlice(inner, nest, slice, loops, mapping);
        Value inside = buildInside(inner, loc, index, size, slice, mapping);
        Value all = arith::AndIOp::create(inner, loc, arguments.back(), inside);
        linalg::YieldOp::create(inner, loc, all);
      });
  return tensor::ExtractOp::create(b, loc, check.getResult(0), ValueRange());
}

// Loops that the indices do not depend on may be empty: then nothing is read.
static Value allowEmpty(OpBuilder &b, Location loc, Value inside,
                        ArrayRef<OpFoldResult> sizes, ArrayRef<Loop> loops) {
  for (auto [position, size] : llvm::enumerate(sizes)) {
    std::optional<int64_t> number = getConstantIntValue(size);
    if ((number && *number > 0) ||
        llvm::any_of(loops, [&, p = position](const Loop &loop) {
          return loop.position == p;
        }))
      continue;
    Value none =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                              getValueOrCreateConstantIndexOp(b, loc, size),
                              arith::ConstantIndexOp::create(b, loc, 0));
    inside = arith::OrIOp::create(b, loc, inside, none);
  }
  return inside;
}

// A host.check in front of `nest` for dimension `dim` of the access.
static LogicalResult checkDimension(Operation *nest, const Access &access,
                                    Value index, unsigned dim) {
  Slice slice;
  if (failed(findSlice(nest, access.op, index, slice)))
    return failure();
  OpBuilder b(nest);
  Location loc = access.op->getLoc();
  Value size = tensor::DimOp::create(b, loc, access.tensor, dim);
  SmallVector<OpFoldResult> sizes = loopSizes(b, nest);
  SmallVector<Loop> loops = findLoops(nest, slice, sizes);
  Value inside = buildReduction(b, loc, nest, index, size, slice, loops);
  inside = allowEmpty(b, loc, inside, sizes, loops);
  host::CheckOp::create(b, loc, inside, describe(access, dim));
  return success();
}

LogicalResult mlir::sqa::checkBefore(Operation *nest, const Access &access,
                                     CheckedIndices &done) {
  auto extract = dyn_cast<tensor::ExtractOp>(access.op);
  Value tensor = access.tensor;
  if (!extract || nest->isAncestor(tensor.getParentRegion()->getParentOp()))
    return access.op->emitOpError(
               "expected to read one element of a tensor from "
               "outside of ")
           << nest->getName() << ", to check its range";
  for (unsigned dim : access.unproved) {
    Value index = extract.getIndices()[dim];
    std::pair<Value, std::pair<Value, unsigned>> key{index,
                                                     {access.tensor, dim}};
    if (done.contains(key))
      continue;
    if (failed(checkDimension(nest, access, index, dim)))
      return failure();
    if (standsInBody(access.op, nest))
      done.insert(key);
  }
  return success();
}
