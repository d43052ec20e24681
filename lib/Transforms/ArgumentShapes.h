//===- ArgumentShapes.h - Sizes that callers respect -----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_ARGUMENTSHAPES_H
#define SQA_LIB_TRANSFORMS_ARGUMENTSHAPES_H

#include "sqa/Analysis/ShapeEquations.h"

namespace mlir::sqa {
// The equations of `function` with every equality that sqa.shape of its
// arguments states.
ShapeEquations getArgumentEquations(FunctionOpInterface function);
} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_ARGUMENTSHAPES_H
