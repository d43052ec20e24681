//===- cpu_test.cpp - CPU features ----------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cpu.h"

#include <gtest/gtest.h>

using namespace sqart;

TEST(Cpu, BaselineIsThere) {
  for (const char *feature : {"sse", "sse2", "fxsr", "cmov", "64bit", "x87"})
    EXPECT_TRUE(cpuHas(feature)) << feature;
}

// The compiler's own check knows the same bits and asks the system as well.
TEST(Cpu, AgreesWithTheCompiler) {
  EXPECT_EQ(cpuHas("avx"), bool(__builtin_cpu_supports("avx")));
  EXPECT_EQ(cpuHas("avx2"), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(cpuHas("fma"), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(cpuHas("bmi2"), bool(__builtin_cpu_supports("bmi2")));
  EXPECT_EQ(cpuHas("avx512f"), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(cpuHas("avx512bf16"), bool(__builtin_cpu_supports("avx512bf16")));
}

TEST(Cpu, UnknownFeaturesAreMissing) {
  EXPECT_FALSE(cpuHas("warp-drive"));
  EXPECT_FALSE(cpuHas(""));
  std::vector<std::string> wanted = {"sse2", "warp-drive", "sse"};
  ASSERT_NE(firstMissing(wanted), nullptr);
  EXPECT_EQ(*firstMissing(wanted), "warp-drive");
  EXPECT_EQ(firstMissing({}), nullptr);
}
