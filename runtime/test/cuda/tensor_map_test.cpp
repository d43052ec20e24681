//===- tensor_map_test.cpp - Rules and cache of tensor maps ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/tensor_map.h"

#include "expect_status.h"
#include "fake_cuda.h"

#include <cstring>
#include <functional>

using namespace sqart;
using namespace sqart::cuda;
using namespace sqart::test;

namespace {
class TensorMaps : public ::testing::Test {
protected:
  void SetUp() override {
    fake.reset();
    ASSERT_OK(Driver::load("libcuda.so.1", driver));
  }
  // 100 x 64 of bf16 with rows of 256 bytes, in boxes of 64 x 64.
  static sqart_tensor_map_v0_t small() {
    sqart_tensor_map_v0_t d;
    std::memset(&d, 0, sizeof(d));
    d.struct_size = sizeof(d);
    d.rank = 2;
    d.base = reinterpret_cast<void *>(uintptr_t(0x10000));
    d.sizes[0] = 64;
    d.sizes[1] = 100;
    d.strides[1] = 256;
    d.box[0] = d.box[1] = 64;
    d.element = SQART_TENSOR_MAP_BFLOAT16;
    d.swizzle = 3;
    return d;
  }
  sqart_status_t get(const std::function<void(sqart_tensor_map_v0_t &)> &edit) {
    sqart_tensor_map_v0_t d = small();
    edit(d);
    return cache.get(driver, d, &map);
  }
  int encoded() const { return fake.count("cuTensorMapEncodeTiled"); }

  FakeCuda &fake = fakeCuda();
  Driver driver;
  TensorMapCache cache;
  TensorMap map = {};
};
} // namespace

static void same(sqart_tensor_map_v0_t &) {}

TEST_F(TensorMaps, EqualDescriptionsAreEncodedOnce) {
  ASSERT_OK(get(same));
  EXPECT_EQ(map.words[0], 0x10000u);
  EXPECT_EQ(map.words[1], 64u);
  EXPECT_EQ(map.words[2], 100u);
  EXPECT_EQ(map.words[3], 256u);
  map = {};
  ASSERT_OK(get(same));
  EXPECT_EQ(map.words[0], 0x10000u);
  // What does not matter makes no difference.
  ASSERT_OK(get([](auto &d) {
    d.strides[0] = 7;
    d.sizes[3] = d.strides[4] = 9;
    d.box[2] = 1000;
    d.reserved = 1;
  }));
  EXPECT_EQ(encoded(), 1);
  ASSERT_OK(get([](auto &d) { d.sizes[1] = 101; }));
  EXPECT_EQ(map.words[2], 101u);
  EXPECT_EQ(encoded(), 2);
}

TEST_F(TensorMaps, ManyDescriptions) {
  for (int round = 0; round < 2; ++round)
    for (int64_t i = 1; i <= 500; ++i) {
      ASSERT_OK(get([&](auto &d) { d.sizes[1] = i; }));
      ASSERT_EQ(map.words[2], uint64_t(i));
    }
}

TEST_F(TensorMaps, EmptyTensorsNeedNoMemory) {
  for (int i : {0, 1}) {
    std::memset(&map, 1, sizeof(map));
    ASSERT_OK(get([&](auto &d) {
      d.sizes[i] = 0;
      d.base = nullptr;
      d.strides[1] = 3;
    }));
    for (uint64_t word : map.words)
      EXPECT_EQ(word, 0u);
  }
  EXPECT_EQ(encoded(), 0);
}

// The stride of a dimension with one index is anything.
TEST_F(TensorMaps, StridesOfSingleRows) {
  ASSERT_OK(get([](auto &d) {
    d.sizes[1] = 1;
    d.strides[1] = 6;
  }));
  EXPECT_EQ(map.words[3], 128u);
}

TEST_F(TensorMaps, WhatTheCallerGetsWrong) {
  for (uintptr_t base : {uintptr_t(0), uintptr_t(0x10008)})
    EXPECT_FAILS(get([&](auto &d) { d.base = reinterpret_cast<void *>(base); }),
                 SQART_STATUS_INVALID_ARGUMENT, "aligned to 16 bytes");
  for (int64_t stride : {int64_t(-16), int64_t(130), int64_t(1) << 40})
    EXPECT_FAILS(get([&](auto &d) { d.strides[1] = stride; }),
                 SQART_STATUS_INVALID_ARGUMENT, "multiples of 16 bytes");
  EXPECT_EQ(encoded(), 0);
}

TEST_F(TensorMaps, WhatTheCompilerGetsWrong) {
  const std::function<void(sqart_tensor_map_v0_t &)> edits[] = {
      [](auto &d) { d.struct_size = 8; },
      [](auto &d) { d.rank = 0; },
      [](auto &d) { d.rank = 6; },
      [](auto &d) { d.element = 10; },
      [](auto &d) { d.swizzle = 4; },
      [](auto &d) { d.l2_promotion = 4; },
      [](auto &d) { d.oob_fill = 2; },
      [](auto &d) { d.box[1] = 0; },
      [](auto &d) { d.box[1] = 257; },
      [](auto &d) { d.box[0] = 4; },
      [](auto &d) { d.box[0] = 72; },
      [](auto &d) { d.sizes[1] = -1; },
      [](auto &d) { d.sizes[0] = int64_t(1) << 32; },
  };
  for (const auto &edit : edits)
    EXPECT_FAILS(get(edit), SQART_STATUS_INTERNAL, "a tensor map with");
  EXPECT_EQ(encoded(), 0);
  // Rows of any length without a swizzle.
  EXPECT_OK(get([](auto &d) {
    d.box[0] = 72;
    d.swizzle = 0;
  }));
}

TEST_F(TensorMaps, FailuresAreNotCached) {
  fake.failures["cuTensorMapEncodeTiled"] = {errorInvalidValue};
  EXPECT_FAILS(get(same), SQART_STATUS_DEVICE, "cuTensorMapEncodeTiled");
  fake.failures.clear();
  ASSERT_OK(get(same));
  EXPECT_EQ(map.words[0], 0x10000u);
}
