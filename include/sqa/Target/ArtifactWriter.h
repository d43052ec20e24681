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

// Where functions run, as manifest.fbs counts.
enum PackageDevice : uint32_t { CpuDevice = 1, CudaDevice = 2 };

// One build of all functions for one kind of device. For GPUs it is the code
// that launches.
struct PackageVariant {
  std::string isa;
  SmallVector<std::string> features;
  int32_t priority = 0;
  uint32_t devices = CpuDevice;
  llvm::SmallVector<char, 0> image; // see ElfWriter.h
};

// What a launch must respect.
struct PackageKernel {
  std::string name;
  SmallVector<uint32_t> parameters; // bytes of each
  uint32_t threads = 0;             // of a block
  uint32_t registers = 0;           // of a thread, 0 if not known
  uint32_t dynamicSharedBytes = 0;
};

// GPU code that one host program drives, as text or for one architecture.
struct PackageGpuModule {
  std::string arch;
  bool isPtx = false;
  std::vector<PackageKernel> kernels; // in the order of their numbers
  std::string code;
};

struct PackageContents {
  std::string name;
  std::string producer;
  std::vector<ManifestFunction> functions;
  std::vector<PackageVariant> variants;
  std::vector<PackageGpuModule> gpuModules;
  std::string source;   // MLIR bytecode; no section if empty
  std::string schedule; // text; no section if empty
  std::string remarks;  // text; no section if empty
};

// A package by runtime/include/sqart/package_format.h. Equal contents give
// equal bytes.
llvm::SmallVector<char, 0> writePackage(const PackageContents &contents);

} // namespace mlir::sqa

#endif // SQA_TARGET_ARTIFACTWRITER_H
