//===- package_mutation_test.cpp - Damaged packages -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Every truncation, every value of every byte and every flipped bit of a small
// package: refused or read, never a crash. Runs under sanitizers in the preset
// asan. With the digest as it was, nothing damaged is accepted at all.

#include "test_package.h"

#include "expect_status.h"

using namespace sqart;
using namespace sqart::test;

static sqart_status_t inspect(const Bytes &bytes) {
  sqart_package_t *package = nullptr;
  sqart_status_t status =
      sqart_package_inspect_memory(bytes.data(), bytes.size(), &package);
  sqart_package_destroy(package);
  return status;
}

namespace {
class Mutation : public ::testing::TestWithParam<bool> {
protected:
  Bytes good = GetParam() ? smallGpuPackage() : smallPackage();
};
} // namespace

// Failure 63.
TEST_P(Mutation, EveryTruncationIsRefused) {
  for (size_t size = 0; size < good.size(); ++size) {
    Bytes cut(good.begin(), good.begin() + int64_t(size));
    ASSERT_NE(inspect(cut), SQART_STATUS_OK) << size;
    if (size < sizeof(sqart_package_header_t))
      continue;
    // Again, as if it had been made that long.
    uint64_t total = size;
    std::memcpy(cut.data() + 48, &total, 8);
    patchDigest(cut);
    ASSERT_NE(inspect(cut), SQART_STATUS_OK) << size;
  }
}

// Failure 73.
TEST_P(Mutation, EveryFlippedBitIsNoticed) {
  Bytes bytes = good;
  for (size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      bytes[i] ^= uint8_t(1 << bit);
      ASSERT_NE(inspect(bytes), SQART_STATUS_OK) << i << " bit " << bit;
      bytes[i] ^= uint8_t(1 << bit);
    }
}

// The parser behind the digest: any value of any byte. Most of them are
// refused; all are survived.
TEST_P(Mutation, EveryByteEditIsSurvived) {
  Bytes bytes = good;
  size_t accepted = 0, refused = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint8_t original = bytes[i];
    for (int delta : {1, 2, 4, 8, 16, 32, 64, 127, 128, 129, 255}) {
      bytes[i] = uint8_t(original + delta);
      patchDigest(bytes);
      (inspect(bytes) == SQART_STATUS_OK ? accepted : refused) += 1;
    }
    bytes[i] = original;
  }
  // Letters of names, numbers of dimensions and bytes of code may change.
  EXPECT_GT(refused, accepted);
}

// Offsets of FlatBuffers are 4 bytes: extreme ones everywhere.
TEST_P(Mutation, ExtremeWordsAreSurvived) {
  for (size_t i = 0; i + 4 <= good.size(); i += 4)
    for (uint32_t word :
         {0u, 1u, 0x7fffffffu, 0x80000000u, 0xfffffff0u, 0xffffffffu}) {
      Bytes bytes = good;
      std::memcpy(bytes.data() + i, &word, 4);
      patchDigest(bytes);
      inspect(bytes);
    }
}

INSTANTIATE_TEST_SUITE_P(WithGpuCode, Mutation, ::testing::Bool());
