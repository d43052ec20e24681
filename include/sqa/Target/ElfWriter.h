//===- ElfWriter.h - From an object to a loadable image --------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_ELFWRITER_H
#define SQA_TARGET_ELFWRITER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace mlir::sqa {

// Links one x86-64 ELF object that needs nothing from outside into a shared
// image that exports its global functions: no imports, no relocations, no
// constructors, nothing writable that matters. Anything else is an error that
// names the symbol, section or relocation.
llvm::Expected<llvm::SmallVector<char, 0>>
linkImage(llvm::ArrayRef<char> object);

} // namespace mlir::sqa

#endif // SQA_TARGET_ELFWRITER_H
