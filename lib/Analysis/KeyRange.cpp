//===- KeyRange.cpp - Which keys a tile of queries sees --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With first and last the positions of the first and last row of a tile:
//
//   some row sees   [first - left, last + right]    every row sees
//   [last - left, first + right]
//
// and causal is right = 0. Global keys add the keys before and behind the
// window. The formulas are written once, over an algebra that is either int64_t
// or IR, so that what unit tests enumerate is what the compiler emits.
//
// Windows, global keys and offsets are at most 2^60 (sqa_c12, sqa_c13), lengths
// far less, so no sum overflows.
//
// Wrong if: a range that some row does not see whole is not `masked`, a key that
// a row sees is in no range, or in two.
// Test: test/unit/Analysis/KeyRangeTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/KeyRange.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include <algorithm>

using namespace mlir;
using namespace mlir::sqa;

KeyClauses KeyClauses::of(attn::SqaOp op) {
  auto side = [](std::optional<uint64_t> size) -> std::optional<int64_t> {
    int64_t value = size ? static_cast<int64_t>(*size) : -1;
    return value < 0 ? std::nullopt : std::optional<int64_t>(value);
  };
  KeyClauses clauses;
  clauses.causal = op.getCausal();
  clauses.window = op.getWindowLeft() && op.getWindowRight();
  if (clauses.window) {
    clauses.windowLeft = side(op.getWindowLeft());
    // Causal hides more than the right side does.
    if (!clauses.causal)
      clauses.windowRight = side(op.getWindowRight());
    clauses.globalKeys = op.getGlobalKeys().value_or(0);
    clauses.window = clauses.windowLeft || clauses.windowRight;
  }
  clauses.opaque = op.hasMaskMod() || op.getMask() || op.getQuerySegments();
  return clauses;
}

//===----------------------------------------------------------------------===//
// Two algebras
//===----------------------------------------------------------------------===//

namespace {
struct IntAlgebra {
  using T = int64_t;
  T constant(int64_t value) { return value; }
  T add(T a, int64_t b) { return a + b; }
  T sum(T a, T b) { return a + b; }
  T min(T a, T b) { return std::min(a, b); }
  T max(T a, T b) { return std::max(a, b); }
  // The largest multiple of `unit` that is at most `a`, for a >= 0.
  T alignDown(T a, int64_t unit) { return a - a % unit; }
  // c if a >= b, else d.
  T ifNotLess(T a, T b, T c, T d) { return a >= b ? c : d; }
};

struct IrAlgebra {
  using T = Value;
  OpBuilder &builder;
  Location loc;

  T constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  T sum(T a, T b) { return builder.createOrFold<arith::AddIOp>(loc, a, b); }
  T add(T a, int64_t b) { return b == 0 ? a : sum(a, constant(b)); }
  T min(T a, T b) { return builder.createOrFold<arith::MinSIOp>(loc, a, b); }
  T max(T a, T b) { return builder.createOrFold<arith::MaxSIOp>(loc, a, b); }
  T alignDown(T a, int64_t unit) {
    if (unit == 1)
      return a;
    Value rest = builder.createOrFold<arith::RemUIOp>(loc, a, constant(unit));
    return builder.createOrFold<arith::SubIOp>(loc, a, rest);
  }
  T ifNotLess(T a, T b, T c, T d) {
    Value test = builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::sge, a, b);
    return builder.createOrFold<arith::SelectOp>(loc, test, c, d);
  }
};

//===----------------------------------------------------------------------===//
// The formulas
//===----------------------------------------------------------------------===//

template <typename Algebra>
class RangeFormulas {
public:
  using T = typename Algebra::T;

  RangeFormulas(Algebra algebra, const KeyClauses &clauses,
                const KeyRangeQuery<T> &query, int64_t granule)
      : algebra(algebra), clauses(clauses), query(query), granule(granule),
        zero(this->algebra.constant(0)) {}

