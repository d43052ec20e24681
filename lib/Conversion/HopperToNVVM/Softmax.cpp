//===- Softmax.cpp - Masks, weights, maxima and sums of fragments ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of the scalar code is the order ptxas gets, so it is chosen: each
// exponential with its multiply, in the order of the registers, two chains of
// sums and maxima for the latency of one.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include <array>

using namespace mlir;
using namespace mlir::sqa;

static constexpr double kLn2 = 0.693147180559945309417;

// The four threads of a row hold different columns.
template <typename Fn>
static Value reduceRow(Emitter &e, Value value, Fn combine) {
  for (int64_t distance : {1, 2})
    value = combine(value, e.shuffleXor(value, distance));
  return value;
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

namespace {
struct ConvertSplat : OpConversionPattern<hopper::SplatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::SplatOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertType(op.getType(), types)))
      return failure();
    Value value =
        arith::ConstantOp::create(rewriter, op.getLoc(), op.getValueAttr());
    rewriter.replaceOpWithMultiple(op,
                                   {SmallVector<Value>(types.size(), value)});
    return success();
  }
};

// Per row two or three bounds; per element a comparison with a constant each.
struct ConvertMaskBand : OpConversionPattern<hopper::MaskBandOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::MaskBandOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    SmallVector<Value> values(adaptor.getScores());
    Value hidden = e.infinity(/*negative=*/true);
    // Bounds are relative to the first column of this thread.
    Value begin = e.add(e.asI32(op.getColumn()), e.shiftLeft(e.laneOfRow(), 1));
    Value first = e.add(e.asI32(op.getRow()), e.rowOfThread());
    Value global;
    if (op.getGlobal())
      global = e.sub(e.asI32(op.getGlobal()), begin);
    for (int64_t half : {0, 1}) {
      Value row = e.add(first, 8 * half);
      Value end = e.asI32(op.getKeys());
      if (op.getUpper())
        end = e.min(end, e.add(row, e.asI32(op.getUpper())));
      end = e.sub(end, begin);
      Value low;
      if (op.getLower())
        low = e.sub(e.add(row, e.asI32(op.getLower())), begin);
      maskRow(e, values, half, end, low, global, hidden);
    }
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }

  static void maskRow(Emitter &e, SmallVectorImpl<Value> &values, int64_t half,
                      Value end, Value low, Value global, Value hidden) {
    for (int64_t group = 0, n = values.size() / 4; group < n; ++group)
      for (int64_t i : {0, 1}) {
        Value &value = values[fragmentIndex(group, half, i)];
        Value column = e.i32(8 * group + i);
        Value visible = e.compare(arith::CmpIPredicate::sgt, end, column);
        if (low) {
          Value inside = e.compare(arith::CmpIPredicate::sle, low, column);
          if (global)
            inside = e.bitOr(
                inside, e.compare(arith::CmpIPredicate::sgt, global, column));
          visible = arith::AndIOp::create(e.b, e.loc, visible, inside);
        }
        value = arith::SelectOp::create(e.b, e.loc, visible, value, hidden);
      }
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// One step of the online softmax
//===----------------------------------------------------------------------===//

namespace {
class SoftmaxStep {
public:
  SoftmaxStep(Emitter &e, hopper::SoftmaxStepOp op, ValueRange scores,
              ValueRange max, ValueRange sum)
      : e(e), op(op), scores(scores), max(max), sum(sum), scale(op.getScale()),
        groups(scores.size() / 4), weights(scores.size()) {}

  void run() {
    for (int64_t half : {0, 1})
      newMax[half] = op.getFrozen() ? max[half] : buildMax(half);
    for (int64_t half : {0, 1})
      buildReference(half);
    // Chunks of 32 columns, if they are to follow each other.
    int64_t chunk = op.getExpOrder() == 0 ? groups : 4;
    for (int64_t begin = 0; begin < groups; begin += chunk)
      for (int64_t half : {0, 1})
        buildWeights(half, begin, std::min(begin + chunk, groups));
    for (int64_t half : {0, 1})
      buildSum(half);
  }

  SmallVector<Value> getResults(int index) const {
    if (index == 0)
      return weights;
    const std::array<Value, 2> &rows = index == 1   ? newMax
                                       : index == 2 ? newSum
                                                    : factor;
    return {rows[0], rows[1]};
  }

private:
  // The maximum of the row so far; scaled and rounded up with integer_max.
  Value buildMax(int64_t half) {
    Value chains[2];
    for (int64_t group = 0; group < groups; ++group)
      for (int64_t i : {0, 1}) {
        Value score = scores[fragmentIndex(group, half, i)];
        chains[i] = chains[i] ? e.fmax(chains[i], score) : score;
      }
    Value result = e.fmax(chains[0], chains[1]);
    if (!op.getFirst() && !op.getIntegerMax())
      result = e.fmax(result, max[half]);
    result =
        reduceRow(e, result, [&](Value a, Value b) { return e.fmax(a, b); });
    if (!op.getIntegerMax())
      return result;
    result = e.ceil(e.fmul(result, scale));
    return op.getFirst() ? result : e.fmax(result, max[half]);
  }

  // What is subtracted, and the factor of what was summed before. A row
  // without keys has -inf, which cannot be subtracted.
  void buildReference(int64_t half) {
    Value value = newMax[half];
    Value isHidden = e.isEqual(value, e.infinity(/*negative=*/true));
    value = e.select(isHidden, e.f32(0), value);
    bool isScaled = op.getIntegerMax();
    if (!isScaled)
      value = e.fmul(value, scale);
    negated[half] = e.fneg(value);
    if (op.getSoftwareExp() != 0) {
      softScale = e.fmul(scale, e.f32(1.0 / 255));
      softOffset[half] = e.fmul(e.fsub(e.f32(127), value), e.f32(1.0 / 255));
    }
    factor[half] = op.getFirst() || op.getFrozen() ? e.f32(1)
                   : isScaled ? e.exp2(e.fsub(max[half], value))
                              : e.exp2(e.fma(max[half], scale, negated[half]));
  }

  // The groups [begin, end) of one row.
  void buildWeights(int64_t half, int64_t begin, int64_t end) {
    hopper::WeightsType type = op.getWeights().getType();
    SmallVector<Value> exponentials;
    for (int64_t group = begin; group < end; ++group) {
      int64_t index = fragmentIndex(group, half);
      if (type.isSoftware(group, half)) {
        buildSoftPair(index, softOffset[half]);
        continue;
      }
      for (int64_t i : {0, 1}) {
        Value weight = e.exp2(e.fma(scores[index + i], scale, negated[half]));
        weights[index + i] = weight;
        exponentials.push_back(weight);
        if (op.getSumsElsewhere())
          continue;
        Value &chain = partial[half][counts[half]++ % 2];
        chain = chain ? e.fadd(chain, weight) : weight;
      }
    }
    if (op.getExpOrder() != 0 && end < groups && !exponentials.empty())
      orderBehind(
          half,
          exponentials[std::min<size_t>(op.getExpOrder(), exponentials.size()) -
                       1]);
  }

  // ptxas would start all exponentials at once and stall on their unit. Adding
  // 0 times an earlier one makes the rest wait for it; 17 % faster at D = 16
  // with frozen maxima, slower where the maximum is online (H200).
  void orderBehind(int64_t half, Value weight) {
    negated[half] = e.fma(weight, e.f32(0), negated[half]);
    if (softOffset[half])
      softOffset[half] = e.fma(weight, e.f32(0), softOffset[half]);
  }

  // Two exponentials as a pair of bf16: a number whose low bits are the bf16 of
  // 2^floor(x) with a linear mantissa, plus a quadratic correction of the
  // mantissa in bf16 arithmetic, 0.2 % off over all mantissas. The addition is
  // left to hopper.convert.
  void buildSoftPair(int64_t index, Value offset) {
    Type i32 = e.b.getI32Type(), f32 = e.b.getF32Type();
    Value words[2];
    for (int64_t i : {0, 1}) {
      // (x + 127) / 255, clamped to [0, 1] for free.
      Value unit = e.assembly("fma.rn.sat.f32 $0, $1, $2, $3;", f32, {},
                              {scores[index + i], softScale, offset}, false)[0];
      // 1.5 * 2^23 brings 255 * 128 units to the low bits.
      Value fixed = e.fma(unit, e.f32(32640), e.f32(12582912));
      words[i] = arith::BitcastOp::create(e.b, e.loc, i32, fixed);
    }
    Value word = e.assembly("prmt.b32 $0, $1, $2, 0x5410;", i32, {},
                            {words[0], words[1]}, false)[0];
    Value mantissa = e.bitOr(e.bitAnd(word, 0x007F007F), e.i32(0x3F803F80));
    auto fma = [&](Value a, Value b, Value c) {
      return e.assembly("fma.rn.bf16x2 $0, $1, $2, $3;", i32, {}, {a, b, c},
                        false)[0];
    };
    Value inner = fma(mantissa, e.i32(0x3EAA3EAA), e.i32(0xBBAABBAA));
    weights[index] = fma(inner, mantissa, e.i32(0x3F2D3F2D));
    weights[index + 1] = e.sub(word, mantissa);
  }

  void buildSum(int64_t half) {
    newSum[half] = sum[half];
    if (op.getSumsElsewhere())
      return;
    Value added = e.fadd(partial[half][0], partial[half][1]);
    newSum[half] = op.getFirst()    ? added
                   : op.getFrozen() ? e.fadd(sum[half], added)
                                    : e.fma(sum[half], factor[half], added);
  }

  Emitter &e;
  hopper::SoftmaxStepOp op;
  ValueRange scores, max, sum;
  Value scale;
  int64_t groups;
  SmallVector<Value> weights;
  std::array<Value, 2> newMax, newSum, factor, negated, softOffset;
  std::array<int64_t, 2> counts = {0, 0};
  Value partial[2][2];
  Value softScale;
};

struct ConvertSoftmaxStep : OpConversionPattern<hopper::SoftmaxStepOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::SoftmaxStepOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    SoftmaxStep step(e, op, adaptor.getScores(), adaptor.getMax(),
                     adaptor.getSum());
    step.run();
    SmallVector<SmallVector<Value>> results;
    for (int index = 0; index < 4; ++index)
      results.push_back(step.getResults(index));
    rewriter.replaceOpWithMultiple(op, std::move(results));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

// The layout of the accumulator, pair by pair, is that of the A operand.
struct ConvertConvert : OpConversionPattern<hopper::ConvertOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::ConvertOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    ValueRange weights = adaptor.getWeights();
    SmallVector<Value> results;
    for (size_t index = 0; index < weights.size(); index += 2) {
      Value low = weights[index], high = weights[index + 1];
      results.push_back(low.getType().isF32()
                            ? e.pack(low, high, op.getType().getElementType())
                            : e.add(low, high));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ConvertScaleRows : OpConversionPattern<hopper::ScaleRowsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::ScaleRowsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    SmallVector<Value> results;
    for (auto [index, value] : llvm::enumerate(adaptor.getFragment()))
      results.push_back(e.fmul(value, adaptor.getFactor()[index / 2 % 2]));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

// The whole sum of a row: parts of four threads, or a column of the
// accumulator.
static Value buildRowSum(Emitter &e, ValueRange sum, ValueRange accumulator,
                         int64_t half) {
  if (!accumulator.empty())
    // Every one of the last eight columns is the sum.
    return accumulator[fragmentIndex(accumulator.size() / 4 - 1, half)];
  return reduceRow(e, sum[half],
                   [&](Value a, Value b) { return e.fadd(a, b); });
}

// 0 times anything finite is 0; two chains for the latency of one.
static Value buildIsFinite(Emitter &e, ValueRange values) {
  Value chains[2] = {e.f32(0), e.f32(0)};
  for (auto [index, value] : llvm::enumerate(values))
    chains[index % 2] = e.fma(value, e.f32(0), chains[index % 2]);
  return e.isEqual(e.fadd(chains[0], chains[1]), e.f32(0));
}

struct ConvertIsFinite : OpConversionPattern<hopper::IsFiniteOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::IsFiniteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    rewriter.replaceOp(op, buildIsFinite(e, adaptor.getFragment()));
    return success();
  }
};

struct ConvertIsFrozenSafe : OpConversionPattern<hopper::IsFrozenSafeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::IsFrozenSafeOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    auto compare = [&](arith::CmpFPredicate predicate, Value a, double b) {
      return arith::CmpFOp::create(rewriter, op.getLoc(), predicate, a,
                                   e.f32(b));
    };
    auto both = [&](Value a, Value b) -> Value {
      return arith::AndIOp::create(rewriter, op.getLoc(), a, b);
    };
    ValueRange values = adaptor.getAccumulator();
    ValueRange sums = op.getSumsInAccumulator() ? values : ValueRange();
    Value safe;
    for (int64_t half : {0, 1}) {
      Value sum = buildRowSum(e, adaptor.getSum(), sums, half);
      Value inRange = both(compare(arith::CmpFPredicate::UGE, sum, 0.5),
                           compare(arith::CmpFPredicate::ULT, sum, 0x1p60));
      safe = safe ? both(safe, inRange) : inRange;
    }
    rewriter.replaceOp(op, safe);
    return success();
  }
};

