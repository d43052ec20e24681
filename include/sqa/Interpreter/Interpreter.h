//===- Interpreter.h - Run functions in f64 ---------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The oracle of all execution tests, and a way for users to see what a program
// means. It is written from the definitions of the ops alone and shares no
// code with any lowering: a mistake must not be made twice in the same way.
//
// Every float operation is computed in f64 whatever type it is declared in.
// Only what the program states rounds: arith.truncf, arith.bitcast, and the
// angle of attn.rope. With `roundToTypes` every result is rounded to its
// declared type, which is what a straightforward implementation in these types
// computes: the difference of the two runs is the error that such an
// implementation makes.
//
// What is undefined in MLIR is diagnosed (division by zero, an index out of
// bounds); what is poison (a shift by the width, a conversion that overflows)
// gives some value, since nothing may come of it; tensor.empty gives NaN.
//
// Tests: test/Interpreter, test/Tools/sqa-interpret.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_INTERPRETER_INTERPRETER_H
#define SQA_INTERPRETER_INTERPRETER_H

#include "dialects/Attn/AttnOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "sqa/Interpreter/Value.h"

namespace mlir::sqa::interpreter {

struct Options {
  bool roundToTypes = false;
};

/// Runs `function` on `inputs`, which must match its argument types in number
/// and rank and in every static extent. Failures are reported as diagnostics at
/// the op that failed.
FailureOr<SmallVector<RuntimeValue>> interpret(FunctionOpInterface function,
                                               ArrayRef<RuntimeValue> inputs,
                                               const Options &options = {});

/// Slots of one batch and output head, row by row.
struct SlotGrid {
  int64_t rows = 0, keys = 0;
  std::vector<bool> visible;

  bool at(int64_t i, int64_t j) const { return visible[i * keys + j]; }
};

/// What the clauses and the mask_mod of `op` make visible. `operands` are the
/// values of its operands; of query and key only the shape is read, and what
/// the mask does not read may be left out (an empty value).
FailureOr<SlotGrid> interpretMask(attn::SqaOp op,
                                  ArrayRef<RuntimeValue> operands,
                                  int64_t batch, int64_t head);

} // namespace mlir::sqa::interpreter

#endif // SQA_INTERPRETER_INTERPRETER_H
