//===- KeyLoop.cpp - Online softmax over the visible keys -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two loops at most, however many ranges of keys there are: one over the keys
// that every row sees, without mask code, and one over those that need the
// mask. Ranges of one kind share the loop body, because a body is a whole
// micro-kernel in the object file:
//
//   for %r = 0 to 2 { %lo, %hi = %r == 0 ? first range : second range
//     for %j = %lo to %hi step blockN { attn.online_sqa on keys [%j, %j + n) }
//     }
//
// The last block of a range is short rather than padded: nothing is read
// beyond the keys that exist, so what lies there never enters arithmetic.
// Test: test/Transforms/tile-attention-keys.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/MaskRanges.h"
#include "lib/Transforms/TileAttention/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace mlir::sqa;

namespace {
// What every step of the key loops of one tile shares.
struct KeyLoopContext {
  Location loc;
  attn::SqaOp op;
  const AttentionPlan &plan;
  const AttentionTile &tile;
  Value queryTile;
  Value scale;  // null if the queries carry it
  Value offset; // position of query 0, null for 0
  // Where a block of keys or values is packed, null if it is used in place.
  Value keyBuffer, valueBuffer;
  PackedKeys packed;
};

// Keys [begin, begin + count) of a range. A packed block starts on a whole
// group of keys: those of [from, to) in it belong to the range.
struct KeyBlock {
  Value begin;
  OpFoldResult count;
  Value from, to;
};
} // namespace

//===----------------------------------------------------------------------===//
// Positions and lengths
//===----------------------------------------------------------------------===//

Value mlir::sqa::buildKvLength(OpBuilder &b, Location loc, attn::SqaOp op,
                               Value batch, OpFoldResult keyLength) {
  Value keys = getValueOrCreateConstantIndexOp(b, loc, keyLength);
  if (!op.getKvLengths())
    return keys;
  Value length = tensor::ExtractOp::create(b, loc, op.getKvLengths(), batch);
  length = arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  length = arith::MaxSIOp::create(b, loc, length, zero);
  return arith::MinSIOp::create(b, loc, length, keys);
}

// The position of query 0, or null if it is 0.
static Value buildOffset(OpBuilder &b, Location loc, attn::SqaOp op,
                         Value kvLength, OpFoldResult queryLength) {
  if (!op.getAlignment() || *op.getAlignment() == attn::Alignment::top_left)
    return {};
  if (*op.getAlignment() == attn::Alignment::offset)
    return op.getQueryOffset();
  Value queries = getValueOrCreateConstantIndexOp(b, loc, queryLength);
  Value offset = b.createOrFold<arith::SubIOp>(loc, kvLength, queries);
  return isConstantIntValue(offset, 0) ? Value() : offset;
}

//===----------------------------------------------------------------------===//
// One step
//===----------------------------------------------------------------------===//

// Whether a block needs a copy, because it is not f32 or because a slice of one
// feature of one head does not say which of its sizes of 1 has the unit stride;
// or is worth one: its rows stand apart and more than one vector of rows reads
// them. Rows that are a power of two apart
// share few sets of the first cache level: in b,s,h,d order with 8 or 16 heads
// of 64 features, reading them in place took 1.3 times as long (8 lanes,
// 2026-11).
static bool needsPacking(const AttentionPlan &plan, Value source,
                         attn::Layout layout) {
  auto type = cast<RankedTensorType>(source.getType());
  if (plan.isSplit) // Read once, and as it is.
    return false;
  if (!type.getElementType().isF32())
    return true;
  if (layout == attn::Layout::bhsd)
    return false;
  if (type.getDimSize(3) == 1)
    return true;
  bool adjacent = type.getDimSize(attn::SqaOp::physicalDim(layout, 1)) == 1;
  return !adjacent && plan.blockM > plan.schedule.getLanes();
}

