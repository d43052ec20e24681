//===- package.h - A verified package -------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Bytes of our own plus what they say. Nothing of a Package is executable.
// Test: test/package_test.cpp, test/package_mutation_test.cpp.

#ifndef SQART_SRC_PACKAGE_H
#define SQART_SRC_PACKAGE_H

#include "manifest.h"
#include "pages.h"
#include "support/sha256.h"

#include "sqart/package_format.h"

struct sqart_package_t {
  sqart::Pages bytes;
  sqart::Sha256Digest sha256 = {}; // of the whole file
  std::vector<sqart_package_section_t> sections;
  sqart::Manifest manifest;
};

namespace sqart {

using Package = sqart_package_t;

inline ByteView sectionBytes(const Package &package, uint32_t index) {
  const sqart_package_section_t &section = package.sections[index];
  return package.bytes.view().slice(section.offset, section.size);
}

// "cpu code"; null if there is no such kind.
const char *sectionKindName(uint32_t kind);

// Verifies `bytes` by the rules of package_format.h and manifest.fbs and takes
// them over. On failure `out` is not to be used.
sqart_status_t parsePackage(Pages bytes, Package &out);

} // namespace sqart

#endif // SQART_SRC_PACKAGE_H
