//===- MathF64.cpp - Elementary functions in f64, rounded to f32 ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rarer functions. f64 leaves room for cancellation, so that each is its
// textbook formula, with a Taylor series where that would still lose digits.
// Overflow and denormals come right by the final rounding to f32: 2^t is
// limited to the normal range of f64, far outside that of f32. Test:
// test/Transforms/expand-math.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/ExpandMath/MathBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sqa;

using Float = MathBuilder::Float;
using Int = MathBuilder::Int;

static constexpr double kRound64 = 6755399441055744.0; // 1.5 * 2^52
static constexpr int64_t kRound64Bits = 0x4338000000000000;

//===----------------------------------------------------------------------===//
// Cores: f64 in, f64 out
//===----------------------------------------------------------------------===//

// 2^t, with t limited to the exponents of normal numbers.
static Value exp2Core(MathBuilder &m, Value t) {
  t = m.clamp(t, -1022, 1023);
  Value rounded = m.add(t, m.num(t, kRound64));
  Value r = m.sub(t, m.sub(rounded, m.num(t, kRound64)));
  // (2^r - 1) / r on [-0.5, 0.5]
  Value q =
      m.polynomial(r, {0.69314718055994530925, 0.24022650695910071233,
                       0.055504108664821627039, 0.0096181291076284794928,
                       0.0013333558146406470697, 0.00015403530393370733411,
                       0.000015252733841556772589, 1.321548680870556279e-6,
                       1.0178057087733941105e-7, 7.0548973041554992774e-9,
                       4.455817908336064493e-10, 2.5729324177362304214e-11});
  Value n = m.subi(m.bits(rounded, m.intType(64)), m.integer(64, kRound64Bits));
  Value exponent = m.shl(m.addi(n, m.integer(64, 1023)), m.integer(64, 52));
  return m.mul(m.fma(r, q, m.num(r, 1)), m.bits(exponent, m.f64Type()));
}

static Value expCore(MathBuilder &m, Value x) {
  return exp2Core(m, m.mul(x, m.num(x, M_LOG2E)));
}

static Value logCore(MathBuilder &m, Value x) {
  Type i64 = m.intType(64);
  Value bits = m.bits(x, i64);
  Value e = m.ashr(m.subi(bits, m.integer(64, 0x3fe6a09e667f3bcd)),
                   m.integer(64, 52));
  Value mantissa =
      m.bits(m.subi(bits, m.shl(e, m.integer(64, 52))), m.f64Type());
  Value f = m.sub(mantissa, m.num(x, 1));
  Value s = m.div(f, m.add(f, m.num(x, 2))), z = m.mul(s, s);
  // 2 atanh(s) / s in z = s^2
  Value q = m.polynomial(z, {1.9999999999999999977, 0.66666666666667645658,
                             0.39999999999302338113, 0.28571428760641679883,
                             0.22222197056726046608, 0.18183631680229328804,
                             0.15312528148364190966, 0.14809710360655276698});
  Value exponent = m.toFloat(m.truncInt(e, 32), m.f64Type());
  Value result = m.fma(exponent, m.num(x, M_LN2), m.mul(s, q));

  Value zero = m.num(x, 0), inf = m.num(x, INFINITY);
  Value rest = m.select(m.cmp(Float::OEQ, x, inf), inf, m.num(x, NAN));
  rest = m.select(m.cmp(Float::OEQ, x, zero), m.num(x, -INFINITY), rest);
  Value regular = m.andi(m.cmp(Float::OGT, x, zero), m.cmp(Float::OLT, x, inf));
  return m.select(regular, result, rest);
}

static Value log2Core(MathBuilder &m, Value x) {
  return m.mul(logCore(m, x), m.num(x, M_LOG2E));
}

// `series` where |x| < limit, else `formula`.
static Value nearZero(MathBuilder &m, Value x, double limit, Value series,
                      Value formula) {
  Value near = m.cmp(Float::OLT, m.abs(x), m.num(x, limit));
  return m.select(near, series, formula);
}

