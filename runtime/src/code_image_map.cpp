//===- code_image_map.cpp - Put a checked ELF image into memory -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A copy, not a mapping of the file: the bytes that were verified are the ones
// that run, whatever happens to the file. Pages are filled while writable, then
// sealed; pages that belong to no segment stay inaccessible.

#include "code_image.h"

#include <cerrno>
#include <sys/mman.h>

using namespace sqart;

static sqart_status_t failMap() {
  if (errno == ENOMEM)
    return fail(SQART_STATUS_OUT_OF_MEMORY, "no memory to map code");
  return fail(SQART_STATUS_IO,
              "cannot map code: the system refuses executable memory (%d)",
              errno);
}

sqart_status_t sqart::mapElf(ByteView image, const ElfLayout &layout,
                             Pages &out) {
  void *base = ::mmap(nullptr, layout.span, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return failMap();
  Pages pages;
  pages.adopt(base, layout.span);
  for (const ElfSegment &segment : layout.segments) {
    uint64_t begin = segment.address & ~uint64_t(4095), end = 0;
    alignUp(segment.address + segment.memorySize, 4096, end);
    uint8_t *page = pages.data() + begin;
    if (::mprotect(page, end - begin, PROT_READ | PROT_WRITE) != 0)
      return failMap();
    std::memcpy(pages.data() + segment.address, image.data + segment.fileOffset,
                segment.fileSize);
    int protection = PROT_READ;
    protection |= segment.writable ? PROT_WRITE : 0;
    protection |= segment.executable ? PROT_EXEC : 0;
    if (::mprotect(page, end - begin, protection) != 0)
      return failMap();
  }
  out = std::move(pages);
  return SQART_STATUS_OK;
}
