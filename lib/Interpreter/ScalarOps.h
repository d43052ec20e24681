//===- ScalarOps.h - Pure ops on scalars ------------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op of arith or math as a function from operands to results. The same
// function runs op by op, over the elements of a tensor, and inside a compiled
// region.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_SCALAROPS_H
#define SQA_LIB_INTERPRETER_SCALAROPS_H

#include "Evaluator.h"

namespace mlir::sqa::interpreter {

/// Null if the op is not one of arith or math, or unknown.
ScalarFn compileScalarOp(Operation *op, bool roundToTypes);

// One file each. Null for every other op.
ScalarFn compileIntegerOp(Operation *op);
ScalarFn compileFloatOp(Operation *op);
ScalarFn compileCastOp(Operation *op);
ScalarFn compileMathOp(Operation *op);

/// The bits of `value`, a number of type `from`, read as type `to` of the same
/// width.
Scalar bitcastScalar(Type from, Type to, Scalar value);

//===----------------------------------------------------------------------===//
// Makers: a lambda on numbers becomes a ScalarFn
//===----------------------------------------------------------------------===//

template <typename F> ScalarFn floatUnary(F f) {
  return [f](const Scalar *in, Scalar *out, std::string &) {
    out->f = f(in[0].f);
    return true;
  };
}

template <typename F> ScalarFn floatBinary(F f) {
  return [f](const Scalar *in, Scalar *out, std::string &) {
    out->f = f(in[0].f, in[1].f);
    return true;
  };
}

/// `f` works on 64 bits; its result wraps to `width`.
template <typename F> ScalarFn intUnary(unsigned width, F f) {
  return [width, f](const Scalar *in, Scalar *out, std::string &) {
    out->i = canonicalInt(f(in[0].i), width);
    return true;
  };
}

template <typename F> ScalarFn intBinary(unsigned width, F f) {
  return [width, f](const Scalar *in, Scalar *out, std::string &) {
    out->i = canonicalInt(f(in[0].i, in[1].i), width);
    return true;
  };
}

/// The operands as signed numbers of `width` bits.
template <typename F> ScalarFn signedBinary(unsigned width, F f) {
  return intBinary(width, [width, f](int64_t a, int64_t b) {
    return f(signedInt(a, width), signedInt(b, width));
  });
}

/// The operands as unsigned numbers of `width` bits.
template <typename F> ScalarFn unsignedBinary(unsigned width, F f) {
  return intBinary(width, [width, f](int64_t a, int64_t b) {
    return static_cast<int64_t>(
        f(unsignedInt(a, width), unsignedInt(b, width)));
  });
}

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_SCALAROPS_H
