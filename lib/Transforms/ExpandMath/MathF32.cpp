//===- MathF32.cpp - Elementary functions in f32 arithmetic ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Coefficients are Chebyshev fits of the function named beside them, computed
// with 60 digits. Rounding to an integer adds and subtracts 1.5 * 2^23 (2^52):
// the integer is then in the low bits too, so no conversion can meet a NaN (a
// float-to-int conversion of a NaN is poison). Test:
// test/Transforms/expand-math.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/ExpandMath/MathBuilder.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sqa;

using Float = MathBuilder::Float;
using Int = MathBuilder::Int;

static constexpr double kLog2E = 1.4426950408889634;
// ln 2 as the sum of an f32 and a remainder.
static constexpr double kLn2Hi = 0.693147182464599609375;
static constexpr double kLn2Lo = -1.904654299957767878e-09;
static constexpr double kRound32 = 12582912.0; // 1.5 * 2^23
static constexpr int64_t kRound32Bits = 0x4B400000;
static constexpr double kRound64 = 6755399441055744.0; // 1.5 * 2^52

//===----------------------------------------------------------------------===//
// Exponentials
//===----------------------------------------------------------------------===//

// x * 2^n, where `rounded` is n + kRound32 and n is from -252 to 254. In two
// steps, so that the result may be denormal or infinite.
static Value scaleByPower(MathBuilder &m, Value x, Value rounded) {
  Value n = m.subi(m.bits(rounded, m.intType(32)), m.integer(32, kRound32Bits));
  Value half = m.ashr(n, m.integer(32, 1));
  for (Value part : {half, m.subi(n, half)}) {
    Value exponent = m.addi(part, m.integer(32, 127));
    Value power = m.bits(m.shl(exponent, m.integer(32, 23)), m.f32Type());
    x = m.mul(x, power);
  }
  return x;
}

// Below -104 the result is 0, above 89 it is inf; the limits round to them.
static Value exp(MathBuilder &m, Value x) {
  x = m.clamp(x, -104, 89);
  Value rounded = m.fma(x, m.num(x, kLog2E), m.num(x, kRound32));
  Value n = m.sub(rounded, m.num(x, kRound32));
  Value r = m.fma(n, m.num(x, -kLn2Hi), x);
  r = m.fma(n, m.num(x, -kLn2Lo), r);
  // (exp(r) - 1 - r) / r^2 on [-ln2/2, ln2/2]
  Value q =
      m.polynomial(r, {0.5, 0.1666657702559798819, 0.041666554662050533982,
                       0.0083631730745137109028, 0.0013926176119935578884});
  Value p = m.add(m.fma(m.mul(r, r), q, r), m.num(r, 1));
  return scaleByPower(m, p, rounded);
}

static Value exp2(MathBuilder &m, Value x) {
  x = m.clamp(x, -151, 129);
  Value rounded = m.add(x, m.num(x, kRound32));
  Value r = m.sub(x, m.sub(rounded, m.num(x, kRound32)));
  // (2^r - 1) / r on [-0.5, 0.5]
  Value q =
      m.polynomial(r, {0.69314718802622878106, 0.24022650760568126945,
                       0.055503571142190778186, 0.0096180825572778514913,
                       0.0013390863364671234381, 0.00015453162945120690177});
  return scaleByPower(m, m.fma(r, q, m.num(r, 1)), rounded);
}

// 1 - 2 / (e^2a + 1), and a polynomial near 0, where that cancels. e^2a is 2^t
// with 1.8 <= t <= 26.6, so its exponent moves into place in one shift.
static Value tanh(MathBuilder &m, Value x) {
  constexpr double largest = 9.2; // tanh rounds to 1 from 9.02 on
  Value a = m.abs(x), z = m.mul(x, x), one = m.num(x, 1);
  // (tanh(x) - x) / x^3 on [0, 0.625]
  Value q = m.polynomial(z, {-0.33333328944134254565, 0.13332769736976327858,
                             -0.053850909578513580828, 0.020997178999074750572,
                             -0.0060967141659081975745});
  Value small = m.fma(m.mul(x, z), q, x);
  Value isSmall = m.cmp(Float::OLT, a, m.num(x, 0.625));
  a = m.select(m.cmp(Float::OLT, m.num(x, largest), a), m.num(x, largest), a);
  // The low bits of `rounded` are the biased exponent.
  Value bias = m.num(x, kRound32 + 127), factor = m.num(x, 2 * kLog2E);
  Value rounded = m.fma(a, factor, bias);
  Value r = m.fma(a, factor, m.neg(m.sub(rounded, bias)));
  // 2^r on [-0.5, 0.5], as scripts/fit_exp2.py has it
  Value p = m.polynomial(r, {1.0, 0.693147004, 0.240222424, 0.0555073358,
                             0.00967151299, 0.00132647227});
  Value power = m.bits(m.shl(m.bits(rounded, m.intType(32)), m.integer(32, 23)),
                       m.f32Type());
  Value large = m.sub(one, m.div(m.num(x, 2), m.fma(p, power, one)));
  return m.select(isSmall, small, m.copysign(large, x));
}

