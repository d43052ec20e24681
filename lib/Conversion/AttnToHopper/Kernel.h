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
#include "lib/Transforms/TileAttention/MaskRanges.h"
#include "mlir/IR/IRMapping.h"
#include "sqa/Analysis/KeyRange.h"

namespace mlir::sqa {

// Everything that is decided before the first op is built.
struct HopperPlan {
  attn::SqaOp op;
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
  // What is visible is a band; otherwise a region says it slot by slot.
  bool isBand = true;
  // The clauses do not say which blocks of a tile are visited: the mask's
  // formula does, tile by tile (MaskRanges).
  bool isOpaque = false;
  // Scores are changed before the softmax, which then takes them unscaled.
  bool changesScores = false;
  // Some key that is loaded may be hidden from some row that loads it.
  bool hidesKeys = false;
  // What regions and clauses read, each once, in the order of the arguments.
  SmallVector<Value> captures;

  int64_t blockM() const { return schedule.getBlockM(); }
  int64_t blockN() const { return schedule.getBlockN(); }
  // A tile that is done with a guess (a frozen maximum; hidden values finite) is
  // voted on and done again if the guess was wrong.
  bool votes() const { return schedule.getFrozenMax() || hidesKeys; }
  // Every row of every tile exists.
  bool hasWholeTiles() const {
    return !ShapedType::isDynamic(queryLength) && queryLength % blockM() == 0;
  }
  // The blocks of a tile follow each other without gaps, so that a warpgroup
  // visits only those that its own rows see.
  bool isContiguous() const {
    return isBand && !isOpaque &&
           !(clauses.globalKeys > 0 && clauses.windowLeft);
  }
  // Two where they fit: the next tile's queries are there when it starts.
  int64_t queryStages() const;
  // Columns of the accumulator: the row sums come last.
  int64_t accumulatorColumns() const {
    return paddedValueDim +
           (schedule.getTensorRowSums() ? hopper::kOnesColumns : 0);
  }
};

// Why no kernel is made for the op, or the plan.
FailureOr<HopperPlan> planHopperKernel(attn::SqaOp op, std::string &reason);

// One argument of a kernel. The host passes what listKernelArguments says, in
// that order.
struct KernelArgument {
  enum class Kind {
    queryMap, // boxes of blockM rows
    keyMap,   // of blockN
    valueMap,
    outputMap,                          // of 64
    output,                             // pointers
    lse,                                // null without LSE
    counter,                            // an i32 that is 0 at the start
    batches, queries, keys,             // index: B, S, T
    offset,                             // index: position of query 0
    batchStride, headStride, rowStride, // i64: elements of the output
    scale,                              // f32, natural
    tensor,                             // pointer to `operand`
    stride,                             // i64: elements, of its `dim`
    scalar,                             // `operand`; at least 32 bits wide
  };
  Kind kind;
  Type type;         // of the kernel's argument
  Value operand = {}; // of the attn.sqa
  int64_t dim = 0;
};
SmallVector<KernelArgument> listKernelArguments(const HopperPlan &plan);

// The arguments as values of the kernel.
struct KernelArguments {
  Value queryMap, keyMap, valueMap, outputMap;
  Value output, lse, counter;
  Value batches, queries, keys;
  Value offset;
  Value batchStride, headStride, rowStride;
  Value scale;
  // Operands of the attn.sqa: scalars, and tensors whose extracts become loads
  // (Captures.cpp).
  IRMapping captures;
};

// How a tile is done. What was done with a guess that did not hold is done again
// with care.
enum class TileMode {
  frozen,  // guess: the maximum behind the masked blocks will do
  online,  // guess: what hidden keys hold is finite
  careful, // no guess
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
  Value row;     // first row
  Value mode;    // index: a TileMode; null if tiles are never judged
  Value keys;    // keys of the batch
  Value offset;  // position of query 0; null if nothing depends on it
  Value first;   // the last key block, visited first; -1 if there is none
  SmallVector<KeyBlocks> ranges; // what follows `first`, in order
  Value blocks;                  // how many blocks that is
  // Of a mask that is no band: blocks with a mask and without.
  Value masked, plain;
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
  Value countTiles();

