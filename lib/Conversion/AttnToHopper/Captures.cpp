//===- Captures.cpp - What regions read, inside a kernel ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code that reads masks works on tensors: regions of the op, clauses, the
// analysis. In a kernel a tensor is a pointer and strides behind a cast until
// everything is built; then each extract becomes a load:
//
//   %t = builtin.unrealized_conversion_cast %p, %s0 : ... to tensor<?x?xi32>
//   %x = tensor.extract %t[%b, %j]
//     ==>
//   %x = llvm.load %p[%b * %s0 + %j]
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa;

// A scalar argument as the type that the op has.
static Value narrow(OpBuilder &b, Location loc, Value argument, Type type) {
  if (argument.getType() == type)
    return argument;
  return arith::TruncIOp::create(b, loc, type, argument);
}

void KernelBuilder::bindCaptures(ArrayRef<KernelArgument> list,
                                 ValueRange arguments) {
  using Kind = KernelArgument::Kind;
  for (size_t index = 0; index < list.size(); ++index) {
    Value operand = list[index].operand;
    if (list[index].kind == Kind::scalar)
      args.captures.map(operand,
                        narrow(b, loc, arguments[index], operand.getType()));
    if (list[index].kind != Kind::tensor)
      continue;
    auto type = cast<RankedTensorType>(operand.getType());
    int64_t strides = std::max<int64_t>(type.getRank() - 1, 0);
    auto cast = UnrealizedConversionCastOp::create(
        b, loc, type, arguments.slice(index, 1 + strides));
    args.captures.map(operand, cast.getResult(0));
  }
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

// The terms are added in the order of the dimensions, so that what the last one
// does not change is shared by all keys of a row.
static Value buildAddress(OpBuilder &b, Location loc, ValueRange source,
                          ValueRange indices, Type element) {
  Value pointer = source.front();
  for (auto [dim, index] : llvm::enumerate(indices)) {
    if (isConstantIntValue(index, 0))
      continue;
    Value offset =
        arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
    if (dim + 1 < indices.size())
      offset = arith::MulIOp::create(b, loc, offset, source[1 + dim]);
    pointer = LLVM::GEPOp::create(b, loc, pointer.getType(), element, pointer,
                                  LLVM::GEPArg(offset));
  }
  return pointer;
}

static Value buildLoad(OpBuilder &b, tensor::ExtractOp extract,
                       ValueRange source) {
  Location loc = extract.getLoc();
  Type type = extract.getType(), element = type;
  // A byte holds an i1; indices are stored with 64 bits.
  if (type.isInteger(1))
    element = b.getI8Type();
  if (type.isIndex())
    element = b.getI64Type();
  Value pointer =
      buildAddress(b, loc, source, extract.getIndices(), element);
  Value value = LLVM::LoadOp::create(b, loc, element, pointer, /*alignment=*/0,
                                     /*isVolatile=*/false,
                                     /*isNonTemporal=*/false,
                                     /*isInvariant=*/true);
  if (type.isInteger(1)) {
    Value zero = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(0));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
  }
  if (type.isIndex())
    return arith::IndexCastOp::create(b, loc, type, value);
  return value;
}

void KernelBuilder::lowerExtracts(hopper::KernelOp kernel) {
  SmallVector<Operation *> casts;
  kernel.walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  for (Operation *cast : casts) {
    for (Operation *user :
         llvm::make_early_inc_range(cast->getResult(0).getUsers())) {
      auto extract = ::mlir::cast<tensor::ExtractOp>(user);
      b.setInsertionPoint(extract);
      // A number stands for a table in which all entries are that number.
      Value value = isa<LLVM::LLVMPointerType>(cast->getOperand(0).getType())
                        ? buildLoad(b, extract, cast->getOperands())
                        : cast->getOperand(0);
      extract.replaceAllUsesWith(value);
      extract.erase();
    }
    cast->erase();
  }
}