// Keys or values [begin, begin + count) of the tile's head, in f32.
static Value loadBlock(OpBuilder &builder, Location loc, Value source,
                       attn::Layout layout, const AttentionTile &tile,
                       Value begin, OpFoldResult count, Value buffer) {
  Value block = extractHead(builder, loc, source, layout, tile.batch,
                            tile.kvHead, begin, count);
  if (!buffer)
    return block;
  int64_t features = cast<RankedTensorType>(buffer.getType()).getDimSize(1);
  Value target = extractLeading(builder, loc, buffer,
                                {count, builder.getIndexAttr(features)});
  // Not a linalg.generic: one that only copies is folded away.
  if (cast<RankedTensorType>(source.getType()).getElementType().isF32())
    return bufferization::MaterializeInDestinationOp::create(
               builder, loc, target.getType(), block, target)
        .getResult();
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, target.getType(), block, target, maps, loops,
      [](OpBuilder &b, Location l, ValueRange args) {
        Value wide = arith::ExtFOp::create(b, l, b.getF32Type(), args[0]);
        linalg::YieldOp::create(b, l, wide);
      });
  return generic.getResult(0);
}

// The captures of a step: those of the op, then what its clauses read.
static CaptureList collectCaptures(const KeyLoopContext &context, bool masked) {
  attn::SqaOp op = context.op;
  if (!masked && !op.hasScoreMod() && !op.getBias())
    return CaptureList({});
  CaptureList captures(op.getCaptures());
  if (op.getBias())
    captures.add(op.getBias());
  if (!masked)
    return captures;
  if (context.offset && context.plan.clauses.dependsOnPosition())
    captures.add(context.offset);
  for (Value tensor : {op.getQuerySegments(), op.getKvSegments(), op.getMask()})
    if (tensor)
      captures.add(tensor);
  return captures;
}

static void fillRegions(OpBuilder &builder, const KeyLoopContext &context,
                        attn::OnlineSqaOp step, CaptureList captures,
                        bool masked) {
  attn::SqaOp op = context.op;
  Location loc = op.getLoc();
  TypeRange own = op.getCaptures().getTypes();
  TypeRange added = ValueRange(captures.added()).getTypes();
  auto inRegion = [&](Value value, const Slot &slot) -> Value {
    return value ? slot.captures[captures.add(value)] : Value();
  };
  IRMapping mapping;
  if (op.hasScoreMod() || op.getBias()) {
    op.getScoreMod().cloneInto(&step.getScoreMod(), mapping);
    extendScoreMod(builder, loc, step.getScoreMod(), own, added,
                   [&](Value score, const Slot &slot) -> Value {
                     Value bias = inRegion(op.getBias(), slot);
                     return bias ? addBias(builder, loc, score, bias, slot)
                                 : Value();
                   });
  }
  if (!masked)
    return;
  op.getMaskMod().cloneInto(&step.getMaskMod(), mapping);
  // The key range already ends at the last valid key: kv_lengths needs no test.
  extendMaskMod(builder, loc, step.getMaskMod(), own, added,
                [&](const Slot &slot) {
                  ClauseValues values;
                  if (context.plan.clauses.dependsOnPosition())
                    values.offset = inRegion(context.offset, slot);
                  values.querySegments = inRegion(op.getQuerySegments(), slot);
                  values.kvSegments = inRegion(op.getKvSegments(), slot);
                  values.mask = inRegion(op.getMask(), slot);
                  return buildClauseMask(builder, loc, op, values, slot);
                });
}

// The block's part of packed keys, and of packed values.
static std::pair<Value, Value> slicePacked(OpBuilder &b,
                                           const KeyLoopContext &context,
                                           const KeyBlock &block) {
  Value group = arith::ConstantIndexOp::create(b, context.loc, kPackedGroup);
  auto inGroups = [&](OpFoldResult size) -> OpFoldResult {
    if (std::optional<int64_t> constant = getConstantIntValue(size))
      return b.getIndexAttr(*constant / kPackedGroup);
    return arith::DivUIOp::create(b, context.loc, cast<Value>(size), group)
        .getResult();
  };
  auto slice = [&](Value source, OpFoldResult begin, OpFoldResult size) {
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    auto type = cast<RankedTensorType>(source.getType());
    auto sliced = RankedTensorType::get(
        {getConstantIntValue(size).value_or(ShapedType::kDynamic),
         type.getDimSize(3)},
        type.getElementType());
    OpFoldResult row = b.getIndexAttr(type.getDimSize(3));
    SmallVector<OpFoldResult> offsets{context.tile.batch, context.tile.kvHead,
                                      begin, zero};
    SmallVector<OpFoldResult> sizes{one, one, size, row}, strides(4, one);
    return tensor::ExtractSliceOp::create(b, context.loc, sliced, source,
                                          offsets, sizes, strides)
        .getResult();
  };
  return {slice(context.packed.keys, block.begin, block.count),
          slice(context.packed.values, inGroups(block.begin),
                inGroups(block.count))};
}

