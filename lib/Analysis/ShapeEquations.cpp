//===- ShapeEquations.cpp - Sizes as expressions over arguments -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/ShapeEquations.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;

ShapeEquations::ShapeEquations(FunctionOpInterface function)
    : function(function), context(function.getContext()) {
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasRank())
      continue;
    for (int64_t dim = 0; dim < shaped.getRank(); ++dim) {
      if (!shaped.isDynamicDim(dim))
        continue;
      replacements.push_back(getAffineSymbolExpr(symbols.size(), context));
      symbols.push_back({unsigned(number), unsigned(dim)});
    }
  }
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

AffineExpr ShapeEquations::resolve(AffineExpr expr) const {
  if (!expr)
    return expr;
  // Replacement chains are as long as the number of merges at most.
  for (size_t step = 0; step <= symbols.size(); ++step) {
    AffineExpr next = expr.replaceSymbols(replacements);
    if (next == expr)
      break;
    expr = next;
  }
  return simplifyAffineExpr(expr, /*numDims=*/0, symbols.size());
}

bool ShapeEquations::unify(AffineExpr lhs, AffineExpr rhs) {
  lhs = resolve(lhs);
  rhs = resolve(rhs);
  if (!lhs || !rhs)
    return false;
  if (lhs == rhs)
    return true;
  auto lhsSymbol = dyn_cast<AffineSymbolExpr>(lhs);
  auto rhsSymbol = dyn_cast<AffineSymbolExpr>(rhs);
  if (lhsSymbol && rhsSymbol) {
    // The earlier argument keeps its symbol.
    unsigned from = std::max(lhsSymbol.getPosition(), rhsSymbol.getPosition());
    unsigned to = std::min(lhsSymbol.getPosition(), rhsSymbol.getPosition());
    replacements[from] = getAffineSymbolExpr(to, context);
    return true;
  }
  if (rhsSymbol)
    std::swap(lhs, rhs);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(lhs);
      symbol && isa<AffineConstantExpr>(rhs)) {
    replacements[symbol.getPosition()] = rhs;
    return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

AffineExpr ShapeEquations::getDim(Value shaped, int64_t dim) {
  auto type = cast<ShapedType>(shaped.getType());
  if (!type.isDynamicDim(dim))
    return getAffineConstantExpr(type.getDimSize(dim), context);
  auto found = dims.find({shaped, dim});
  if (found != dims.end())
    return found->second;
  AffineExpr expr = computeDim(shaped, dim);
  dims[{shaped, dim}] = expr;
  return expr;
}

AffineExpr ShapeEquations::computeDim(Value shaped, int64_t dim) {
  if (auto result = dyn_cast<OpResult>(shaped))
    return computeResultDim(result, dim);
  auto arg = cast<BlockArgument>(shaped);
  Operation *parent = arg.getOwner()->getParentOp();
  if (parent == function.getOperation() && arg.getOwner()->isEntryBlock()) {
    for (auto [index, symbol] : llvm::enumerate(symbols))
      if (symbol.argument == arg.getArgNumber() && symbol.dim == dim)
        return getAffineSymbolExpr(index, context);
    return {};
  }
  if (auto loop = dyn_cast<scf::ForOp>(parent);
      loop && arg != loop.getInductionVar())
    return getDim(loop.getTiedLoopInit(arg)->get(), dim);
  if (auto forall = dyn_cast<scf::ForallOp>(parent);
      forall && arg.getArgNumber() >= forall.getRank())
    return getDim(forall.getTiedOpOperand(arg)->get(), dim);
  return {};
}

// A loop keeps the size of a carried tensor only if its body does.
AffineExpr ShapeEquations::computeLoopDim(Operation *op, unsigned index,
                                          int64_t dim) {
  auto loop = cast<scf::ForOp>(op);
  AffineExpr init = getDim(loop.getInitArgs()[index], dim);
  AffineExpr next = getDim(loop.getYieldedValues()[index], dim);
  return init && resolve(init) == resolve(next) ? init : AffineExpr();
}

AffineExpr ShapeEquations::computeResultDim(OpResult result, int64_t dim) {
  Operation *op = result.getOwner();
  if (isa<scf::ForOp>(op))
    return computeLoopDim(op, result.getResultNumber(), dim);
  if (auto forall = dyn_cast<scf::ForallOp>(op))
    return getDim(forall.getTiedOpOperand(result)->get(), dim);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned index = result.getResultNumber();
    AffineExpr then = getDim(branch.thenYield().getOperand(index), dim);
    AffineExpr other = getDim(branch.elseYield().getOperand(index), dim);
    return then && resolve(then) == resolve(other) ? then : AffineExpr();
  }
  if (isa<tensor::CastOp, memref::CastOp>(op))
    return getDim(op->getOperand(0), dim);
  if (auto dps = dyn_cast<DestinationStyleOpInterface>(op))
    return getDim(dps.getTiedOpOperand(result)->get(), dim);
  if (op->hasTrait<OpTrait::Elementwise>())
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        return getDim(operand, dim);
  return computeReifiedDim(result, dim);
}

