//===- AttnFolds.cpp - Canonical forms of the attention ops ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clauses that restrict nothing, regions that compute nothing, captures that
// nobody reads and results that nobody uses are removed, so that later passes
// see the mask a program really has:
//
//   attn.sqa %q, %k, %v causal(bottom_right) window(unbounded, 0) ...
//     : (tensor<1x4x1x16xf32>, ...)               // one query: it sees all
//     keys
//   -> attn.sqa %q, %k, %v ...
//
// Declines when: sizes that the answer depends on are dynamic.
// Wrong if: a fold changes which slots enter arithmetic, or what a row without
// visible keys, a NaN or an infinity gives (README.md, Numerics). So a merge of
// one partial is not its operand: a partial of LSE -inf may hold anything.
// Transposes and repeated heads are in AttnAbsorb.cpp.
// Test: test/Dialect/Attn/canonicalize.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Attn/AttnPatterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::sqa::attn;

static bool isStatic(int64_t size) { return !ShapedType::isDynamic(size); }

//===----------------------------------------------------------------------===//
// Structured clauses
//===----------------------------------------------------------------------===//

// The least sizes of a window's sides that cover every valid key, from
// README.md: positions run from 0 to S - 1 (top_left) or from kvlen - S to
// kvlen - 1 (bottom_right). Nothing if the sizes or the alignment do not say.
static std::optional<std::pair<int64_t, int64_t>> coveringWindow(SqaOp op) {
  int64_t s = op.getQueryLength(), t = op.getKeyLength();
  if (!isStatic(s) || !isStatic(t) || op.getAlignment() == Alignment::offset)
    return std::nullopt;
  if (op.getAlignment() == Alignment::bottom_right)
    return std::pair(t - 1, s - 1);
  return std::pair(s - 1, t - 1);
}

static bool isCausalForAll(SqaOp op) {
  if (op.getAlignment() == Alignment::top_left)
    return isStatic(op.getKeyLength()) && op.getKeyLength() <= 1;
  return op.getAlignment() == Alignment::bottom_right &&
         isStatic(op.getQueryLength()) && op.getQueryLength() <= 1;
}

namespace {
// A side that reaches every key is unbounded; a window that restricts nothing
// goes, and its global keys with it.
struct SimplifyWindow : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    if (!op.getWindowLeft())
      return b.notifyMatchFailure(op, "no window");
    int64_t left = *op.getWindowLeft(), right = *op.getWindowRight();
    if (auto cover = coveringWindow(op)) {
      left = left >= cover->first ? -1 : left;
      right = right >= cover->second ? -1 : right;
    }
    bool drop = left < 0 && (right < 0 || op.getCausal());
    bool same = left == int64_t(*op.getWindowLeft()) &&
                right == int64_t(*op.getWindowRight());
    bool dropGlobal = op.getGlobalKeys() && (drop || *op.getGlobalKeys() == 0);
    if (same && !drop && !dropGlobal)
      return b.notifyMatchFailure(op, "the window restricts both sides");
    b.modifyOpInPlace(op, [&] {
      op.setWindowLeftAttr(drop ? IntegerAttr() : b.getI64IntegerAttr(left));
      op.setWindowRightAttr(drop ? IntegerAttr() : b.getI64IntegerAttr(right));
      if (dropGlobal)
        op.removeGlobalKeysAttr();
    });
    return success();
  }
};

// `causal` that every key satisfies goes; so does an alignment nobody uses.
struct SimplifyCausal : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    if (!op.getAlignment())
      return b.notifyMatchFailure(op, "no alignment");
    bool dropCausal = op.getCausal() && isCausalForAll(op);
    bool used = (op.getCausal() && !dropCausal) || op.getWindowLeft();
    if (used && !dropCausal)
      return b.notifyMatchFailure(op, "the alignment is used");
    b.modifyOpInPlace(op, [&] {
      op.removeCausalAttr();
      if (!used) {
        op.removeAlignmentAttr();
        op.getQueryOffsetMutable().clear();
      }
    });
    return success();
  }
};

// Alignments that are the same place are written top_left.
struct SimplifyAlignment : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    bool square = isStatic(op.getQueryLength()) && !op.getKvLengths() &&
                  op.getQueryLength() == op.getKeyLength();
    bool isBottomRight = op.getAlignment() == Alignment::bottom_right && square;
    bool isZero =
        op.getQueryOffset() && matchPattern(op.getQueryOffset(), m_Zero());
    if (!isBottomRight && !isZero)
      return b.notifyMatchFailure(op, "the alignment is no other's");
    b.modifyOpInPlace(op, [&] {
      op.setAlignment(Alignment::top_left);
      op.getQueryOffsetMutable().clear();
    });
    return success();
  }
};

