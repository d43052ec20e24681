//===- ScoreShape.h - The shape of a matrix of scores ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_SCORESHAPE_H
#define SQA_LIB_TRANSFORMS_SCORESHAPE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "sqa/Analysis/ShapeEquations.h"

namespace mlir::sqa {

// S and T of one attention.
struct ScoreShape {
  AffineExpr queries, keys;

  // Whether a matrix of this shape is more than a buffer of a tile. With S or T
  // a small constant it grows like the operands, and its shape may be that of
  // something else by chance (128 keys of 512 features).
  bool isLarge() const {
    if (!queries || !keys)
      return false;
    auto s = dyn_cast<AffineConstantExpr>(queries);
    auto t = dyn_cast<AffineConstantExpr>(keys);
    if ((s && s.getValue() < 256) || (t && t.getValue() < 256))
      return false;
    return !s || !t || s.getValue() > (1 << 16) / t.getValue();
  }

  // Whether `value` has a dimension for each, or one for both.
  bool matches(Value value, ShapeEquations &equations) const {
    auto type = cast<ShapedType>(value.getType());
    AffineExpr both = equations.resolve(queries * keys);
    bool isQuery = false, isKey = false;
    int64_t equal = 0;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      AffineExpr size = equations.resolve(equations.getDim(value, dim));
      if (!size)
        continue;
      if (size == both)
        return true;
      isQuery |= size == queries;
      isKey |= size == keys;
      equal += size == queries || size == keys;
    }
    return isQuery && isKey && equal >= 2;
  }
};

// Calls `fn` with every tensor and memref that an op of `function` makes. Block
// arguments are other names of them, or the caller's.
inline void forEachShaped(func::FuncOp function,
                          function_ref<void(OpResult)> fn) {
  SmallVector<OpResult> values;
  function.walk([&](Operation *op) {
    for (OpResult result : op->getResults())
      if (isa<RankedTensorType, MemRefType>(result.getType()))
        values.push_back(result);
  });
  // After the walk: to find a size, ops are made and taken away again.
  for (OpResult value : values)
    fn(value);
}

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_SCORESHAPE_H