// Adds a logit to the sum, both relative to the larger of `max` and the logit,
// which becomes `max`. The result is what the old sum counts for.
static Value joinSink(Emitter &e, Value sink, Value &max, Value &sum) {
  Value logit = e.fmul(sink, e.f32(1 / kLn2));
  Value top = e.fmax(max, logit);
  Value isNone = e.isEqual(top, e.infinity(/*negative=*/true));
  Value reference = e.select(isNone, e.f32(0), top);
  Value before = e.exp2(e.fsub(max, reference));
  sum = e.fma(sum, before, e.exp2(e.fsub(logit, reference)));
  max = top;
  return before;
}

struct ConvertSoftmaxFinish : OpConversionPattern<hopper::SoftmaxFinishOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::SoftmaxFinishOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Type f32 = rewriter.getF32Type();
    SmallVector<Value> factors, lses;
    for (int64_t half : {0, 1}) {
      ValueRange sums =
          op.getAccumulator() ? adaptor.getAccumulator() : ValueRange();
      Value sum = buildRowSum(e, adaptor.getSum(), sums, half);
      Value max = adaptor.getMax()[half];
      if (!op.getIntegerMax())
        max = e.fmul(max, op.getScale());
      Value before = e.f32(1);
      if (op.getSink())
        before = joinSink(e, op.getSink(), max, sum);
      Value inverse = e.assembly("rcp.approx.ftz.f32 $0, $1;", f32, {}, sum,
                                 /*hasSideEffects=*/false)[0];
      if (op.getSink())
        inverse = e.fmul(inverse, before);
      // A sum of 0 has no inverse; a NaN stays one.
      Value isEmpty = e.isEqual(sum, e.f32(0));
      factors.push_back(e.select(isEmpty, e.f32(0), inverse));
      Value log = e.assembly("lg2.approx.ftz.f32 $0, $1;", f32, {}, sum,
                             /*hasSideEffects=*/false)[0];
      lses.push_back(e.fmul(e.fadd(log, max), e.f32(kLn2)));
    }
    rewriter.replaceOpWithMultiple(
        op, SmallVector<SmallVector<Value>>{factors, lses});
    return success();
  }
};
} // namespace

void mlir::sqa::populateSoftmaxPatterns(const TypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns
      .add<ConvertSplat, ConvertMaskBand, ConvertSoftmaxStep, ConvertConvert,
           ConvertScaleRows, ConvertIsFinite, ConvertIsFrozenSafe, ConvertSoftmaxFinish>(
          converter, patterns.getContext());
}