// Asks the op, then takes away the ops that answered.
AffineExpr ShapeEquations::computeReifiedDim(OpResult result, int64_t dim) {
  struct Collector : OpBuilder::Listener {
    void notifyOperationInserted(Operation *op,
                                 OpBuilder::InsertPoint) override {
      created.push_back(op);
    }
    SmallVector<Operation *> created;
  };
  Collector collector;
  OpBuilder builder(context, &collector);
  builder.setInsertionPoint(result.getOwner());
  ReifiedRankedShapedTypeDims shapes;
  AffineExpr expr;
  if (succeeded(reifyResultShapes(builder, result.getOwner(), shapes)))
    expr = getIndex(shapes[result.getResultNumber()][dim]);
  for (Operation *op : llvm::reverse(collector.created)) {
    // A later op may live where a forgotten one did.
    for (Value value : op->getResults())
      if (auto shaped = dyn_cast<ShapedType>(value.getType()))
        for (int64_t i = 0; i < shaped.getRank(); ++i)
          dims.erase({value, i});
    op->erase();
  }
  return expr;
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

AffineExpr ShapeEquations::getIndex(OpFoldResult index) {
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return getAffineConstantExpr(*constant, context);
  return computeIndex(cast<Value>(index));
}

AffineExpr ShapeEquations::computeIndex(Value index) {
  Operation *op = index.getDefiningOp();
  if (!op)
    return {};
  if (isa<tensor::DimOp, memref::DimOp>(op)) {
    std::optional<int64_t> dim = getConstantIntValue(op->getOperand(1));
    auto type = dyn_cast<ShapedType>(op->getOperand(0).getType());
    if (!dim || !type || !type.hasRank() || *dim < 0 || *dim >= type.getRank())
      return {};
    return getDim(op->getOperand(0), *dim);
  }
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    SmallVector<AffineExpr> operands;
    for (Value operand : apply.getMapOperands())
      operands.push_back(getIndex(OpFoldResult(operand)));
    if (llvm::is_contained(operands, AffineExpr()))
      return {};
    AffineMap map = apply.getAffineMap();
    ArrayRef<AffineExpr> all(operands);
    return map.getResult(0).replaceDimsAndSymbols(
        all.take_front(map.getNumDims()), all.drop_front(map.getNumDims()));
  }
  // Sizes are never negative, so the unsigned forms mean the same.
  if (op->getNumOperands() != 2 || op->getNumResults() != 1 ||
      !index.getType().isIndex())
    return {};
  AffineExpr lhs = getIndex(OpFoldResult(op->getOperand(0)));
  AffineExpr rhs = getIndex(OpFoldResult(op->getOperand(1)));
  if (!lhs || !rhs)
    return {};
  return TypeSwitch<Operation *, AffineExpr>(op)
      .Case([&](arith::AddIOp) { return lhs + rhs; })
      .Case([&](arith::SubIOp) { return lhs - rhs; })
      .Case([&](arith::MulIOp) { return lhs * rhs; })
      .Case<arith::DivUIOp, arith::FloorDivSIOp>(
          [&](Operation *) { return lhs.floorDiv(rhs); })
      .Case<arith::CeilDivUIOp, arith::CeilDivSIOp>(
          [&](Operation *) { return lhs.ceilDiv(rhs); })
      .Case([&](arith::RemUIOp) { return lhs % rhs; })
      .Default([](Operation *) { return AffineExpr(); });
}
