//===- AttnToLinalg.cpp - attn.rope and attn.merge to linalg --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The elementwise members of the attn family become linalg.generic, so that
// they fuse, tile and vectorise with the code around them:
//
//   %y = attn.rope %x pairing(halves) : tensor<1x4x?x64xf32>
//
// becomes a table of cosines and sines (position x feature pair, computed once
// for all heads) and one rotation
//
//   %t:2 = linalg.generic ins(%inv_freq) outs(%cos, %sin) {math.cos, math.sin}
//   %y5 = linalg.generic ins(%x1, %x2, %t#0, %t#1) outs(%e : 1x4x?x2x32) {...}
//   %y = tensor.collapse_shape %y5
//
// where x1 and x2 are slices of x and the extra dimension of the result says
// which of the two features is written. attn.merge becomes the weights of the
// partial results (one row at a time) and their weighted sum.
//
// Requires: nothing; runs first. Ensures: no attn.rope, no attn.merge.
// Declines: never. Wrong if: the table and the rotation become one op (sines
// would be recomputed for every head; the table has two results and hence two
// uses so that linalg-fuse-elementwise-ops leaves it alone), or a partial whose
// LSE is -inf enters arithmetic. Test:
// test/Conversion/AttnToLinalg/attn-to-linalg.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sqa/Conversion/Passes.h"
#include <cmath>

#define DEBUG_TYPE "sqa-convert-attn-to-linalg"

namespace mlir::sqa {
#define GEN_PASS_DEF_CONVERTATTNTOLINALGPASS
#include "sqa/Conversion/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Small builders
//===----------------------------------------------------------------------===//

static Value extendToF32(OpBuilder &b, Location loc, Value v) {
  return v.getType().isF32()
             ? v
             : arith::ExtFOp::create(b, loc, b.getF32Type(), v).getResult();
}

static Value truncateTo(OpBuilder &b, Location loc, Value v, Type type) {
  return v.getType() == type
             ? v
             : arith::TruncFOp::create(b, loc, type, v).getResult();
}

static Value constantF32(OpBuilder &b, Location loc, float value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

static Value empty(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
                   Type type) {
  return tensor::EmptyOp::create(b, loc, sizes, type);
}

// The map (d0, ..., d<rank-1>) -> (dims...).
static AffineMap select(OpBuilder &b, unsigned rank, ArrayRef<unsigned> dims) {
  return AffineMap::getMultiDimMapWithTargets(rank, dims, b.getContext());
}

static SmallVector<utils::IteratorType> parallel(unsigned rank) {
  return SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel);
}

//===----------------------------------------------------------------------===//
// attn.rope
//===----------------------------------------------------------------------===//

namespace {
// What a rotation needs to know, read off the op once.
struct Rope {
  explicit Rope(attn::RopeOp op)
      : op(op), type(cast<RankedTensorType>(op.getInput().getType())),
        rotated(op.getRotatedFeatures()), pairs(rotated / 2),
        position(attn::SqaOp::physicalDim(op.getLayout(), 2)),
        pairsIn(op.getPairing() != attn::RopeLayout::halves),
        pairsOut(op.getPairing() == attn::RopeLayout::pairs) {}
  // Positions differ from batch to batch: the table has a batch dimension.
  bool perBatch() {
    return op.getPositions() &&
           cast<ShapedType>(op.getPositions().getType()).getRank() == 2;
  }

  attn::RopeOp op;
  RankedTensorType type;
  int64_t rotated, pairs, position;
  bool pairsIn, pairsOut;
};
} // namespace

// base^(-2j / R), in f64, rounded once.
static Value inverseFrequencies(OpBuilder &b, Location loc, Rope &rope) {
  double base = rope.op.getBase().convertToFloat();
  SmallVector<float> values;
  for (int64_t j = 0; j < rope.pairs; ++j)
    values.push_back(static_cast<float>(
        std::pow(base, -2.0 * static_cast<double>(j) /
                           static_cast<double>(rope.rotated))));
  auto type = RankedTensorType::get({rope.pairs}, b.getF32Type());
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, ArrayRef<float>(values)));
}

// The f32 position of the row of the table being computed.
static Value rowPosition(OpBuilder &b, Location loc, Rope &rope,
                         ValueRange args) {
  if (rope.op.getPositions())
    return arith::SIToFPOp::create(b, loc, b.getF32Type(), args[1]);
  Value row = linalg::IndexOp::create(b, loc, 0);
  if (rope.op.getOffset())
    row = arith::AddIOp::create(b, loc, row, rope.op.getOffset());
  Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), row);
  return arith::SIToFPOp::create(b, loc, b.getF32Type(), wide);
}

