//===- ChooseSchedule.cpp - Block sizes for a target and a shape -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The score block in registers is key_rows x (register_columns * lanes): its
// accumulators and the operands of one step must fit the register file. With 32
// registers 4 x 4 accumulators were fastest for every head size (measured
// on a Zen 4 core); with 16 registers 4 x 2 leaves room for the exponential.
// A key block of 128 keeps its scores (block_m x 128 floats) in L1.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/ChooseSchedule.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir;
using namespace mlir::sqa;

namespace {
constexpr int64_t kRowsPerScoreBlock = 4;
constexpr int64_t kValueRows = 4;
constexpr int64_t kKeysPerBlock = 128;
constexpr int64_t kAccurateExpDegree = 5;
// A running maximum that lags by 2^8 leaves 2^-8 of f32's range unused.
constexpr int64_t kLazyLog2 = 8;
} // namespace

// The smallest multiple of `unit` that covers `length`, at most `limit`.
static int64_t shrinkTo(int64_t limit, int64_t length, int64_t unit) {
  if (ShapedType::isDynamic(length))
    return limit;
  int64_t needed = llvm::alignTo(std::max<int64_t>(length, 1), unit);
  return std::min(limit, needed);
}

CpuScheduleAttr mlir::sqa::chooseCpuSchedule(CpuAttr target,
                                             const AttentionShape &shape) {
  int64_t lanes = target.getVectorBits() / 32;
  int64_t blockM =
      shrinkTo(kRowsPerScoreBlock * lanes, shape.queryLength, lanes);
  int64_t blockN =
      shrinkTo(kKeysPerBlock, shape.keyLength, kRowsPerScoreBlock);
  return CpuScheduleAttr::get(target.getContext(), lanes, blockM, blockN,
                              kRowsPerScoreBlock, kValueRows,
                              kAccurateExpDegree, kLazyLog2);
}
