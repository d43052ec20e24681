//===- ConvertTest.cpp - Element conversions ------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Convert.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

using namespace sqa::io;

static constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Convert, EveryF16RoundTrips) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const double value = f16ToDouble(static_cast<uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(f16ToDouble(doubleToF16(value)))) << bits;
    else
      EXPECT_EQ(doubleToF16(value), bits);
  }
}

TEST(Convert, EveryBf16RoundTrips) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const double value = bf16ToDouble(static_cast<uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(bf16ToDouble(doubleToBf16(value)))) << bits;
    else
      EXPECT_EQ(doubleToBf16(value), bits);
  }
}

TEST(Convert, TiesGoToEven) {
  // Half way between every two neighbours, and just beside it.
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = f16ToDouble(static_cast<uint16_t>(bits));
    const double high = f16ToDouble(static_cast<uint16_t>(bits + 1));
    const double middle = (low + high) / 2;
    EXPECT_EQ(doubleToF16(middle), bits % 2 == 0 ? bits : bits + 1);
    EXPECT_EQ(doubleToF16(std::nextafter(middle, low)), bits);
    EXPECT_EQ(doubleToF16(std::nextafter(middle, high)), bits + 1);
  }
}

TEST(Convert, RoundsOnceFromDouble) {
  // Through f32 this would first become a tie and then go to even, 1.0.
  const double justAboveTie = 1.0 + 0x1p-8 + 0x1p-40;
  EXPECT_EQ(roundTo(ElementType::BF16, justAboveTie), 1.0 + 0x1p-7);
}

TEST(Convert, OverflowAndUnderflow) {
  EXPECT_EQ(roundTo(ElementType::F16, 65504), 65504);
  EXPECT_EQ(roundTo(ElementType::F16, 65519.99), 65504);
  EXPECT_EQ(roundTo(ElementType::F16, 65520), kInf);
  EXPECT_EQ(roundTo(ElementType::F16, -1e300), -kInf);
  EXPECT_EQ(roundTo(ElementType::BF16, 1e39), kInf);
  EXPECT_EQ(roundTo(ElementType::F16, 0x1p-24), 0x1p-24);
  EXPECT_EQ(roundTo(ElementType::F16, 0x1p-25), 0);
  EXPECT_EQ(roundTo(ElementType::F16, 0x1.1p-25), 0x1p-24);
  EXPECT_EQ(doubleToF16(-0.0), 0x8000);
  EXPECT_EQ(doubleToF16(-5e-324), 0x8000);
}

TEST(Convert, Integers) {
  int8_t byte = 0;
  storeInt(ElementType::I8, &byte, 300);
  EXPECT_EQ(byte, 44);
  EXPECT_EQ(loadInt(ElementType::U8, "\xff"), 255);
  EXPECT_EQ(loadInt(ElementType::I8, "\xff"), -1);
  double nan = std::nan("");
  EXPECT_EQ(loadInt(ElementType::F64, &nan), 0);
  double huge = 1e30;
  EXPECT_EQ(loadInt(ElementType::F64, &huge),
            std::numeric_limits<int64_t>::max());
}

TEST(Convert, WholeTensors) {
  Tensor tensor;
  ASSERT_FALSE(makeTensor(ElementType::F32, {2}, tensor));
  const float values[] = {1.5f, -2.75f};
  std::memcpy(tensor.bytes.data(), values, sizeof(values));
  const Tensor half = convertTo(tensor, ElementType::F16);
  EXPECT_EQ(half.bytes.size(), 4u);
  EXPECT_EQ(toDoubles(half), (std::vector<double>{1.5, -2.75}));
  EXPECT_EQ(convertTo(tensor, ElementType::I32).asInt(1), -2);
}