// Cosines and sines, ([B,] S, R/2).
static ValueRange angleTable(OpBuilder &b, Location loc, Rope &rope) {
  SmallVector<OpFoldResult> sizes;
  if (rope.perBatch())
    sizes.push_back(tensor::getMixedSize(b, loc, rope.op.getInput(), 0));
  sizes.push_back(
      tensor::getMixedSize(b, loc, rope.op.getInput(), rope.position));
  sizes.push_back(b.getIndexAttr(rope.pairs));
  unsigned rank = sizes.size();
  Value cos = empty(b, loc, sizes, b.getF32Type());
  Value sin = empty(b, loc, sizes, b.getF32Type());

  SmallVector<Value> inputs{inverseFrequencies(b, loc, rope)};
  SmallVector<AffineMap> maps{select(b, rank, {rank - 1})};
  if (Value positions = rope.op.getPositions()) {
    inputs.push_back(positions);
    maps.push_back(rope.perBatch() ? select(b, rank, {0, 1})
                                   : select(b, rank, {0}));
  }
  maps.append(2, b.getMultiDimIdentityMap(rank));
  auto table = linalg::GenericOp::create(
      b, loc, TypeRange{cos.getType(), sin.getType()}, inputs,
      ValueRange{cos, sin}, maps, parallel(rank),
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value position = rowPosition(b, loc, rope, args);
        Value angle = arith::MulFOp::create(b, loc, position, args[0]);
        Value c = math::CosOp::create(b, loc, angle);
        Value s = math::SinOp::create(b, loc, angle);
        if (rope.op.getNegative())
          s = arith::NegFOp::create(b, loc, s);
        linalg::YieldOp::create(b, loc, ValueRange{c, s});
      });
  return table.getResults();
}

// The features that play x1 (which = 0) or x2 (1): (_, _, _, R/2).
static Value featureSlice(OpBuilder &b, Location loc, Rope &rope,
                          int64_t which) {
  Value x = rope.op.getInput();
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, x);
  sizes[3] = b.getIndexAttr(rope.pairs);
  offsets[3] = b.getIndexAttr(rope.pairsIn ? which : which * rope.pairs);
  strides[3] = b.getIndexAttr(rope.pairsIn ? 2 : 1);
  return tensor::ExtractSliceOp::create(b, loc, x, offsets, sizes, strides);
}

// The rotated features, with a dimension of size 2 for the two of a pair.
static Value rotate(OpBuilder &b, Location loc, Rope &rope, ValueRange table) {
  unsigned feature = rope.pairsOut ? 3 : 4, which = rope.pairsOut ? 4 : 3;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, loc, rope.op.getInput());
  sizes.resize(5);
  sizes[feature] = b.getIndexAttr(rope.pairs);
  sizes[which] = b.getIndexAttr(2);
  Value out = empty(b, loc, sizes, rope.type.getElementType());

  unsigned row = rope.position;
  AffineMap inMap = select(b, 5, {0, 1, 2, feature});
  AffineMap tableMap = rope.perBatch() ? select(b, 5, {0, row, feature})
                                       : select(b, 5, {row, feature});
  Value x1 = featureSlice(b, loc, rope, 0), x2 = featureSlice(b, loc, rope, 1);
  auto op = linalg::GenericOp::create(
      b, loc, out.getType(), ValueRange{x1, x2, table[0], table[1]},
      ValueRange{out},
      {inMap, inMap, tableMap, tableMap, b.getMultiDimIdentityMap(5)},
      parallel(5), [&](OpBuilder &b, Location loc, ValueRange args) {
        Value x1 = extendToF32(b, loc, args[0]);
        Value x2 = extendToF32(b, loc, args[1]);
        auto mul = [&](Value x, Value y) -> Value {
          return arith::MulFOp::create(b, loc, x, y);
        };
        Value y1 =
            arith::SubFOp::create(b, loc, mul(x1, args[2]), mul(x2, args[3]));
        Value y2 =
            arith::AddFOp::create(b, loc, mul(x1, args[3]), mul(x2, args[2]));
        Value zero = arith::ConstantIndexOp::create(b, loc, 0);
        Value index = linalg::IndexOp::create(b, loc, which);
        Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                            index, zero);
        Value y = arith::SelectOp::create(b, loc, first, y1, y2);
        linalg::YieldOp::create(
            b, loc, truncateTo(b, loc, y, rope.type.getElementType()));
      });
  return op.getResult(0);
}

