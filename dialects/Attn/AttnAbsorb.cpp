//===- AttnAbsorb.cpp - Transposes and repeated heads into attn ops -------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Models move heads in front of positions and repeat key/value heads before
// they call attention; the op does both by itself:
//
//   %qt = linalg.transpose ins(%q) permutation = [0, 2, 1, 3]
//   %o = attn.sqa %qt, %k, %v                       // q bhsd
//   -> attn.sqa %q, %k, %v layout(bshd, bhsd, bhsd -> bhsd)
//
//   %kx = (broadcast B x Hkv x G x T x D, collapsed to B x (Hkv G) x T x D)
//   %o = attn.sqa %q, %kx, %vx
//   -> attn.sqa %q, %k, %v heads(group)             // heads(tile) for G x Hkv
//
// Recognised: linalg.transpose, linalg.broadcast, linalg.generic that copies,
// tensor.concat of one value, with tensor.expand_shape and collapse_shape.
// Declines when: keys and values are not repeated alike, or the repetition does
// not compose with the head map that is there (group with tile).
// Test: test/Dialect/Attn/canonicalize-absorb.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Attn/AttnPatterns.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa::attn;

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

// A linalg.generic that only moves elements: its map from the indices of the
// output to those of the input.
static std::optional<AffineMap> copyMap(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      !op.hasPureTensorSemantics() ||
      op.getNumParallelLoops() != op.getNumLoops())
    return std::nullopt;
  Block *body = op.getBody();
  auto yield = dyn_cast<linalg::YieldOp>(body->front());
  if (!yield || yield.getOperand(0) != body->getArgument(0))
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!maps[1].isPermutation())
    return std::nullopt;
  return maps[0].compose(inversePermutation(maps[1]));
}

// The operand that `op` swaps heads and positions of, if that is all it does.
static Value swappedInput(Operation *op) {
  static constexpr int64_t swap[4] = {0, 2, 1, 3};
  if (auto transpose = dyn_cast_or_null<linalg::TransposeOp>(op)) {
    if (transpose.hasPureTensorSemantics() &&
        transpose.getPermutation() == ArrayRef<int64_t>(swap))
      return transpose.getInput();
  } else if (auto generic = dyn_cast_or_null<linalg::GenericOp>(op)) {
    std::optional<AffineMap> map = copyMap(generic);
    if (map && map->getNumDims() == 4 && map->getNumResults() == 4 &&
        llvm::all_of(llvm::seq(4u), [&](unsigned d) {
          return map->getResult(d) ==
                 getAffineDimExpr(swap[d], op->getContext());
        }))
      return generic.getDpsInputOperand(0)->get();
  }
  return Value();
}

static Layout flipped(Layout layout) {
  return layout == Layout::bhsd ? Layout::bshd : Layout::bhsd;
}

static RankedTensorType swappedType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  std::swap(shape[1], shape[2]);
  return RankedTensorType::get(shape, tensor.getElementType());
}

// A rank-5 value that repeats a rank-4 one along a new dimension.
struct Repetition {
  Value source;
  int64_t dim;
};

// The dimension of size 1 that a rank-5 reshape of a rank-4 value adds next to
// `head`, and that value.
static std::optional<Repetition> addedUnitDim(Value value, int64_t head) {
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  if (!expand || expand.getSrcType().getRank() != 4 ||
      expand.getReassociationIndices()[head].size() != 2)
    return std::nullopt;
  for (int64_t dim : expand.getReassociationIndices()[head])
    if (expand.getResultType().getDimSize(dim) == 1 &&
        expand.getResultType().getDimSize(2 * head + 1 - dim) ==
            expand.getSrcType().getDimSize(head))
      return Repetition{expand.getSrc(), dim};
  return std::nullopt;
}

static std::optional<Repetition> matchRepetition(Value value, int64_t head) {
  if (auto broadcast = value.getDefiningOp<linalg::BroadcastOp>()) {
    if (!broadcast.hasPureTensorSemantics() ||
        broadcast.getDimensions().size() != 1)
      return std::nullopt;
    return Repetition{broadcast.getInput(), broadcast.getDimensions()[0]};
  }
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  std::optional<AffineMap> map = generic ? copyMap(generic) : std::nullopt;
  if (!map || map->getNumDims() != 5)
    return std::nullopt;
  Value input = generic.getDpsInputOperand(0)->get();
  // Either a dimension of the output has no counterpart, or one of size 1.
  for (int64_t dim : {head, head + 1}) {
    SmallVector<AffineExpr> without, unit;
    for (int64_t d = 0; d < 5; ++d) {
      AffineExpr expr = getAffineDimExpr(d, map->getContext());
      unit.push_back(d == dim ? getAffineConstantExpr(0, map->getContext())
                              : expr);
      if (d != dim)
        without.push_back(expr);
    }
    if (map->getResults() == ArrayRef(without))
      return Repetition{input, dim};
    std::optional<Repetition> added = addedUnitDim(input, head);
    if (map->getResults() == ArrayRef(unit) && added && added->dim == dim)
      return Repetition{added->source, dim};
  }
  return std::nullopt;
}

