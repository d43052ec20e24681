//===- MicroKernel.h - The loop nest of one attn.online_sqa ----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every vector holds `lanes` query rows of one key or of one output feature, so
// no step needs a horizontal operation or a transpose:
//
//   for columns (groups of at most groupVectors * lanes query rows)
//     for keys step keyRows                                    ScoreBlock.cpp
//       scores = keys * queries - max    in registers
//       if any score exceeds the max by 2^lazy: raise the max  Softmax.cpp
//       P = 2^scores, sum += P
//     for features step valueRows                              ValueProduct.cpp
//       acc + values^T * P               in registers
//       if any of it is NaN: again without the masked slots
//       to acc
//
// Packed operands (bf16 pairs) go through the same steps, 32 keys at a time:
//
//   for chunks of 32 keys                                    PackedKeys.cpp
//     tile products: scores of the next chunk to memory
//     for keys step keyRows: as above, P as bf16 pairs
//   acc += values * P by tiles or pairs                      PackedProduct.cpp
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOVECTOR_MICROKERNEL_H
#define SQA_LIB_CONVERSION_ATTNTOVECTOR_MICROKERNEL_H

#include "RegionVectorizer.h"
#include "dialects/Attn/AttnOps.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace mlir::sqa {
// Every size of the loop nest, known before an op is built.
struct KernelPlan {
  int64_t lanes;        // query rows in a vector
  int64_t groupVectors; // vectors of query rows that share registers, at most
  int64_t rows;         // query rows of the block, a multiple of lanes
  int64_t keyRows;      // keys of one score block
  int64_t valueRows;    // features of one block of the second product
  int64_t scratchKeys;  // most keys of a block
  int64_t headDim, valueDim;
  int64_t expDegree, lazyLog2;
  Products products;
  bool isPacked() const { return products != Products::fma; }
  // Of the factors of sums so far, which stay f32.
  int64_t rescaleDegree() const { return expDegree == 3 ? 5 : expDegree; }
  int64_t groupRows() const { return groupVectors * lanes; }
  // Diagonals of a group of rows in a block, in whole vectors.
  int64_t lineLength() const { return scratchKeys + groupRows() + lanes; }
};

// Values of a score_mod that depend on j - i, and on nothing else that varies
// in a block, and those that are j - i (sign 1) or i - j (-1).
struct DiagonalTerms {
  SmallVector<Value> values;
  SmallVector<std::pair<Value, int>> distances;
};
DiagonalTerms findDiagonalTerms(Region &scoreMod);

// Loads of f32 at [..., row, ..., key] in a region.
SmallVector<memref::LoadOp> findRowStrips(Region &region, Value row, Value key);

// Scratch of a kernel, f32 unless said otherwise.
struct KernelScratch {
  Value weights; // P: scratchKeys x groupRows; packed: bf16 pairs, all rows
  Value state;   // 3 x groupRows: negated maximum, threshold, NaN seen (packed)
  Value lines;   // terms x lineLength: those of the diagonals, or null
  Value scores;  // 2 x kPackedChunk keys x groupRows: tile products, or null
};

// Keys whose scores tile products make at once, and a group of packed values.
inline constexpr int64_t kPackedChunk = 32;

class MicroKernel {
public:
  MicroKernel(OpBuilder &b, attn::OnlineSqaOp op, const KernelPlan &plan,
              const DiagonalTerms &diagonal, const KernelScratch &scratch);

  // Builds the loop nest at the insertion point.
  void build();

private:
  // Groups of `vectors` vectors of query rows, from `begin` to `end`.
  void buildGroups(int64_t begin, int64_t end, int64_t vectors);
  void buildGroup(Value column);
  void buildRowIndices();
  Value buildLaneNumbers(); // 0, 1, 2, ...
  // Keys [key, key + keys): scores, maximum, weights, sum.
  void buildScoreBlock(Value key, int64_t keys);
  void buildScoreLoop(Value begin, Value end, int64_t keys);

  // PackedKeys.cpp
  void buildPackedKeys();
  void buildChunk(Value end);
  void buildTileScores(Value first, Value row);
  void buildTileBlock(Value key, Value row, int64_t keyTiles);
  Value pairColumn(int64_t vector);
  SmallVector<Value> buildPairDots(Value key, int64_t keys, ValueRange inits);
  Value buildPairSplat(Value memref, ValueRange indices);
  Value clampKey(Value key); // into the range of keys that exist, at its edges
  Value hideMissing(Value score, Value key);
  void buildPairWeights(ArrayRef<Value> scores, Value key, int64_t keys);
  void buildRoundedWeights(ArrayRef<Value> scores, Value key, int64_t keys);
  void buildPairRescale(Value pair, ArrayRef<Value> factors);
  void buildPoison();

