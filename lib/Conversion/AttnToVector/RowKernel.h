//===- RowKernel.h - One attn.online_sqa with few rows ---------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The form without rows_last: a vector holds `lanes` features of one key, so a
// single row fills it. Keys and values are read where they are, in their own
// type, once a row.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOVECTOR_ROWKERNEL_H
#define SQA_LIB_CONVERSION_ATTNTOVECTOR_ROWKERNEL_H

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace mlir::sqa {
struct RowKernelPlan {
  int64_t lanes;
  int64_t rows, headDim, valueDim;
  int64_t keys; // most keys of a block, a multiple of lanes
  int64_t expDegree;
};

class RowKernel {
public:
  // `scores` and `weights` are f32 scratch for the keys of one row.
  RowKernel(OpBuilder &b, attn::OnlineSqaOp op, const RowKernelPlan &plan,
            Value scores, Value weights);

  // Builds the loop over rows at the insertion point.
  void build();

private:
  // Features [begin, end) in vectors of `width`.
  struct Piece {
    int64_t begin, end, width;
  };
  SmallVector<Piece> cutFeatures(Value source, int64_t features);

  void buildRow(Value row);
  // Scores of all keys in base 2, to scratch.
  void buildScores(Value row);
  void buildScoreLoop(Value row, Value begin, Value end, int64_t keys);
  std::pair<Value, Value> buildExtremes(); // largest, smallest
  void fillLastVector(Value score);
  SmallVector<Value> buildDots(Value row, Value key, int64_t keys);
  Value buildScore(Value dot, Value row, Value key);
  Value inlineRegion(Region &region, ValueRange arguments);
  // Weights relative to `reference`, to scratch; returns their sum.
  Value buildWeights(Value reference);
  void buildValues(Value row, Value factor, bool skipHidden);
  void buildFeatures(Value row, Value factor, ArrayRef<int64_t> offsets,
                     int64_t width, bool skipHidden);

  Value index(int64_t value);
  Value number(float value);
  Value splat(Value scalar, int64_t width);
  Value load(Value memref, ValueRange indices, int64_t width);
  void store(Value value, Value memref, ValueRange indices);
  Value exp2(Value scalar);
  Value larger(Value a, Value b); // NaN if either is

  OpBuilder &b;
  Location loc;
  attn::OnlineSqaOp op;
  RowKernelPlan plan;
  Value scores, weights, keyCount, paddedCount;
};
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_ROWKERNEL_H
