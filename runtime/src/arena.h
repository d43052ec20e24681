//===- arena.h - Temporaries of one call ----------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Blocks are kept from call to call: a model asks for the same sizes each time.
// Used by one thread at a time. Test: test/arena_test.cpp.

#ifndef SQART_SRC_ARENA_H
#define SQART_SRC_ARENA_H

#include <cstdint>
#include <vector>

namespace sqart {

class Arena {
public:
  Arena() = default;
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;
  ~Arena();

  // Aligned to SQART_ALLOCATION_ALIGNMENT; never null for 0 bytes. Null if
  // `bytes` is negative or there is no memory. May throw std::bad_alloc.
  void *allocate(int64_t bytes);

  // False if `pointer` is not an allocation in use.
  bool release(void *pointer);

  // Ends a call: takes everything back and frees the blocks that this call did
  // not use.
  void reset();

private:
  struct Block {
    void *data;
    int64_t size;
    bool inUse, usedInCall;
  };
  std::vector<Block> blocks;
};

} // namespace sqart

#endif // SQART_SRC_ARENA_H
