//===- HostCheck.cpp - Checks of single indices and slices ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Comparisons are unsigned: a negative index is a large one.
// Test: test/Transforms/check-indices.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/CheckIndices/Access.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

// What the caller knows an argument by; a weight by its name in the file.
static std::string nameOf(BlockArgument argument) {
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  for (StringRef attribute : {kNameAttrName, kParameterAttrName})
    if (auto name = function.getArgAttrOfType<StringAttr>(
            argument.getArgNumber(), attribute))
      return ("'" + name.getValue() + "'").str();
  return ("'arg" + Twine(argument.getArgNumber()) + "'").str();
}

static bool isInteger(Value value) {
  return getElementTypeOrSelf(value.getType()).isIntOrIndex();
}

// The arguments of the function that `value` is computed from.
static void collectOrigins(Value value, DenseSet<Value> &seen,
                           SmallVectorImpl<BlockArgument> &origins) {
  if (!isInteger(value) || !seen.insert(value).second)
    return;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    Operation *parent = argument.getOwner()->getParentOp();
    if (isa<func::FuncOp>(parent))
      origins.push_back(argument);
    else if (auto op = dyn_cast<linalg::LinalgOp>(parent))
      collectOrigins(op.getMatchingOpOperand(argument)->get(), seen, origins);
    else if (auto loop = dyn_cast<scf::ForOp>(parent);
             loop && argument != loop.getInductionVar())
      collectOrigins(loop.getTiedLoopInit(argument)->get(), seen, origins);
    return;
  }
  Operation *op = value.getDefiningOp();
  if (!isa<tensor::DimOp>(op))
    for (Value operand : op->getOperands())
      collectOrigins(operand, seen, origins);
}

// The argument that `tensor` is, perhaps under another type.
static std::string nameOfTensor(Value tensor) {
  while (auto cast = tensor.getDefiningOp<tensor::CastOp>())
    tensor = cast.getSource();
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()))
    return nameOf(argument);
  return "a computed tensor";
}

static std::string placeOf(Operation *op) {
  auto loc = op->getLoc()->findInstanceOf<FileLineColLoc>();
  if (!loc)
    return "";
  // Packages must not depend on where their source lies.
  return (", " + llvm::sys::path::filename(loc.getFilename()) + ":" +
          Twine(loc.getLine()) + ":" + Twine(loc.getColumn()))
      .str();
}

static std::string describeSize(const Access &access, unsigned dim,
                                unsigned from) {
  auto insert = cast<tensor::InsertSliceOp>(access.op);
  return "expected dimension " + std::to_string(from) + " of " +
         nameOfTensor(insert.getSource()) +
         " to have the size of the slice it is written to, in dimension " +
         std::to_string(dim) + " of " + nameOfTensor(access.tensor) +
         placeOf(access.op);
}

std::string mlir::sqa::describe(const Access &access, unsigned dim) {
  bool isSlice = isa<OffsetSizeAndStrideOpInterface>(access.op);
  SmallVector<BlockArgument> origins;
  DenseSet<Value> seen;
  for (Value operand : access.op->getOperands())
    if (!isa<ShapedType>(operand.getType()))
      collectOrigins(operand, seen, origins);
  std::string text = isSlice ? "expected a slice" : "expected indices";
  for (auto [number, origin] : llvm::enumerate(origins))
    text += (number == 0 ? " computed from " : " and ") + nameOf(origin);
  text += " to be in range for dimension " + std::to_string(dim) + " of " +
          nameOfTensor(access.tensor);
  int64_t size = cast<ShapedType>(access.tensor.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(size))
    text += " (" + std::to_string(size) + ")";
  return text + placeOf(access.op);
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

namespace {
// Short names for arithmetic on sizes.
struct Sizes {
  OpBuilder &b;
  Location loc;

  Value number(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value get(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, loc, value);
  }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value most(Value x, Value y) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, x, y);
  }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
};
} // namespace

// offset + (count - 1) * stride < size, none of them negative; a slice without
// elements may start at the end.
static Value buildSliceInside(Sizes s, Value offset, Value count,
                              OpFoldResult stride, Value size) {
  if (getConstantIntValue(stride) == 1)
    return s.both(s.most(count, size), s.most(offset, s.sub(size, count)));
  Value one = s.number(1);
  Value steps = arith::MaxSIOp::create(s.b, s.loc, s.sub(count, one), one);
  Value atMostOne = s.most(count, one);
  Value room = s.sub(s.sub(size, one), offset);
  Value longest = arith::DivUIOp::create(s.b, s.loc, room, steps);
  Value starts = s.both(
      s.most(arith::MinUIOp::create(s.b, s.loc, count, one), size),
      s.most(offset,
             s.sub(size, arith::MinUIOp::create(s.b, s.loc, count, one))));
  Value counted = arith::CmpIOp::create(s.b, s.loc, arith::CmpIPredicate::sge,
                                        count, s.number(0));
  return s.both(s.both(starts, counted),
                s.either(atMostOne, s.most(s.get(stride), longest)));
}

static Value buildInside(Sizes s, const Access &access, unsigned dim) {
  Value size = tensor::DimOp::create(s.b, s.loc, access.tensor, dim);
  if (auto slice = dyn_cast<OffsetSizeAndStrideOpInterface>(access.op))
    return buildSliceInside(s, s.get(slice.getMixedOffsets()[dim]),
                            s.get(slice.getMixedSizes()[dim]),
                            slice.getMixedStrides()[dim], size);
  auto extract = dyn_cast<tensor::ExtractOp>(access.op);
  Value index = extract ? extract.getIndices()[dim]
                        : cast<tensor::InsertOp>(access.op).getIndices()[dim];
  return arith::CmpIOp::create(s.b, s.loc, arith::CmpIPredicate::ult, index,
                               size);
}

void mlir::sqa::checkOnHost(const Access &access) {
  OpBuilder b(access.op);
  Location loc = access.op->getLoc();
  for (unsigned dim : access.unproved) {
    Value inside = buildInside({b, loc}, access, dim);
    host::CheckOp::create(b, loc, inside, describe(access, dim));
  }
  for (auto [dim, from] : access.resized) {
    auto insert = cast<tensor::InsertSliceOp>(access.op);
    Value got = tensor::DimOp::create(b, loc, insert.getSource(), from);
    Value wanted =
        getValueOrCreateConstantIndexOp(b, loc, insert.getMixedSizes()[dim]);
    Value equal =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, got, wanted);
    host::CheckOp::create(b, loc, equal, describeSize(access, dim, from));
  }
}
