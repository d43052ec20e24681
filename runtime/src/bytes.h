//===- bytes.h - Bounds-checked reading of bytes --------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// All parsing goes through ByteView: no raw cast of file contents, and ranges
// are tested as `offset <= size && length <= size - offset`, which cannot wrap.

#ifndef SQART_SRC_BYTES_H
#define SQART_SRC_BYTES_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sqart {

struct ByteView {
  const uint8_t *data = nullptr;
  size_t size = 0;

  bool contains(uint64_t offset, uint64_t length) const {
    return offset <= size && length <= size - offset;
  }

  // Copies a T out of the bytes at `offset`; false if they are not all there.
  template <typename T> bool read(uint64_t offset, T &out) const {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are copied");
    if (!contains(offset, sizeof(T)))
      return false;
    std::memcpy(&out, data + offset, sizeof(T));
    return true;
  }

  // The caller has checked contains(offset, length).
  ByteView slice(uint64_t offset, uint64_t length) const {
    return {data + offset, size_t(length)};
  }
};

// True if x is a power of two.
inline bool isPowerOfTwo(uint64_t x) { return x != 0 && (x & (x - 1)) == 0; }

// x rounded up to a multiple of `alignment`, a power of two; false if it wraps.
inline bool alignUp(uint64_t x, uint64_t alignment, uint64_t &out) {
  if (__builtin_add_overflow(x, alignment - 1, &out))
    return false;
  out &= ~(alignment - 1);
  return true;
}

} // namespace sqart

#endif // SQART_SRC_BYTES_H
