//===- Pipelines.h - The order of the passes, stage by stage ---*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_PIPELINES_PIPELINES_H
#define SQA_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace mlir::sqa {
// Registers every pipeline by name: --sqa-pipeline-planned and so on.
void registerPipelines();
} // namespace mlir::sqa

#endif // SQA_PIPELINES_PIPELINES_H
