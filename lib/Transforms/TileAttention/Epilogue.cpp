//===- Epilogue.cpp - From softmax state to output rows --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// output = acc / sum, lse = (max + log2(sum)) * ln(2). A sink joins here, once,
// whatever the key loop was: with s the sink in base 2 and m' = max(max, s),
//
//   sum' = sum * 2^(max - m') + 2^(s - m'),   acc' = acc * 2^(max - m')
//
// Wrong if: the test for "no visible key" takes a NaN sum for zero; -inf minus
// -inf is formed (both max and sink -inf): m' is replaced by 0 there.
// Test: test/Transforms/tile-attention-epilogue.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileAttention/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using namespace mlir::sqa;

namespace {
constexpr double kLog2E = 1.4426950408889634;
constexpr double kLn2 = 0.6931471805599453;

// One row of the state; `rescale` is what a sink does to acc, null without.
struct RowState {
  Value max, sum, rescale;
};
} // namespace

static Value constant(OpBuilder &b, Location loc, double value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

// Ordered, so that NaN is not equal to anything.
static Value isEqual(OpBuilder &b, Location loc, Value x, double value) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x,
                               constant(b, loc, value));
}

static RowState joinSink(OpBuilder &b, Location loc, RowState row, Value sink) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Value top = arith::MaximumFOp::create(b, loc, row.max, sink);
  Value reference = arith::SelectOp::create(
      b, loc, isEqual(b, loc, top, -infinity), constant(b, loc, 0.0), top);
  auto relative = [&](Value x) -> Value {
    Value difference = arith::SubFOp::create(b, loc, x, reference);
    return math::Exp2Op::create(b, loc, difference);
  };
  Value rescale = relative(row.max);
  Value scaled = arith::MulFOp::create(b, loc, row.sum, rescale);
  Value sum = arith::AddFOp::create(b, loc, scaled, relative(sink));
  return {reference, sum, rescale};
}

// The sink of the tile's head in base 2, or null.
static Value loadSink(OpBuilder &b, Location loc, attn::SqaOp op, Value head) {
  if (!op.getSink())
    return {};
  Value sink = tensor::ExtractOp::create(b, loc, op.getSink(), head);
  return arith::MulFOp::create(b, loc, sink, constant(b, loc, kLog2E));
}

// What to multiply acc with: 1 / sum, or 0 where no key is visible. A row's
// features share it, so it is computed once a row and not once an element.
static Value buildRowFactors(OpBuilder &builder, Location loc,
                             const SoftmaxState &state, Value sink) {
  auto type = cast<RankedTensorType>(state.sum.getType());
  Value empty = createScratch(builder, loc, type.getShape());
  SmallVector<AffineMap> maps(3, builder.getMultiDimIdentityMap(1));
  SmallVector<utils::IteratorType> loops(1, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, ValueRange{state.max, state.sum}, empty, maps, loops,
      [&](OpBuilder &b, Location l, ValueRange args) {
        RowState row{args[0], args[1], {}};
        if (sink)
          row = joinSink(b, l, row, sink);
        Value numerator = row.rescale ? row.rescale : constant(b, l, 1.0);
        Value quotient = arith::DivFOp::create(b, l, numerator, row.sum);
        Value factor = arith::SelectOp::create(
            b, l, isEqual(b, l, row.sum, 0.0), constant(b, l, 0.0), quotient);
        linalg::YieldOp::create(b, l, factor);
      });
  return generic.getResult(0);
}

Value mlir::sqa::buildOutputRows(OpBuilder &builder, Location loc,
                                 attn::SqaOp op, const AttentionTile &tile,
                                 const SoftmaxState &state, Value output) {
  Value sink = loadSink(builder, loc, op, tile.head);
  Value factors = buildRowFactors(builder, loc, state, sink);
  auto type = cast<RankedTensorType>(output.getType());
  Value acc = extractLeading(
      builder, loc, state.acc,
      {builder.getIndexAttr(type.getDimSize(1)), tile.rows});
  factors = extractLeading(builder, loc, factors, {tile.rows});

  AffineExpr row, feature;
  bindDims(builder.getContext(), row, feature);
  MLIRContext *context = builder.getContext();
  SmallVector<AffineMap> maps = {AffineMap::get(2, 0, {feature, row}, context),
                                 AffineMap::get(2, 0, {row}, context),
                                 AffineMap::get(2, 0, {row, feature}, context)};
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, ValueRange{acc, factors}, output, maps, loops,
      [&](OpBuilder &b, Location l, ValueRange args) {
        Value result = arith::MulFOp::create(b, l, args[0], args[1]);
        if (!type.getElementType().isF32())
          result = arith::TruncFOp::create(b, l, type.getElementType(), result);
        linalg::YieldOp::create(b, l, result);
      });
  return generic.getResult(0);
}

Value mlir::sqa::buildLseRows(OpBuilder &builder, Location loc, attn::SqaOp op,
                              const AttentionTile &tile,
                              const SoftmaxState &state, Value lse) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Value sink = loadSink(builder, loc, op, tile.head);
  Value max = extractLeading(builder, loc, state.max, {tile.rows});
  Value sum = extractLeading(builder, loc, state.sum, {tile.rows});
  SmallVector<AffineMap> maps(3, builder.getMultiDimIdentityMap(1));
  SmallVector<utils::IteratorType> loops(1, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, lse.getType(), ValueRange{max, sum}, lse, maps, loops,
      [&](OpBuilder &b, Location l, ValueRange args) {
        RowState row{args[0], args[1], {}};
        if (sink)
          row = joinSink(b, l, row, sink);
        Value log = math::Log2Op::create(b, l, row.sum);
        Value base2 = arith::AddFOp::create(b, l, row.max, log);
        Value natural = arith::MulFOp::create(b, l, base2, constant(b, l, kLn2));
        Value result = arith::SelectOp::create(
            b, l, isEqual(b, l, row.sum, 0.0), constant(b, l, -infinity),
            natural);
        linalg::YieldOp::create(b, l, result);
      });
  return generic.getResult(0);
}