// A rank-4 value whose heads (dimension `head`) are those of `source`,
// repeated.
struct HeadExpansion {
  Value source;
  HeadMap map;
};

static int64_t sizeOf(Value value, int64_t dim) {
  return cast<ShapedType>(value.getType()).getDimSize(dim);
}

// out[.., h, ..] = in[.., h floordiv G, ..] or in[.., h mod H, ..]
static std::optional<HeadExpansion> matchIndexedHeads(linalg::GenericOp generic,
                                                      int64_t head) {
  std::optional<AffineMap> map = copyMap(generic);
  if (!map || map->getNumDims() != 4 || map->getNumResults() != 4)
    return std::nullopt;
  MLIRContext *context = generic.getContext();
  for (int64_t d = 0; d < 4; ++d)
    if (d != head && map->getResult(d) != getAffineDimExpr(d, context))
      return std::nullopt;
  Value input = generic.getDpsInputOperand(0)->get();
  int64_t in = sizeOf(input, head), out = sizeOf(generic.getResult(0), head);
  if (ShapedType::isDynamic(in) || ShapedType::isDynamic(out) || in < 1 ||
      out % in != 0)
    return std::nullopt;
  AffineExpr h = getAffineDimExpr(head, context), index = map->getResult(head);
  if (index == h.floorDiv(out / in))
    return HeadExpansion{input, HeadMap::group};
  if (index == h % in)
    return HeadExpansion{input, HeadMap::tile};
  return std::nullopt;
}

static std::optional<HeadExpansion> matchHeadExpansion(Value value,
                                                       int64_t head) {
  if (auto generic = value.getDefiningOp<linalg::GenericOp>())
    return matchIndexedHeads(generic, head);
  if (auto concat = value.getDefiningOp<tensor::ConcatOp>()) {
    if (int64_t(concat.getDim()) != head ||
        !llvm::all_equal(concat.getInputs()))
      return std::nullopt;
    return HeadExpansion{concat.getInputs().front(), HeadMap::tile};
  }
  auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>();
  if (!collapse || collapse.getSrcType().getRank() != 5 ||
      collapse.getReassociationIndices()[head].size() != 2)
    return std::nullopt;
  std::optional<Repetition> repeated = matchRepetition(collapse.getSrc(), head);
  if (!repeated || (repeated->dim != head && repeated->dim != head + 1))
    return std::nullopt;
  return HeadExpansion{repeated->source,
                       repeated->dim == head ? HeadMap::tile : HeadMap::group};
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
struct AbsorbOperandTranspose : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    Value q = swappedInput(op.getQuery().getDefiningOp());
    Value k = swappedInput(op.getKey().getDefiningOp());
    Value v = swappedInput(op.getValue().getDefiningOp());
    if (!q && !k && !v)
      return b.notifyMatchFailure(op, "no operand swaps heads and positions");
    b.modifyOpInPlace(op, [&] {
      if (q) {
        op.getQueryMutable().set(q);
        op.setQueryLayout(flipped(op.getQueryLayout()));
      }
      if (k) {
        op.getKeyMutable().set(k);
        op.setKeyLayout(flipped(op.getKeyLayout()));
      }
      if (v) {
        op.getValueMutable().set(v);
        op.setValueLayout(flipped(op.getValueLayout()));
      }
    });
    return success();
  }
};

struct AbsorbOutputTranspose : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    if (!op.getOutput().hasOneUse())
      return b.notifyMatchFailure(op, "the output has other uses");
    Operation *user = *op.getOutput().user_begin();
    RankedTensorType type = swappedType(op.getOutput().getType());
    if (swappedInput(user) != op.getOutput() || user->getNumResults() != 1 ||
        user->getResult(0).getType() != type)
      return b.notifyMatchFailure(op, "the output's use is no such transpose");
    b.modifyOpInPlace(op, [&] {
      op.setOutputLayout(flipped(op.getOutputLayout()));
      op.getOutput().setType(type);
    });
    b.replaceOp(user, op.getOutput());
    return success();
  }
};