static Value erf(MathBuilder &m, Value x) {
  Value a = m.abs(x), z = m.mul(x, x);
  // erf(x) / x - 1 on [0, 1]
  Value p =
      m.polynomial(z, {0.1283791670615434152, -0.37612638468028710398,
                       0.1128378249523684454, -0.026865430727670242894,
                       0.0052210318078580227973, -0.00084840804055351062944,
                       0.00011265959025606608973, -9.6670445714869964152e-6});
  Value small = m.fma(x, p, x);
  // log2(erfc(x)) on [0.9, 4]; from 4 on the result rounds to 1.
  Value limited = m.select(m.cmp(Float::OGT, a, m.num(x, 4)), m.num(x, 4), a);
  Value tail = m.polynomial(
      limited, {0.00050434038237164669324, -1.6308057725844807636,
                -0.9110381059134355186, -0.15941718310452617756,
                0.03857223204786808188, -0.0070847579027327593891,
                0.00092810948241964963675, -0.000079256138977463789914,
                3.7428404728248166982e-6, -6.4256142311849079311e-8});
  Value large = m.copysign(m.sub(m.num(x, 1), exp2(m, tail)), x);
  return m.select(m.cmp(Float::OLT, a, m.num(x, 1)), small, large);
}

//===----------------------------------------------------------------------===//
// Logarithms
//===----------------------------------------------------------------------===//

namespace {
// x = 2^exponent * (1 + f) and log1p = log(1 + f), for a positive finite x.
struct LogParts {
  Value exponent, log1p;
};
} // namespace

static LogParts splitLog(MathBuilder &m, Value x) {
  Type i32 = m.intType(32);
  Value denormal = m.cmp(Float::OLT, x, m.num(x, 0x1p-126));
  Value scaled = m.select(denormal, m.mul(x, m.num(x, 0x1p23)), x);
  Value bias = m.select(denormal, m.num(x, -23), m.num(x, 0));
  // 1 + f is in [sqrt(1/2), sqrt(2)).
  Value bits = m.bits(scaled, i32);
  Value e = m.ashr(m.subi(bits, m.integer(32, 0x3f3504f3)), m.integer(32, 23));
  Value mantissa =
      m.bits(m.subi(bits, m.shl(e, m.integer(32, 23))), m.f32Type());
  Value f = m.sub(mantissa, m.num(x, 1));
  Value s = m.div(f, m.add(f, m.num(x, 2))), z = m.mul(s, s);
  // 2 atanh(s) / s - 2 in z = s^2
  Value r =
      m.mul(z, m.polynomial(z, {0.66666815338151187548, 0.39974850517519047827,
                                0.29924390479144986791}));
  Value half = m.mul(m.mul(f, f), m.num(x, 0.5));
  Value log1p = m.sub(f, m.sub(half, m.mul(s, m.add(half, r))));
  return {m.add(m.toFloat(e, m.f32Type()), bias), log1p};
}

// `result` where x is positive and finite; else what every logarithm gives.
static Value logSpecials(MathBuilder &m, Value x, Value result) {
  Value zero = m.num(x, 0), inf = m.num(x, INFINITY);
  Value rest = m.select(m.cmp(Float::OEQ, x, inf), inf, m.num(x, NAN));
  rest = m.select(m.cmp(Float::OEQ, x, zero), m.num(x, -INFINITY), rest);
  Value regular = m.andi(m.cmp(Float::OGT, x, zero), m.cmp(Float::OLT, x, inf));
  return m.select(regular, result, rest);
}

