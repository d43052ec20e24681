//===- CompareTest.cpp - The comparer is not fooled -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Compare.h"
#include "tools/io/InputSpec.h"

#include <gtest/gtest.h>

using namespace sqa::io;

static Tensor tensor(std::string_view spec) {
  Tensor out;
  const Error error = parseInputSpec(spec, out);
  EXPECT_FALSE(error) << error.str();
  return out;
}

static Comparison compared(std::string_view actual, std::string_view expected) {
  const Tensor a = tensor(actual), e = tensor(expected);
  return compare(a, e, defaultTolerance(a.type));
}

TEST(Compare, Tolerance) {
  EXPECT_TRUE(compared("2xf32=1,1000", "2xf32=1.0001,1000.1").passed());
  EXPECT_FALSE(compared("2xf32=1,1000", "2xf32=1.0003,1000").passed());
  EXPECT_TRUE(compared("1xbf16=1", "1xf64=1.01").passed());
  EXPECT_FALSE(compared("1xf16=1", "1xf64=1.01").passed());
  EXPECT_TRUE(compared("0xf32=", "0xf32=").passed());
}

TEST(Compare, NanPositionsMustAgree) {
  EXPECT_TRUE(compared("2xf32=nan,1", "2xf32=nan,1").passed());
  EXPECT_EQ(compared("2xf32=nan,1", "2xf32=0,1").nanMismatches, 1);
  // A NaN reference does not pass everything.
  EXPECT_EQ(compared("2xf32=5,1", "2xf32=nan,1").nanMismatches, 1);
  EXPECT_EQ(compared("2xf32=inf,1", "2xf32=nan,1").nanMismatches, 1);
  EXPECT_EQ(compared("3xf32=9,1,nan", "3xf32=0,1,1").worst, 2);
}

TEST(Compare, InfPositionsAndSignsMustAgree) {
  EXPECT_TRUE(compared("2xf32=-inf,inf", "2xf32=-inf,inf").passed());
  EXPECT_EQ(compared("1xf32=-inf", "1xf32=inf").infMismatches, 1);
  EXPECT_EQ(compared("1xf32=inf", "1xf32=3e38").infMismatches, 1);
  EXPECT_EQ(compared("1xf32=3e38", "1xf32=inf").infMismatches, 1);
  // The oracle's value does not fit the type: inf is the right answer.
  EXPECT_TRUE(compared("1xf16=inf", "1xf64=70000").passed());
  EXPECT_FALSE(compared("1xf16=inf", "1xf64=-70000").passed());
  EXPECT_FALSE(compared("1xf16=inf", "1xf64=65000").passed());
}

TEST(Compare, IntegersAreExact) {
  EXPECT_TRUE(compared("2xi64=9007199254740993,-1", "2xi64=9007199254740993,-1")
                  .passed());
  EXPECT_FALSE(
      compared("1xi64=9007199254740993", "1xi64=9007199254740992").passed());
}

TEST(Compare, Report) {
  const Tensor actual = tensor("2x2xf32=1,2,3,4");
  const Tensor expected = tensor("2x2xf64=1,2,3.5,nan");
  const Tolerance tolerance = defaultTolerance(actual.type);
  EXPECT_EQ(describe(compare(actual, expected, tolerance), actual, expected,
                     tolerance),
            "mismatch: 2x2xf32, tolerance 0.0001 absolute + 0.0001 relative\n"
            "  of 4 elements: 1 differ in NaN, 0 in inf, 1 in value\n"
            "  max error 0.5 absolute, 0.142857 relative\n"
            "  worst at [1, 1]: got 4, expected nan\n");
  const Tensor other = tensor("4xf32=0");
  EXPECT_EQ(
      describe(compare(actual, other, tolerance), actual, other, tolerance),
      "mismatch: expected 4xf32, but got 2x2xf32\n");
  EXPECT_EQ(
      describe(compare(actual, actual, tolerance), actual, actual, tolerance),
      "match: 2x2xf32, tolerance 0.0001 absolute + 0.0001 relative\n"
      "  max error 0 absolute, 0 relative\n"
      "  worst at [0, 0]: got 1, expected 1\n");
}
