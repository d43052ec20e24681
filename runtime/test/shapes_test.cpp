//===- shapes_test.cpp - Symbols of signatures ----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"
#include "test_tensor.h"

#include "expect_status.h"

using namespace sqart;
using namespace sqart::test;

namespace {
// f(x: Sx4, p: P) -> (y: (S + P)x4), S even; see smallManifest().
class Shapes : public ::testing::Test {
protected:
  void SetUp() override {
    Bytes bytes = smallPackage();
    ASSERT_OK(
        sqart_package_inspect_memory(bytes.data(), bytes.size(), &package));
  }
  void TearDown() override { sqart_package_destroy(package); }
  sqart_status_t shape(std::vector<int64_t> x, std::vector<int64_t> p) {
    float *none = nullptr;
    View tx(none, x), tp(none, p);
    const DLTensor *in[] = {&tx, &tp};
    return sqart_package_output_shape(package, 0, in, 2, 0, dims, 2);
  }
  sqart_package_t *package = nullptr;
  int64_t dims[2] = {-7, -7};
};
} // namespace

TEST_F(Shapes, OutputsFollowInputs) {
  ASSERT_OK(shape({6, 4}, {3}));
  EXPECT_EQ(dims[0], 9);
  EXPECT_EQ(dims[1], 4);
  ASSERT_OK(shape({0, 4}, {0}));
  EXPECT_EQ(dims[0], 0);
}

TEST_F(Shapes, MismatchesSayWhatWasExpected) {
  EXPECT_FAILS(shape({6, 5}, {3}), SQART_STATUS_INVALID_ARGUMENT,
               "f: input 0 'x': dimension 1: expected 4, but got 5");
  EXPECT_FAILS(shape({7, 4}, {3}), SQART_STATUS_INVALID_ARGUMENT,
               "must satisfy S % 2 == 0, but got 1 and 0");
  EXPECT_FAILS(shape({6, 4}, {3, 3}), SQART_STATUS_INVALID_ARGUMENT, "rank");
  EXPECT_EQ(dims[0], -7);
}

// Failures 37 and 56.
TEST_F(Shapes, OverflowHasNoShape) {
  EXPECT_FAILS(shape({INT64_MAX - 1, 4}, {3}), SQART_STATUS_INVALID_ARGUMENT,
               "dimension 0 has no value for these inputs: S + P: overflow");
}

TEST_F(Shapes, BadRequests) {
  const DLTensor *none[] = {nullptr, nullptr};
  EXPECT_FAILS(sqart_package_output_shape(package, 0, none, 2, 0, dims, 2),
               SQART_STATUS_INVALID_ARGUMENT, "null");
  EXPECT_FAILS(sqart_package_output_shape(package, 0, none, 2, 1, dims, 2),
               SQART_STATUS_NOT_FOUND, "output");
  EXPECT_FAILS(sqart_package_output_shape(package, 0, none, 2, 0, dims, 3),
               SQART_STATUS_INVALID_ARGUMENT, "rank: expected 2, but got 3");
  EXPECT_FAILS(sqart_package_output_shape(package, 1, none, 2, 0, dims, 2),
               SQART_STATUS_NOT_FOUND, "function");
}
