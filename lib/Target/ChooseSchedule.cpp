//===- ChooseSchedule.cpp - Block sizes for a target and a shape ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The score block in registers is key_rows keys by some vectors of query rows:
// its accumulators and the operands of one step must fit the register file.
// 32 registers: 4 keys x 4 vectors, tiles of 4 vectors, were fastest for every
// head size (Zen 4). 16 registers: 4 x 3, in tiles of two such groups so that a
// key block is read from L2 half as often. Fraction of the FMA peak at D = 16,
// 64, 128 on one Zen 3 core, best of 300: 4 x 3 .69 .87 .89, 4 x 2 .68 .84 .78,
// 6 x 2 .69 .83 .82; 96 keys a block .87 where 128 gave .85 and 256 .81 (D =
// 64), since P, the keys and the values then share L1 and L2 with less
// eviction. A single vector of rows takes 8 keys at once, or the latency of the
// fused multiply-add shows: .58 .67 .63 where 4 gave .44 .48 .41.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/ChooseSchedule.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir;
using namespace mlir::sqa;

namespace {
constexpr int64_t kAccurateExpDegree = 5;
// Exact enough for weights that are rounded to bf16, and too rough for an LSE.
constexpr int64_t kWeightDegree = 3;
// Query rows of a group of packed products.
constexpr int64_t kPackedRows = 32;
// Keys of a piece: a few microseconds of reading, and 64 pieces of 32768 keys.
constexpr int64_t kSplitKeys = 512;
// A running maximum that lags by 2^8 leaves 2^-8 of f32's range unused.
constexpr int64_t kLazyLog2 = 8;
} // namespace

// `length` in as few pieces of at most `limit` as can be, as even as multiples
// of `unit` allow: 64 rows are 32 + 32, not 48 + 16.
static int64_t splitEvenly(int64_t length, int64_t limit, int64_t unit) {
  if (ShapedType::isDynamic(length))
    return limit;
  length = std::max<int64_t>(length, 1);
  int64_t pieces = llvm::divideCeil(length, limit);
  return llvm::alignTo(llvm::divideCeil(length, pieces), unit);
}

// bf16 products if the target has them, fast (KnownTargets.cpp), and there are
// rows to fill a tile: with fewer, packing the keys would be most of the work.
static std::optional<Products> choosePacked(CpuAttr target,
                                            const AttentionShape &shape) {
  bool isShort = !ShapedType::isDynamic(shape.queryLength) &&
                 shape.queryLength < kPackedRows / 2;
  if (!shape.isBf16 || isShort || target.getVectorBits() != 512)
    return std::nullopt;
  if (target.hasFeature("amx-bf16") && target.hasFeature("avx512bf16"))
    return Products::tile;
  if (target.hasFeature("avx512bf16") && target.hasFeature("sse4a"))
    return Products::dot;
  return std::nullopt;
}

static CpuScheduleAttr choosePackedSchedule(CpuAttr target,
                                            const AttentionShape &shape,
                                            Products products) {
  bool isTile = products == Products::tile;
  int64_t blockM = splitEvenly(shape.queryLength, 2 * kPackedRows, kPackedRows);
  int64_t blockN = splitEvenly(shape.keyLength, 128, 32);
  return CpuScheduleAttr::get(target.getContext(), 16, blockM, blockN,
                              /*key_rows=*/isTile ? 8 : 4, /*value_rows=*/4,
                              shape.hasLse ? kAccurateExpDegree : kWeightDegree,
                              kLazyLog2, products, /*split_keys=*/0);
}

// Few queries leave most lanes of a vector of queries empty: lanes are features
// then, and the keys are what threads divide. A block of one row fits a
// register file of any size.
static std::optional<CpuScheduleAttr>
chooseSplitSchedule(CpuAttr target, const AttentionShape &shape) {
  int64_t lanes = target.getVectorBits() / 32;
  if (ShapedType::isDynamic(shape.queryLength) || shape.queryLength < 1 ||
      shape.queryLength > lanes / 2 || shape.headDim < 2 ||
      shape.valueDim < 2 ||
      (!ShapedType::isDynamic(shape.keyLength) &&
       shape.keyLength <= kSplitKeys / 4))
    return std::nullopt;
  return CpuScheduleAttr::get(target.getContext(), lanes, /*block_m=*/lanes,
                              kSplitKeys / 4, /*key_rows=*/4, /*value_rows=*/4,
                              kAccurateExpDegree, kLazyLog2, Products::fma,
                              kSplitKeys);
}

CpuScheduleAttr mlir::sqa::chooseCpuSchedule(CpuAttr target,
                                             const AttentionShape &shape) {
  if (std::optional<CpuScheduleAttr> split = chooseSplitSchedule(target, shape))
    return *split;
  if (std::optional<Products> products = choosePacked(target, shape))
    return choosePackedSchedule(target, shape, *products);
  int64_t lanes = target.getVectorBits() / 32;
  bool manyRegisters = target.getVectorRegisters() >= 32;
  int64_t rowVectors = manyRegisters ? 4 : 6, keys = manyRegisters ? 128 : 96;
  int64_t blockM = splitEvenly(shape.queryLength, rowVectors * lanes, lanes);
  int64_t blockRows = blockM == lanes ? 8 : 4; // of keys, of features
  int64_t blockN = splitEvenly(shape.keyLength, keys, blockRows);
  return CpuScheduleAttr::get(target.getContext(), lanes, blockM, blockN,
                              blockRows, blockRows, kAccurateExpDegree,
                              kLazyLog2, Products::fma, /*split_keys=*/0);
}
