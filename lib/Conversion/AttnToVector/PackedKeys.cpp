//===- PackedKeys.cpp - Scores and weights of packed keys -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys come in chunks of 32. Inside, the scores of a few keys pass through
// registers as they do with f32 products (ScoreBlock.cpp, Softmax.cpp); tile
// products leave those of the whole chunk in memory first. Weights become bf16,
// two keys to a lane of 32 bits, which is how the second product reads them.
//
//   for chunk in 0 to keyCount step 32
//     scores of the next chunk by tiles
//     if all 32 keys take part: for keys step keyRows { block }
//     else: for keys step 2 { block whose missing keys score -inf }
//
// Tiles work a chunk ahead: scores that have just been stored are read 100
// cycles later, and the few instructions of tiles in front leave the vector
// units the chunk behind them. That was 1.3 times as fast at D = 128, 1.1 at D
// = 16.
//
// so at the edges of a range missing keys have weight 0, and the product takes
// whole chunks.
//
// NaN: in f32 it stays one. buildWeightBits loses it in the weight and shows it
// in a bit beside. The bits are or-ed together, half an instruction a vector,
// and a row that has seen one gets a sum of NaN at the end.
//
// Wrong if: a chunk starts at another place than a multiple of 32 keys of the
// packed operands.
// Test: test/Conversion/AttnToVector/packed.mlir.
//
//===----------------------------------------------------------------------===//

#include "Exp2.h"
#include "MicroKernel.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include <limits>

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

void MicroKernel::buildPackedKeys() {
  bool isTile = plan.products == Products::tile;
  chunkRow = index(0);
  if (isTile)
    buildTileScores(index(0), chunkRow);
  forEach(index(0), keyCount, kPackedChunk, [&](Value first) {
    chunk = first;
    Value next = add(chunk, kPackedChunk);
    if (!isTile)
      return buildChunk(next);
    // Scores of two chunks: one is read while tiles work on the other.
    Value half = arith::AndIOp::create(b, loc, chunk, index(kPackedChunk));
    chunkRow = half;
    Value other = arith::XOrIOp::create(b, loc, half, index(kPackedChunk));
    Value more = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, next,
                                       keyCount);
    auto branch = scf::IfOp::create(b, loc, more, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      buildTileScores(next, other);
    }
    buildChunk(next);
  });
  if (plan.expDegree == 3)
    buildPoison();
}

void MicroKernel::buildChunk(Value end) {
  Value starts =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, chunk, keyFrom);
  Value ends =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, end, keyCount);
  Value whole = arith::AndIOp::create(b, loc, starts, ends);
  auto branch = scf::IfOp::create(b, loc, whole, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  buildScoreLoop(chunk, end, plan.keyRows);
  b.setInsertionPointToStart(branch.elseBlock());
  atEdge = true;
  buildScoreLoop(chunk, end, 2);
  atEdge = false;
}

Value MicroKernel::clampKey(Value key) {
  if (!atEdge)
    return key;
  Value last = arith::SubIOp::create(b, loc, keyCount, index(1));
  key = arith::MinSIOp::create(b, loc, key, last);
  return arith::MaxSIOp::create(b, loc, key, keyFrom);
}

Value MicroKernel::hideMissing(Value score, Value key) {
  if (!atEdge)
    return score;
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, key,
                                       clampKey(key));
  return select(exists, score, splat(-INFINITY));
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

// Keys of the chunk at `first` times the queries of the group, to memory: four
// tiles at a time, each the sum over 32 features a step.
void MicroKernel::buildTileScores(Value first, Value row) {
  int64_t keyTiles = plan.groupVectors == 2 ? 2 : 1;
  for (int64_t i = 0; i < kPackedChunk / 16; i += keyTiles)
    buildTileBlock(add(first, 16 * i), add(row, 16 * i), keyTiles);
}

