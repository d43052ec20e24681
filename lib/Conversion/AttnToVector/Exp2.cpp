//===- Exp2.cpp - Powers of two on f32 vectors ----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// x = n + f with n an integer and |f| <= 1/2:
//   c = max(-127, x)                  // picks x when x is NaN
//   r = c + (1.5 * 2^23 + 127)        // low bits of r: n + 127
//   f = c - (r - (1.5 * 2^23 + 127))
//   2^x = polynomial(f) * bitcast(bits(r) << 23)
// The shift moves the biased exponent in place and drops the rest; n = -127
// gives the bits of +0, so everything below 2^-126.5 vanishes without a select,
// and a NaN stays one because the last step is a product, not an integer
// addition to the exponent.
//
// Weights that become bf16 skip the f32 they would be rounded from: with
// n = floor(x), f = x - n in [0, 1) and m(f) = 2^f - 1, the bits of bf16 are
// the integer
//   128 * (127 + n) + 128 * m(f)
// rounded to nearest, and a sum with 1.5 * 2^23 rounds it into the low half of
// an f32. m(1) = 1 carries into the exponent, as it must. The high half of that
// sum is 0x4b40; the odd one's integer is 0x4b40 less, so that a shift and an
// addition make a pair of two sums (LLVM makes a permutation of masks and
// shifts, which is one micro-operation more).
//
// Wrong if: the comparison of the clamp is turned round (it would drop NaN), or
// the additions of the magic number are reassociated by a fast-math flag.
// Test: test/Conversion/AttnToVector/plain.mlir.
//
//===----------------------------------------------------------------------===//

#include "Exp2.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

// Printed by scripts/fit_exp2.py; largest relative error, evaluated in f32:
// 2.9e-6 (degree 4), 1.5e-7 (5), 7.6e-8 (6). The constant term is exactly 1.
static ArrayRef<float> coefficients(int64_t degree) {
  static constexpr float degree4[] = {1.0f, 0.693124175f, 0.240240991f,
                                      0.0559064262f, 0.00958285294f};
  static constexpr float degree5[] = {1.0f,           0.693147004f,
                                      0.240222424f,   0.0555073358f,
                                      0.00967151299f, 0.00132647227f};
  static constexpr float degree6[] = {
      1.0f,           0.693147182f,   0.240226477f,   0.0555033237f,
      0.00961843692f, 0.00133988739f, 0.000153533605f};
  if (degree == 4)
    return degree4;
  return degree == 5 ? ArrayRef<float>(degree5) : ArrayRef<float>(degree6);
}

SmallVector<Value> mlir::sqa::buildExp2(OpBuilder &b, Location loc,
                                        ArrayRef<Value> xs, int64_t degree) {
  auto type = cast<VectorType>(xs.front().getType());
  auto intType = VectorType::get(type.getShape(), b.getI32Type());
  auto splat = [&](float value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, b.getF32FloatAttr(value)));
  };
  // One step for every x, then the next: the chains overlap, and a constant is
  // read once for all of them.
  size_t count = xs.size();
  SmallVector<Value> clamped(count), biased(count), fraction(count),
      power(count), result(count);
  Value lowest = splat(-127.0f), magic = splat(12582912.0f + 127.0f);
  for (size_t i = 0; i < count; ++i) {
    Value isLower =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, lowest, xs[i]);
    clamped[i] = arith::SelectOp::create(b, loc, isLower, lowest, xs[i]);
  }
  for (size_t i = 0; i < count; ++i)
    biased[i] = arith::AddFOp::create(b, loc, clamped[i], magic);
  for (size_t i = 0; i < count; ++i) {
    Value rounded = arith::SubFOp::create(b, loc, biased[i], magic);
    fraction[i] = arith::SubFOp::create(b, loc, clamped[i], rounded);
  }

  ArrayRef<float> terms = coefficients(degree);
  std::fill(result.begin(), result.end(), splat(terms.back()));
  for (float term : llvm::reverse(terms.drop_back())) {
    Value constant = splat(term);
    for (size_t i = 0; i < count; ++i)
      result[i] =
          vector::FMAOp::create(b, loc, result[i], fraction[i], constant);
  }

  Value bits = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(intType, b.getI32IntegerAttr(23)));
  for (size_t i = 0; i < count; ++i) {
    Value exponent = vector::BitCastOp::create(b, loc, intType, biased[i]);
    exponent = arith::ShLIOp::create(b, loc, exponent, bits);
    power[i] = vector::BitCastOp::create(b, loc, type, exponent);
    result[i] = arith::MulFOp::create(b, loc, result[i], power[i]);
  }
  return result;
}

