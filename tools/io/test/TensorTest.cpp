//===- TensorTest.cpp - Shapes and element types --------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/InputSpec.h"
#include "tools/io/Print.h"

#include <gtest/gtest.h>

using namespace sqa::io;

TEST(Tensor, NamesParseBack) {
  for (int i = 0; i <= static_cast<int>(ElementType::F64); ++i) {
    const auto type = static_cast<ElementType>(i);
    ElementType parsed;
    ASSERT_TRUE(parseElementType(nameOf(type), parsed));
    EXPECT_EQ(parsed, type);
  }
  ElementType unused;
  EXPECT_FALSE(parseElementType("f8", unused));
  EXPECT_FALSE(parseElementType("", unused));
}

TEST(Tensor, SizesAreChecked) {
  int64_t bytes = 0;
  EXPECT_FALSE(checkedByteSize({2, 3}, 4, bytes));
  EXPECT_EQ(bytes, 24);
  EXPECT_FALSE(checkedByteSize({1 << 20, 0}, 4, bytes));
  EXPECT_EQ(bytes, 0);
  EXPECT_TRUE(checkedByteSize({-1}, 4, bytes));
  EXPECT_TRUE(checkedByteSize({INT64_MAX, 2}, 1, bytes));
  // Strides would overflow although nothing is stored.
  EXPECT_TRUE(checkedByteSize({0, INT64_MAX, 2}, 1, bytes));
  EXPECT_TRUE(checkedByteSize(std::vector<int64_t>(33, 1), 1, bytes));
  Tensor tensor;
  EXPECT_TRUE(makeTensor(ElementType::F64, {int64_t{1} << 50}, tensor));
}

TEST(Tensor, ReinterpretsOnlyWhatMeansTheSame) {
  Tensor tensor;
  ASSERT_FALSE(makeTensor(ElementType::U16, {1}, tensor));
  EXPECT_FALSE(reinterpretAs(tensor, ElementType::F16));
  EXPECT_FALSE(reinterpretAs(tensor, ElementType::I32));
  EXPECT_TRUE(reinterpretAs(tensor, ElementType::BF16));
  EXPECT_FALSE(reinterpretAs(tensor, ElementType::U16));
  ASSERT_FALSE(makeTensor(ElementType::U8, {1}, tensor));
  EXPECT_FALSE(reinterpretAs(tensor, ElementType::I1));
  EXPECT_TRUE(reinterpretAs(tensor, ElementType::I8));
}

static std::string printed(const char *spec) {
  Tensor tensor;
  const Error error = parseInputSpec(spec, tensor);
  EXPECT_FALSE(error) << error.str();
  return formatTensor(tensor);
}

TEST(Print, SmallTensorsAreSpecs) {
  for (const char *text :
       {"2x3xf32=[[1, 2, 3], [4.5, -inf, nan]]", "f64=0.25", "0x3xf32=[]",
        "1x0x2xi32=[]", "3xi1=[1, 0, 1]", "2xui8=[255, 0]", "2xi8=[-128, 127]",
        "1000000000000x0xf32=[]"})
    EXPECT_EQ(printed(text), text);
}

TEST(Print, LargeTensorsAreCut) {
  EXPECT_EQ(printed("300xi32=2"), "300xi32=[2, 2, 2, ..., 2, 2, 2]\n"
                                  "  300 elements, min 2, max 2, mean 2");
  EXPECT_EQ(printed("2x200xf32=nan"),
            "2x200xf32=[[nan, nan, nan, ..., nan, nan, nan], "
            "[nan, nan, nan, ..., nan, nan, nan]]\n  400 elements, 400 nan");
}
