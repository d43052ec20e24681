//===- KeyRangeTest.cpp - Key ranges against enumeration -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ranges of random clauses, tiles and sizes are compared with asking the
// clauses slot by slot; the IR that buildKeyRanges writes for constants folds to
// what evaluateKeyRanges computes.
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/KeyRange.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"
#include <random>

using namespace mlir;
using namespace mlir::sqa;

namespace {
using Query = KeyRangeQuery<int64_t>;
using Ranges = SmallVector<KeyRange<int64_t>>;

// The definition of the clauses, as dialects/Attn/README.md says it.
bool isVisible(const KeyClauses &clauses, int64_t position, int64_t key) {
  bool window = true;
  if (clauses.windowLeft)
    window &= key >= position - *clauses.windowLeft;
  if (clauses.windowRight)
    window &= key <= position + *clauses.windowRight;
  if (clauses.window)
    window |= key < clauses.globalKeys;
  return window && (!clauses.causal || key <= position);
}

// How many rows of the tile see `key`.
int64_t countRows(const KeyClauses &clauses, const Query &query, int64_t key) {
  int64_t seen = 0;
  for (int64_t row = query.rowBegin; row < query.rowEnd; ++row)
    seen += isVisible(clauses, row + query.offset, key);
  return seen;
}

void expectCovers(const KeyClauses &clauses, const Query &query,
                  const Ranges &ranges) {
  std::vector<int> visits(query.keys, 0), full(query.keys, 0);
  for (const KeyRange<int64_t> &range : ranges) {
    ASSERT_LE(0, range.lo);
    ASSERT_LE(range.lo, range.hi);
    ASSERT_LE(range.hi, query.keys);
    for (int64_t key = range.lo; key < range.hi; ++key) {
      ++visits[key];
      full[key] += !range.masked;
    }
  }
  for (int64_t key = 0; key < query.keys; ++key) {
    int64_t rows = countRows(clauses, query, key);
    ASSERT_LE(visits[key], 1) << "key " << key << " is in two ranges";
    if (rows > 0)
      ASSERT_EQ(visits[key], 1) << "key " << key << " is in no range";
    if (full[key])
      ASSERT_EQ(rows, query.rowEnd - query.rowBegin) << "key " << key;
  }
}

int64_t countVisited(const Ranges &ranges, bool maskedOnly = false) {
  int64_t visited = 0;
  for (const KeyRange<int64_t> &range : ranges)
    visited += maskedOnly && !range.masked ? 0 : range.hi - range.lo;
  return visited;
}

class Random {
public:
  int64_t operator()(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine);
  }

private:
  std::mt19937_64 engine{20260801};
};

KeyClauses randomClauses(Random &random) {
  KeyClauses clauses;
  clauses.causal = random(0, 1);
  if (random(0, 2) > 0) {
    if (random(0, 3) > 0)
      clauses.windowLeft = random(0, 20);
    if (!clauses.causal && random(0, 3) > 0)
      clauses.windowRight = random(0, 20);
    clauses.window = clauses.windowLeft || clauses.windowRight;
    clauses.globalKeys = random(0, 1) ? random(0, 30) : 0;
  }
  return clauses;
}

Query randomQuery(Random &random) {
  Query query;
  query.rowBegin = random(0, 40);
  query.rowEnd = query.rowBegin + random(1, 16);
  query.offset = random(-50, 50);
  query.keys = random(0, 60);
  return query;
}

TEST(KeyRange, CoversWhatTheClausesSee) {
  Random random;
  for (int trial = 0; trial < 20000; ++trial) {
    KeyClauses clauses = randomClauses(random);
    Query query = randomQuery(random);
    int64_t granule = random(1, 2) == 1 ? 1 : random(2, 8);
    expectCovers(clauses, query, evaluateKeyRanges(clauses, query, granule));
    if (HasFatalFailure())
      FAIL() << "causal " << clauses.causal << " left "
             << clauses.windowLeft.value_or(-1) << " right "
             << clauses.windowRight.value_or(-1) << " global "
             << clauses.globalKeys << " rows " << query.rowBegin << ".."
             << query.rowEnd << " offset " << query.offset << " keys "
             << query.keys << " granule " << granule;
  }
}