// x - floor(x), one instruction where rounding takes two (Intel).
static Value buildFraction(OpBuilder &b, Location loc, Value x) {
  Value mode = LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(1));
  Value all = LLVM::ConstantOp::create(b, loc, b.getI16IntegerAttr(-1));
  Value direction = LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(4));
  return LLVM::CallIntrinsicOp::create(
             b, loc, x.getType(),
             b.getStringAttr("llvm.x86.avx512.mask.reduce.ps.512"),
             ValueRange{x, mode, x, all, direction})
      .getResult(0);
}

// The sums with 1.5 * 2^23 + `bias`, as integers.
static SmallVector<Value> buildWeightSums(OpBuilder &b, Location loc,
                                          ArrayRef<Value> xs, float bias) {
  // m(f) / f by scripts/fit_exp2.py: 2^f to 1e-4, and half a unit is 4e-3.
  constexpr float linear = 128 * 0.695424318f, square = 128 * 0.226307854f,
                  cube = 128 * 0.0782678351f;
  auto type = cast<VectorType>(xs.front().getType());
  auto intType = VectorType::get(type.getShape(), b.getI32Type());
  auto splat = [&](float value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, b.getF32FloatAttr(value)));
  };
  auto fma = [&](Value x, Value y, Value z) -> Value {
    return vector::FMAOp::create(b, loc, x, y, z);
  };
  Value lowest = splat(-127.0f), step = splat(128.0f);
  Value base = splat(12582912.0f + 128 * 127 + bias);
  Value c1 = splat(linear), c2 = splat(square), c3 = splat(cube);
  SmallVector<Value> clamped, fractions, results;
  for (Value x : xs) {
    Value lower =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, lowest, x);
    clamped.push_back(arith::SelectOp::create(b, loc, lower, lowest, x));
  }
  for (Value x : clamped)
    fractions.push_back(buildFraction(b, loc, x));
  for (auto [x, f] : llvm::zip(clamped, fractions)) {
    Value whole = arith::SubFOp::create(b, loc, x, f);
    Value exponent = fma(whole, step, base);
    Value slope = fma(fma(c3, f, c2), f, c1);
    results.push_back(
        vector::BitCastOp::create(b, loc, intType, fma(slope, f, exponent)));
  }
  return results;
}

SmallVector<sqa::WeightBits> mlir::sqa::buildWeightBits(OpBuilder &b,
                                                        Location loc,
                                                        ArrayRef<Value> even,
                                                        ArrayRef<Value> odd) {
  constexpr int32_t highHalf = 0x4b40;
  SmallVector<Value> low = buildWeightSums(b, loc, even, 0);
  SmallVector<Value> high = buildWeightSums(b, loc, odd, -highHalf);
  auto type = cast<VectorType>(low.front().getType());
  Value bits = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, b.getI32IntegerAttr(16)));
  SmallVector<WeightBits> weights;
  for (auto [x, y] : llvm::zip(low, high)) {
    Value shifted = arith::ShLIOp::create(b, loc, y, bits);
    weights.push_back({arith::AddIOp::create(b, loc, shifted, x),
                       arith::OrIOp::create(b, loc, x, y)});
  }
  return weights;
}
