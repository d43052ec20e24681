//===- InputSpecTest.cpp - Tensors written on a command line --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/InputSpec.h"
#include "tools/io/Convert.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace sqa::io;

static Tensor parsed(std::string_view spec) {
  Tensor tensor;
  const Error error = parseInputSpec(spec, tensor);
  EXPECT_FALSE(error) << spec << ": " << error.str();
  return tensor;
}

static std::string refusal(std::string_view spec) {
  Tensor tensor;
  return parseInputSpec(spec, tensor).str();
}

TEST(InputSpec, Values) {
  EXPECT_EQ(toDoubles(parsed("2x3xf32=1,2,3,4,5,6")),
            (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(toDoubles(parsed("2x2xf16=[[1 2], [-0.5, +4e1]]")),
            (std::vector<double>{1, 2, -0.5, 40}));
  EXPECT_EQ(toDoubles(parsed("3xbf16=0.5")),
            (std::vector<double>{0.5, 0.5, 0.5}));
  EXPECT_EQ(toDoubles(parsed("f64=0.1")), (std::vector<double>{0.1}));
  EXPECT_EQ(toDoubles(parsed("index=7")), (std::vector<double>{7}));
  EXPECT_EQ(parsed("0x4xf32=").shape, (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(toDoubles(parsed("4xi1=true,false,1,0")),
            (std::vector<double>{1, 0, 1, 0}));
  EXPECT_EQ(toDoubles(parsed("3xi8=-128,255,0x7f")),
            (std::vector<double>{-128, -1, 127}));
  EXPECT_EQ(parsed("ui64=18446744073709551615").asInt(0), -1);
  EXPECT_EQ(parsed("i64=-9223372036854775808").asInt(0), INT64_MIN);
  const Tensor special = parsed("3xf32=nan,-inf,inf");
  EXPECT_TRUE(std::isnan(special.asDouble(0)));
  EXPECT_EQ(special.asDouble(1), -INFINITY);
}

TEST(InputSpec, Refusals) {
  EXPECT_EQ(refusal("2x3xf32"),
            "expected @file.npy or TYPE=VALUES, but got '2x3xf32'");
  EXPECT_EQ(refusal("2x3=1"), "expected a type such as 2x3xf32, but got '2x3'");
  EXPECT_EQ(refusal("2xf33=1"),
            "expected a type such as 2x3xf32, but got '2xf33'");
  EXPECT_EQ(refusal("-2xf32=1"),
            "expected a type such as 2x3xf32, but got '-2xf32'");
  EXPECT_EQ(refusal("2x2xf32=1,2,3"),
            "expected 4 values for 2x2xf32, but got 3");
  EXPECT_EQ(refusal("2xf32=1,2,3"), "expected 2 values for 2xf32, but got 3");
  EXPECT_EQ(refusal("2xf32="), "expected 2 values for 2xf32, but got 0");
  EXPECT_EQ(refusal("i8=256"), "'256' is no value of i8");
  EXPECT_EQ(refusal("ui8=-1"), "'-1' is no value of ui8");
  EXPECT_EQ(refusal("i1=2"), "'2' is no value of i1");
  EXPECT_EQ(refusal("i32=1.5"), "'1.5' is no value of i32");
  EXPECT_EQ(refusal("f32=1x"), "'1x' is no value of f32");
  EXPECT_EQ(refusal("2xf32=random(x)"), "expected random(seed) or "
                                        "random(seed, low, high), but got "
                                        "random(x)");
  EXPECT_EQ(refusal("2xi32=random(1,5,4)"),
            "expected bounds of i32 in rising order, but got random(1,5,4)");
  EXPECT_EQ(refusal("2xf32=@/no/such/file"),
            "'/no/such/file': No such file or directory");
  EXPECT_EQ(refusal("9999999x99999999xf32=0"),
            "the tensor 9999999x99999999xf32 is too large");
}

TEST(InputSpec, RandomIsPinned) {
  // The published splitmix64 sequence of seed 1234567.
  EXPECT_EQ(randomBits(1234567, 0), 6457827717110365317u);
  EXPECT_EQ(randomBits(1234567, 1), 3203168211198807973u);
  // Exact in f32, so a test may state it.
  const double first = randomNormal(7, 0);
  EXPECT_EQ(static_cast<double>(static_cast<float>(first)), first);
  EXPECT_EQ(toDoubles(parsed("2x2xf32=random(7)")),
            toDoubles(parsed("4xf32=random(7)")));
  EXPECT_NE(toDoubles(parsed("4xf32=random(8)")),
            toDoubles(parsed("4xf32=random(7)")));
}

TEST(InputSpec, RandomHasTheMomentsOfANormal) {
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double value = randomNormal(3, static_cast<uint64_t>(i));
    EXPECT_LT(std::fabs(value), 6);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.01);
  EXPECT_NEAR(squares / kCount, 1, 0.01);
}

TEST(InputSpec, RandomRanges) {
  bool low = false, high = false;
  const Tensor ints = parsed("1000xi32=random(1,-3,4)");
  for (int64_t i = 0; i < 1000; ++i) {
    const int64_t value = ints.asInt(i);
    ASSERT_TRUE(value >= -3 && value <= 4);
    low |= value == -3;
    high |= value == 4;
  }
  EXPECT_TRUE(low && high);
  for (double value : toDoubles(parsed("1000xf64=random(1,2,3)")))
    ASSERT_TRUE(value >= 2 && value < 3);
  for (double value : toDoubles(parsed("1000xi1=random(5)")))
    ASSERT_TRUE(value == 0 || value == 1);
}

TEST(InputSpec, ChecksAgainstADeclaredType) {
  Tensor tensor = parsed("2x3xf32=0");
  EXPECT_FALSE(checkTensor(tensor, ElementType::F32, {kAnyExtent, 3}));
  EXPECT_EQ(checkTensor(tensor, ElementType::F32, {2, 4}).str(),
            "expected 2x4xf32, but got 2x3xf32");
  EXPECT_EQ(checkTensor(tensor, ElementType::F32, {kAnyExtent}).str(),
            "expected ?xf32, but got 2x3xf32");
  EXPECT_EQ(checkTensor(tensor, ElementType::BF16, {2, 3}).str(),
            "expected 2x3xbf16, but got 2x3xf32");
  Tensor bits = parsed("2xui16=0x3f80");
  ASSERT_FALSE(checkTensor(bits, ElementType::BF16, {2}));
  EXPECT_EQ(bits.asDouble(0), 1.0);
}
