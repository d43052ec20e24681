//===- SerializePtx.h - Kernels as text and code of a GPU ------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_SERIALIZEPTX_H
#define SQA_TARGET_SERIALIZEPTX_H

#include "dialects/Target/TargetDialect.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <string>

namespace mlir::sqa {

// Optimises and compiles a module of the LLVM and NVVM dialects, in process.
// Errors are diagnostics at `kernels`.
FailureOr<std::string> serializePtx(Operation *kernels, GpuAttr target);

// What ptxas made of a text, and what it said.
struct Cubin {
  llvm::SmallVector<char, 0> image;
  std::string report; // of `ptxas -v`
  // Some kernel spills, or a group of matrix products was serialised (C75xx).
  bool isSlow = false;
  // The PTX is newer than this ptxas; there is no image.
  bool isTooOld = false;
  // Registers of a thread at launch, by kernel.
  llvm::StringMap<int64_t> registers;
};

// The path of ptxas, on the PATH or where NVIDIA's toolkit puts it, or empty if
// there is none: PTX alone is a result too.
std::string findPtxas();

// Runs ptxas on a file of its own. Fails with what it said.
llvm::Expected<Cubin> assembleCubin(llvm::StringRef ptx, GpuAttr target,
                                    llvm::StringRef ptxas);

} // namespace mlir::sqa

#endif // SQA_TARGET_SERIALIZEPTX_H
