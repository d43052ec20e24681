//===- IsolateMask.cpp - One attention op without its arithmetic ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IsolateMask.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "sqa/Analysis/MaskSummary.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

// What the mask of `op` reads.
static SmallVector<Value> maskOperands(attn::SqaOp op) {
  SmallVector<Value> operands;
  for (Value value : {Value(op.getQueryOffset()), Value(op.getKvLengths()),
                      Value(op.getQuerySegments()), Value(op.getKvSegments()),
                      Value(op.getMask())})
    if (value)
      operands.push_back(value);
  if (op.hasMaskMod())
    for (auto [n, capture] : llvm::enumerate(op.getCaptures()))
      if (!op.getMaskMod().getArgument(4 + n).use_empty())
        operands.push_back(capture);
  return operands;
}

// Ops of `op`'s block that `wanted` depends on, in order. The values of
// `leaves` are taken as given.
static SmallVector<Operation *> sliceFor(attn::SqaOp op, ValueRange wanted,
                                         ArrayRef<Value> leaves) {
  llvm::DenseSet<Value> needed(wanted.begin(), wanted.end());
  SmallVector<Operation *> slice;
  for (Operation *at = op->getPrevNode(); at; at = at->getPrevNode()) {
    if (llvm::none_of(at->getResults(), [&](Value result) {
          return needed.contains(result) && !llvm::is_contained(leaves, result);
        }))
      continue;
    slice.push_back(at);
    at->walk([&](Operation *inner) {
      needed.insert(inner->operand_begin(), inner->operand_end());
    });
  }
  std::reverse(slice.begin(), slice.end());
  return slice;
}

// Drops all that does not hide slots, and captures that mask_mod leaves unread.
static void keepMaskOnly(attn::SqaOp op) {
  op.getScoreMod().getBlocks().clear();
  op.getBiasMutable().clear();
  op.getSinkMutable().clear();
  op.getScaleMutable().clear();
  for (unsigned n = op.getCaptures().size(); n-- > 0;) {
    if (op.hasMaskMod()) {
      BlockArgument argument = op.getMaskMod().getArgument(4 + n);
      if (!argument.use_empty())
        continue;
      op.getMaskMod().eraseArgument(4 + n);
    }
    op.getCapturesMutable().erase(n);
  }
}

//===----------------------------------------------------------------------===//
// Function
//===----------------------------------------------------------------------===//

// `function` without its body, with one more argument for each of `leaves` that
// it computes itself.
static func::FuncOp makeFunction(OpBuilder &builder,
                                 FunctionOpInterface function,
                                 ArrayRef<Value> leaves, attn::SqaOp op,
                                 IRMapping &mapping) {
  SmallVector<Type> types(function.getArgumentTypes());
  SmallVector<Value> computed;
  for (Value leaf : leaves)
    if (leaf.getDefiningOp() && !llvm::is_contained(computed, leaf)) {
      computed.push_back(leaf);
      types.push_back(leaf.getType());
    }
  auto result = func::FuncOp::create(
      builder, function.getLoc(), function.getName(),
      builder.getFunctionType(types, op->getResultTypes()));
  for (unsigned n = 0; n < function.getNumArguments(); ++n)
    result.setArgAttrs(n, function.getArgAttrs(n));
  Block *entry = result.addEntryBlock();
  mapping.map(function.getArguments(),
              entry->getArguments().take_front(function.getNumArguments()));
  mapping.map(computed,
              entry->getArguments().drop_front(function.getNumArguments()));
  return result;
}

FailureOr<IsolatedMask> mlir::sqa::isolateMask(FunctionOpInterface function,
                                               attn::SqaOp op) {
  if (op->getBlock() != &function.getFunctionBody().front())
    return op.emitError("expected the attention op to stand outside of loops "
                        "and other regions");
  MLIRContext *context = op.getContext();
  OpBuilder builder(context);
  IsolatedMask result;
  result.module = ModuleOp::create(builder, function.getLoc());
  builder.setInsertionPointToStart(result.module->getBody());
  IRMapping mapping;
  SmallVector<Value> leaves = {op.getQuery(), op.getKey(), op.getValue()};
  result.function = makeFunction(builder, function, leaves, op, mapping);
  builder.setInsertionPointToStart(&result.function.front());
  for (Operation *at : sliceFor(op, maskOperands(op), leaves))
    builder.clone(*at, mapping);
  result.op = cast<attn::SqaOp>(builder.clone(*op, mapping));
  keepMaskOnly(result.op);
  func::ReturnOp::create(builder, op.getLoc(), result.op->getResults());
  return result;
}

IsolatedMask IsolatedMask::clone() const {
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>((*module)->clone(mapping)));
  auto at = [&](Operation *original) { return mapping.lookup(original); };
  return {std::move(copy), cast<func::FuncOp>(at(function)),
          cast<attn::SqaOp>(at(op))};
}

llvm::BitVector IsolatedMask::argumentsRead() const {
  auto arguments = func::FuncOp(function).getArguments();
  llvm::BitVector read(arguments.size());
  for (BlockArgument argument : arguments)
    for (OpOperand &use : argument.getUses()) {
      // Queries, keys and values are the first operands.
      bool shapeOnly = isa<tensor::DimOp>(use.getOwner()) ||
                       (use.getOwner() == op && use.getOperandNumber() < 3);
      if (!shapeOnly)
        read.set(argument.getArgNumber());
    }
  return read;
}

void mlir::sqa::returnInstead(func::FuncOp function, attn::SqaOp op,
                              ValueRange values) {
  SmallVector<Value> kept(values);
  Operation *end = function.front().getTerminator();
  OpBuilder builder(end);
  func::ReturnOp::create(builder, end->getLoc(), kept);
  end->erase();
  op.erase();
  function.setFunctionType(builder.getFunctionType(
      function.getArgumentTypes(), ValueRange(kept).getTypes()));
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string alignmentText(attn::SqaOp op) {
  attn::Alignment alignment = *op.getAlignment();
  if (alignment == attn::Alignment::offset)
    return "offset(" + describeValue(op.getQueryOffset()) + ")";
  return attn::stringifyAlignment(alignment).str();
}

std::string mlir::sqa::describeClauses(attn::SqaOp op) {
  SmallVector<std::string> parts;
  auto add = [&](StringRef name, const Twine &inner) {
    parts.push_back((name + "(" + inner + ")").str());
  };
  auto side = [](uint64_t size) {
    int64_t keys = static_cast<int64_t>(size);
    return keys < 0 ? std::string("unbounded") : std::to_string(keys);
  };
  if (op.getAlignment())
    add(op.getCausal() ? "causal" : "align", alignmentText(op));
  if (op.getWindowLeft())
    add("window",
        side(*op.getWindowLeft()) + ", " + side(*op.getWindowRight()));
  if (op.getGlobalKeys())
    add("global", Twine(*op.getGlobalKeys()));
  if (op.getKvLengths())
    add("kv_lengths", describeValue(op.getKvLengths()));
  if (op.getQuerySegments())
    add("segments", describeValue(op.getQuerySegments()) + ", " +
                        describeValue(op.getKvSegments()));
  if (op.getMask())
    add("mask", describeValue(op.getMask()));
  if (op.hasMaskMod())
    parts.push_back("mask_mod");
  return parts.empty() ? "no mask" : llvm::join(parts, " ");
}
