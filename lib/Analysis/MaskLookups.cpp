//===- MaskLookups.cpp - Comparisons between keys and rows ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   document[i] == document[j]     position[i] >= j     end[j] > i
//
// A side that depends on the key only, against one that does not depend on it.
// Unit test: test/unit/Analysis/MaskSetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/MaskLookups.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;

MaskDependence::MaskDependence(Region &region, MaskAxes axes) {
  Block &block = region.front();
  bits[block.getArgument(kHeadArg)] = onHead;
  bits[block.getArgument(axes.row)] = onRow;
  bits[block.getArgument(axes.key)] = onKey;
  for (Operation &op : block) {
    unsigned all = 0;
    for (Value operand : op.getOperands())
      all |= lookup(operand);
    for (Value result : op.getResults())
      bits[result] = all;
  }
}

// Whether `key` grows with j, or stays, whatever else it depends on.
static bool isIncreasing(Value key, const MaskDependence &dependence) {
  if (dependence.of(key) == 0)
    return true; // The same for all keys.
  Operation *op = key.getDefiningOp();
  if (!op)
    return true; // j itself.
  auto increases = [&](Value v) { return isIncreasing(v, dependence); };
  auto isPositive = [](Value v) {
    APInt constant;
    return matchPattern(v, m_ConstantInt(&constant)) &&
           constant.isStrictlyPositive();
  };
  // Narrow sums and products may wrap round.
  bool isWide = key.getType().isIndex() || key.getType().isInteger(64);
  if (isa<arith::AddIOp>(op))
    return isWide && llvm::all_of(op->getOperands(), increases);
  if (isa<arith::SubIOp>(op))
    return isWide && increases(op->getOperand(0)) &&
           dependence.of(op->getOperand(1)) == 0;
  if (isa<arith::FloorDivSIOp, arith::DivSIOp, arith::CeilDivSIOp>(op))
    return increases(op->getOperand(0)) && isPositive(op->getOperand(1));
  if (isa<arith::MulIOp>(op))
    return isWide && increases(op->getOperand(0)) &&
           isPositive(op->getOperand(1));
  if (isa<arith::MaxSIOp, arith::MinSIOp>(op))
    return llvm::all_of(op->getOperands(), increases);
  if (auto cast = dyn_cast<arith::IndexCastOp>(op))
    return isWide && increases(cast.getIn());
  if (auto extension = dyn_cast<arith::ExtSIOp>(op))
    return increases(extension.getIn());
  return false;
}

// x predicate y as y predicate x.
static CmpIPredicate mirrored(CmpIPredicate predicate) {
  switch (predicate) {
  case CmpIPredicate::slt:
    return CmpIPredicate::sgt;
  case CmpIPredicate::sle:
    return CmpIPredicate::sge;
  case CmpIPredicate::sgt:
    return CmpIPredicate::slt;
  case CmpIPredicate::sge:
    return CmpIPredicate::sle;
  default:
    return predicate;
  }
}

std::optional<KeyLookup>
mlir::sqa::readLookup(arith::CmpIOp op, const MaskDependence &dependence) {
  Value key = op.getLhs(), row = op.getRhs();
  CmpIPredicate predicate = op.getPredicate();
  if (!(dependence.of(key) & MaskDependence::onKey)) {
    std::swap(key, row);
    predicate = mirrored(predicate);
  }
  // Not equal is the complement of equal.
  if (predicate == CmpIPredicate::ne)
    predicate = CmpIPredicate::eq;
  bool isSigned = predicate <= CmpIPredicate::sge;
  // What the keys say is looked at once a batch, for all heads.
  if (!isSigned || key.getType().isInteger(1) ||
      !isa<IndexType, IntegerType>(key.getType()) ||
      dependence.of(key) != MaskDependence::onKey ||
      (dependence.of(row) & MaskDependence::onKey) ||
      dependence.dependsOnHead(key))
    return std::nullopt;
  return KeyLookup{predicate, key, row, isIncreasing(key, dependence)};
}
