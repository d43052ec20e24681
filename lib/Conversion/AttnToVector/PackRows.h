//===- PackRows.h - attn.pack to vector loops -------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOVECTOR_PACKROWS_H
#define SQA_LIB_CONVERSION_ATTNTOVECTOR_PACKROWS_H

#include "dialects/Attn/AttnOps.h"

namespace mlir::sqa {
// Writes what attn.pack on memory does at the insertion point.
void lowerPack(OpBuilder &b, attn::PackOp op);
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_PACKROWS_H
