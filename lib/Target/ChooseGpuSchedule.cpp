//===- ChooseGpuSchedule.cpp - Warpgroups and blocks for a head size ------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows by head size, measured on an H200 (bf16, 16384 queries and keys):
// small heads are limited by exponentials and issue slots, so four warpgroups
// hide each other's waits; large ones by the tensor cores, so the scores of the
// next block run ahead. Registers of a row satisfy the launch budget
// (consumers x consumer + producer <= (consumers + 1) x launch).
// Test: test/Transforms/assign-schedule-gpu.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/ChooseSchedule.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

namespace {
struct Row {
  int64_t headDim; // up to this
  int64_t consumers, blockN, stages, producerRegisters, consumerRegisters;
  bool scoresAhead;
  int64_t softwareExp, expOrder;
};
} // namespace

// Maxima that are updated in every block: f16, whose weights have no room for a
// maximum that is too low.
static constexpr Row kOnlineRows[] = {
    {16, 4, 128, 4, 24, 112, false, 4, 0},
    {32, 3, 192, 3, 32, 160, false, 4, 0},
    {64, 3, 128, 2, 32, 160, true, 0, 0},
    {128, 2, 128, 2, 24, 240, true, 0, 0},
    // Accumulators of 96 registers leave room for scores of 112 keys.
    {192, 2, 96, 2, 24, 240, true, 0, 0},
    {256, 2, 80, 2, 24, 240, true, 0, 0},
};

// Frozen maxima, bf16.
static constexpr Row kFrozenRows[] = {
    {16, 4, 128, 4, 24, 112, false, 8, 3},
    {32, 3, 128, 3, 32, 160, true, 4, 3},
    {64, 3, 96, 3, 32, 160, true, 3, 3},
    {128, 2, 128, 2, 24, 240, true, 0, 0},
    {192, 2, 96, 2, 24, 240, true, 0, 0},
    {256, 2, 80, 2, 24, 240, true, 0, 0},
};

static Row findRow(ArrayRef<Row> rows, int64_t largest) {
  for (const Row &row : rows)
    if (largest <= row.headDim)
      return row;
  return rows.back();
}

// Bytes of the rings and the most that lies behind them: ones and barriers.
static int64_t getSharedBytes(const Row &row, int64_t headDim,
                              int64_t valueDim) {
  int64_t queries = 2 * 64 * row.consumers * headDim;
  int64_t block = 2 * row.blockN * (headDim + valueDim);
  return queries + row.stages * block + 3072;
}

GpuScheduleAttr mlir::sqa::chooseGpuSchedule(GpuAttr target,
                                             const GpuAttentionShape &shape) {
  int64_t headDim = llvm::alignTo(shape.headDim, 16);
  int64_t valueDim = llvm::alignTo(shape.valueDim, 16);
  int64_t largest = std::max(headDim, valueDim);
  Row row = findRow(shape.isBf16 ? ArrayRef(kFrozenRows) : ArrayRef(kOnlineRows),
                    largest);
  // 16 keys less make room for results (15 % at 192 features and 1024 keys).
  if (headDim == 192 && valueDim == 192)
    row.blockN = 80;
  while (row.stages > 1 &&
         getSharedBytes(row, headDim, valueDim) > target.getSharedBytes())
    --row.stages;
  // Results leave by the copy engine where they have room beside the rings.
  int64_t results = 2 * 64 * row.consumers * valueDim;
  bool tileStores = getSharedBytes(row, headDim, valueDim) + results <=
                    target.getSharedBytes();
  // Sums on the tensor cores add rounded weights: good enough for the output,
  // not for an LSE that a backward pass exponentiates again.
  bool oneSlab = valueDim == 16 || valueDim == 32 || valueDim == 64;
  bool tensorSums = oneSlab && !shape.hasLse;
  int64_t software = tensorSums && shape.isBf16 ? row.softwareExp : 0;
  return GpuScheduleAttr::get(
      target.getContext(), row.consumers, row.blockN, row.stages,
      row.producerRegisters, row.consumerRegisters, row.scoresAhead, tensorSums,
      /*integer_max=*/software > 0, software, /*frozen_max=*/shape.isBf16,
      row.expOrder,
      /*heads_per_section=*/8, /*wide_stores=*/false, tileStores);
}
