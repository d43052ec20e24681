//===- MathOps.cpp - The math dialect -------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// libm in f64. Test: test/Interpreter/math.mlir.
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sqa::interpreter;

/// One line of the tables below: an op and what computes it.
template <typename OpT, typename F>
static void unary(Operation *op, ScalarFn &fn, F f) {
  if (isa<OpT>(op))
    fn = floatUnary(f);
}

static ScalarFn compileUnary(Operation *op) {
  ScalarFn fn;
  unary<math::AbsFOp>(op, fn, [](double x) { return std::fabs(x); });
  unary<math::AcosOp>(op, fn, [](double x) { return std::acos(x); });
  unary<math::AcoshOp>(op, fn, [](double x) { return std::acosh(x); });
  unary<math::AsinOp>(op, fn, [](double x) { return std::asin(x); });
  unary<math::AsinhOp>(op, fn, [](double x) { return std::asinh(x); });
  unary<math::AtanOp>(op, fn, [](double x) { return std::atan(x); });
  unary<math::AtanhOp>(op, fn, [](double x) { return std::atanh(x); });
  unary<math::CbrtOp>(op, fn, [](double x) { return std::cbrt(x); });
  unary<math::CeilOp>(op, fn, [](double x) { return std::ceil(x); });
  unary<math::CosOp>(op, fn, [](double x) { return std::cos(x); });
  unary<math::CoshOp>(op, fn, [](double x) { return std::cosh(x); });
  unary<math::ErfOp>(op, fn, [](double x) { return std::erf(x); });
  unary<math::ErfcOp>(op, fn, [](double x) { return std::erfc(x); });
  unary<math::ExpOp>(op, fn, [](double x) { return std::exp(x); });
  unary<math::Exp2Op>(op, fn, [](double x) { return std::exp2(x); });
  unary<math::ExpM1Op>(op, fn, [](double x) { return std::expm1(x); });
  unary<math::FloorOp>(op, fn, [](double x) { return std::floor(x); });
  unary<math::LogOp>(op, fn, [](double x) { return std::log(x); });
  unary<math::Log10Op>(op, fn, [](double x) { return std::log10(x); });
  unary<math::Log1pOp>(op, fn, [](double x) { return std::log1p(x); });
  unary<math::Log2Op>(op, fn, [](double x) { return std::log2(x); });
  unary<math::RsqrtOp>(op, fn, [](double x) { return 1 / std::sqrt(x); });
  unary<math::RoundOp>(op, fn, [](double x) { return std::round(x); });
  // The rounding mode of this process is to nearest even.
  unary<math::RoundEvenOp>(op, fn, [](double x) { return std::nearbyint(x); });
  unary<math::SinOp>(op, fn, [](double x) { return std::sin(x); });
  unary<math::SinhOp>(op, fn, [](double x) { return std::sinh(x); });
  unary<math::SqrtOp>(op, fn, [](double x) { return std::sqrt(x); });
  unary<math::TanOp>(op, fn, [](double x) { return std::tan(x); });
  unary<math::TanhOp>(op, fn, [](double x) { return std::tanh(x); });
  unary<math::TruncOp>(op, fn, [](double x) { return std::trunc(x); });
  return fn;
}

/// NaN if any operand is; a range with min above max gives max.
static double clamp(double value, double low, double high) {
  if (std::isnan(value) || std::isnan(low) || std::isnan(high))
    return std::numeric_limits<double>::quiet_NaN();
  return std::min(std::max(value, low), high);
}

/// base^exponent, wrapping around. A negative exponent gives the truncated
/// quotient; 0 to a negative power is undefined.
static ScalarFn integerPower(unsigned width) {
  return [width](const Scalar *in, Scalar *out, std::string &fault) {
    const int64_t base = signedInt(in[0].i, width);
    const int64_t exponent = signedInt(in[1].i, width);
    if (exponent < 0) {
      if (base == 0) {
        fault = "division by zero";
        return false;
      }
      const bool odd = exponent & 1;
      out->i = canonicalInt(base == 1    ? 1
                            : base == -1 ? (odd ? -1 : 1)
                                         : 0,
                            width);
      return true;
    }
    uint64_t result = 1, square = static_cast<uint64_t>(base);
    for (uint64_t rest = static_cast<uint64_t>(exponent); rest; rest >>= 1) {
      if (rest & 1)
        result *= square;
      square *= square;
    }
    out->i = canonicalInt(static_cast<int64_t>(result), width);
    return true;
  };
}

