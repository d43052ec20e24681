//===- TargetDialect.h - #sqa.cpu and #sqa.cpu_schedule --------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_TARGET_TARGETDIALECT_H
#define SQA_DIALECTS_TARGET_TARGETDIALECT_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Dialect.h"

#include "dialects/Target/TargetDialectDialect.h.inc"
#include "dialects/Target/TargetDialectEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Target/TargetDialectAttrs.h.inc"

namespace mlir::sqa {
// The attribute on the module that names the target of the compilation.
inline constexpr llvm::StringLiteral kTargetAttrName = "sqa.target";
// What messages call a function argument.
inline constexpr llvm::StringLiteral kNameAttrName = "sqa.name";
// The weight of a .safetensors file that a function argument takes.
inline constexpr llvm::StringLiteral kParameterAttrName = "sqa.parameter";
// The names of the sizes a function is generic in: its symbols, in order.
inline constexpr llvm::StringLiteral kSymbolsAttrName = "sqa.symbols";
// On a function, between --sqa-record-score-shapes and
// --sqa-check-no-score-matrix: list of {from, op, shape}.
inline constexpr llvm::StringLiteral kScoresAttrName = "sqa.scores";
// On a function: its indices are in range or checked.
inline constexpr llvm::StringLiteral kCheckedAttrName = "sqa.checked";
// The shape of an argument or result: an affine map from the function's symbols
// to one expression a dimension.
inline constexpr llvm::StringLiteral kShapeAttrName = "sqa.shape";
// On an argument that a result is written to.
inline constexpr llvm::StringLiteral kResultAttrName = "sqa.result";

// The target of the module that holds `op`, or null.
Attribute lookupTarget(Operation *op);
} // namespace mlir::sqa

#endif // SQA_DIALECTS_TARGET_TARGETDIALECT_H
