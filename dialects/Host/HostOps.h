//===- HostOps.h - What compiled code asks of the runtime ------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_HOST_HOSTOPS_H
#define SQA_DIALECTS_HOST_HOSTOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Host/HostOpsDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Host/HostOpsTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/Host/HostOps.h.inc"

namespace mlir::sqa::host {
// Marks a private function as a kernel.
inline constexpr llvm::StringLiteral kKernelAttrName = "host.kernel";
// Arguments every kernel ends with: begin, end, scratch.
inline constexpr unsigned kNumKernelTailArguments = 3;
} // namespace mlir::sqa::host

#endif // SQA_DIALECTS_HOST_HOSTOPS_H
