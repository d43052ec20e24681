//===- MaskShares.cpp - Counts of tiles as formulas of the length
//----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   causal, tiles of 64 x 64:   skipped (k^2 - k) / 2 of k^2 tiles, S = T = 64
//   k
//
// The number of integer points of a polyhedron is a quasi-polynomial of its
// parameters (Ehrhart), here of degree 2 at most: at multiples of a length that
// tiles and all divisors of the formula divide, and beyond the lengths where
// bounds cross, it is one polynomial. So its coefficients come from three
// counts, and it is stated from the length on where it agrees with all further
// ones.
//
// Test: test/Tools/sqa-compile/explain-masks.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/MaskSummary.h"
#include "llvm/Support/FormatVariadic.h"
#include <numeric>

using namespace mlir;
using namespace mlir::sqa;

// Lengths that are counted, those of them that must agree with a formula, the
// longest period, and how many tiles are worth looking at (a second or so).
static constexpr int64_t kCounted = 10, kMustAgree = 5, kLongest = 1 << 16,
                         kMostTiles = 1 << 20;

namespace {
// (a k^2 + b k + c) / 2
struct HalfQuadratic {
  int64_t a, b, c;

  static HalfQuadratic through(int64_t k, ArrayRef<int64_t> values);
  int64_t at(int64_t k) const { return (a * k * k + b * k + c) / 2; }
  std::string text() const;
};
} // namespace

// Through (k, values[0]), (k + 1, values[1]), (k + 2, values[2]).
HalfQuadratic HalfQuadratic::through(int64_t k, ArrayRef<int64_t> values) {
  int64_t first = values[1] - values[0];
  int64_t second = values[2] - 2 * values[1] + values[0];
  int64_t b = 2 * first - second * (2 * k + 1);
  return {second, b, 2 * values[0] - second * k * k - b * k};
}

std::string HalfQuadratic::text() const {
  bool halved = a % 2 || b % 2 || c % 2;
  std::string sum;
  for (auto [coefficient, power] :
       {std::pair(a, "k^2"), std::pair(b, "k"), std::pair(c, "")}) {
    int64_t value = halved ? coefficient : coefficient / 2;
    if (value == 0)
      continue;
    sum += sum.empty() ? (value < 0 ? "-" : "") : (value < 0 ? " - " : " + ");
    std::string size = std::to_string(std::abs(value));
    bool isUnit = std::abs(value) == 1 && *power;
    sum += isUnit ? power : size + (*power ? " " : "") + power;
  }
  if (sum.empty())
    return "0";
  bool compound = sum.find(' ') != std::string::npos;
  return halved ? (compound ? "(" + sum + ")" : sum) + " / 2" : sum;
}

// The divisors of an expression.
static int64_t periodOf(AffineExpr expr) {
  int64_t period = 1;
  expr.walk([&](AffineExpr e) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(e);
    bool divides = e.getKind() == AffineExprKind::FloorDiv ||
                   e.getKind() == AffineExprKind::CeilDiv ||
                   e.getKind() == AffineExprKind::Mod;
    if (!binary || !divides)
      return;
    if (auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS()))
      period = std::lcm(period, divisor.getValue());
  });
  return std::min(period, kLongest);
}

static int64_t periodOf(const MaskSummary &summary) {
  int64_t period = 1;
  auto add = [&](ArrayRef<AffineExpr> exprs) {
    for (AffineExpr expr : exprs)
      period = std::min(std::lcm(period, periodOf(expr)), kLongest);
  };
  for (const auto *intervals : {&summary.visible, &summary.hidden})
    for (const KeyInterval &interval : *intervals) {
      add(interval.lower);
      add(interval.upper);
      add(interval.conditions);
      for (const BlockTest &test : interval.tests) {
        add(test.lower);
        add(test.upper);
      }
    }
  return period;
}

namespace {
// Counts at the lengths step, 2 step, ...
struct Counts {
  SmallVector<int64_t> skipped, full, total;
};

struct ShareFormula {
  HalfQuadratic skipped, full, total;
  int64_t from; // k
};
} // namespace

static FailureOr<Counts> countLengths(const MaskSummary &summary,
                                      const ShareSizes &sizes, int64_t step,
                                      NamedValues names, std::string &missing) {
  Counts counts;
  for (int64_t k = 1; k <= kCounted; ++k) {
    TileGrid grid{sizes.queries.value_or(k * step),
                  sizes.keys.value_or(k * step), sizes.blockM, sizes.blockN};
    names["S"] = grid.queries;
    names["T"] = grid.keys;
    FailureOr<SmallVector<int64_t>> symbols =
        evaluateSymbols(summary, names, missing);
    if (failed(symbols))
      return failure();
    TileCounts tiles = countTiles(summary, grid, *symbols);
    counts.skipped.push_back(tiles.skipped);
    counts.full.push_back(tiles.full);
    counts.total.push_back(tiles.total());
  }
  return counts;
}

// From the first length on where three counts give all that follow.
static std::optional<ShareFormula> fit(const Counts &counts) {
  for (int64_t from = 1; from + 2 + kMustAgree <= kCounted; ++from) {
    auto through = [&](ArrayRef<int64_t> values) {
      return HalfQuadratic::through(from, values.slice(from - 1, 3));
    };
    ShareFormula formula{through(counts.skipped), through(counts.full),
                         through(counts.total), from};
    bool agrees = true;
    for (int64_t k = from; k <= kCounted; ++k)
      agrees &= formula.skipped.at(k) == counts.skipped[k - 1] &&
                formula.full.at(k) == counts.full[k - 1] &&
                formula.total.at(k) == counts.total[k - 1];
    if (agrees)
      return formula;
  }
  return std::nullopt;
}

static std::string describe(const ShareFormula &formula,
                            const ShareSizes &sizes, int64_t step) {
  const auto &[skipped, full, total, from] = formula;
  HalfQuadratic partial{total.a - skipped.a - full.a,
                        total.b - skipped.b - full.b,
                        total.c - skipped.c - full.c};
  StringRef length = sizes.queries ? "T" : sizes.keys ? "S" : "S = T";
  return llvm::formatv("{0} = {1} k, k >= {2}: skipped {3}, full {4}, partial "
                       "{5} of {6} tiles of {7} x {8}",
                       length, step, from, skipped.text(), full.text(),
                       partial.text(), total.text(), sizes.blockM,
                       sizes.blockN);
}

FailureOr<std::string> mlir::sqa::describeShares(const MaskSummary &summary,
                                                 const ShareSizes &sizes,
                                                 const NamedValues &names,
                                                 std::string &missing) {
  int64_t step =
      std::lcm(std::lcm(sizes.blockM, sizes.blockN), periodOf(summary));
  auto tilesOf = [&](int64_t k) {
    return TileGrid{sizes.queries.value_or(k * step),
                    sizes.keys.value_or(k * step), sizes.blockM, sizes.blockN};
  };
  auto isCheap = [&] {
    TileGrid longest = tilesOf(kCounted);
    return longest.rowTiles() * longest.keyTiles() <=
           kMostTiles / (kCounted / 3);
  };
  // Bounds that cross late need longer lengths.
  for (; isCheap(); step *= 4) {
    FailureOr<Counts> counts =
        countLengths(summary, sizes, step, names, missing);
    if (failed(counts))
      return failure();
    if (std::optional<ShareFormula> formula = fit(*counts))
      return describe(*formula, sizes, step);
  }
  missing.clear();
  return failure();
}