static ScalarFn compileIntegerMath(Operation *op) {
  const unsigned width =
      widthOf(getElementTypeOrSelf(op->getResult(0).getType()));
  return llvm::TypeSwitch<Operation *, ScalarFn>(op)
      .Case<math::AbsIOp>([&](auto) {
        return intUnary(width, [width](int64_t a) {
          const uint64_t bits = static_cast<uint64_t>(a);
          return static_cast<int64_t>(signedInt(a, width) < 0 ? 0 - bits
                                                              : bits);
        });
      })
      .Case<math::CountLeadingZerosOp>([&](auto) {
        return intUnary(width, [width](int64_t a) {
          return int64_t{llvm::countl_zero(unsignedInt(a, width))} -
                 (64 - width);
        });
      })
      .Case<math::CountTrailingZerosOp>([&](auto) {
        return intUnary(width, [width](int64_t a) {
          return std::min<int64_t>(llvm::countr_zero(unsignedInt(a, width)),
                                   width);
        });
      })
      .Case<math::CtPopOp>([&](auto) {
        return intUnary(width, [width](int64_t a) {
          return int64_t{llvm::popcount(unsignedInt(a, width))};
        });
      })
      .Case<math::IPowIOp>([&](auto) { return integerPower(width); })
      .Default([](Operation *) { return nullptr; });
}

template <typename F> static ScalarFn classify(F f) {
  return [f](const Scalar *in, Scalar *out, std::string &) {
    out->i = f(in[0].f);
    return true;
  };
}

static ScalarFn compileOther(Operation *op) {
  return llvm::TypeSwitch<Operation *, ScalarFn>(op)
      .Case<math::Atan2Op>([](auto) {
        return floatBinary([](double y, double x) { return std::atan2(y, x); });
      })
      .Case<math::CopySignOp>([](auto) {
        return floatBinary(
            [](double a, double b) { return std::copysign(a, b); });
      })
      .Case<math::PowFOp>([](auto) {
        return floatBinary([](double a, double b) { return std::pow(a, b); });
      })
      .Case<math::FPowIOp>([](math::FPowIOp) {
        return [](const Scalar *in, Scalar *out, std::string &) {
          out->f = std::pow(in[0].f, static_cast<double>(in[1].i));
          return true;
        };
      })
      .Case<math::FmaOp>([](auto) {
        return [](const Scalar *in, Scalar *out, std::string &) {
          out->f = std::fma(in[0].f, in[1].f, in[2].f);
          return true;
        };
      })
      .Case<math::ClampFOp>([](auto) {
        return [](const Scalar *in, Scalar *out, std::string &) {
          out->f = clamp(in[0].f, in[1].f, in[2].f);
          return true;
        };
      })
      .Case<math::SincosOp>([](auto) {
        return [](const Scalar *in, Scalar *out, std::string &) {
          const double angle = in[0].f;
          out[0].f = std::sin(angle);
          out[1].f = std::cos(angle);
          return true;
        };
      })
      .Case<math::IsFiniteOp>([](auto) {
        return classify([](double a) { return std::isfinite(a); });
      })
      .Case<math::IsInfOp>(
          [](auto) { return classify([](double a) { return std::isinf(a); }); })
      .Case<math::IsNaNOp>(
          [](auto) { return classify([](double a) { return std::isnan(a); }); })
      .Case<math::IsNormalOp>([](auto) {
        return classify([](double a) { return std::isnormal(a); });
      })
      .Default([](Operation *) { return nullptr; });
}

ScalarFn mlir::sqa::interpreter::compileMathOp(Operation *op) {
  if (!isa_and_nonnull<math::MathDialect>(op->getDialect()))
    return nullptr;
  for (auto compile : {compileUnary, compileIntegerMath, compileOther})
    if (ScalarFn fn = compile(op))
      return fn;
  return nullptr;
}