// attn.online_sqa on the keys of a block.
static SoftmaxState buildStep(OpBuilder &builder, const KeyLoopContext &context,
                              bool masked, const KeyBlock &block,
                              SoftmaxState state) {
  attn::SqaOp op = context.op;
  const AttentionTile &tile = context.tile;
  Location loc = op.getLoc();
  Value keys, values;
  SmallVector<Value> range;
  if (context.plan.isPacked) {
    std::tie(keys, values) = slicePacked(builder, context, block);
    range = {block.from, block.to};
  } else {
    keys = loadBlock(builder, loc, op.getKey(), op.getKeyLayout(), tile,
                     block.begin, block.count, context.keyBuffer);
    values = loadBlock(builder, loc, op.getValue(), op.getValueLayout(), tile,
                       block.begin, block.count, context.valueBuffer);
  }
  CaptureList captures = collectCaptures(context, masked);
  Type types[] = {state.acc.getType(), state.max.getType(),
                  state.sum.getType()};
  auto step = attn::OnlineSqaOp::create(
      builder, loc, types, context.queryTile, keys, values, state.acc,
      state.max, state.sum, tile.batch, tile.head, tile.rowBegin, block.begin,
      tile.rowsValue, context.scale, range, captures.all(),
      /*rows_last=*/!context.plan.isSplit, context.plan.schedule);
  fillRegions(builder, context, step, captures, masked);
  return {step.getResult(0), step.getResult(1), step.getResult(2)};
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

// The size of a block that starts at `begin`: blockN, or less at the end.
static OpFoldResult buildBlockSize(OpBuilder &b, Location loc, Value lo,
                                   Value hi, Value begin, int64_t blockN) {
  std::optional<int64_t> first = getConstantIntValue(lo);
  std::optional<int64_t> last = getConstantIntValue(hi);
  if (first && last && (*last - *first) % blockN == 0)
    return b.getIndexAttr(blockN);
  if (first && last && *last - *first < blockN)
    return b.getIndexAttr(*last - *first);
  Value left = arith::SubIOp::create(b, loc, hi, begin);
  Value most = arith::ConstantIndexOp::create(b, loc, blockN);
  return arith::MinSIOp::create(b, loc, most, left).getResult();
}

// The packed block of [lo, hi) that starts at the group `begin`.
static KeyBlock buildPackedBlock(OpBuilder &b, Location loc, Value lo, Value hi,
                                 Value begin, int64_t blockN) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  KeyBlock block{begin, {}, constant(0), {}};
  if (!isConstantIntValue(lo, 0)) {
    Value before = arith::SubIOp::create(b, loc, lo, begin);
    block.from = arith::MaxSIOp::create(b, loc, before, block.from);
  }
  OpFoldResult to = buildBlockSize(b, loc, lo, hi, begin, blockN);
  block.to = getValueOrCreateConstantIndexOp(b, loc, to);
  if (std::optional<int64_t> keys = getConstantIntValue(to)) {
    block.count = b.getIndexAttr(llvm::alignTo(*keys, kPackedGroup));
    return block;
  }
  Value group = constant(kPackedGroup);
  Value groups = arith::CeilDivUIOp::create(b, loc, block.to, group);
  block.count = arith::MulIOp::create(b, loc, groups, group).getResult();
  return block;
}

