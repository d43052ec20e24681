//===- pages.cpp - Whole pages of memory of our own -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pages.h"

#include <sys/mman.h>

using namespace sqart;

Pages::~Pages() {
  if (base)
    ::munmap(base, length);
}

bool Pages::allocate(size_t size) {
  Pages fresh;
  if (size != 0) {
    void *p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
      return false;
    fresh.adopt(p, size);
  }
  swap(fresh);
  return true;
}

void Pages::adopt(void *newBase, size_t size) {
  base = static_cast<uint8_t *>(newBase);
  length = size;
}

bool Pages::seal() { return !base || ::mprotect(base, length, PROT_READ) == 0; }
