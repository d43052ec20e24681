//===- test_package.h - Packages that the tests make ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Serialises plain data without checking any of it, so that tests can break one
// rule at a time.

#ifndef SQART_TEST_TEST_PACKAGE_H
#define SQART_TEST_TEST_PACKAGE_H

#include "manifest.h"

#include "sqart/package_format.h"

namespace sqart::test {

using Bytes = std::vector<uint8_t>;

// The manifest of schema/manifest.fbs. Enumerators go through as they are.
Bytes serialize(const Manifest &manifest);

struct Section {
  uint32_t kind;
  Bytes bytes;
  uint32_t alignment = 16;
};

// A well-formed file around whatever the sections hold.
Bytes assemble(const std::vector<Section> &sections);

// Makes the digest fit again after an edit.
void patchDigest(Bytes &package);

// dim(4), dim('symbol 0'), dim({steps}).
Dim fixed(int64_t size);
Dim symbol(int64_t number);
Dim expression(Expr steps);
Tensor tensor(const char *name, const char *dtype, std::vector<Dim> dims);
Function function(const char *name, std::vector<std::string> symbols,
                  std::vector<Tensor> inputs, std::vector<Tensor> outputs);

// A manifest with one function, one variant (section 1), two sections.
Manifest smallManifest();
// That, with any bytes as code. About 1 KB.
Bytes smallPackage();
// The same with a GPU module, and any bytes as PTX.
Bytes smallGpuPackage();

// The functions of kernels.c, by ordinal.
enum Ordinal { Add, Grow, Refuse, Mute, Halve, Hoard };
Manifest kernelManifest();
// The image built from kernels.c.
Bytes kernelImage();
// Both. Loads on every x86-64 CPU.
Bytes kernelPackage();

} // namespace sqart::test

#endif // SQART_TEST_TEST_PACKAGE_H