static SoftmaxState
buildLoop(OpBuilder &builder, Location loc, Value lo, Value hi, int64_t step,
          SoftmaxState state,
          function_ref<SoftmaxState(OpBuilder &, Value, SoftmaxState)> body) {
  Value stepValue = arith::ConstantIndexOp::create(builder, loc, step);
  auto loop = scf::ForOp::create(
      builder, loc, lo, hi, stepValue,
      ValueRange{state.acc, state.max, state.sum},
      [&](OpBuilder &b, Location l, Value iv, ValueRange args) {
        SoftmaxState next = body(b, iv, {args[0], args[1], args[2]});
        scf::YieldOp::create(b, l, ValueRange{next.acc, next.max, next.sum});
      });
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

// The keys of a block, if there are some that this loop takes.
static SoftmaxState buildBlock(OpBuilder &builder,
                               const KeyLoopContext &context,
                               const TileKeys &keys, bool masked,
                               const KeyBlock &block, SoftmaxState state) {
  if (!keys.areTested())
    return buildStep(builder, context, masked, block, state);
  Location loc = context.loc;
  Value lo = block.begin, hi = block.to;
  if (context.plan.isPacked)
    lo = arith::AddIOp::create(builder, loc, block.begin, block.from);
  else
    hi = getValueOrCreateConstantIndexOp(builder, loc, block.count);
  hi = arith::AddIOp::create(builder, loc, block.begin, hi);
  auto visit = scf::IfOp::create(
      builder, loc, keys.buildVisit(builder, loc, lo, hi, masked),
      [&](OpBuilder &b, Location l) {
        SoftmaxState next = buildStep(b, context, masked, block, state);
        scf::YieldOp::create(b, l, ValueRange{next.acc, next.max, next.sum});
      },
      [&](OpBuilder &b, Location l) {
        scf::YieldOp::create(b, l, ValueRange{state.acc, state.max, state.sum});
      });
  return {visit.getResult(0), visit.getResult(1), visit.getResult(2)};
}

// Where the packed blocks of [lo, hi) start: at the group of its first key.
static Value buildFirstBlock(OpBuilder &b, Location loc, Value lo, Value hi) {
  if (isConstantIntValue(lo, 0))
    return lo;
  Value group = arith::ConstantIndexOp::create(b, loc, kPackedGroup);
  Value rest = arith::RemUIOp::create(b, loc, lo, group);
  Value first = arith::SubIOp::create(b, loc, lo, rest);
  Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, lo, hi);
  return arith::SelectOp::create(b, loc, some, first, hi);
}

// Walks all blocks of ranges of one kind with one body.
static SoftmaxState buildRanges(OpBuilder &builder,
                                const KeyLoopContext &context,
                                const TileKeys &keys,
                                ArrayRef<KeyRange<Value>> ranges, bool isMasked,
                                SoftmaxState state) {
  if (ranges.empty())
    return state;
  Location loc = context.loc;
  int64_t blockN = context.plan.blockN;
  auto walk = [&](OpBuilder &b, Value lo, Value hi, SoftmaxState outer) {
    bool isPacked = context.plan.isPacked;
    Value first = isPacked ? buildFirstBlock(b, loc, lo, hi) : lo;
    return buildLoop(
        b, loc, first, hi, blockN, outer,
        [&](OpBuilder &inner, Value begin, SoftmaxState current) {
          KeyBlock block{begin, {}, {}, {}};
          if (isPacked)
            block = buildPackedBlock(inner, loc, lo, hi, begin, blockN);
          else
            block.count = buildBlockSize(inner, loc, lo, hi, begin, blockN);
          return buildBlock(inner, context, keys, isMasked, block, current);
        });
  };
  if (ranges.size() == 1)
    return walk(builder, ranges.front().lo, ranges.front().hi, state);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value count = arith::ConstantIndexOp::create(builder, loc, ranges.size());
  return buildLoop(
      builder, loc, zero, count, 1, state,
      [&](OpBuilder &b, Value which, SoftmaxState outer) {
        Value lo = ranges.back().lo, hi = ranges.back().hi;
        for (int64_t i = static_cast<int64_t>(ranges.size()) - 2; i >= 0; --i) {
          Value index = arith::ConstantIndexOp::create(b, loc, i);
          Value here = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                             which, index);
          lo = arith::SelectOp::create(b, loc, here, ranges[i].lo, lo);
          hi = arith::SelectOp::create(b, loc, here, ranges[i].hi, hi);
        }
        return walk(b, lo, hi, outer);
      });
}