void MicroKernel::buildTileBlock(Value key, Value row, int64_t keyTiles) {
  auto operand = amx::TileType::get({16, 32}, b.getBF16Type());
  auto result = amx::TileType::get({16, 16}, b.getF32Type());
  int64_t columns = plan.groupVectors;
  SmallVector<Value> sums;
  for (int64_t i = 0; i < keyTiles * columns; ++i)
    sums.push_back(amx::TileZeroOp::create(b, loc, result));
  for (int64_t d = 0; d < plan.headDim; d += 32) {
    SmallVector<Value> keys;
    for (int64_t i = 0; i < keyTiles; ++i)
      keys.push_back(
          amx::TileLoadOp::create(b, loc, operand, op.getKey(),
                                  ValueRange{add(key, 16 * i), index(d)}));
    for (int64_t v = 0; v < columns; ++v) {
      Value query =
          amx::TileLoadOp::create(b, loc, operand, op.getQuery(),
                                  ValueRange{index(d / 2), pairColumn(v)});
      for (int64_t i = 0; i < keyTiles; ++i) {
        Value &sum = sums[i * columns + v];
        sum = amx::TileMulFOp::create(b, loc, result, keys[i], query, sum);
      }
    }
  }
  for (int64_t i = 0; i < keyTiles; ++i)
    for (int64_t v = 0; v < columns; ++v)
      amx::TileStoreOp::create(b, loc, chunkScores,
                               ValueRange{add(row, 16 * i), scratchColumn(v)},
                               sums[i * columns + v]);
}

// Column of vector `vector` of the group where two elements a row stand side by
// side: packed queries, packed weights.
Value MicroKernel::pairColumn(int64_t vector) {
  return arith::MulIOp::create(b, loc, columnOf(vector), index(2));
}

// Four bytes of memory, a bf16 pair, in all lanes.
Value MicroKernel::buildPairSplat(Value memref, ValueRange indices) {
  auto pair = VectorType::get(2, b.getBF16Type());
  auto word = VectorType::get(1, b.getI32Type());
  Value value = vector::LoadOp::create(b, loc, pair, memref, indices);
  value = vector::BitCastOp::create(b, loc, word, value);
  value = vector::ExtractOp::create(b, loc, value, 0);
  value = vector::BroadcastOp::create(
      b, loc, VectorType::get(plan.lanes, b.getI32Type()), value);
  return vector::BitCastOp::create(
      b, loc, VectorType::get(2 * plan.lanes, b.getBF16Type()), value);
}

// Keys times queries, as MicroKernel::buildDots.
SmallVector<Value> MicroKernel::buildPairDots(Value key, int64_t keys,
                                              ValueRange inits) {
  if (plan.products == Products::tile) {
    SmallVector<Value> scores;
    Value first = arith::SubIOp::create(b, loc, key, chunk);
    first = arith::AddIOp::create(b, loc, first, chunkRow);
    for (int64_t i = 0; i < keys; ++i)
      for (int64_t v = 0; v < plan.groupVectors; ++v)
        scores.push_back(load(chunkScores, {add(first, i), scratchColumn(v)}));
    return scores;
  }
  auto pairs = VectorType::get(2 * plan.lanes, b.getBF16Type());
  auto loop = scf::ForOp::create(b, loc, index(0), index(plan.headDim / 2),
                                 index(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value pair = loop.getInductionVar();
  Value feature = arith::MulIOp::create(b, loc, pair, index(2));
  SmallVector<Value> queries, sums;
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    queries.push_back(vector::LoadOp::create(b, loc, pairs, op.getQuery(),
                                             ValueRange{pair, pairColumn(v)}));
  }
  for (int64_t i = 0; i < keys; ++i) {
    Value element = buildPairSplat(op.getKey(), {add(key, i), feature});
    for (auto [v, query] : llvm::enumerate(queries))
      sums.push_back(x86vector::DotBF16Op::create(
          b, loc, vectorType, loop.getRegionIterArg(i * plan.groupVectors + v),
          element, query));
  }
  scf::YieldOp::create(b, loc, sums);
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

// P = 2^score in f32, summed, then rounded to pairs of keys in scratch: half a
// unit is added to the last place (halves go up), and the rest is cut off.
void MicroKernel::buildRoundedWeights(ArrayRef<Value> scores, Value key,
                                      int64_t keys) {
  auto words = VectorType::get(plan.lanes, b.getI32Type());
  auto pairs = VectorType::get(2 * plan.lanes, b.getBF16Type());
  auto integer = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(words, b.getI32IntegerAttr(value)));
  };
  Value pairRow = arith::DivUIOp::create(b, loc, key, index(2));
  int64_t vectors = plan.groupVectors;
  SmallVector<Value> sums;
  for (int64_t v = 0; v < vectors; ++v)
    sums.push_back(load(op.getSum(), columnOf(v)));
  for (int64_t i = 0; i < keys; i += 2) {
    SmallVector<Value> both = buildExp2(
        b, loc, scores.slice(i * vectors, 2 * vectors), plan.expDegree);
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value> rounded;
      for (Value weight : {both[v], both[vectors + v]}) {
        sums[v] = arith::AddFOp::create(b, loc, sums[v], weight);
        Value bits = vector::BitCastOp::create(b, loc, words, weight);
        rounded.push_back(arith::AddIOp::create(b, loc, bits, integer(0x8000)));
      }
      Value low = arith::ShRUIOp::create(b, loc, rounded[0], integer(16));
      Value high = arith::AndIOp::create(b, loc, rounded[1], integer(-65536));
      Value pair = vector::BitCastOp::create(
          b, loc, pairs, arith::OrIOp::create(b, loc, low, high));
      store(pair, weights, {add(pairRow, i / 2), pairColumn(v)});
    }
  }
  for (int64_t v = 0; v < vectors; ++v)
    store(sums[v], op.getSum(), columnOf(v));
}

