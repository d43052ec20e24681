//===- sha256_test.cpp - SHA-256 against the standard's examples ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "support/sha256.h"

#include <gtest/gtest.h>

#include <string>

using namespace sqart;

static std::string hex(const Sha256Digest &digest) {
  std::string out;
  for (uint8_t byte : digest) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

static std::string hashOf(const std::string &s) {
  return hex(sha256(s.data(), s.size()));
}

TEST(Sha256, ExamplesOfTheStandard) {
  EXPECT_EQ(hashOf(""), "e3b0c44298fc1c149afbf4c8996fb924"
                        "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hashOf("abc"), "ba7816bf8f01cfea414140de5dae2223"
                           "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hashOf(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67"
            "f1809a48a497200e046d39ccc7112cd0");
}

// The block borders: every cut of every length around them hashes alike.
TEST(Sha256, PiecesHashLikeTheWhole) {
  for (size_t size : {55, 56, 63, 64, 65, 127, 128, 200}) {
    std::string s;
    for (size_t i = 0; i < size; ++i)
      s += char(i * 7);
    for (size_t cut = 0; cut <= size; ++cut) {
      Sha256 hash;
      hash.update(s.data(), cut);
      hash.update(s.data() + cut, size - cut);
      ASSERT_EQ(hex(hash.finish()), hashOf(s)) << size << " cut at " << cut;
    }
  }
}