// Whether `repeated` heads, repeated from `source` heads by `map`, can be
// repeated once more by the op's own map as one map: always if one of the two
// does nothing, and if they are alike.
bool composes(SqaOp op, int64_t source, int64_t repeated, HeadMap map) {
  return source == 1 || repeated == op.getOutputHeads() ||
         op.getHeadMap() == map;
}

struct AbsorbRepeatedKvHeads : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    auto k = matchHeadExpansion(op.getKey(),
                                SqaOp::physicalDim(op.getKeyLayout(), 1));
    auto v = matchHeadExpansion(op.getValue(),
                                SqaOp::physicalDim(op.getValueLayout(), 1));
    if (!k || !v)
      return b.notifyMatchFailure(op, "keys and values are not both repeated");
    int64_t heads = sizeOf(k->source, SqaOp::physicalDim(op.getKeyLayout(), 1));
    if (heads !=
            sizeOf(v->source, SqaOp::physicalDim(op.getValueLayout(), 1)) ||
        (k->map != v->map && heads != 1))
      return b.notifyMatchFailure(op, "keys and values are repeated in "
                                      "different ways");
    if (ShapedType::isDynamic(heads) || op.getQueryHeads() < op.getKvHeads() ||
        op.getQueryHeads() % heads != 0 ||
        !composes(op, heads, op.getKvHeads(), k->map))
      return b.notifyMatchFailure(op, "the repetition does not compose with "
                                      "the head map");
    b.modifyOpInPlace(op, [&] {
      op.getKeyMutable().set(k->source);
      op.getValueMutable().set(v->source);
      op.setHeadMap(k->map);
    });
    return success();
  }
};

struct AbsorbRepeatedQueryHeads : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    int64_t dim = SqaOp::physicalDim(op.getQueryLayout(), 1);
    auto q = matchHeadExpansion(op.getQuery(), dim);
    if (!q)
      return b.notifyMatchFailure(op, "query heads are not repeated");
    int64_t heads = sizeOf(q->source, dim);
    if (ShapedType::isDynamic(heads) || op.getKvHeads() < op.getQueryHeads() ||
        op.getKvHeads() % heads != 0 ||
        !composes(op, heads, op.getQueryHeads(), q->map))
      return b.notifyMatchFailure(op, "the repetition does not compose with "
                                      "the head map");
    b.modifyOpInPlace(op, [&] {
      op.getQueryMutable().set(q->source);
      op.setHeadMap(q->map);
    });
    return success();
  }
};

// rope(transpose(x)) is transpose(rope(x)): the transpose moves on to where an
// attention op absorbs it. Only then, so that nothing is moved for its own
// sake.
struct SinkTransposeThroughRope : OpRewritePattern<RopeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RopeOp op, PatternRewriter &b) const override {
    Value input = swappedInput(op.getInput().getDefiningOp());
    if (!input)
      return b.notifyMatchFailure(op, "the input does not swap heads and "
                                      "positions");
    auto absorbs = [](OpOperand &use) {
      auto sqa = dyn_cast<SqaOp>(use.getOwner());
      return sqa ? use.getOperandNumber() < 3 : isa<RopeOp>(use.getOwner());
    };
    if (op.getResult().use_empty() ||
        !llvm::all_of(op.getResult().getUses(), absorbs))
      return b.notifyMatchFailure(op, "a use could not absorb the transpose");
    auto rotated = cast<RopeOp>(b.clone(*op));
    b.modifyOpInPlace(rotated, [&] {
      rotated.getInputMutable().set(input);
      rotated.setLayout(flipped(op.getLayout()));
      rotated.getResult().setType(cast<RankedTensorType>(input.getType()));
    });
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, op.getLoc(), op.getInput());
    Value init = tensor::EmptyOp::create(b, op.getLoc(), sizes,
                                         getElementTypeOrSelf(op.getResult()));
    auto swapped =
        linalg::TransposeOp::create(b, op.getLoc(), rotated.getResult(), init,
                                    ArrayRef<int64_t>{0, 2, 1, 3});
    Value result = swapped->getResult(0);
    if (result.getType() != op.getResult().getType())
      result = tensor::CastOp::create(b, op.getLoc(), op.getResult().getType(),
                                      result);
    b.replaceOp(op, result);
    return success();
  }
};
} // namespace

void mlir::sqa::attn::populateSqaAbsorbPatterns(RewritePatternSet &patterns) {
  patterns.add<AbsorbOperandTranspose, AbsorbOutputTranspose,
               AbsorbRepeatedKvHeads, AbsorbRepeatedQueryHeads>(
      patterns.getContext());
}

void mlir::sqa::attn::populateRopeAbsorbPatterns(RewritePatternSet &patterns) {
  patterns.add<SinkTransposeThroughRope>(patterns.getContext());
}
