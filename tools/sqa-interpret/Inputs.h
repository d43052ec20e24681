//===- Inputs.h - Arguments of the interpreted function ---------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_INTERPRET_INPUTS_H
#define SQA_TOOLS_SQA_INTERPRET_INPUTS_H

#include "sqa/Interpreter/Interpreter.h"
#include "tools/io/Tensor.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::sqa::interpreter {

/// The element type of files that holds an MLIR type.
std::optional<::sqa::io::ElementType> elementTypeOf(Type type);

/// One value for each argument of `function`: specs that name their argument
/// first, then weights from `parameters` (a file name, or empty), then the
/// other specs in order. Failures are diagnosed at the function.
FailureOr<SmallVector<RuntimeValue>> readInputs(FunctionOpInterface function,
                                                ArrayRef<std::string> specs,
                                                const std::string &parameters);

/// The same for the `needed` arguments alone. Others have a value only if a
/// spec names them.
FailureOr<SmallVector<std::optional<RuntimeValue>>>
readSomeInputs(FunctionOpInterface function, const llvm::BitVector &needed,
               ArrayRef<std::string> specs, const std::string &parameters);

} // namespace mlir::sqa::interpreter

#endif // SQA_TOOLS_SQA_INTERPRET_INPUTS_H