  SmallVector<KeyRange<T>> run() {
    lo = zero;
    hi = query.keys;
    if (!clauses.dependsOnPosition()) {
      push(lo, hi, clauses.opaque);
      return std::move(ranges);
    }
    first = algebra.sum(query.rowBegin, query.offset);
    last = algebra.add(algebra.sum(query.rowEnd, query.offset), -1);
    boundAbove();
    boundBelow();
    if (clauses.globalKeys > 0 && boundedBelow)
      push(zero, algebra.min(algebra.constant(clauses.globalKeys), lo),
           clauses.opaque);
    pushWindow();
    // Causal hides what lies behind the window, global or not.
    if (clauses.globalKeys > 0 && !clauses.causal && boundedAbove) {
      T end = algebra.min(algebra.constant(clauses.globalKeys), query.keys);
      push(hi, algebra.max(hi, end), clauses.opaque);
    }
    return std::move(ranges);
  }

private:
  // hi and fullHi, from causal or the right side of the window.
  void boundAbove() {
    boundedAbove = clauses.causal || clauses.windowRight;
    if (!boundedAbove)
      return;
    int64_t reach = 1 + (clauses.causal ? 0 : *clauses.windowRight);
    T end = algebra.max(algebra.add(last, reach), zero);
    hi = algebra.min(query.keys, end);
    T full = algebra.max(algebra.add(first, reach), zero);
    fullHi = algebra.min(query.keys, algebra.alignDown(full, granule));
  }

  // lo and fullLo, from the left side of the window.
  void boundBelow() {
    boundedBelow = clauses.windowLeft.has_value();
    if (!boundedBelow)
      return;
    T begin = algebra.max(algebra.add(first, -*clauses.windowLeft), zero);
    lo = algebra.min(begin, hi);
    T full = algebra.max(algebra.add(last, -*clauses.windowLeft), zero);
    T aligned = algebra.alignDown(algebra.add(full, granule - 1), granule);
    fullLo = algebra.min(aligned, hi);
  }

  // [lo, hi) as a masked head, a full middle and a masked tail.
  void pushWindow() {
    if (clauses.opaque || (!boundedAbove && !boundedBelow))
      return push(lo, hi, clauses.opaque);
    if (!boundedBelow) {
      push(zero, fullHi, /*masked=*/false);
      return push(fullHi, hi, /*masked=*/true);
    }
    if (!boundedAbove) {
      push(lo, fullLo, /*masked=*/true);
      return push(fullLo, hi, /*masked=*/false);
    }
    // No row sees the middle whole: one masked range rather than two halves.
    T middle = algebra.ifNotLess(fullLo, fullHi, hi, fullLo);
    T end = algebra.ifNotLess(fullLo, fullHi, hi, fullHi);
    push(lo, middle, /*masked=*/true);
    push(middle, end, /*masked=*/false);
    push(end, hi, /*masked=*/true);
  }

  void push(T begin, T end, bool masked) {
    ranges.push_back({begin, end, masked});
  }

  Algebra algebra;
  const KeyClauses &clauses;
  const KeyRangeQuery<T> &query;
  int64_t granule;
  T zero, first, last, lo, hi, fullLo, fullHi;
  bool boundedAbove = false, boundedBelow = false;
  SmallVector<KeyRange<T>> ranges;
};
} // namespace

SmallVector<KeyRange<int64_t>>
mlir::sqa::evaluateKeyRanges(const KeyClauses &clauses,
                             const KeyRangeQuery<int64_t> &query,
                             int64_t granule) {
  return RangeFormulas<IntAlgebra>({}, clauses, query, granule).run();
}

SmallVector<KeyRange<Value>>
mlir::sqa::buildKeyRanges(OpBuilder &builder, Location loc,
                          const KeyClauses &clauses,
                          const KeyRangeQuery<Value> &query, int64_t granule) {
  return RangeFormulas<IrAlgebra>({builder, loc}, clauses, query, granule)
      .run();
}
