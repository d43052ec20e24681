//===- Pipelines.cpp - The order of the passes, stage by stage -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Pipelines/Pipelines.h"

void mlir::sqa::registerPipelines() {}