static Value log(MathBuilder &m, Value x) {
  LogParts parts = splitLog(m, x);
  Value low = m.fma(parts.exponent, m.num(x, kLn2Lo), parts.log1p);
  return logSpecials(m, x, m.fma(parts.exponent, m.num(x, kLn2Hi), low));
}

static Value log2(MathBuilder &m, Value x) {
  LogParts parts = splitLog(m, x);
  Value result = m.fma(parts.log1p, m.num(x, kLog2E), parts.exponent);
  return logSpecials(m, x, result);
}

//===----------------------------------------------------------------------===//
// Sine and cosine
//===----------------------------------------------------------------------===//

// Both of the same angle: the reduction is shared. The angle is reduced in f64,
// where n * pi/2 in one fma is right to 1e-10 for |x| <= 2e6; the error is then
// that of f32 polynomials, below 1e-7. Beyond |x| = 2^31 the result is some
// number in [-1, 1]; of an infinity it is NaN.
static std::pair<Value, Value> sincos(MathBuilder &m, Value x) {
  Value wide = m.toF64(x);
  Value rounded = m.fma(wide, m.num(wide, M_2_PI), m.num(wide, kRound64));
  Value n = m.sub(rounded, m.num(wide, kRound64));
  Value reduced = m.fma(n, m.num(wide, -M_PI_2), wide);
  reduced = m.fma(n, m.num(wide, -6.123233995736766e-17), reduced);
  Value r = m.clamp(m.toF32(reduced), -M_PI_4, M_PI_4);
  Value z = m.mul(r, r), one = m.num(r, 1);
  // (sin(r) - r) / r^3 and (cos(r) - 1 + r^2 / 2) / r^4 in z = r^2
  Value s = m.polynomial(z, {-0.1666666466231437862, 0.0083327482706297494849,
                             -0.00019587890880412385786});
  Value c = m.polynomial(z, {0.041666664659502206772, -0.0013888303035894866037,
                             0.000024547942085071572513});
  s = m.fma(m.mul(r, z), s, r);
  c = m.fma(m.mul(z, z), c, m.fma(z, m.num(r, -0.5), one));
  // Quarter turns: bit 0 swaps the two, bit 1 (of n for the sine, of n + 1 for
  // the cosine) changes the sign.
  Value quarter = m.truncInt(m.bits(rounded, m.intType(64)), 32);
  auto turn = [&](Value quarters) {
    Value bit = m.andi(quarters, m.integer(32, 2));
    return m.shl(bit, m.integer(32, 30));
  };
  auto flip = [&](Value v, Value sign) {
    return m.bits(m.xori(m.bits(v, m.intType(32)), sign), m.f32Type());
  };
  Value low = m.andi(quarter, m.integer(32, 1));
  Value odd = m.cmp(Int::ne, low, m.integer(32, 0));
  Value sin = flip(m.select(odd, c, s), turn(quarter));
  Value cos =
      flip(m.select(odd, s, c), turn(m.addi(quarter, m.integer(32, 1))));
  return {sin, cos};
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

template <Value (*fn)(MathBuilder &, Value)>
static SmallVector<Value> unary(MathBuilder &m, ValueRange operands) {
  return {fn(m, operands[0])};
}

void mlir::sqa::addF32Expansions(llvm::StringMap<MathExpansionFn> &table) {
  table["math.exp"] = unary<exp>;
  table["math.exp2"] = unary<exp2>;
  table["math.tanh"] = unary<tanh>;
  table["math.erf"] = unary<erf>;
  table["math.log"] = unary<log>;
  table["math.log2"] = unary<log2>;
  table["math.sin"] = [](MathBuilder &m, ValueRange x) {
    return SmallVector<Value>{sincos(m, x[0]).first};
  };
  table["math.cos"] = [](MathBuilder &m, ValueRange x) {
    return SmallVector<Value>{sincos(m, x[0]).second};
  };
  table["math.sincos"] = [](MathBuilder &m, ValueRange x) {
    auto [sin, cos] = sincos(m, x[0]);
    return SmallVector<Value>{sin, cos};
  };
  table["math.rsqrt"] = [](MathBuilder &m, ValueRange x) {
    return SmallVector<Value>{m.div(m.num(x[0], 1), m.sqrt(x[0]))};
  };
}
