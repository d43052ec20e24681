//===- AttnOps.cpp - Accessors, shapes and effects of the attention ops ---===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sizes by name, result shapes, memory effects and speculation. Verifiers are
// in AttnVerify.cpp, assembly in AttnSyntax.cpp. Test:
// test/Dialect/Attn/effects.mlir and reify.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::sqa::attn;

#define GET_OP_CLASSES
#include "dialects/Attn/AttnOps.cpp.inc"

//===----------------------------------------------------------------------===//
// attn.sqa
//===----------------------------------------------------------------------===//

int64_t SqaOp::physicalDim(Layout layout, int64_t logical) {
  static constexpr int64_t bshd[4] = {0, 2, 1, 3};
  return layout == Layout::bhsd ? logical : bshd[logical];
}

static int64_t sizeOf(Value tensor, Layout layout, int64_t logical) {
  return cast<ShapedType>(tensor.getType())
      .getDimSize(SqaOp::physicalDim(layout, logical));
}

int64_t SqaOp::getBatch() { return sizeOf(getQuery(), getQueryLayout(), 0); }
int64_t SqaOp::getQueryHeads() {
  return sizeOf(getQuery(), getQueryLayout(), 1);
}
int64_t SqaOp::getKvHeads() { return sizeOf(getKey(), getKeyLayout(), 1); }
int64_t SqaOp::getOutputHeads() {
  return std::max(getQueryHeads(), getKvHeads());
}
int64_t SqaOp::getQueryLength() {
  return sizeOf(getQuery(), getQueryLayout(), 2);
}
int64_t SqaOp::getKeyLength() { return sizeOf(getKey(), getKeyLayout(), 2); }
int64_t SqaOp::getHeadDim() { return sizeOf(getQuery(), getQueryLayout(), 3); }
int64_t SqaOp::getValueDim() { return sizeOf(getValue(), getValueLayout(), 3); }

// Static shapes cannot mismatch, so the op may be hoisted; dynamic ones may,
// and then the check must stay where the program put it.
Speculation::Speculatability SqaOp::getSpeculatability() {
  for (Value operand : getOperands())
    if (auto type = dyn_cast<ShapedType>(operand.getType()))
      if (!type.hasStaticShape())
        return Speculation::NotSpeculatable;
  return Speculation::Speculatable;
}

LogicalResult SqaOp::reifyResultShapes(OpBuilder &b,
                                       ReifiedRankedShapedTypeDims &shapes) {
  Location loc = getLoc();
  auto dim = [&](Value tensor, Layout layout, int64_t logical) -> OpFoldResult {
    return tensor::getMixedSize(b, loc, tensor, physicalDim(layout, logical));
  };
  OpFoldResult batch = dim(getQuery(), getQueryLayout(), 0);
  OpFoldResult rows = dim(getQuery(), getQueryLayout(), 2);
  OpFoldResult heads = b.getIndexAttr(getOutputHeads());
  SmallVector<OpFoldResult> output(4);
  Layout layout = getOutputLayout();
  output[physicalDim(layout, 0)] = batch;
  output[physicalDim(layout, 1)] = heads;
  output[physicalDim(layout, 2)] = rows;
  output[physicalDim(layout, 3)] = dim(getValue(), getValueLayout(), 3);
  shapes.push_back(std::move(output));
  if (getLse())
    shapes.push_back({batch, heads, rows});
  return success();
}

//===----------------------------------------------------------------------===//
// attn.online_sqa
//===----------------------------------------------------------------------===//

MutableOperandRange OnlineSqaOp::getDpsInitsMutable() {
  // acc, max and sum stand side by side. The verifier of the interface asks
  // before ours has checked the operand groups.
  auto [first, size] = getODSOperandIndexAndLength(3);
  bool wellFormed = size == 1 && getODSOperandIndexAndLength(4).second == 1 &&
                    getODSOperandIndexAndLength(5).second == 1;
  return MutableOperandRange(getOperation(), wellFormed ? first : 0,
                             wellFormed ? 3 : 0);
}

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

void OnlineSqaOp::getEffects(Effects &effects) {
  auto *resource = SideEffects::DefaultResource::get();
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand, resource);
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand, resource);
  }
}

LogicalResult
OnlineSqaOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &shapes) {
  for (Value init : getDpsInits())
    if (isa<TensorType>(init.getType()))
      shapes.push_back(tensor::getMixedSizes(b, getLoc(), init));
  return success();
}

//===----------------------------------------------------------------------===//
// attn.pack
//===----------------------------------------------------------------------===//

void PackOp::getEffects(Effects &effects) {
  auto *resource = SideEffects::DefaultResource::get();
  if (isa<BaseMemRefType>(getSource().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable(),
                         resource);
  if (isa<BaseMemRefType>(getTarget().getType()))
    effects.emplace_back(MemoryEffects::Write::get(), &getTargetMutable(),
                         resource);
}

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

Speculation::Speculatability MergeOp::getSpeculatability() {
  for (Value operand : getOperands())
    if (!cast<ShapedType>(operand.getType()).hasStaticShape())
      return Speculation::NotSpeculatable;
  return Speculation::Speculatable;
}

LogicalResult MergeOp::reifyResultShapes(OpBuilder &b,
                                         ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getOutputs().front()));
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getLses().front()));
  return success();
}

//===----------------------------------------------------------------------===//
// attn.rope
//===----------------------------------------------------------------------===//

int64_t RopeOp::getRotatedFeatures() {
  return getRotaryDim().value_or(
      cast<ShapedType>(getInput().getType()).getDimSize(3));
}

Speculation::Speculatability RopeOp::getSpeculatability() {
  if (!getPositions() ||
      (cast<ShapedType>(getInput().getType()).hasStaticShape() &&
       cast<ShapedType>(getPositions().getType()).hasStaticShape()))
    return Speculation::Speculatable;
  return Speculation::NotSpeculatable;
}

LogicalResult RopeOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getInput()));
  return success();
}
