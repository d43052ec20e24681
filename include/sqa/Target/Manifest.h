//===- Manifest.h - What callers of a package see --------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_MANIFEST_H
#define SQA_TARGET_MANIFEST_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace mlir::sqa {

struct ManifestTensor {
  std::string name;
  uint8_t dtype = 0; // sqart.manifest.Dtype
  AffineMap shape;   // from the function's symbols to the dimensions
  std::string parameter;
};

struct ManifestFunction {
  std::string name;
  SmallVector<std::string> symbols;
  std::vector<ManifestTensor> inputs, outputs;
  uint32_t devices = 0; // manifest.fbs: 1 CPU, 2 CUDA; filled by the targets
};

// Reads the public functions, in order, as --sqa-check-arguments left them.
// Errors are diagnostics at the function.
FailureOr<std::vector<ManifestFunction>> collectManifest(ModuleOp module);

} // namespace mlir::sqa

#endif // SQA_TARGET_MANIFEST_H
