//===- arena_test.cpp - Temporaries of a call -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

using namespace sqart;

TEST(Arena, BlocksAreAlignedAndApart) {
  Arena arena;
  char *blocks[20];
  for (int i = 0; i < 20; ++i) {
    blocks[i] = static_cast<char *>(arena.allocate(i * 37));
    ASSERT_NE(blocks[i], nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(blocks[i]) % 64, 0u);
    std::memset(blocks[i], i, size_t(i) * 37);
  }
  for (int i = 1; i < 20; ++i)
    EXPECT_EQ(blocks[i][i * 37 - 1], i);
}

TEST(Arena, ReusesWhatFits) {
  Arena arena;
  void *big = arena.allocate(1 << 20);
  EXPECT_TRUE(arena.release(big));
  EXPECT_EQ(arena.allocate(900000), big);
  EXPECT_TRUE(arena.release(big));
  EXPECT_NE(arena.allocate(100), big) << "too big for that";
  arena.reset();
  EXPECT_EQ(arena.allocate(1 << 20), big) << "kept from the call before";
}

TEST(Arena, FreesWhatACallDidNotUse) {
  Arena arena;
  arena.allocate(1 << 20);
  arena.reset();
  arena.allocate(64);
  arena.reset();
  void *again = arena.allocate(1 << 20);
  EXPECT_NE(again, nullptr);
}

TEST(Arena, BadRequests) {
  Arena arena;
  EXPECT_EQ(arena.allocate(-1), nullptr);
  EXPECT_EQ(arena.allocate(INT64_MAX), nullptr);
  EXPECT_NE(arena.allocate(0), nullptr);
  int other = 0;
  EXPECT_FALSE(arena.release(&other));
  void *p = arena.allocate(8);
  EXPECT_TRUE(arena.release(p));
  EXPECT_FALSE(arena.release(p)) << "twice";
}
