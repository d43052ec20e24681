//===- RegionProgram.h - A block run once an element ------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bodies of linalg ops, tensor.generate, and the regions of attn.sqa run once
// an element or slot. A block of pure scalar ops is turned into a list of
// calls on numbered registers; any other block (loops, calls) falls back to
// the evaluator. Both give the same results.
//
//   RegionProgram program(block, eval, numIndices, bindings);
//   program.argument(0).f = 1.5;
//   if (failed(program.run())) return failure();
//   use(program.result(0).f);
//
// Values of the surrounding function are read when the program is made.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_REGIONPROGRAM_H
#define SQA_LIB_INTERPRETER_REGIONPROGRAM_H

#include "Evaluator.h"

namespace mlir::sqa::interpreter {

class RegionProgram {
public:
  /// `numIndices` loop indices are what linalg.index reads. `bindings` gives
  /// the arguments that stay the same for every run, tensors among them; the
  /// last arguments of the block are bound, the others are set before a run.
  RegionProgram(Block &block, Evaluator &evaluator, unsigned numIndices = 0,
                ArrayRef<RuntimeValue> bindings = {});

  Scalar &argument(unsigned i) { return registers[i]; }
  int64_t &index(unsigned i) { return registers[firstIndex + i].i; }
  LogicalResult run();
  Scalar result(unsigned i) const { return registers[results[i]]; }

private:
  struct Instruction {
    Operation *op;
    ScalarFn fn;
    SmallVector<unsigned, 3> operands;
    unsigned firstResult;
  };

  bool compile();
  bool compileOp(Operation *op);
  ScalarFn compileTensorRead(Operation *op, ValueRange &operands);
  /// The register of a scalar value, or nullopt for what has none.
  std::optional<unsigned> registerOf(Value value);
  TensorRef tensorOf(Value value);
  unsigned addRegister(Scalar value);
  LogicalResult runWithEvaluator();

  Block &block;
  Evaluator &evaluator;
  unsigned firstIndex;
  unsigned numIndices;
  bool compiled;
  std::vector<Scalar> registers;
  std::vector<Instruction> instructions;
  SmallVector<unsigned> results;
  SmallVector<Scalar> scratch;
  DenseMap<Value, unsigned> numbers;
  DenseMap<Value, TensorRef> tensors;
  SmallVector<RuntimeValue> arguments;
};

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_REGIONPROGRAM_H
