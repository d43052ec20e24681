//===- sha256.h - SHA-256 (FIPS 180-4) ------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The one hash of packages, shared with the compiler's package writer through
// the target sqart_support. Test: test/sha256_test.cpp.

#ifndef SQART_SUPPORT_SHA256_H
#define SQART_SUPPORT_SHA256_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace sqart {

using Sha256Digest = std::array<uint8_t, 32>;

// Feed bytes in any pieces with update(); finish() ends the message and may be
// called once.
class Sha256 {
public:
  void update(const void *bytes, size_t size);
  Sha256Digest finish();

private:
  void block(const uint8_t *bytes);

  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t pending[64] = {};
  uint64_t total = 0;
};

inline Sha256Digest sha256(const void *bytes, size_t size) {
  Sha256 hash;
  hash.update(bytes, size);
  return hash.finish();
}

} // namespace sqart

#endif // SQART_SUPPORT_SHA256_H
