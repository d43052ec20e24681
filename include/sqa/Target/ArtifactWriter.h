//===- ArtifactWriter.h - The bytes of a package ---------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_ARTIFACTWRITER_H
#define SQA_TARGET_ARTIFACTWRITER_H

#include "sqa/Target/Manifest.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::sqa {

// One build of all functions.
struct PackageVariant {
  std::string isa;
  SmallVector<std::string> features;
  int32_t priority = 0;
  llvm::SmallVector<char, 0> image; // see ElfWriter.h
};

struct PackageContents {
  std::string name;
  std::string producer;
  std::vector<ManifestFunction> functions;
  std::vector<PackageVariant> variants;
  std::string source;   // MLIR bytecode; no section if empty
  std::string schedule; // text; no section if empty
  std::string remarks;  // text; no section if empty
};

// A package by runtime/include/sqart/package_format.h. Equal contents give equal
// bytes.
llvm::SmallVector<char, 0> writePackage(const PackageContents &contents);

} // namespace mlir::sqa

#endif // SQA_TARGET_ARTIFACTWRITER_H
