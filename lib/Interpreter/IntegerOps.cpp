//===- IntegerOps.cpp - Integer arithmetic of arith -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Wraps around by width; overflow flags (nsw, nuw, exact) promise what need
// not be checked. Division by zero and the one signed division that overflows
// are undefined and fail. Test: test/Interpreter/arith-int.mlir.
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

namespace {
using U = uint64_t;
using S = int64_t;
} // namespace

static unsigned resultWidth(Operation *op) {
  return widthOf(getElementTypeOrSelf(op->getResult(0).getType()));
}

//===----------------------------------------------------------------------===//
// Division
//===----------------------------------------------------------------------===//

template <typename F> static ScalarFn unsignedDivision(unsigned width, F f) {
  return [width, f](const Scalar *in, Scalar *out, std::string &fault) {
    const U a = unsignedInt(in[0].i, width), b = unsignedInt(in[1].i, width);
    if (b == 0) {
      fault = "division by zero";
      return false;
    }
    out->i = canonicalInt(static_cast<S>(f(a, b)), width);
    return true;
  };
}

template <typename F> static ScalarFn signedDivision(unsigned width, F f) {
  return [width, f](const Scalar *in, Scalar *out, std::string &fault) {
    const S a = signedInt(in[0].i, width), b = signedInt(in[1].i, width);
    if (b == 0) {
      fault = "division by zero";
      return false;
    }
    // Width 1 has no 1 to divide by: -1 / -1 overflows as well.
    if (b == -1 && a == signedInt(S(1) << (width - 1), width)) {
      fault = "signed division overflows";
      return false;
    }
    out->i = canonicalInt(f(a, b), width);
    return true;
  };
}

static ScalarFn compileDivision(Operation *op) {
  const unsigned width = resultWidth(op);
  return llvm::TypeSwitch<Operation *, ScalarFn>(op)
      .Case<arith::DivUIOp>(
          [&](auto) { return unsignedDivision(width, std::divides<U>()); })
      .Case<arith::RemUIOp>(
          [&](auto) { return unsignedDivision(width, std::modulus<U>()); })
      .Case<arith::CeilDivUIOp>([&](auto) {
        return unsignedDivision(width,
                                [](U a, U b) { return a / b + (a % b != 0); });
      })
      .Case<arith::DivSIOp>(
          [&](auto) { return signedDivision(width, std::divides<S>()); })
      .Case<arith::RemSIOp>(
          [&](auto) { return signedDivision(width, std::modulus<S>()); })
      .Case<arith::CeilDivSIOp>([&](auto) {
        return signedDivision(width, [](S a, S b) {
          return a / b + (a % b != 0 && (a < 0) == (b < 0));
        });
      })
      .Case<arith::FloorDivSIOp>([&](auto) {
        return signedDivision(width, [](S a, S b) {
          return a / b - (a % b != 0 && (a < 0) != (b < 0));
        });
      })
      .Default([](Operation *) { return nullptr; });
}

//===----------------------------------------------------------------------===//
// Comparison and extended results
//===----------------------------------------------------------------------===//

static bool compareInts(arith::CmpIPredicate predicate, S a, S b,
                        unsigned width) {
  const S sa = signedInt(a, width), sb = signedInt(b, width);
  const U ua = unsignedInt(a, width), ub = unsignedInt(b, width);
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return ua == ub;
  case arith::CmpIPredicate::ne:
    return ua != ub;
  case arith::CmpIPredicate::slt:
    return sa < sb;
  case arith::CmpIPredicate::sle:
    return sa <= sb;
  case arith::CmpIPredicate::sgt:
    return sa > sb;
  case arith::CmpIPredicate::sge:
    return sa >= sb;
  case arith::CmpIPredicate::ult:
    return ua < ub;
  case arith::CmpIPredicate::ule:
    return ua <= ub;
  case arith::CmpIPredicate::ugt:
    return ua > ub;
  case arith::CmpIPredicate::uge:
    return ua >= ub;
  }
  llvm_unreachable("every predicate is listed");
}

static ScalarFn compileCompare(arith::CmpIOp op) {
  const unsigned width = widthOf(getElementTypeOrSelf(op.getLhs().getType()));
  return [width, predicate = op.getPredicate()](const Scalar *in, Scalar *out,
                                                std::string &) {
    out->i = compareInts(predicate, in[0].i, in[1].i, width);
    return true;
  };
}

