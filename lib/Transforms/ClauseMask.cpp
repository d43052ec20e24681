//===- ClauseMask.cpp - Mask clauses as code in a region -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The meaning of every clause of attn.sqa in scalar code, once. Used where the
// region is the op's own (ExpandMaskClauses) and where it is the region of one
// block of keys (TileAttention), which know different things from outside.
//
// Wrong if: comparisons are unsigned: positions and lengths may be negative.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/ClauseMask.h"
#include "sqa/Analysis/KeyRange.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;

int64_t CaptureList::add(Value value) {
  for (auto [index, old] : llvm::enumerate(values))
    if (index >= numInitial && old == value)
      return index;
  values.push_back(value);
  return values.size() - 1;
}

//===----------------------------------------------------------------------===//
// The clauses
//===----------------------------------------------------------------------===//

namespace {
// Short names for what follows; every value is an index or an i1.
struct MaskBuilder {
  OpBuilder &b;
  Location loc;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value a, int64_t value) {
    return value == 0 ? a : b.createOrFold<arith::AddIOp>(loc, a, constant(value));
  }
  Value compare(CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  }
  // Null stands for "true" on either side.
  Value both(Value x, Value y) {
    if (!x || !y)
      return x ? x : y;
    return arith::AndIOp::create(b, loc, x, y);
  }
};
} // namespace

// Element of a rank-4 tensor whose size-1 dimensions are broadcast.
static Value extractBroadcast(OpBuilder &b, Location loc, Value tensor,
                              const Slot &slot) {
  auto shape = cast<ShapedType>(tensor.getType()).getShape();
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  SmallVector<Value> indices = {slot.batch, slot.head, slot.query, slot.key};
  for (auto [size, index] : llvm::zip(shape, indices))
    if (size == 1)
      index = zero;
  return tensor::ExtractOp::create(b, loc, tensor, indices);
}

static Value buildPositionMask(MaskBuilder m, const KeyClauses &clauses,
                               Value offset, const Slot &slot) {
  if (!clauses.dependsOnPosition())
    return {};
  Value position = slot.query;
  if (offset)
    position = arith::AddIOp::create(m.b, m.loc, slot.query, offset);
  Value window;
  if (clauses.windowLeft)
    window = m.compare(CmpIPredicate::sge, slot.key,
                       m.add(position, -*clauses.windowLeft));
  if (clauses.windowRight)
    window = m.both(window, m.compare(CmpIPredicate::sle, slot.key,
                                      m.add(position, *clauses.windowRight)));
  if (window && clauses.globalKeys > 0) {
    Value global = m.compare(CmpIPredicate::slt, slot.key,
                             m.constant(clauses.globalKeys));
    window = arith::OrIOp::create(m.b, m.loc, window, global);
  }
  if (clauses.causal)
    window = m.both(m.compare(CmpIPredicate::sle, slot.key, position), window);
  return window;
}

Value mlir::sqa::buildClauseMask(OpBuilder &builder, Location loc,
                                 attn::SqaOp op, const ClauseValues &values,
                                 const Slot &slot) {
  MaskBuilder m{builder, loc};
  Value visible =
      buildPositionMask(m, KeyClauses::of(op), values.offset, slot);
  if (values.kvLength)
    visible = m.both(visible, m.compare(CmpIPredicate::slt, slot.key,
                                        values.kvLength));
  if (values.querySegments) {
    Value query = tensor::ExtractOp::create(builder, loc, values.querySegments,
                                            ValueRange{slot.batch, slot.query});
    Value key = tensor::ExtractOp::create(builder, loc, values.kvSegments,
                                          ValueRange{slot.batch, slot.key});
    visible = m.both(visible, m.compare(CmpIPredicate::eq, query, key));
  }
  if (values.mask)
    visible = m.both(visible, extractBroadcast(builder, loc, values.mask, slot));
  return visible;
}

Value mlir::sqa::addBias(OpBuilder &builder, Location loc, Value score,
                         Value bias, const Slot &slot) {
  Value element = extractBroadcast(builder, loc, bias, slot);
  if (!element.getType().isF32())
    element = arith::ExtFOp::create(builder, loc, builder.getF32Type(), element);
  return arith::AddFOp::create(builder, loc, score, element);
}

//===----------------------------------------------------------------------===//
// Growing a region
//===----------------------------------------------------------------------===//

// The block of `region`, made if need be, with `added` captures at the end. The
// identity yields the first argument (a score) or true.
static Block &prepareMod(OpBuilder &builder, Location loc, Region &region,
                         bool isScore, TypeRange captures, TypeRange added) {
  if (region.empty()) {
    Block &block = region.emplaceBlock();
    if (isScore)
      block.addArgument(builder.getF32Type(), loc);
    for (int i = 0; i < 4; ++i)
      block.addArgument(builder.getIndexType(), loc);
    for (Type type : captures)
      block.addArgument(type, loc);
    builder.setInsertionPointToEnd(&block);
    Value identity =
        isScore ? Value(block.getArgument(0))
                : Value(arith::ConstantIntOp::create(builder, loc, 1, 1));
    attn::YieldOp::create(builder, loc, identity);
  }
  Block &block = region.front();
  for (Type type : added)
    block.addArgument(type, loc);
  builder.setInsertionPoint(block.getTerminator());
  return block;
}

static Slot slotOf(Block &block, bool isScore) {
  ValueRange args = block.getArguments();
  args = args.drop_front(isScore);
  return {args[0], args[1], args[2], args[3], args.drop_front(4)};
}

void mlir::sqa::extendMaskMod(OpBuilder &builder, Location loc, Region &region,
                              TypeRange captures, TypeRange added,
                              function_ref<Value(const Slot &)> condition) {
  OpBuilder::InsertionGuard guard(builder);
  Block &block = prepareMod(builder, loc, region, /*isScore=*/false, captures,
                            added);
  Value extra = condition(slotOf(block, /*isScore=*/false));
  if (!extra)
    return;
  auto yield = cast<attn::YieldOp>(block.getTerminator());
  Value old = yield.getValue();
  if (matchPattern(old, m_One())) {
    yield.getValueMutable().assign(extra);
    if (old.use_empty())
      old.getDefiningOp()->erase();
    return;
  }
  yield.getValueMutable().assign(
      arith::AndIOp::create(builder, loc, old, extra));
}

void mlir::sqa::extendScoreMod(
    OpBuilder &builder, Location loc, Region &region, TypeRange captures,
    TypeRange added, function_ref<Value(Value, const Slot &)> change) {
  OpBuilder::InsertionGuard guard(builder);
  Block &block = prepareMod(builder, loc, region, /*isScore=*/true, captures,
                            added);
  auto yield = cast<attn::YieldOp>(block.getTerminator());
  if (Value changed = change(yield.getValue(), slotOf(block, /*isScore=*/true)))
    yield.getValueMutable().assign(changed);
}
