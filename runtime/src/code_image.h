//===- code_image.h - Check and map one ELF image of compiled code --------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Not a dynamic linker: an image is accepted only if nothing is left to link.
// Test: test/code_image_test.cpp.

#ifndef SQART_SRC_CODE_IMAGE_H
#define SQART_SRC_CODE_IMAGE_H

#include "pages.h"
#include "status.h"

#include <vector>

namespace sqart {

// A range of the image that goes to memory.
struct ElfSegment {
  uint64_t address; // from the start of the mapping
  uint64_t memorySize;
  uint64_t fileOffset;
  uint64_t fileSize;
  bool writable;
  bool executable;
};

struct ElfLayout {
  std::vector<ElfSegment> segments; // ascending, no page in two
  uint64_t span = 0;                // bytes from address 0, whole pages
  uint64_t query = 0;               // address of sqart_library_query
};

// Verifies the image by rules E1..E9 (code_image_check.cpp). Maps nothing.
sqart_status_t checkElf(ByteView image, ElfLayout &out);

// Copies the segments into fresh pages, which are never writable and executable
// at once.
sqart_status_t mapElf(ByteView image, const ElfLayout &layout, Pages &out);

} // namespace sqart

#endif // SQART_SRC_CODE_IMAGE_H
