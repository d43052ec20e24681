//===- LastUses.cpp - Where values of a block die -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LastUses.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

void LastUses::addValue(Block *block, Value value, BlockUses &uses) {
  Operation *last = value.getDefiningOp();
  for (Operation *user : value.getUsers()) {
    // A use in a nested region counts as one of the op that holds the region.
    Operation *ancestor = block->findAncestorOpInBlock(*user);
    if (!last || last->isBeforeInBlock(ancestor))
      last = ancestor;
  }
  if (!last) // an unused argument
    return;
  uses.dying[last].push_back(value);
  OpOperand *only = nullptr;
  unsigned count = 0;
  for (OpOperand &use : value.getUses()) {
    if (block->findAncestorOpInBlock(*use.getOwner()) != last)
      continue;
    ++count;
    only = &use;
  }
  if (count == 1 && only->getOwner() == last)
    uses.movable.insert(only);
}

LastUses::BlockUses &LastUses::usesOf(Block *block) {
  std::unique_ptr<BlockUses> &uses = blocks[block];
  if (!uses) {
    uses = std::make_unique<BlockUses>();
    for (BlockArgument argument : block->getArguments())
      addValue(block, argument, *uses);
    for (Operation &op : *block)
      for (Value result : op.getResults())
        addValue(block, result, *uses);
  }
  return *uses;
}

ArrayRef<Value> LastUses::diesAfter(Operation *op) {
  BlockUses &uses = usesOf(op->getBlock());
  auto it = uses.dying.find(op);
  return it == uses.dying.end() ? ArrayRef<Value>() : ArrayRef(it->second);
}

bool LastUses::isMovable(OpOperand &operand) {
  return usesOf(operand.getOwner()->getBlock()).movable.contains(&operand);
}
