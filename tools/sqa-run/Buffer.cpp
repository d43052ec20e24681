//===- Buffer.cpp - Memory of an argument, with bands that show overruns --===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Buffer.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace sqa::run {

static constexpr size_t kAlignment = 64;

bool Buffer::allocate(size_t size, bool withBands) {
  guarded = withBands;
  total = size + 2 * band() + kAlignment;
  memory.reset(new (std::nothrow) uint8_t[total]);
  if (!memory)
    return false;
  const uintptr_t first = reinterpret_cast<uintptr_t>(memory.get()) + band();
  start = memory.get() + band() + (-first & (kAlignment - 1));
  used = size;
  if (guarded)
    std::memset(memory.get(), kPoison, total);
  return true;
}

void Buffer::poison() {
  if (used)
    std::memset(start, kPoison, used);
}

bool Buffer::bandsIntact() const {
  if (!guarded)
    return true;
  const auto isPoison = [](uint8_t byte) { return byte == kPoison; };
  return std::all_of(memory.get(), start, isPoison) &&
         std::all_of(start + used, memory.get() + total, isPoison);
}

} // namespace sqa::run
