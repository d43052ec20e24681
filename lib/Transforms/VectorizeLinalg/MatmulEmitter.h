//===- MatmulEmitter.h - The parts of a matrix product ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TRANSFORMS_VECTORIZELINALG_MATMULEMITTER_H
#define SQA_TRANSFORMS_VECTORIZELINALG_MATMULEMITTER_H

#include "lib/Transforms/VectorizeLinalg/Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::sqa {

// A matrix in memory, transposed when its columns are the first dimension.
struct Matrix {
  Value buffer;
  bool transposed;

  Type elementType() const {
    return cast<MemRefType>(buffer.getType()).getElementType();
  }
  SmallVector<Value> at(Value row, Value column) const {
    return transposed ? SmallVector<Value>{column, row}
                      : SmallVector<Value>{row, column};
  }
};

class MatmulEmitter {
public:
  MatmulEmitter(RewriterBase &b, linalg::LinalgOp op, const MatmulPlan &plan,
                CpuAttr target)
      : b(b), loc(op.getLoc()), op(op), plan(plan),
        lanes(target.getVectorBits() / 32), panel(2 * lanes),
        rows(target.getVectorRegisters() >= 32 ? 12 : 6),
        vector(VectorType::get({lanes}, b.getF32Type())) {}

  void emit();

private:
  // Matmul.cpp: small builders and the outer loops.
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, Value y) {
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value sub(Value x, Value y) {
    return b.createOrFold<arith::SubIOp>(loc, x, y);
  }
  Value remainder(Value x, int64_t y) {
    return b.createOrFold<arith::RemUIOp>(loc, x, constant(y));
  }
  Value toF32(Value v);
  Value fromF32(Value v, Type element);
  void forSteps(Value to, int64_t step, llvm::function_ref<void(Value)> body);
  void forBlocks(Value size, int64_t block,
                 llvm::function_ref<void(Value, Value)> body);
  Value allocate(ArrayRef<int64_t> shape);

  Matrix matrix(OpOperand *operand, unsigned row, unsigned column,
                ArrayRef<Value> ivs);
  Matrix block(Matrix m, Value row, Value column, Value height, Value width);
  void multiply(Matrix lhs, Matrix rhs, Matrix out);

  // MatmulPack.cpp
  void copyConverted(Value from, Value to, AffineMap fromMap);
  void packTransposed(Matrix rhs, Value depth, Value whole);
  void packAsLoops(Matrix rhs, Value count, Value depth, Value whole);
  void packPanels(Matrix rhs, Value depth, Value width);
  Value panelView(Value first, Value count, Value depth, Value width, bool one);
  void packCutPanel(Matrix rhs, Value index, Value whole, Value depth,
                    Value cut);

  // MatmulKernel.cpp
  void multiplyBlock(Matrix lhs, Matrix out, Value height, Value width,
                     Value depth);
  void multiplyRows(Matrix lhs, Matrix out, Value height, Value panelIndex,
                    Value column, Value depth, Value cut);
  void multiplyRegisters(int64_t count, Matrix lhs, Matrix out, Value row,
                         Value panelIndex, Value column, Value depth,
                         Value cut);
  void addVectors(ValueRange sums, Matrix out, Value row, Value column);
  void addElements(ValueRange sums, Matrix out, Value row, Value column,
                   Value cut);

  RewriterBase &b;
  Location loc;
  linalg::LinalgOp op;
  const MatmulPlan &plan;
  int64_t lanes, panel, rows;
  VectorType vector;
  Value panels, converted, edge; // scratch
  SmallVector<Value> sizes;
};

} // namespace mlir::sqa

#endif // SQA_TRANSFORMS_VECTORIZELINALG_MATMULEMITTER_H
