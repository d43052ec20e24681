//===- AttnMask.cpp - Which slots attn.sqa makes visible ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The clauses as dialects/Attn/README.md states them, slot by slot.
//
// Test: test/Interpreter/attn-masks.mlir, test/Tools/sqa-mask.
//
//===----------------------------------------------------------------------===//

#include "AttnMask.h"
#include <algorithm>

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

LogicalResult mlir::sqa::interpreter::expectShape(Operation *op,
                                                  const char *name,
                                                  const TensorRef &tensor,
                                                  ArrayRef<int64_t> shape) {
  if (!tensor || ArrayRef<int64_t>(tensor->shape) == shape)
    return success();
  return op->emitError() << name << " has the shape "
                         << shapeToString(tensor->shape) << ", expected "
                         << shapeToString(shape);
}

LogicalResult mlir::sqa::interpreter::expectBroadcast(Operation *op,
                                                      const char *name,
                                                      Value operand,
                                                      const TensorRef &tensor,
                                                      ArrayRef<int64_t> full) {
  if (!tensor)
    return success();
  SmallVector<int64_t> shape(full);
  auto type = cast<RankedTensorType>(operand.getType());
  for (auto [d, extent] : llvm::enumerate(type.getShape()))
    if (extent == 1)
      shape[d] = 1;
  return expectShape(op, name, tensor, shape);
}

int64_t mlir::sqa::interpreter::broadcastOffset(const TensorValue &tensor,
                                                int64_t b, int64_t h, int64_t i,
                                                int64_t j) {
  const int64_t index[4] = {b, h, i, j};
  int64_t offset = 0;
  for (int64_t d = 0; d < 4; ++d)
    offset = offset * tensor.shape[d] + (tensor.shape[d] == 1 ? 0 : index[d]);
  return offset;
}

LogicalResult SlotMask::checkShapes() {
  if (offset < -(int64_t{1} << 60) || offset > int64_t{1} << 60)
    return op.emitError("the query offset ") << offset << " is beyond 2^60";
  return success(
      succeeded(expectShape(op, "kv_lengths", kvLengths, {batch})) &&
      succeeded(
          expectShape(op, "query segments", querySegments, {batch, rows})) &&
      succeeded(expectShape(op, "key segments", kvSegments, {batch, keys})) &&
      succeeded(expectBroadcast(op, "mask", op.getMask(), mask,
                                {batch, heads, rows, keys})));
}

LogicalResult SlotMask::bind(attn::SqaOp sqa, Evaluator &eval) {
  op = sqa;
  const LogicalView query(eval.tensor(op.getQuery()), op.getQueryLayout());
  const LogicalView key(eval.tensor(op.getKey()), op.getKeyLayout());
  batch = query.extents[0];
  heads = std::max(query.extents[1], key.extents[1]);
  rows = query.extents[2];
  keys = key.extents[2];
  auto optional = [&](Value v) { return v ? eval.tensor(v) : TensorRef(); };
  kvLengths = optional(op.getKvLengths());
  querySegments = optional(op.getQuerySegments());
  kvSegments = optional(op.getKvSegments());
  mask = optional(op.getMask());
  if (op.getQueryOffset())
    offset = eval.integer(op.getQueryOffset());
  if (op.hasMaskMod())
    maskMod.emplace(op.getMaskMod().front(), eval, 0,
                    evaluateCaptures(op.getCaptures(), eval));
  return checkShapes();
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

int64_t SlotMask::validKeys(int64_t b) const {
  if (!kvLengths)
    return keys;
  return std::clamp<int64_t>(kvLengths->data[b].i, 0, keys);
}

int64_t SlotMask::position(int64_t b, int64_t i) {
  switch (op.getAlignment().value_or(attn::Alignment::top_left)) {
  case attn::Alignment::top_left:
    return i;
  case attn::Alignment::bottom_right:
    return i + validKeys(b) - rows;
  case attn::Alignment::offset:
    return i + offset;
  }
  llvm_unreachable("every alignment is listed");
}

bool SlotMask::insideWindow(int64_t position, int64_t j) {
  if (!op.getWindowLeft())
    return true;
  const int64_t left = *op.getWindowLeft(), right = *op.getWindowRight();
  return ((left < 0 || j >= position - left) &&
          (right < 0 || j <= position + right)) ||
         j < static_cast<int64_t>(op.getGlobalKeys().value_or(0));
}

FailureOr<bool> SlotMask::isVisible(int64_t b, int64_t h, int64_t i,
                                    int64_t j) {
  const int64_t at = position(b, i);
  if (j >= validKeys(b) || (op.getCausal() && j > at) || !insideWindow(at, j))
    return false;
  if (querySegments &&
      querySegments->data[b * rows + i].i != kvSegments->data[b * keys + j].i)
    return false;
  if (mask && mask->data[broadcastOffset(*mask, b, h, i, j)].i == 0)
    return false;
  if (!maskMod)
    return true;
  setSlot(*maskMod, 0, b, h, i, j);
  if (failed(maskMod->run()))
    return failure();
  return maskMod->result(0).i != 0;
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

FailureOr<SlotGrid>
mlir::sqa::interpreter::interpretMask(attn::SqaOp op,
                                      ArrayRef<RuntimeValue> operands,
                                      int64_t batch, int64_t head) {
  Evaluator eval(Options{});
  for (auto [operand, value] : llvm::zip_equal(op->getOperands(), operands))
    eval.set(operand, value);
  SlotMask mask;
  if (failed(mask.bind(op, eval)))
    return failure();
  if (batch < 0 || batch >= mask.batch || head < 0 || head >= mask.heads)
    return op.emitError("expected a batch below ")
           << mask.batch << " and a head below " << mask.heads << ", but got "
           << batch << " and " << head;
  SlotGrid grid{mask.rows, mask.keys, {}};
  grid.visible.reserve(mask.rows * mask.keys);
  for (int64_t i = 0; i < mask.rows; ++i)
    for (int64_t j = 0; j < mask.keys; ++j) {
      FailureOr<bool> visible = mask.isVisible(batch, head, i, j);
      if (failed(visible))
        return failure();
      grid.visible.push_back(*visible);
    }
  return grid;
}
