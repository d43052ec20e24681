//===- AttnOps.h - The attention dialect and its operations ----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the ops mean is in dialects/Attn/README.md.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_ATTN_ATTNOPS_H
#define SQA_DIALECTS_ATTN_ATTNOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "dialects/Attn/AttnOpsDialect.h.inc"
#include "dialects/Attn/AttnOpsEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Attn/AttnOpsAttrs.h.inc"

namespace mlir::sqa::attn {
// The words of the enumerations, called by generated assembly formats.
ParseResult parseLayout(OpAsmParser &parser, LayoutAttr &layout);
void printLayout(OpAsmPrinter &printer, Operation *op, LayoutAttr layout);
ParseResult parseRopeLayout(OpAsmParser &parser, RopeLayoutAttr &layout);
void printRopeLayout(OpAsmPrinter &printer, Operation *op,
                     RopeLayoutAttr layout);
} // namespace mlir::sqa::attn

#define GET_OP_CLASSES
#include "dialects/Attn/AttnOps.h.inc"

namespace mlir::sqa::attn {
// Interfaces that need other dialects, attached when the dialect is loaded.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);
} // namespace mlir::sqa::attn

#endif // SQA_DIALECTS_ATTN_ATTNOPS_H
