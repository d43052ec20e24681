//===- arena.cpp - Temporaries of one call --------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "arena.h"

#include "bytes.h"

#include "sqart/kernel_abi.h"

#include <algorithm>
#include <cstdlib>

using namespace sqart;

Arena::~Arena() {
  for (Block &block : blocks)
    std::free(block.data);
}

void *Arena::allocate(int64_t bytes) {
  if (bytes < 0)
    return nullptr;
  // Best fit, but no block of more than twice the size: it may be wanted next.
  Block *best = nullptr;
  int64_t limit = bytes > INT64_MAX / 2 ? INT64_MAX : 2 * bytes + 4096;
  for (Block &block : blocks)
    if (!block.inUse && block.size >= bytes && block.size <= limit &&
        (!best || block.size < best->size))
      best = &block;
  if (!best) {
    uint64_t size = 0;
    if (!alignUp(uint64_t(std::max(bytes, int64_t(1))),
                 SQART_ALLOCATION_ALIGNMENT, size))
      return nullptr;
    blocks.reserve(blocks.size() + 1);
    void *data = std::aligned_alloc(SQART_ALLOCATION_ALIGNMENT, size);
    if (!data)
      return nullptr;
    blocks.push_back({data, int64_t(size), false, false});
    best = &blocks.back();
  }
  best->inUse = best->usedInCall = true;
  return best->data;
}

bool Arena::release(void *pointer) {
  for (Block &block : blocks)
    if (block.data == pointer && block.inUse) {
      block.inUse = false;
      return true;
    }
  return false;
}

void Arena::reset() {
  auto unused = std::partition(blocks.begin(), blocks.end(),
                               [](const Block &b) { return b.usedInCall; });
  for (auto it = unused; it != blocks.end(); ++it)
    std::free(it->data);
  blocks.erase(unused, blocks.end());
  for (Block &block : blocks)
    block.inUse = block.usedInCall = false;
}
