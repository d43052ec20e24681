//===- ShapeEquations.h - Sizes as expressions over arguments --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sizes of the tensors of one function as affine expressions over symbols.
// At first every dynamic dimension of an argument is a symbol of its own;
// unify() merges symbols that must be equal. Anything that has no such
// expression (data-dependent sizes, minima) is a null expression.
// Test: test/Transforms/check-arguments.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_ANALYSIS_SHAPEEQUATIONS_H
#define SQA_ANALYSIS_SHAPEEQUATIONS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::sqa {

// Where a symbol comes from: a dynamic dimension of an argument.
struct ShapeSymbol {
  unsigned argument;
  unsigned dim;
};

class ShapeEquations {
public:
  explicit ShapeEquations(FunctionOpInterface function);

  // Dimension `dim` of a ranked tensor or memref.
  AffineExpr getDim(Value shaped, int64_t dim);
  // An index value.
  AffineExpr getIndex(OpFoldResult index);

  // Demands that both be equal. True if that is now known to hold whenever the
  // arguments have the shapes that getArgumentShape states, false if only a
  // check at run time can tell.
  bool unify(AffineExpr lhs, AffineExpr rhs);

  // The expression over merged symbols, or null for null.
  AffineExpr resolve(AffineExpr expr) const;

  // The symbols as they were before merging; expressions number them so.
  ArrayRef<ShapeSymbol> getSymbols() const { return symbols; }

  MLIRContext *getContext() const { return context; }

private:
  AffineExpr computeDim(Value shaped, int64_t dim);
  AffineExpr computeResultDim(OpResult result, int64_t dim);
  AffineExpr computeLoopDim(Operation *loop, unsigned index, int64_t dim);
  AffineExpr computeReifiedDim(OpResult result, int64_t dim);
  AffineExpr computeIndex(Value index);

  FunctionOpInterface function;
  MLIRContext *context;
  SmallVector<ShapeSymbol> symbols;
  // What each symbol is now: itself, another symbol or a constant.
  SmallVector<AffineExpr> replacements;
  DenseMap<std::pair<Value, int64_t>, AffineExpr> dims;
};

} // namespace mlir::sqa

#endif // SQA_ANALYSIS_SHAPEEQUATIONS_H