// atan(t) for t in [0, 1] (or NaN).
static Value atanUnit(MathBuilder &m, Value t) {
  Value one = m.num(t, 1);
  Value upper = m.cmp(Float::OGT, t, m.num(t, 0.41421356237309503));
  Value u = m.select(upper, m.div(m.sub(t, one), m.add(t, one)), t);
  // atan(u) / u in u^2, |u| <= tan(pi / 8)
  Value q = m.polynomial(m.mul(u, u),
                         {0.9999999999999990408, -0.33333333333221434047,
                          0.19999999978392662056, -0.14285712661684793837,
                          0.11111048853751295683, -0.090895299565623073577,
                          0.076735354281832860176, -0.065059829671708399157,
                          0.050247621189401280324, -0.02531647957377647565});
  Value base = m.select(upper, m.num(t, M_PI_4), m.num(t, 0));
  return m.fma(u, q, base);
}

static Value atan2Core(MathBuilder &m, Value y, Value x) {
  Value ay = m.abs(y), ax = m.abs(x), one = m.num(x, 1), zero = m.num(x, 0);
  Value steep = m.cmp(Float::OGT, ay, ax);
  Value larger = m.select(steep, ay, ax), smaller = m.select(steep, ax, ay);
  Value ratio = m.div(smaller, larger);
  // 0/0 counts as 0, inf/inf as 1.
  ratio = m.select(m.cmp(Float::OEQ, larger, zero), zero, ratio);
  ratio = m.select(m.cmp(Float::OEQ, smaller, m.num(x, INFINITY)), one, ratio);
  Value angle = atanUnit(m, ratio);
  angle = m.select(steep, m.sub(m.num(x, M_PI_2), angle), angle);
  Value left = m.cmp(Float::OLT, m.copysign(one, x), zero);
  angle = m.copysign(m.select(left, m.sub(m.num(x, M_PI), angle), angle), y);
  return m.select(m.cmp(Float::UNO, x, y), m.num(x, NAN), angle);
}

// |x|^y times the sign of x^y, with the special cases of IEEE 754.
static Value powCore(MathBuilder &m, Value x, Value y) {
  Value zero = m.num(x, 0), one = m.num(x, 1), nan = m.num(x, NAN);
  Value log = log2Core(m, m.abs(x)), product = m.mul(y, log);
  // |x| = 1: 0 * inf would be NaN.
  Value ordered = m.cmp(Float::ORD, y, y);
  Value isOne = m.andi(m.cmp(Float::OEQ, log, zero), ordered);
  Value power = exp2Core(m, m.select(isOne, zero, product));
  Value integral = m.cmp(Float::OEQ, m.trunc(y), y);
  Value halved = m.mul(y, m.num(y, 0.5));
  Value odd = m.andi(integral, m.cmp(Float::UNE, m.trunc(halved), halved));
  Value negative = m.cmp(Float::OLT, m.copysign(one, x), zero);
  power = m.select(m.andi(negative, odd), m.neg(power), power);
  Value finite = m.andi(m.cmp(Float::OLT, x, zero),
                        m.cmp(Float::OGT, x, m.num(x, -INFINITY)));
  Value fractional = m.cmp(Float::ONE, m.trunc(y), y);
  power = m.select(m.andi(finite, fractional), nan, power);
  Value always = m.ori(m.cmp(Float::OEQ, y, zero), m.cmp(Float::OEQ, x, one));
  return m.select(always, one, power);
}

//===----------------------------------------------------------------------===//
// Functions of one argument: f64 in, f64 out
//===----------------------------------------------------------------------===//

static Value expm1(MathBuilder &m, Value x) {
  Value series =
      m.mul(x, m.polynomial(x, {1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120}));
  return nearZero(m, x, 0.01, series, m.sub(expCore(m, x), m.num(x, 1)));
}

static Value log1p(MathBuilder &m, Value x) {
  Value series = m.mul(x, m.polynomial(x, {1, -1.0 / 2, 1.0 / 3, -1.0 / 4}));
  return nearZero(m, x, 1e-3, series, logCore(m, m.add(x, m.num(x, 1))));
}

static Value log10(MathBuilder &m, Value x) {
  return m.mul(logCore(m, x), m.num(x, M_LOG10E));
}

