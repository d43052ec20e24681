//===- Value.h - What the interpreter computes with -------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A float of any type is a double, an integer of at most 64 bits or an index
// is an int64_t in canonical form: sign-extended, but 0 or 1 for i1. A tensor
// is a flat row-major array of these. Which of the two a value is, its MLIR
// type says; nothing here is tagged.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_INTERPRETER_VALUE_H
#define SQA_INTERPRETER_VALUE_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <optional>
#include <vector>

namespace mlir::sqa::interpreter {

union Scalar {
  double f;
  int64_t i;
};

inline Scalar floatScalar(double value) {
  Scalar scalar;
  scalar.f = value;
  return scalar;
}
inline Scalar intScalar(int64_t value) {
  Scalar scalar;
  scalar.i = value;
  return scalar;
}

struct TensorValue {
  SmallVector<int64_t> shape;
  std::vector<Scalar> data;

  int64_t size() const { return static_cast<int64_t>(data.size()); }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
};
using TensorRef = std::shared_ptr<TensorValue>;

/// A scalar, or a tensor (then `tensor` is set). Tensors are values: who wants
/// to write asks makeUnique first.
struct RuntimeValue {
  RuntimeValue() : scalar(intScalar(0)) {}
  RuntimeValue(Scalar scalar) : scalar(scalar) {}
  RuntimeValue(TensorRef tensor)
      : scalar(intScalar(0)), tensor(std::move(tensor)) {}

  Scalar scalar;
  TensorRef tensor;
};

/// Scalar types and element types that the interpreter has values for.
bool isSupportedScalar(Type type);
/// Those, and ranked tensors of them.
bool isSupportedType(Type type);

/// Number of elements; nullopt if an extent is negative or the tensor is
/// larger than the interpreter takes (2^31 elements).
std::optional<int64_t> checkedElementCount(ArrayRef<int64_t> shape);

/// Zeros. The shape must have passed checkedElementCount.
TensorRef makeTensor(ArrayRef<int64_t> shape);
TensorRef makeTensor(ArrayRef<int64_t> shape, Scalar fill);
/// What nobody may rely on: NaN, or a conspicuous integer.
Scalar undefinedScalar(Type elementType);

/// `tensor` itself if nobody else holds it, else a copy.
TensorRef makeUnique(TensorRef tensor);

/// Row-major strides.
SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape);

/// Steps `index` through `shape` in row-major order; false at the end.
inline bool nextIndex(MutableArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  for (size_t d = shape.size(); d-- > 0;) {
    if (++index[d] < shape[d])
      return true;
    index[d] = 0;
  }
  return false;
}

/// `2x3`, for messages.
std::string shapeToString(ArrayRef<int64_t> shape);

//===----------------------------------------------------------------------===//
// Numbers of a type
//===----------------------------------------------------------------------===//

/// Bits of an integer type; 64 for index.
unsigned widthOf(Type type);
/// The low `width` bits in canonical form.
int64_t canonicalInt(int64_t value, unsigned width);
/// The low `width` bits read as a signed or as an unsigned number.
int64_t signedInt(int64_t value, unsigned width);
uint64_t unsignedInt(int64_t value, unsigned width);

/// `value` rounded to the nearest number of a float type, ties to even.
double roundToType(Type type, double value);
/// The same for scalars; integers are left alone.
Scalar roundScalar(Type type, Scalar value);

} // namespace mlir::sqa::interpreter

#endif // SQA_INTERPRETER_VALUE_H
