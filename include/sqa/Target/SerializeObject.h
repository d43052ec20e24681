//===- SerializeObject.h - LLVM dialect to object code ---------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_SERIALIZEOBJECT_H
#define SQA_TARGET_SERIALIZEOBJECT_H

#include "dialects/Target/TargetDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::sqa {

struct SerializeOptions {
  unsigned optLevel = 3;
  // Also filled if not null: LLVM IR after optimisation, and assembly.
  std::string *llvmIR = nullptr;
  std::string *assembly = nullptr;
};

// Optimises and compiles a module of the LLVM dialect for `target`. The result
// is a relocatable ELF object in which only sqart_library_query is global.
// Errors are diagnostics at `module`.
FailureOr<llvm::SmallVector<char, 0>>
serializeObject(ModuleOp module, CpuAttr target,
                const SerializeOptions &options = {});

} // namespace mlir::sqa

#endif // SQA_TARGET_SERIALIZEOBJECT_H
