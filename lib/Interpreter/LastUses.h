//===- LastUses.h - Where values of a block die -----------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A whole model has hundreds of tensors, of which few are alive at a time. The
// evaluator drops a value after the last op of its block that uses it, and
// lets that op write into its storage.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_LASTUSES_H
#define SQA_LIB_INTERPRETER_LASTUSES_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <memory>

namespace mlir::sqa::interpreter {

class LastUses {
public:
  /// Values defined in `op`'s block that nothing after `op` uses.
  ArrayRef<Value> diesAfter(Operation *op);

  /// Whether this is the very last read of a value of the op's own block: the
  /// value may be moved out.
  bool isMovable(OpOperand &operand);

private:
  struct BlockUses {
    DenseMap<Operation *, SmallVector<Value, 2>> dying;
    DenseSet<OpOperand *> movable;
  };
  BlockUses &usesOf(Block *block);
  static void addValue(Block *block, Value value, BlockUses &uses);

  DenseMap<Block *, std::unique_ptr<BlockUses>> blocks;
};

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_LASTUSES_H