  // PackedProduct.cpp
  void buildPairProducts();
  void buildTileProducts();
  Value countGroups();
  void buildTileProduct(Value feature, int64_t tiles, Value groups);
  SmallVector<Value> loadAccTiles(Value feature, int64_t tiles);
  void storeAccTiles(ArrayRef<Value> sums, Value feature, int64_t tiles);
  SmallVector<Value> buildTileStep(ArrayRef<Value> sums, Value feature,
                                   int64_t tiles, Value group);
  void buildPairProduct(Value feature, Value groups);

  // ScoreBlock.cpp: scores plus `start` (a vector for each of the group; the
  // negated maximum), [key][vector].
  SmallVector<Value> buildScores(Value key, int64_t keys, ValueRange start);
  SmallVector<Value> buildDots(Value key, int64_t keys, ValueRange inits);
  Value buildLogit(Value dot, int64_t vector, Value key, IRMapping &known);
  Value buildMasked(Value score, int64_t vector, Value key,
                    const IRMapping &known);
  RegionArguments scoreArguments(Value score, int64_t vector, Value keyIndex);
  RegionArguments maskArguments(int64_t vector, Value keyIndex);
  void buildRowInvariants();

  // Diagonal.cpp
  void buildDiagonals();
  void loadDiagonals(Value key, int64_t vector, IRMapping &known);

  // RowStrips.cpp: `invariant` with the loads of `strips`, for each key.
  SmallVector<IRMapping> loadStrips(ArrayRef<memref::LoadOp> strips,
                                    const IRMapping &invariant, Value key,
                                    int64_t keys);

  // Softmax.cpp
  void buildLoadState();
  SmallVector<Value> buildMaxCheck(ArrayRef<Value> scores, Value key,
                                   int64_t keys);
  SmallVector<Value> buildRaiseMax(ArrayRef<Value> scores, Value key,
                                   int64_t keys);
  void buildRescale(ArrayRef<Value> factors, Value keysSoFar);
  void buildWeights(ArrayRef<Value> scores, Value key, int64_t keys);

  // ValueProduct.cpp
  void buildValueProduct();
  Value buildValueBlocks(int64_t end);
  Value buildValueBlock(Value feature, int64_t features);
  void buildCarefulBlocks(Value begin, int64_t end, int64_t rest);
  void storeSums(ArrayRef<Value> sums, Value feature, int64_t features);
  Value buildAnyNan(ValueRange sums);
  SmallVector<Value> buildProduct(Value feature, int64_t features,
                                  bool skipMasked);
  void buildMarkMasked();

  // MicroKernel.cpp: small ops.
  Value index(int64_t value);
  Value splat(float value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b) { return b == 0 ? a : add(a, index(b)); }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b);
  Value select(Value condition, Value a, Value b);
  // a if a > b, else b: one instruction, and b if either is NaN.
  Value maximum(Value a, Value b);
  // Column of vector `vector` of the group in the operands and in scratch.
  Value columnOf(int64_t vector) { return add(column, vector * plan.lanes); }
  Value scratchColumn(int64_t vector) { return index(vector * plan.lanes); }
  Value load(Value memref, ValueRange indices); // a vector, as f32
  void store(Value value, Value memref, ValueRange indices);
  Value loadSplat(Value memref, ValueRange indices); // one element in all lanes
  // A loop without results; `body` gets the induction variable.
  void forEach(Value begin, Value end, int64_t step,
               function_ref<void(Value)> body);

  OpBuilder &b;
  Location loc;
  attn::OnlineSqaOp op;
  KernelPlan plan;
  VectorType vectorType;
  Value weights, state, lines, chunkScores;
  Value keyFrom, keyCount; // keys [keyFrom, keyCount) take part
  Value chunk, chunkRow;   // first key of the chunk (packed); its row in scores
  bool atEdge = false;     // some keys of the chunk take no part
  Value logitScale;        // scale * log2(e) in all lanes, or null
  Value column;            // first query row of the group
  SmallVector<Value> rowIndices; // query indices, one vector each
  DiagonalTerms diagonal;
  SmallVector<memref::LoadOp> scoreStrips, maskStrips;
  // Values of the regions that are the same for every key, a vector of the
  // group each.
  SmallVector<IRMapping> scoreInvariants, maskInvariants;
};
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_MICROKERNEL_H
