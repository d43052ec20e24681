//===- GpuCode.h - Serialized kernels for a package ------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_GPUCODE_H
#define SQA_TARGET_GPUCODE_H

#include "mlir/IR/BuiltinOps.h"
#include "sqa/Target/ArtifactWriter.h"

namespace mlir::sqa {

// Takes the objects that --sqa-serialize-kernels left in `module` out of it;
// what stays is host code. Kernels are in the order that launches count.
std::vector<PackageGpuModule> takeGpuCode(ModuleOp module);

} // namespace mlir::sqa

#endif // SQA_TARGET_GPUCODE_H