// The keys of the tile as ranges.
static TileKeys buildTileKeys(OpBuilder &builder, const KeyLoopContext &context,
                              const MaskRanges *masks, Value kvLength) {
  Location loc = context.loc;
  int64_t granule =
      context.plan.isPacked ? kPackedGroup : context.plan.schedule.getKeyRows();
  if (masks)
    return masks->build(builder, loc, context.tile, kvLength, granule);
  Value offset = context.offset;
  if (!offset)
    offset = arith::ConstantIndexOp::create(builder, loc, 0);
  Value end = builder.createOrFold<arith::AddIOp>(loc, context.tile.rowBegin,
                                                  context.tile.rowsValue);
  return TileKeys(buildKeyRanges(builder, loc, context.plan.clauses,
                                 {context.tile.rowBegin, end, offset, kvLength},
                                 granule));
}

// Whether a range is empty, as far as constants tell.
static bool isEmpty(const KeyRange<Value> &range) {
  std::optional<int64_t> lo = getConstantIntValue(range.lo);
  return range.lo == range.hi || (lo && lo == getConstantIntValue(range.hi));
}

// The part of a range that belongs to the tile's piece of the keys.
static KeyRange<Value> clip(OpBuilder &b, Location loc,
                            const KeyRange<Value> &range,
                            const AttentionTile &tile) {
  if (!tile.keyBegin)
    return range;
  Value lo = arith::MaxSIOp::create(b, loc, range.lo, tile.keyBegin);
  Value hi = arith::MinSIOp::create(b, loc, range.hi, tile.keyEnd);
  return {lo, arith::MaxSIOp::create(b, loc, lo, hi), range.masked};
}

SoftmaxState mlir::sqa::buildKeyLoops(OpBuilder &builder, Location loc,
                                      attn::SqaOp op, const AttentionPlan &plan,
                                      const AttentionTile &tile,
                                      const AttentionSizes &sizes,
                                      const MaskRanges *masks, Value queryTile,
                                      std::optional<SoftmaxState> initial) {
  KeyLoopContext context{loc, op, plan, tile, queryTile,
                         {},  {}, {},   {},   sizes.packed};
  if (!plan.foldScale)
    context.scale = sizes.scale;
  Value kvLength = buildKvLength(builder, loc, op, tile.batch, sizes.keyLength);
  context.offset = buildOffset(builder, loc, op, kvLength, sizes.queryLength);
  if (!plan.isPacked && needsPacking(plan, op.getKey(), op.getKeyLayout()))
    context.keyBuffer =
        createScratch(builder, loc, {plan.blockN, plan.headDim});
  if (!plan.isPacked && needsPacking(plan, op.getValue(), op.getValueLayout()))
    context.valueBuffer =
        createScratch(builder, loc, {plan.blockN, plan.valueDim});
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (!initial)
    initial = SoftmaxState{
        createFilled(builder, loc, {plan.accDim(), plan.blockM}, 0.0f),
        createFilled(builder, loc, {plan.blockM}, -infinity),
        createFilled(builder, loc, {plan.blockM}, 0.0f)};
  SoftmaxState state = *initial;
  SmallVector<KeyRange<Value>> plain, masked;
  TileKeys keys = buildTileKeys(builder, context, masks, kvLength);
  for (const KeyRange<Value> &range : keys.getRanges())
    if (!isEmpty(range))
      (range.masked ? masked : plain)
          .push_back(clip(builder, loc, range, tile));
  if (plan.oneBody && !masked.empty() && !keys.areTested()) {
    masked.append(plain);
    plain.clear();
  }
  state = buildRanges(builder, context, keys, plain, /*isMasked=*/false, state);
  return buildRanges(builder, context, keys, masked, /*isMasked=*/true, state);
}

SoftmaxState mlir::sqa::buildWideRows(OpBuilder &builder, Location loc,
                                      attn::SqaOp op, const AttentionPlan &plan,
                                      const AttentionTile &tile,
                                      const AttentionSizes &sizes,
                                      const MaskRanges *masks) {
  Value queryTile = buildQueryTile(builder, loc, op, plan, tile, sizes);
  AttentionSizes scaled = sizes; // by now
  scaled.scale =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(1.0));
  return buildKeyLoops(builder, loc, op, plan, tile, scaled, masks, queryTile);
}
