//===- Body.h - The region of a linalg op, some lanes at a time -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value of the region is uniform (one scalar for all lanes) or varying (a
// vector with a lane for each of `width` successive points of the vector
// dimension). With width 1 everything is uniform: that is the scalar loop.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_VECTORIZELINALG_BODY_H
#define SQA_TRANSFORMS_VECTORIZELINALG_BODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::sqa {

// How an operand is reached when one dimension of the loop nest advances.
enum class Access {
  uniform,    // it stays
  contiguous, // to the next element in memory
  strided     // to an element somewhere else, or to one of less than a byte
};

Access classifyAccess(linalg::LinalgOp op, OpOperand &operand, unsigned dim);

// Why the region cannot be computed on vectors along `dim`; empty if it can.
std::string whyNotVectorizable(linalg::LinalgOp op, unsigned dim);

class BodyEmitter {
public:
  BodyEmitter(RewriterBase &b, linalg::LinalgOp op,
              std::optional<unsigned> vectorDim)
      : b(b), loc(op.getLoc()), op(op), vectorDim(vectorDim),
        ivs(op.getNumLoops()) {}

  // The induction variable of each loop, set by the loop nest.
  SmallVector<Value> &inductionVariables() { return ivs; }

  // Reads `width` contiguous elements from `lane` of the vector dimension on.
  Value loadAlong(OpOperand &operand, int64_t lane, int64_t width);
  // What load() gives for an operand until it is set again (null: memory).
  void preload(OpOperand &operand, Value value) { preloaded[&operand] = value; }

  Value load(OpOperand &operand, int64_t width);
  void store(Value value, OpOperand &operand, int64_t width);

  // Computes here, once, what is the same for all steps of the vector
  // dimension. Its loop must be the next one, and the only one that is left.
  void hoistUniform();

  // The yielded values, where the outputs hold `outs` (null: not read).
  SmallVector<Value> emit(int64_t width, ValueRange outs);

  Value splat(Value scalar, int64_t width);

private:
  SmallVector<Value> indices(OpOperand &operand, int64_t lane);
  void emitOp(Operation &inner, int64_t width);
  Value emitIndex(linalg::IndexOp index, int64_t width);
  Value emitGather(Operation &load, int64_t width);
  bool isVarying(Value original);

  RewriterBase &b;
  Location loc;
  linalg::LinalgOp op;
  std::optional<unsigned> vectorDim;
  SmallVector<Value> ivs;
  DenseMap<OpOperand *, Value> preloaded;
  IRMapping hoisted; // of the point the loops around are at
  IRMapping mapping;
};

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_VECTORIZELINALG_BODY_H
