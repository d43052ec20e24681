//===- InitAll.h - Register everything sqa-mlir has ------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_INITALL_H
#define SQA_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::sqa {
// Our dialects, the upstream dialects our pipelines read and write, and every
// interface implementation that our passes rely on.
void registerAllDialects(DialectRegistry &registry);

// Our passes and pipelines (names start with `sqa-`).
void registerAllPasses();
} // namespace mlir::sqa

#endif // SQA_INITALL_H
