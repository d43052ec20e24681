//===- package_fuzzer.cpp - Fuzz target: any bytes as a package -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Built with -DSQA_FUZZ=ON. Size and digest are made to fit, or mutants would
// end there; the code sections of accepted packages are checked, never mapped.

#include "code_image.h"
#include "package.h"

#include <algorithm>

using namespace sqart;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Pages pages;
  if (!pages.allocate(size))
    return 0;
  if (size != 0)
    std::memcpy(pages.data(), data, size);
  if (size >= sizeof(sqart_package_header_t)) {
    uint64_t total = size;
    std::memcpy(pages.data() + offsetof(sqart_package_header_t, total_size),
                &total, sizeof(total));
    Sha256Digest digest = sha256(pages.data() + SQART_PACKAGE_DIGESTED_FROM,
                                 size - SQART_PACKAGE_DIGESTED_FROM);
    std::copy(digest.begin(), digest.end(), pages.data() + 16);
  }
  Package package;
  if (parsePackage(std::move(pages), package) != SQART_STATUS_OK)
    return 0;
  for (uint32_t i = 0; i < package.sections.size(); ++i) {
    ElfLayout layout;
    if (package.sections[i].kind == SQART_SECTION_KIND_CPU_CODE)
      checkElf(sectionBytes(package, i), layout);
  }
  return 0;
}
