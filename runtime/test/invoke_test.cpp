//===- invoke_test.cpp - Calls from the C API to compiled code ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"
#include "test_tensor.h"

#include "sqart/sqart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <xmmintrin.h>

using namespace sqart::test;

namespace {
class Invoke : public ::testing::TestWithParam<int> {
protected:
  void SetUp() override {
    sqart_runtime_options_t options = sqart_runtime_options_default();
    options.num_threads = GetParam();
    ASSERT_EQ(sqart_runtime_create(&options, &runtime), SQART_STATUS_OK)
        << sqart_last_error();
    sqart_load_options_t load = sqart_load_options_default();
    load.trust = SQART_TRUST_LOCAL_BUILD;
    Bytes package = kernelPackage();
    ASSERT_EQ(sqart_module_load_memory(runtime, package.data(), package.size(),
                                       &load, &module),
              SQART_STATUS_OK)
        << sqart_last_error();
  }
  void TearDown() override {
    // The module keeps the runtime.
    sqart_runtime_destroy(runtime);
    sqart_module_destroy(module);
  }
  sqart_status_t call(uint32_t function, std::vector<const DLTensor *> in,
                      std::vector<const DLTensor *> out) {
    return sqart_module_invoke(module, function, in.data(), uint32_t(in.size()),
                               out.data(), uint32_t(out.size()));
  }

  sqart_runtime_t *runtime = nullptr;
  sqart_module_t *module = nullptr;
};
} // namespace

TEST_P(Invoke, AddsRowsOfStridedViews) {
  for (int64_t rows : {0, 1, 3, 64, 1000}) {
    std::vector<float> a(size_t(rows) * 7), b(size_t(rows) * 5),
        c(size_t(rows) * 6, NAN);
    for (size_t i = 0; i < a.size(); ++i)
      a[i] = float(i);
    for (size_t i = 0; i < b.size(); ++i)
      b[i] = float(i) * 1000;
    View ta(a.data(), {rows, 5}, {7, 1}), tb(b.data(), {rows, 5}),
        tc(c.data(), {rows, 5}, {6, 1});
    ASSERT_EQ(call(Add, {&ta, &tb}, {&tc}), SQART_STATUS_OK)
        << sqart_last_error();
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < 5; ++j)
        ASSERT_EQ(c[size_t(i * 6 + j)],
                  a[size_t(i * 7 + j)] + b[size_t(i * 5 + j)]);
      EXPECT_TRUE(std::isnan(c[size_t(i * 6 + 5)]));
    }
  }
}

TEST_P(Invoke, ReclaimsAndReusesTemporaries) {
  for (int round = 0; round < 3; ++round) {
    std::vector<int64_t> x = {0, 1, 100, 5000, 100, 1 << 20}, y(6, 0);
    View tx(x.data(), {6}), ty(y.data(), {6});
    ASSERT_EQ(call(Grow, {&tx}, {&ty}), SQART_STATUS_OK) << sqart_last_error();
    EXPECT_EQ(y, std::vector<int64_t>(6, 1));
  }
}

TEST_P(Invoke, FailedAllocationNamesItself) {
  for (int64_t bytes : {int64_t(-1), INT64_MAX}) {
    int64_t y = 0;
    View tx(&bytes, {1}), ty(&y, {1});
    EXPECT_EQ(call(Grow, {&tx}, {&ty}), SQART_STATUS_OUT_OF_MEMORY);
    EXPECT_NE(std::string(sqart_last_error()).find("grow: no memory"),
              std::string::npos);
  }
  // The next call works.
  int64_t x = 8, y = 0;
  View tx(&x, {1}), ty(&y, {1});
  EXPECT_EQ(call(Grow, {&tx}, {&ty}), SQART_STATUS_OK);
}

TEST_P(Invoke, ScratchBeyondMemoryFails) {
  for (int64_t bytes : {int64_t(-1), INT64_MAX, INT64_MAX / 4}) {
    View t(&bytes, {});
    EXPECT_NE(call(Hoard, {&t}, {}), SQART_STATUS_OK) << bytes;
  }
}

TEST_P(Invoke, MessageOfCompiledCode) {
  EXPECT_EQ(call(Refuse, {}, {}), SQART_STATUS_KERNEL);
  EXPECT_STREQ(sqart_last_error(), "refuse: window must not be negative");
  EXPECT_EQ(call(Mute, {}, {}), SQART_STATUS_INTERNAL);
  EXPECT_STREQ(sqart_last_error(),
               "mute: compiled code returned 7 without a reason");
}

// Failure 14: denormals survive a caller with FTZ and DAZ, whose state is kept.
TEST_P(Invoke, FloatingPointStateOfCallerIsKept) {
  unsigned before = _mm_getcsr(), flushing = before | 0x8040;
  std::vector<float> x(1000, 1.5e-38f), y(1000, 0);
  View tx(x.data(), {1000}), ty(y.data(), {1000});
  _mm_setcsr(flushing);
  sqart_status_t status = call(Halve, {&tx}, {&ty});
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(status, SQART_STATUS_OK);
  EXPECT_EQ(after, flushing);
  for (float value : y)
    EXPECT_EQ(value, 0.75e-38f);
}

TEST_P(Invoke, ManyCallersAtOnce) {
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t)
    callers.emplace_back([&, t] {
      std::vector<float> a(300, float(t)), b(300, 1), c(300);
      View ta(a.data(), {100, 3}), tb(b.data(), {100, 3}),
          tc(c.data(), {100, 3});
      for (int i = 0; i < 50; ++i) {
        std::fill(c.begin(), c.end(), 0.f);
        ASSERT_EQ(call(Add, {&ta, &tb}, {&tc}), SQART_STATUS_OK);
        ASSERT_EQ(c, std::vector<float>(300, float(t + 1)));
      }
    });
  for (std::thread &caller : callers)
    caller.join();
}

INSTANTIATE_TEST_SUITE_P(Threads, Invoke, ::testing::Values(1, 2, 5));
