//===- ValueText.cpp - Values of mask regions in words --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "sqa/Analysis/MaskSummary.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;

bool mlir::sqa::isCompoundText(StringRef text) {
  int depth = 0;
  for (char c : text) {
    depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    if (depth == 0 && c == ' ')
      return true;
  }
  return false;
}

static std::string bracketed(std::string text) {
  return isCompoundText(text) ? "(" + text + ")" : text;
}

static std::string describeArgument(BlockArgument argument) {
  Operation *parent = argument.getOwner()->getParentOp();
  unsigned number = argument.getArgNumber();
  if (auto function = dyn_cast<FunctionOpInterface>(parent)) {
    if (auto name = function.getArgAttrOfType<StringAttr>(number, "sqa.name"))
      return name.str();
    return "arg" + std::to_string(number);
  }
  if (auto op = dyn_cast<attn::SqaOp>(parent)) {
    static constexpr const char *kSlot[] = {"b", "h", "i", "j"};
    return number < 4 ? kSlot[number]
                      : describeValue(op.getCaptures()[number - 4]);
  }
  return "value" + std::to_string(number);
}

// B, S and T by the op that takes the tensor; any other size by its tensor.
static std::string describeDim(tensor::DimOp dim) {
  std::optional<int64_t> index = dim.getConstantIndex();
  for (Operation *user : dim.getSource().getUsers())
    if (auto op = dyn_cast<attn::SqaOp>(user); op && index) {
      auto is = [&](Value operand, attn::Layout layout, int64_t logical) {
        return dim.getSource() == operand &&
               *index == attn::SqaOp::physicalDim(layout, logical);
      };
      if (is(op.getQuery(), op.getQueryLayout(), 2))
        return "S";
      if (is(op.getKey(), op.getKeyLayout(), 2))
        return "T";
      if (is(op.getQuery(), op.getQueryLayout(), 0))
        return "B";
    }
  return "dim(" + describeValue(dim.getSource()) + ", " +
         describeValue(dim.getIndex()) + ")";
}

static std::string describeOp(Operation *op) {
  auto in = [&](unsigned n) { return describeValue(op->getOperand(n)); };
  auto list = [&](ValueRange values) {
    return llvm::join(llvm::map_range(values, describeValue), ", ");
  };
  return TypeSwitch<Operation *, std::string>(op)
      .Case([&](tensor::DimOp dim) { return describeDim(dim); })
      .Case([&](arith::AddIOp) { return in(0) + " + " + in(1); })
      .Case([&](arith::SubIOp) { return in(0) + " - " + bracketed(in(1)); })
      .Case([&](arith::MulIOp) {
        return bracketed(in(0)) + " * " + bracketed(in(1));
      })
      .Case([&](arith::MinSIOp) {
        return "min(" + list(op->getOperands()) + ")";
      })
      .Case([&](arith::MaxSIOp) {
        return "max(" + list(op->getOperands()) + ")";
      })
      .Case<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(
          [&](auto) { return in(0); })
      .Case([&](tensor::ExtractOp extract) {
        return describeValue(extract.getTensor()) + "[" +
               list(extract.getIndices()) + "]";
      })
      .Default([&](Operation *other) {
        return other->getName().stripDialect().str() + "(" +
               list(other->getOperands()) + ")";
      });
}

std::string mlir::sqa::describeValue(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return llvm::toString(constant, 10, /*Signed=*/true);
  if (auto argument = dyn_cast<BlockArgument>(value))
    return describeArgument(argument);
  return describeOp(value.getDefiningOp());
}