// With one head on a side, or as many on both, the maps are one.
struct SimplifyHeadMap : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    int64_t hq = op.getQueryHeads(), hkv = op.getKvHeads();
    if (op.getHeadMap() == HeadMap::group ||
        (hq != hkv && std::min(hq, hkv) != 1))
      return b.notifyMatchFailure(op, "the head map matters");
    b.modifyOpInPlace(op, [&] { op.setHeadMap(HeadMap::group); });
    return success();
  }
};

struct ConstantScale : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    FloatAttr scale;
    if (!op.getScale() || !matchPattern(op.getScale(), m_Constant(&scale)))
      return b.notifyMatchFailure(op, "no constant scale operand");
    if (!scale.getValue().isFinite())
      return b.notifyMatchFailure(op, "a constant scale must be finite");
    b.modifyOpInPlace(op, [&] {
      op.getScaleMutable().clear();
      op.setScaleValueAttr(scale);
    });
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Constant operands
//===----------------------------------------------------------------------===//

static bool isSplat(Value value, function_ref<bool(Attribute)> holds) {
  SplatElementsAttr splat;
  return value && matchPattern(value, m_Constant(&splat)) &&
         holds(splat.getSplatValue<Attribute>());
}

static bool isTrue(Attribute attr) {
  auto value = dyn_cast<IntegerAttr>(attr);
  return value && value.getValue().isOne();
}

// Of either sign: neither changes an exponential.
static bool isZero(Attribute attr) {
  auto value = dyn_cast<FloatAttr>(attr);
  return value && value.getValue().isZero();
}

static bool isMinusInfinity(Attribute attr) {
  auto value = dyn_cast<FloatAttr>(attr);
  return value && value.getValue().isInfinity() &&
         value.getValue().isNegative();
}

static bool coversAllKeys(SqaOp op) {
  DenseIntElementsAttr lengths;
  int64_t t = op.getKeyLength();
  return op.getKvLengths() && isStatic(t) &&
         matchPattern(op.getKvLengths(), m_Constant(&lengths)) &&
         llvm::all_of(lengths.getValues<APInt>(),
                      [&](const APInt &n) { return n.getSExtValue() >= t; });
}

static bool isOneSegment(SqaOp op) {
  SplatElementsAttr q, k;
  return op.getQuerySegments() && op.getKvSegments() &&
         matchPattern(op.getQuerySegments(), m_Constant(&q)) &&
         matchPattern(op.getKvSegments(), m_Constant(&k)) &&
         q.getSplatValue<APInt>() == k.getSplatValue<APInt>();
}

namespace {
// Operands that are constants without effect.
struct DropNeutralOperands : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    bool mask = isSplat(op.getMask(), isTrue);
    bool bias = isSplat(op.getBias(), isZero);
    bool sink = isSplat(op.getSink(), isMinusInfinity);
    bool lengths = coversAllKeys(op), segments = isOneSegment(op);
    if (!mask && !bias && !sink && !lengths && !segments)
      return b.notifyMatchFailure(op, "no neutral operand");
    b.modifyOpInPlace(op, [&] {
      // From the last to the first; each knows its own group.
      if (sink)
        op.getSinkMutable().clear();
      if (bias)
        op.getBiasMutable().clear();
      if (mask)
        op.getMaskMutable().clear();
      if (segments) {
        op.getKvSegmentsMutable().clear();
        op.getQuerySegmentsMutable().clear();
      }
      if (lengths)
        op.getKvLengthsMutable().clear();
    });
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Regions and captures, of attn.sqa and attn.online_sqa
//===----------------------------------------------------------------------===//

template <typename OpTy> static SmallVector<Region *> presentMods(OpTy op) {
  SmallVector<Region *> regions;
  for (Region *region : {&op.getScoreMod(), &op.getMaskMod()})
    if (!region->empty())
      regions.push_back(region);
  return regions;
}

static Value yielded(Region &region) {
  return cast<YieldOp>(region.front().getTerminator()).getValue();
}

// The argument of `region` that stands for a capture.
static BlockArgument captureArgument(Region &region, unsigned numCaptures,
                                     unsigned index) {
  return region.getArgument(region.getNumArguments() - numCaptures + index);
}

template <typename OpTy> static void dropCapture(OpTy op, unsigned index) {
  unsigned count = op.getCaptures().size();
  for (Region *region : presentMods(op))
    region->eraseArgument(
        captureArgument(*region, count, index).getArgNumber());
  op.getCapturesMutable().erase(index);
}

namespace {
// A score that is yielded as it came, a mask that is always true. The captures
// go with the last region.
template <typename OpTy> struct DropIdentityMods : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &b) const override {
    Region &score = op.getScoreMod(), &mask = op.getMaskMod();
    bool dropScore = !score.empty() && yielded(score) == score.getArgument(0);
    bool dropMask = !mask.empty() && matchPattern(yielded(mask), m_One());
    if (!dropScore && !dropMask)
      return b.notifyMatchFailure(op, "no identity region");
    b.modifyOpInPlace(op, [&] {
      if (dropScore)
        b.eraseBlock(&score.front());
      if (dropMask)
        b.eraseBlock(&mask.front());
      if (score.empty() && mask.empty())
        op.getCapturesMutable().clear();
    });
    return success();
  }
};

