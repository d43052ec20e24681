//===- AttnPatterns.h - Canonicalisations in files of their own -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to dialects/Attn: what AttnFolds.cpp registers but does not hold.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_ATTN_ATTNPATTERNS_H
#define SQA_DIALECTS_ATTN_ATTNPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::sqa::attn {
// Transposes into layouts, repeated heads into the head map.
void populateSqaAbsorbPatterns(RewritePatternSet &patterns);
void populateRopeAbsorbPatterns(RewritePatternSet &patterns);
// Casts that forget sizes, read through.
void populateOnlineSqaCastPatterns(RewritePatternSet &patterns);
} // namespace mlir::sqa::attn

#endif // SQA_DIALECTS_ATTN_ATTNPATTERNS_H