static Value sinh(MathBuilder &m, Value x) {
  Value z = m.mul(x, x);
  Value series = m.mul(x, m.polynomial(z, {1, 1.0 / 6, 1.0 / 120, 1.0 / 5040}));
  Value e = expCore(m, m.abs(x)), half = m.num(x, 0.5);
  Value formula = m.mul(half, m.sub(e, m.div(m.num(x, 1), e)));
  return nearZero(m, x, 0.05, series, m.copysign(formula, x));
}

static Value cosh(MathBuilder &m, Value x) {
  Value e = expCore(m, m.abs(x));
  return m.mul(m.num(x, 0.5), m.add(e, m.div(m.num(x, 1), e)));
}

static Value asinh(MathBuilder &m, Value x) {
  Value a = m.abs(x), z = m.mul(x, x);
  Value series =
      m.mul(x, m.polynomial(z, {1, -1.0 / 6, 3.0 / 40, -15.0 / 336}));
  Value formula = logCore(m, m.add(a, m.sqrt(m.add(z, m.num(x, 1)))));
  return nearZero(m, x, 0.02, series, m.copysign(formula, x));
}

static Value acosh(MathBuilder &m, Value x) {
  Value one = m.num(x, 1);
  Value root = m.mul(m.sqrt(m.sub(x, one)), m.sqrt(m.add(x, one)));
  return logCore(m, m.add(x, root));
}

static Value atanh(MathBuilder &m, Value x) {
  Value a = m.abs(x), one = m.num(x, 1);
  Value series =
      m.mul(x, m.polynomial(m.mul(x, x), {1, 1.0 / 3, 1.0 / 5, 1.0 / 7}));
  Value log = logCore(m, m.div(m.add(one, a), m.sub(one, a)));
  return nearZero(m, x, 0.02, series, m.copysign(m.mul(m.num(x, 0.5), log), x));
}

static Value cbrt(MathBuilder &m, Value x) {
  Value third = m.mul(log2Core(m, m.abs(x)), m.num(x, 1.0 / 3));
  return m.copysign(exp2Core(m, third), x);
}

static Value atan(MathBuilder &m, Value x) {
  return atan2Core(m, x, m.num(x, 1));
}

// sqrt(1 - x^2), NaN outside [-1, 1].
static Value otherLeg(MathBuilder &m, Value x) {
  Value one = m.num(x, 1);
  return m.sqrt(m.mul(m.sub(one, x), m.add(one, x)));
}

static Value asin(MathBuilder &m, Value x) {
  return atan2Core(m, x, otherLeg(m, x));
}

static Value acos(MathBuilder &m, Value x) {
  return atan2Core(m, otherLeg(m, x), x);
}

static Value erfc(MathBuilder &m, Value x) {
  Value a = m.abs(x), two = m.num(x, 2), limit = m.num(x, 10.5);
  a = m.select(m.cmp(Float::OGT, a, limit), limit, a);
  Value t = m.div(two, m.add(two, a));
  // log(erfc(a) / t) + a^2 in t = 2 / (2 + a), a from 0 to 10.5
  Value p = m.polynomial(t, {-1.2655022969314736283, 0.99966054098856768897,
                             0.38022942691784117705, 0.035806568222731129608,
                             0.19797666236222504967, -1.3180040347155975776,
                             3.3510127798963531619, -7.1498838202053202683,
                             10.599247424412436847, -10.067785798639806486,
                             6.0225015410798543857, -2.1759878316809204786,
                             0.42208851329288411703, -0.031359674925765679948});
  Value tail = m.mul(t, expCore(m, m.sub(p, m.mul(a, a))));
  Value negative = m.cmp(Float::OLT, x, m.num(x, 0));
  return m.select(negative, m.sub(two, tail), tail);
}