/// Product of two numbers as low and high half.
static ScalarFn extendedProduct(unsigned width, bool isSigned) {
  return [=](const Scalar *in, Scalar *out, std::string &) {
    // Of the 128 bits only the low 2 * width are used: the sign is that of the
    // extension to 128 bits.
    auto widen = [&](S value) {
      return isSigned ? static_cast<__int128>(signedInt(value, width))
                      : static_cast<__int128>(unsignedInt(value, width));
    };
    const auto product = static_cast<unsigned __int128>(widen(in[0].i)) *
                         static_cast<unsigned __int128>(widen(in[1].i));
    out[0].i = canonicalInt(static_cast<S>(product), width);
    out[1].i = canonicalInt(static_cast<S>(product >> width), width);
    return true;
  };
}

static ScalarFn extendedSum(unsigned width) {
  return [width](const Scalar *in, Scalar *out, std::string &) {
    const U a = unsignedInt(in[0].i, width);
    const U sum = unsignedInt(static_cast<S>(a + U(in[1].i)), width);
    out[0].i = canonicalInt(static_cast<S>(sum), width);
    out[1].i = sum < a;
    return true;
  };
}

//===----------------------------------------------------------------------===//
// The rest
//===----------------------------------------------------------------------===//

/// A shift by the width or more is poison: it gives 0, or all sign bits.
static ScalarFn compileShift(Operation *op) {
  const unsigned width = resultWidth(op);
  if (isa<arith::ShLIOp>(op))
    return unsignedBinary(width,
                          [width](U a, U n) { return n < width ? a << n : 0; });
  if (isa<arith::ShRUIOp>(op))
    return unsignedBinary(width,
                          [width](U a, U n) { return n < width ? a >> n : 0; });
  if (isa<arith::ShRSIOp>(op))
    return intBinary(width, [width](S a, S n) {
      return signedInt(a, width) >> std::min<U>(unsignedInt(n, width), 63);
    });
  return nullptr;
}

static ScalarFn compileWrapping(Operation *op) {
  const unsigned width = resultWidth(op);
  return llvm::TypeSwitch<Operation *, ScalarFn>(op)
      .Case<arith::AddIOp>(
          [&](auto) { return unsignedBinary(width, std::plus<U>()); })
      .Case<arith::SubIOp>(
          [&](auto) { return unsignedBinary(width, std::minus<U>()); })
      .Case<arith::MulIOp>(
          [&](auto) { return unsignedBinary(width, std::multiplies<U>()); })
      .Case<arith::AndIOp>(
          [&](auto) { return unsignedBinary(width, std::bit_and<U>()); })
      .Case<arith::OrIOp>(
          [&](auto) { return unsignedBinary(width, std::bit_or<U>()); })
      .Case<arith::XOrIOp>(
          [&](auto) { return unsignedBinary(width, std::bit_xor<U>()); })
      .Case<arith::MaxSIOp>([&](auto) {
        return signedBinary(width, [](S a, S b) { return std::max(a, b); });
      })
      .Case<arith::MinSIOp>([&](auto) {
        return signedBinary(width, [](S a, S b) { return std::min(a, b); });
      })
      .Case<arith::MaxUIOp>([&](auto) {
        return unsignedBinary(width, [](U a, U b) { return std::max(a, b); });
      })
      .Case<arith::MinUIOp>([&](auto) {
        return unsignedBinary(width, [](U a, U b) { return std::min(a, b); });
      })
      .Default([](Operation *) { return nullptr; });
}

ScalarFn mlir::sqa::interpreter::compileIntegerOp(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return compileCompare(compare);
  if (isa<arith::MulSIExtendedOp>(op))
    return extendedProduct(resultWidth(op), /*isSigned=*/true);
  if (isa<arith::MulUIExtendedOp>(op))
    return extendedProduct(resultWidth(op), /*isSigned=*/false);
  if (isa<arith::AddUIExtendedOp>(op))
    return extendedSum(resultWidth(op));
  for (auto compile : {compileWrapping, compileDivision, compileShift})
    if (isa<arith::ArithDialect>(op->getDialect()))
      if (ScalarFn fn = compile(op))
        return fn;
  return nullptr;
}