// Without a granule nothing is visited in vain, and what every row sees is not
// masked, unless two masked halves meet or global keys lie in the window.
TEST(KeyRange, VisitsNoMore) {
  Random random;
  for (int trial = 0; trial < 20000; ++trial) {
    KeyClauses clauses = randomClauses(random);
    Query query = randomQuery(random);
    Ranges ranges = evaluateKeyRanges(clauses, query);
    int64_t seen = 0, partly = 0;
    for (int64_t key = 0; key < query.keys; ++key) {
      int64_t rows = countRows(clauses, query, key);
      seen += rows > 0;
      partly += rows > 0 && rows < query.rowEnd - query.rowBegin;
    }
    ASSERT_EQ(countVisited(ranges), seen);
    if (clauses.globalKeys == 0)
      ASSERT_EQ(countVisited(ranges, /*maskedOnly=*/true), partly);
  }
}

// Whatever else hides slots, no range is free of its mask.
TEST(KeyRange, OpaqueMasksEverything) {
  Random random;
  for (int trial = 0; trial < 2000; ++trial) {
    KeyClauses clauses = randomClauses(random);
    Query query = randomQuery(random);
    int64_t before = countVisited(evaluateKeyRanges(clauses, query));
    clauses.opaque = true;
    Ranges ranges = evaluateKeyRanges(clauses, query);
    ASSERT_EQ(countVisited(ranges), before);
    ASSERT_EQ(countVisited(ranges, /*maskedOnly=*/true), before);
  }
}

// The diagonal tile of a square causal mask: whole blocks before it, one masked
// block on it.
TEST(KeyRange, CausalDiagonalIsAligned) {
  KeyClauses clauses;
  clauses.causal = true;
  Ranges ranges = evaluateKeyRanges(clauses, {64, 96, 0, 1000}, 4);
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].lo, 0);
  EXPECT_EQ(ranges[0].hi, 64);
  EXPECT_FALSE(ranges[0].masked);
  EXPECT_EQ(ranges[1].hi, 96);
  EXPECT_TRUE(ranges[1].masked);
}

// Sizes at the ends of what the spec allows do not overflow.
TEST(KeyRange, LargeNumbers) {
  constexpr int64_t huge = int64_t(1) << 60;
  KeyClauses clauses;
  clauses.window = true;
  clauses.windowLeft = huge;
  clauses.windowRight = huge;
  clauses.globalKeys = huge;
  for (int64_t offset : {-huge, int64_t(0), huge})
    EXPECT_EQ(countVisited(evaluateKeyRanges(clauses, {0, 8, offset, 100}, 8)),
              100);
}

TEST(KeyRange, IrFoldsToTheSameNumbers) {
  MLIRContext context;
  context.loadDialect<arith::ArithDialect>();
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(module->getBody());
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Random random;
  for (int trial = 0; trial < 300; ++trial) {
    KeyClauses clauses = randomClauses(random);
    clauses.opaque = random(0, 4) == 0;
    Query query = randomQuery(random);
    int64_t granule = random(1, 8);
    Ranges expected = evaluateKeyRanges(clauses, query, granule);
    SmallVector<KeyRange<Value>> built = buildKeyRanges(
        builder, loc, clauses,
        {constant(query.rowBegin), constant(query.rowEnd),
         constant(query.offset), constant(query.keys)},
        granule);
    ASSERT_EQ(built.size(), expected.size());
    for (auto [ir, number] : llvm::zip(built, expected)) {
      EXPECT_EQ(getConstantIntValue(ir.lo), number.lo);
      EXPECT_EQ(getConstantIntValue(ir.hi), number.hi);
      EXPECT_EQ(ir.masked, number.masked);
    }
  }
}
} // namespace
