//===- IsolateMask.h - One attention op without its arithmetic --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that holds one attn.sqa and only what its mask reads: queries,
// keys and values are arguments of which nothing but the shape counts, scores,
// bias and sink are gone. So a mask inside a whole model is drawn without
// running the model.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_MASK_ISOLATEMASK_H
#define SQA_TOOLS_SQA_MASK_ISOLATEMASK_H

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::sqa {

struct IsolatedMask {
  OwningOpRef<ModuleOp> module;
  func::FuncOp function; // the arguments of the original one come first
  attn::SqaOp op;

  IsolatedMask clone() const;
  // Arguments whose elements the mask reads, not only their shape.
  llvm::BitVector argumentsRead() const;
};

// `op` must stand in the body of `function`, outside loops.
FailureOr<IsolatedMask> isolateMask(FunctionOpInterface function,
                                    attn::SqaOp op);

// Ends the function before its op: it returns `values` instead.
void returnInstead(func::FuncOp function, attn::SqaOp op, ValueRange values);

// "causal(top_left) window(3, 0)": what hides slots, as it is written.
std::string describeClauses(attn::SqaOp op);

} // namespace mlir::sqa

#endif // SQA_TOOLS_SQA_MASK_ISOLATEMASK_H
