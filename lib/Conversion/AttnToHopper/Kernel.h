//===- Kernel.h - The parts of an attention kernel -------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the files of this directory share: the plan of a kernel, its arguments,
// and the list of key blocks that a tile of queries visits. Producer and
// consumers walk the same list; if they did not, they would wait for each other
// for ever.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOHOPPER_KERNEL_H
#define SQA_LIB_CONVERSION_ATTNTOHOPPER_KERNEL_H

#include "dialects/Attn/AttnOps.h"
#include "dialects/Hopper/HopperOps.h"
#include "dialects/Target/TargetDialect.h"
#include "sqa/Analysis/KeyRange.h"

namespace mlir::sqa {

// Everything that is decided before the first op is built.
struct HopperPlan {
  GpuScheduleAttr schedule;
  KeyClauses clauses;
  Type element; // f16 or bf16
  // As in the op; the padded sizes are what tiles hold.
  int64_t headDim, valueDim, paddedHeadDim, paddedValueDim;
  int64_t queryHeads, kvHeads, outputHeads;
  // ShapedType::kDynamic where the kernel reads an argument.
  int64_t queryLength, keyLength;
  attn::HeadMap headMap;
  attn::Alignment alignment = attn::Alignment::top_left;
  bool hasKeyLengths = false;
  bool hasLse = false;
  bool hasKeys = false; // every row of every tile sees a key

  int64_t blockM() const { return schedule.getBlockM(); }
  int64_t blockN() const { return schedule.getBlockN(); }
  // Columns of the accumulator: the row sums come last.
  int64_t accumulatorColumns() const {
    return paddedValueDim +
           (schedule.getTensorRowSums() ? hopper::kOnesColumns : 0);
  }
};

// Why no kernel is made for the op, or the plan.
FailureOr<HopperPlan> planHopperKernel(attn::SqaOp op, std::string &reason);

// Arguments of every kernel; the host passes all of them (Launch.cpp). To the
// kernel they have the types written here; the host passes tensor maps as
// !host.tensor_map, pointers as memory and index as i32.
struct KernelArguments {
  Value queryMap, keyMap, valueMap;         // tensor maps
  Value output, lse, keyLengths;            // pointers; null if not used
  Value batches, queries, keys;             // index: B, S, T
  Value offset;                             // index: position of query 0
  Value batchStride, headStride, rowStride; // i64: elements of the output
  Value scale;                              // f32: scale * log2(e)

  // In the order of the parameters.
  SmallVector<Value> toValues() const {
    return {queryMap,    keyMap,     valueMap,  output, lse,
            keyLengths,  batches,    queries,   keys,   offset,
            batchStride, headStride, rowStride, scale};
  }
  static KernelArguments of(ValueRange a) {
    return {a[0], a[1], a[2], a[3],  a[4],  a[5],  a[6],
            a[7], a[8], a[9], a[10], a[11], a[12], a[13]};
  }
};

// Key blocks [lo, hi), visited from the last to the first.
struct KeyBlocks {
  Value lo, hi;
  bool masked; // some slot of some block may be hidden
  bool single; // at most one block
};

// One tile of queries, as both roles see it.
struct QueryTile {
  Value number;
  Value batch, head, queryHead, kvHead;
  Value row;    // first row
  Value keys;   // keys of the batch
  Value offset; // position of query 0; null if nothing depends on it
  Value first;  // the last key block, visited first; -1 if there is none
  SmallVector<KeyBlocks> ranges; // what follows `first`, in order
};

// Builds ops of one kernel at the builder's insertion point.
class KernelBuilder {
public:
  KernelBuilder(OpBuilder &b, Location loc, const HopperPlan &plan)
      : b(b), loc(loc), plan(plan) {}

  hopper::KernelOp build(StringRef name);

private:
  // Kernel.cpp
  void buildBody(hopper::KernelOp kernel);
  void buildRings();
  // Tiles of this block, one after the other; `body` gets the number of the
  // tile and the carried values and returns the next ones.
  void forEachTile(ValueRange initial,
                   function_ref<SmallVector<Value>(Value, ValueRange)> body);
  Value countTiles();

  // Tile.cpp
  QueryTile decodeTile(Value number);
  void decodeIndices(Value number, Value &rowTile, Value &batchHead);
  void buildBlocks(QueryTile &tile, Value rowEnd);
  Value loadKeyCount(Value batch);
  Value mapHead(Value head, int64_t heads);
  // How a block is treated.
  struct BlockMode {
    bool masked = false, frozen = false;
  };
  using BlockBody =
      function_ref<SmallVector<Value>(BlockMode, Value, ValueRange)>;
  // Calls `body` for every block after the first. Where `frozen` is true at run
  // time, blocks without a mask are frozen.
  SmallVector<Value> forEachBlock(const QueryTile &tile, ValueRange initial,
                                  BlockBody body, Value frozen = {});
  SmallVector<Value> forBlocks(const KeyBlocks &range, ValueRange initial,
                               BlockMode mode, BlockBody body);

  // Producer.cpp
  void buildProducer();
  Value loadBlock(const QueryTile &tile, Value block, Value cursor);
  Value loadBlocks(const QueryTile &tile, Value cursor);
  Value loadTile(const QueryTile &tile, Value queryCursor, Value cursor);

  // Consumer.cpp
  struct State; // what a consumer carries from block to block
  void buildConsumer(Value group);
  State beginTile(const QueryTile &tile, Value row, Value queryCursor,
                  Value group, Value cursor);
  State stepBlock(const QueryTile &tile, Value row, Value queryCursor,
                  Value group, const State &state, BlockMode mode, Value block);
  Value addValues(const State &state);
  Value finishScores(const QueryTile &tile, Value row, Value scores,
                     bool masked, Value block);
  void softmax(State &state, Value scores, bool first, BlockMode mode,
               Value &weights, Value &factor);
  Value startScores(Value queryCursor, Value group, Value cursor);
  Value convert(Value weights);
  State emptyTile(Value cursor);
  State runBlocks(const QueryTile &tile, Value row, Value queryCursor,
                  Value group, Value cursor, Value frozen);
  State runTile(const QueryTile &tile, Value row, Value queryCursor,
                Value group, Value cursor);
  State runFrozenTile(const QueryTile &tile, Value row, Value queryCursor,
                      Value group, Value cursor);
  Value voteAgain(const QueryTile &tile, Value queryCursor, const State &state,
                  Value frozen);
  State tileOrNothing(const QueryTile &tile, Value row, Value queryCursor,
                      Value group, Value cursor);
  void storeTile(const QueryTile &tile, Value row, const State &state);

  // Index arithmetic; `index` has 32 bits in a kernel.
  Value constant(int64_t value);
  Value add(Value a, Value c);
  Value sub(Value a, Value c);
  Value mul(Value a, Value c);
  Value div(Value a, Value c);
  Value rem(Value a, Value c);
  Value min(Value a, Value c);
  Value max(Value a, Value c);
  Value ceilDiv(Value a, int64_t c);
  Value select(Value condition, Value a, Value c);
  Value isLess(Value a, Value c);
  Value asI64(Value index);

  hopper::FragmentType scoresType();
  hopper::FragmentType accumulatorType();

  OpBuilder &b;
  Location loc;
  const HopperPlan &plan;
  KernelArguments args;
  Value queryRing, keyRing, valueRing, ones, vote;
};

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOHOPPER_KERNEL_H
