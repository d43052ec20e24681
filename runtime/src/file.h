//===- file.h - Files, read once into memory of our own -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_SRC_FILE_H
#define SQART_SRC_FILE_H

#include "pages.h"
#include "status.h"

namespace sqart {

// Who may be able to change a file that is about to be believed.
struct FileRules {
  bool followLinks = true;
  bool checkOwner = false;         // rule 15 of SECURITY.md
  bool allowGroupWritable = false; // relaxes checkOwner
};

// Reads the regular file at `path`, of at most `maxBytes`, into sealed pages.
// The file is opened once and not looked at again.
sqart_status_t readFile(const char *path, uint64_t maxBytes,
                        const FileRules &rules, Pages &out);

// Copies `size` bytes of the caller's memory into sealed pages.
sqart_status_t copyBytes(const void *bytes, size_t size, uint64_t maxBytes,
                         Pages &out);

// Maps the regular file at `path` read-only.
sqart_status_t mapFile(const char *path, Pages &out);

} // namespace sqart

#endif // SQART_SRC_FILE_H