// P = 2^score in pairs of keys to scratch, and its sum, of what was rounded.
void MicroKernel::buildPairWeights(ArrayRef<Value> scores, Value key,
                                   int64_t keys) {
  auto words = VectorType::get(plan.lanes, b.getI32Type());
  auto pairs = VectorType::get(2 * plan.lanes, b.getBF16Type());
  auto integer = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(words, b.getI32IntegerAttr(value)));
  };
  constexpr int32_t onePair = 0x3f803f80;
  Value ones = vector::BitCastOp::create(b, loc, pairs, integer(onePair));
  Value pairRow = arith::DivUIOp::create(b, loc, key, index(2));
  SmallVector<Value> sums, seen;
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    sums.push_back(load(op.getSum(), columnOf(v)));
    Value bits = load(state, {index(2), scratchColumn(v)});
    seen.push_back(vector::BitCastOp::create(b, loc, words, bits));
  }
  for (int64_t i = 0; i < keys; i += 2) {
    ArrayRef<Value> even = scores.slice(i * plan.groupVectors),
                    odd = even.drop_front(plan.groupVectors);
    SmallVector<WeightBits> bits =
        buildWeightBits(b, loc, even.take_front(plan.groupVectors),
                        odd.take_front(plan.groupVectors));
    for (int64_t v = 0; v < plan.groupVectors; ++v) {
      seen[v] = arith::OrIOp::create(b, loc, seen[v], bits[v].seen);
      Value pair = vector::BitCastOp::create(b, loc, pairs, bits[v].pair);
      sums[v] =
          x86vector::DotBF16Op::create(b, loc, vectorType, sums[v], pair, ones);
      store(pair, weights, {add(pairRow, i / 2), pairColumn(v)});
    }
  }
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    store(sums[v], op.getSum(), columnOf(v));
    store(vector::BitCastOp::create(b, loc, vectorType, seen[v]), state,
          {index(2), scratchColumn(v)});
  }
}

// The weights of two keys times the factors of their rows, rounded again.
void MicroKernel::buildPairRescale(Value pair, ArrayRef<Value> factors) {
  auto half = VectorType::get(plan.lanes, b.getBF16Type());
  auto pairs = VectorType::get(2 * plan.lanes, b.getBF16Type());
  for (auto [v, factor] : llvm::enumerate(factors)) {
    SmallVector<Value> at{pair, pairColumn(v)};
    Value both = vector::LoadOp::create(b, loc, pairs, weights, at);
    auto split = vector::DeinterleaveOp::create(b, loc, both);
    SmallVector<Value> scaled;
    for (Value weight : split->getResults()) {
      Value wide = arith::ExtFOp::create(b, loc, vectorType, weight);
      wide = arith::MulFOp::create(b, loc, wide, factor);
      scaled.push_back(arith::TruncFOp::create(b, loc, half, wide));
    }
    store(vector::InterleaveOp::create(b, loc, scaled[0], scaled[1]), weights,
          at);
  }
}

// Rows that have seen a NaN: their sum becomes one.
void MicroKernel::buildPoison() {
  auto words = VectorType::get(plan.lanes, b.getI32Type());
  auto integer = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(words, b.getI32IntegerAttr(value)));
  };
  for (int64_t v = 0; v < plan.groupVectors; ++v) {
    Value seen = vector::BitCastOp::create(
        b, loc, words, load(state, {index(2), scratchColumn(v)}));
    Value exponent =
        arith::AndIOp::create(b, loc, seen, integer(kWeightNanBits));
    Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                       exponent, integer(0));
    Value sum = load(op.getSum(), columnOf(v));
    Value nan = splat(std::numeric_limits<float>::quiet_NaN());
    store(select(some, nan, sum), op.getSum(), columnOf(v));
  }
}
