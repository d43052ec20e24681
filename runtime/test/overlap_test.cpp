//===- overlap_test.cpp - Overlap of strided tensors ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "overlap.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

using namespace sqart;

namespace {
// A tensor of 2-byte elements at an offset into an imaginary buffer.
struct Strided {
  std::vector<int64_t> sizes, strides;
  int64_t offset = 0;

  Footprint footprint() const {
    int64_t last = 0;
    for (size_t i = 0; i < sizes.size(); ++i)
      last += (sizes[i] - 1) * strides[i];
    return {reinterpret_cast<const uint8_t *>(uintptr_t(0x10000 + 2 * offset)),
            2 * last + 2,
            2,
            sizes.data(),
            strides.data(),
            sizes.size()};
  }
  // All positions, with repetitions.
  std::vector<int64_t> positions() const {
    std::vector<int64_t> out = {offset};
    for (size_t i = 0; i < sizes.size(); ++i) {
      std::vector<int64_t> next;
      for (int64_t p : out)
        for (int64_t k = 0; k < sizes[i]; ++k)
          next.push_back(p + k * strides[i]);
      out = next;
    }
    return out;
  }
};
} // namespace

static Strided randomTensor(std::mt19937 &random) {
  auto below = [&](int n) { return int64_t(random() % unsigned(n)); };
  Strided t;
  t.offset = below(40);
  size_t rank = size_t(below(4));
  for (size_t i = 0; i < rank; ++i) {
    t.sizes.push_back(1 + below(4));
    t.strides.push_back(i + 1 == rank ? 1 : below(25));
  }
  return t;
}

// Against enumeration: a "disjoint" is never wrong.
TEST(Overlap, DisjointIsProved) {
  std::mt19937 random(1);
  int proved = 0, interleaved = 0;
  for (int round = 0; round < 20000; ++round) {
    Strided a = randomTensor(random), b = randomTensor(random);
    std::vector<int64_t> pa = a.positions(), pb = b.positions();
    std::set<int64_t> sa(pa.begin(), pa.end());
    bool shared = false;
    for (int64_t p : pb)
      shared |= sa.count(p) != 0;
    if (areDisjoint(a.footprint(), b.footprint())) {
      ASSERT_FALSE(shared);
      ++proved;
      interleaved += *sa.rbegin() > b.offset && *sa.begin() < b.offset;
    }
    if (elementsAreDisjoint(a.footprint()))
      ASSERT_EQ(sa.size(), pa.size());
  }
  EXPECT_GT(proved, 1000);
  EXPECT_GT(interleaved, 20);
}

// Q, K and V of one fused projection, [B, S, (8 + 2 + 2) heads, 16], as BHSD
// views.
TEST(Overlap, FusedProjectionSplits) {
  auto view = [](int64_t firstHead, int64_t heads) {
    return Strided{{2, heads, 5, 16}, {5 * 192, 16, 192, 1}, firstHead * 16};
  };
  Strided q = view(0, 8), k = view(8, 2), v = view(10, 2), wide = view(7, 2);
  EXPECT_TRUE(areDisjoint(q.footprint(), k.footprint()));
  EXPECT_TRUE(areDisjoint(v.footprint(), k.footprint()));
  EXPECT_TRUE(areDisjoint(v.footprint(), q.footprint()));
  EXPECT_FALSE(areDisjoint(q.footprint(), wide.footprint()));
  EXPECT_TRUE(elementsAreDisjoint(q.footprint()));
}