static Value tan(MathBuilder &m, Value x) {
  Value rounded = m.fma(x, m.num(x, M_2_PI), m.num(x, kRound64));
  Value n = m.sub(rounded, m.num(x, kRound64));
  Value r = m.fma(n, m.num(x, -M_PI_2), x);
  r = m.fma(n, m.num(x, -6.123233995736766e-17), r);
  Value z = m.mul(r, r);
  Value s = m.mul(
      r, m.polynomial(z, {1.0, -0.1666666666666666663, 0.0083333333333333207182,
                          -0.00019841269841253478229, 2.7557319213562224107e-6,
                          -2.5052104779095043735e-8, 1.6058352428871255339e-10,
                          -7.5780901609226864184e-13}));
  Value c =
      m.polynomial(z, {1.0, -0.49999999999999999371, 0.041666666666666452389,
                       -0.0013888888888861094596, 0.000024801587283881153004,
                       -2.7557313097790086271e-7, 2.0875582380663953044e-9,
                       -1.1353379638297574126e-11});
  Value bit = m.andi(m.bits(rounded, m.intType(64)), m.integer(64, 1));
  Value odd = m.cmp(Int::ne, bit, m.integer(64, 0));
  return m.div(m.select(odd, m.neg(c), s), m.select(odd, s, c));
}

//===----------------------------------------------------------------------===//
// Remainder
//===----------------------------------------------------------------------===//

// Long division, 28 bits of the quotient at a time, so that each product is
// exact; 11 steps cover the largest quotient of two f32.
Value mlir::sqa::expandRemainder(MathBuilder &m, Value x32, Value y32) {
  OpBuilder &b = m.b;
  Value x = m.abs(m.toF64(x32)), y = m.abs(m.toF64(y32));
  Value zero = arith::ConstantIndexOp::create(b, m.loc, 0);
  Value steps = arith::ConstantIndexOp::create(b, m.loc, 11);
  Value one = arith::ConstantIndexOp::create(b, m.loc, 1);
  Value mask = m.integer(64, ~((int64_t(1) << 25) - 1));
  auto loop = scf::ForOp::create(
      b, m.loc, zero, steps, one, x,
      [&](OpBuilder &nested, Location loc, Value, ValueRange args) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPoint(nested.getInsertionBlock(),
                            nested.getInsertionPoint());
        Value q = m.trunc(m.div(args[0], y));
        q = m.bits(m.andi(m.bits(q, m.intType(64)), mask), m.f64Type());
        Value rest = m.fma(m.neg(q), y, args[0]);
        scf::YieldOp::create(b, loc, rest);
      });
  Value r = loop.getResult(0);
  // A quotient that was rounded up.
  r = m.select(m.cmp(Float::OLT, r, m.num(r, 0)), m.add(r, y), r);
  Value inf = m.num(r, INFINITY);
  Value whole = m.andi(m.cmp(Float::OEQ, y, inf), m.cmp(Float::OLT, x, inf));
  return m.copysign(m.toF32(m.select(whole, x, r)), x32);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

template <Value (*fn)(MathBuilder &, Value)>
static SmallVector<Value> unary(MathBuilder &m, ValueRange operands) {
  return {m.toF32(fn(m, m.toF64(operands[0])))};
}

template <Value (*fn)(MathBuilder &, Value, Value)>
static SmallVector<Value> binary(MathBuilder &m, ValueRange operands) {
  return {m.toF32(fn(m, m.toF64(operands[0]), m.toF64(operands[1])))};
}

static SmallVector<Value> fpowi(MathBuilder &m, ValueRange operands) {
  Value exponent = m.toFloat(operands[1], m.f64Type());
  return {m.toF32(powCore(m, m.toF64(operands[0]), exponent))};
}

void mlir::sqa::addF64Expansions(llvm::StringMap<MathExpansionFn> &table) {
  table["math.expm1"] = unary<expm1>;
  table["math.log1p"] = unary<log1p>;
  table["math.log10"] = unary<log10>;
  table["math.sinh"] = unary<sinh>;
  table["math.cosh"] = unary<cosh>;
  table["math.asinh"] = unary<asinh>;
  table["math.acosh"] = unary<acosh>;
  table["math.atanh"] = unary<atanh>;
  table["math.cbrt"] = unary<cbrt>;
  table["math.atan"] = unary<atan>;
  table["math.asin"] = unary<asin>;
  table["math.acos"] = unary<acos>;
  table["math.erfc"] = unary<erfc>;
  table["math.tan"] = unary<tan>;
  table["math.atan2"] = binary<atan2Core>;
  table["math.powf"] = binary<powCore>;
  table["math.fpowi"] = fpowi;
}