namespace {
struct RopePattern : OpRewritePattern<attn::RopeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(attn::RopeOp op,
                                PatternRewriter &b) const override {
    Rope rope(op);
    Location loc = op.getLoc();
    ValueRange table = angleTable(b, loc, rope);
    Value rotated = rotate(b, loc, rope, table);
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, loc, op.getInput());
    sizes[3] = b.getIndexAttr(rope.rotated);
    SmallVector<int64_t> shape(rope.type.getShape());
    shape[3] = rope.rotated;
    Value y = tensor::CollapseShapeOp::create(
        b, loc, rope.type.clone(shape), rotated,
        SmallVector<ReassociationIndices>{{0}, {1}, {2}, {3, 4}});
    if (rope.rotated != rope.type.getDimSize(3)) { // The rest passes through.
      SmallVector<OpFoldResult> zeros(4, b.getIndexAttr(0));
      SmallVector<OpFoldResult> ones(4, b.getIndexAttr(1));
      y = tensor::InsertSliceOp::create(b, loc, y, op.getInput(), zeros, sizes,
                                        ones);
    }
    b.replaceOp(op, y);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

struct MergePattern : OpRewritePattern<attn::MergeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(attn::MergeOp op,
                                PatternRewriter &b) const override {
    SmallVector<Value> weights;
    Value lse = mergeWeights(b, op, weights);
    b.replaceOp(op, {weightedSum(b, op, weights), lse});
    return success();
  }

private:
  static Value mergeWeights(OpBuilder &b, attn::MergeOp op,
                            SmallVectorImpl<Value> &weights);
  static Value weightedSum(OpBuilder &b, attn::MergeOp op, ValueRange weights);
};
} // namespace

// LSE of all partials, and exp(lse_i - lse) of each: 0 for a partial of -inf.
Value MergePattern::mergeWeights(OpBuilder &b, attn::MergeOp op,
                                 SmallVectorImpl<Value> &weights) {
  Location loc = op.getLoc();
  unsigned count = op.getLses().size();
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, loc, op.getLses().front());
  SmallVector<Value> outs;
  for (unsigned i = 0; i <= count; ++i)
    outs.push_back(empty(b, loc, sizes, b.getF32Type()));
  SmallVector<AffineMap> maps(2 * count + 1, b.getMultiDimIdentityMap(3));
  auto generic = linalg::GenericOp::create(
      b, loc, TypeRange(ValueRange(outs)), op.getLses(), outs, maps,
      parallel(3), [&](OpBuilder &b, Location loc, ValueRange args) {
        Value lowest = constantF32(b, loc, -INFINITY),
              zero = constantF32(b, loc, 0);
        Value max = args[0], sum = zero;
        for (Value lse : args.slice(1, count - 1))
          max = arith::MaximumFOp::create(b, loc, max, lse);
        // Keeps -inf - -inf out when no partial has a visible key.
        Value dead = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                           max, lowest);
        Value base = arith::SelectOp::create(b, loc, dead, zero, max);
        SmallVector<Value> results;
        for (Value lse : args.take_front(count)) {
          Value shifted = arith::SubFOp::create(b, loc, lse, base);
          results.push_back(math::ExpOp::create(b, loc, shifted));
          sum = arith::AddFOp::create(b, loc, sum, results.back());
        }
        Value one = constantF32(b, loc, 1);
        Value safe = arith::SelectOp::create(b, loc, dead, one, sum);
        for (Value &weight : results)
          weight = arith::DivFOp::create(b, loc, weight, safe);
        Value log = math::LogOp::create(b, loc, safe);
        Value lse = arith::AddFOp::create(b, loc, max, log);
        results.insert(results.begin(), lse);
        linalg::YieldOp::create(b, loc, results);
      });
  llvm::append_range(weights, generic.getResults().drop_front());
  return generic.getResult(0);
}

// A partial of weight 0 is skipped, whatever it holds.
Value MergePattern::weightedSum(OpBuilder &b, attn::MergeOp op,
                                ValueRange weights) {
  Location loc = op.getLoc();
  unsigned count = weights.size();
  auto dim = [&](int64_t d) -> unsigned {
    return attn::SqaOp::physicalDim(op.getLayout(), d);
  };
  AffineMap rowMap = select(b, 4, {dim(0), dim(1), dim(2)});
  SmallVector<AffineMap> maps(count, b.getMultiDimIdentityMap(4));
  maps.append(count, rowMap);
  maps.push_back(b.getMultiDimIdentityMap(4));
  Type element = cast<ShapedType>(op.getOutput().getType()).getElementType();
  Value out = empty(
      b, loc, tensor::getMixedSizes(b, loc, op.getOutputs().front()), element);
  SmallVector<Value> inputs(op.getOutputs());
  llvm::append_range(inputs, weights);
  auto generic = linalg::GenericOp::create(
      b, loc, out.getType(), inputs, ValueRange{out}, maps, parallel(4),
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value zero = constantF32(b, loc, 0), sum = zero;
        for (unsigned i = 0; i < count; ++i) {
          Value x = extendToF32(b, loc, args[i]), weight = args[count + i];
          Value product = arith::MulFOp::create(b, loc, x, weight);
          Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                             weight, zero);
          product = arith::SelectOp::create(b, loc, none, zero, product);
          sum = arith::AddFOp::create(b, loc, sum, product);
        }
        linalg::YieldOp::create(b, loc, truncateTo(b, loc, sum, element));
      });
  return generic.getResult(0);
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertAttnToLinalgPass
    : sqa::impl::ConvertAttnToLinalgPassBase<ConvertAttnToLinalgPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RopePattern, MergePattern>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