// Captures that are read by nobody, that come twice, or that are constants.
template <typename OpTy> struct SimplifyCaptures : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &b) const override {
    for (unsigned index = 0; index < op.getCaptures().size(); ++index)
      if (succeeded(simplify(op, index, b)))
        return success();
    return b.notifyMatchFailure(op, "every capture is needed");
  }

  LogicalResult simplify(OpTy op, unsigned index, PatternRewriter &b) const {
    unsigned count = op.getCaptures().size();
    Value capture = op.getCaptures()[index];
    SmallVector<Region *> regions = presentMods(op);
    bool unused = llvm::all_of(regions, [&](Region *region) {
      return captureArgument(*region, count, index).use_empty();
    });
    auto first =
        llvm::find(op.getCaptures(), capture) - op.getCaptures().begin();
    auto constant = capture.getDefiningOp<arith::ConstantOp>();
    bool isNumber = constant && capture.getType().isIntOrIndexOrFloat();
    if (!unused && first == index && !isNumber)
      return failure();
    b.modifyOpInPlace(op, [&] {
      for (Region *region : regions) {
        BlockArgument arg = captureArgument(*region, count, index);
        if (arg.use_empty())
          continue;
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(&region->front());
        Value replacement =
            first == index
                ? b.clone(*constant)->getResult(0)
                : Value(captureArgument(*region, count, unsigned(first)));
        b.replaceAllUsesWith(arg, replacement);
      }
      dropCapture(op, index);
    });
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

namespace {
struct DropUnusedLse : OpRewritePattern<SqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SqaOp op, PatternRewriter &b) const override {
    if (!op.getLse() || !op.getLse().use_empty())
      return b.notifyMatchFailure(op, "no unused LSE");
    OperationState state(op.getLoc(), op->getName(), op->getOperands(),
                         op.getOutput().getType(), op->getAttrs());
    for (Region &region : op->getRegions())
      state.addRegion()->takeBody(region);
    Operation *rebuilt = b.create(state);
    b.replaceAllUsesWith(op.getOutput(), rebuilt->getResult(0));
    b.eraseOp(op);
    return success();
  }
};

// One partial is the whole if its producer keeps the rule that a row of LSE
// -inf is 0; an output from anywhere else may hold NaN there.
struct MergeOfOne : OpRewritePattern<MergeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MergeOp op, PatternRewriter &b) const override {
    if (op.getOutputs().size() != 1)
      return b.notifyMatchFailure(op, "more than one partial");
    Value output = op.getOutputs()[0], lse = op.getLses()[0];
    Operation *producer = output.getDefiningOp();
    if (!producer || !isa<SqaOp, MergeOp>(producer) ||
        lse.getDefiningOp() != producer)
      return b.notifyMatchFailure(op, "the partial may hold NaN where its LSE "
                                      "is -inf");
    if (output.getType() != op.getOutput().getType() ||
        lse.getType() != op.getLse().getType())
      return b.notifyMatchFailure(op, "the types differ");
    b.replaceOp(op, {output, lse});
    return success();
  }
};

// Defaults are not written out.
struct SimplifyRope : OpRewritePattern<RopeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RopeOp op, PatternRewriter &b) const override {
    int64_t features = cast<ShapedType>(op.getInput().getType()).getDimSize(3);
    bool all = op.getRotaryDim() && int64_t(*op.getRotaryDim()) == features;
    bool zero = op.getOffset() && matchPattern(op.getOffset(), m_Zero());
    if (!all && !zero)
      return b.notifyMatchFailure(op, "no default is written out");
    b.modifyOpInPlace(op, [&] {
      if (all)
        op.removeRotaryDimAttr();
      if (zero)
        op.getOffsetMutable().clear();
    });
    return success();
  }
};
} // namespace

void SqaOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<SimplifyWindow, SimplifyCausal, SimplifyAlignment,
               SimplifyHeadMap, ConstantScale, DropNeutralOperands,
               DropIdentityMods<SqaOp>, SimplifyCaptures<SqaOp>, DropUnusedLse>(
      context);
  populateSqaAbsorbPatterns(patterns);
}

void OnlineSqaOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<DropIdentityMods<OnlineSqaOp>, SimplifyCaptures<OnlineSqaOp>>(
      context);
  populateOnlineSqaCastPatterns(patterns);
}

void MergeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<MergeOfOne>(context);
}

void RopeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<SimplifyRope>(context);
  populateRopeAbsorbPatterns(patterns);
}
