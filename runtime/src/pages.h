//===- pages.h - Whole pages of memory of our own -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_SRC_PAGES_H
#define SQART_SRC_PAGES_H

#include "bytes.h"

#include <utility>

namespace sqart {

// Anonymous pages, freed with the object. Empty after a move or for 0 bytes.
class Pages {
public:
  Pages() = default;
  Pages(Pages &&other) noexcept { swap(other); }
  Pages &operator=(Pages &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Pages();

  // Maps at least `size` bytes, zeroed and writable, in place of what is held;
  // false if there is no memory.
  bool allocate(size_t size);
  // Keeps what it holds in an existing mapping of `size` bytes.
  void adopt(void *base, size_t size);
  // Takes writing away.
  bool seal();

  uint8_t *data() const { return base; }
  size_t size() const { return length; }
  ByteView view() const { return {base, length}; }

private:
  void swap(Pages &other) noexcept {
    std::swap(base, other.base);
    std::swap(length, other.length);
  }
  uint8_t *base = nullptr;
  size_t length = 0;
};

} // namespace sqart

#endif // SQART_SRC_PAGES_H
