//===- KnownTargets.h - The CPUs and GPUs we know by name ------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_KNOWNTARGETS_H
#define SQA_TARGET_KNOWNTARGETS_H

#include "dialects/Target/TargetDialect.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir::sqa {

// One row of the list that `--list-targets` prints.
struct TargetSummary {
  llvm::StringRef name;
  llvm::StringRef description;
};

// Every name that lookupCpuTarget takes, "native" last.
llvm::ArrayRef<TargetSummary> listCpuTargets();

// Every name that lookupGpuTarget takes.
llvm::ArrayRef<TargetSummary> listGpuTargets();

// What the code that launches kernels is compiled for: any x86-64.
CpuAttr getHostTarget(MLIRContext *context);

// The description of a target, or failure (without a diagnostic) if no target
// has that name or, for "native", if this machine is not one we support.
FailureOr<CpuAttr> lookupCpuTarget(MLIRContext *context, llvm::StringRef name);

// The description of a GPU architecture ("sm_90a"), or failure.
FailureOr<GpuAttr> lookupGpuTarget(MLIRContext *context, llvm::StringRef name);

// What a CPU must report through cpuid to run code of this target, in LLVM's
// names ("avx2", "fma", ...). The package stores it, the runtime checks it.
llvm::SmallVector<llvm::StringRef> requiredCpuFeatures(CpuAttr target);

} // namespace mlir::sqa

#endif // SQA_TARGET_KNOWNTARGETS_H