  // Captures.cpp
  void bindCaptures(ArrayRef<KernelArgument> list, ValueRange arguments);
  void lowerExtracts(hopper::KernelOp kernel);

  // Masks.cpp
  attn::SqaOp cloneExpanded();
  Value bindExpanded(Value capture);
  void prepareMask();
  Value buildOrdered(Value value, bool ofKeys);
  Value buildRises(Value value, bool ofKeys, Value batch, Value at,
                   Value length);
  void buildMaskBlocks(QueryTile &tile);
  void countMaskBlocks(QueryTile &tile);

  // Tile.cpp
  QueryTile decodeTile(Value number, Value mode);
  void decodeIndices(Value number, Value &rowTile, Value &batchHead);
  void finishTile(QueryTile &tile);
  void buildBlocks(QueryTile &tile, Value rowBegin, Value rowEnd);
  void collectBlocks(QueryTile &tile, ArrayRef<KeyRange<Value>> keys);
  void collectSegments(QueryTile &tile, ArrayRef<KeyRange<Value>> segments);
  void countBlocks(QueryTile &tile);
  Value loadKeyCount(Value batch);
  Value mapHead(Value head, int64_t heads);
  // What the producer tells the consumers of a tile, and back.
  int64_t countWords() const;
  SmallVector<Value> pack(const QueryTile &tile);
  QueryTile unpack(ValueRange words);
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
  struct Turn; // what the producer carries from tile to tile
  void buildProducer();
  Value loadBlock(const QueryTile &tile, Value block, Value cursor);
  Value loadBlocks(const QueryTile &tile, Value cursor);
  Value loadRanges(const QueryTile &tile, Value cursor);
  Value takeNumber();
  Turn loadTile(Turn turn);
  Turn judge(Turn turn);
  Value isBad(Turn &turn, Value number, Value &doubt);
  Value firstMode(Value doubt);

  // Consumer.cpp
  struct State; // what a consumer carries from block to block
  struct Place; // the tile and the rows of it that a warpgroup has
  // What a thread finds in a result: no reason to do the tile again; the frozen
  // maximum was good enough. Null if nobody asks.
  struct Verdict {
    Value safe, certain;
  };
  State beginTile(const Place &place, Value cursor);
  State stepBlock(const Place &place, const State &state, BlockMode mode,
                  Value block);
  Value addValues(const Place &place, State &state);
  Value finishScores(const Place &place, Value scores, bool masked,
                     Value block);
  void softmax(State &state, Value scores, bool first, BlockMode mode,
               Value &weights, Value &factor);
  Value startScores(const Place &place, Value cursor);
  Value readBlock(Value cursor);
  Value convert(Value weights);
  State emptyTile(Value cursor);
  State runBlocks(const Place &place, Value cursor, Value frozen);

  // ConsumerTile.cpp
  void buildConsumer(Value group);
  Value skipBlocks(Value count, Value cursor);
  State runTile(const Place &place, const QueryTile &whole, Value cursor,
                Verdict &verdict);
  State tileOrNothing(const Place &place, const QueryTile &whole, Value cursor,
                      Verdict &verdict);
  void buildTurn(Value group, SmallVectorImpl<Value> &values, size_t cursors);
  void narrowToRows(Place &place, const QueryTile &whole);
  Verdict judgeTile(const State &state, Value frozen);
  Value castVote(const Place &place, const Verdict &verdict, Value round);
  void storeTile(const Place &place, const State &state);

  // Slots.cpp
  Value softmaxScale();
  Value sinkOf(const QueryTile &tile);
  Value mapSlots(const Place &place, Value scores, Value block, bool masked);
  Value screenValues(const Place &place, const State &state);

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
  Value boolean(bool value);
  Value isMode(const QueryTile &tile, TileMode mode);
  Value asI64(Value index);

  hopper::FragmentType scoresType();
  hopper::FragmentType accumulatorType();

  OpBuilder &b;
  Location loc;
  const HopperPlan &plan;
  KernelArguments args;
  Value queryRing, keyRing, valueRing, outputRing, ones, vote, queue;
  std::unique_ptr<MaskRanges> mask; // null if clauses say enough
};

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOHOPPER_KERNEL_H
