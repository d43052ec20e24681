//===- Value.cpp - What the interpreter computes with ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Interpreter/Value.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;
using namespace mlir::sqa::interpreter;

namespace mlir::sqa::interpreter {

bool isSupportedScalar(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() >= 1 && integer.getWidth() <= 64;
  if (auto number = dyn_cast<FloatType>(type))
    return number.getWidth() <= 64;
  return isa<IndexType>(type);
}

bool isSupportedType(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    type = tensor.getElementType();
  return isSupportedScalar(type);
}

std::optional<int64_t> checkedElementCount(ArrayRef<int64_t> shape) {
  constexpr int64_t kMaxElements = int64_t{1} << 31;
  int64_t count = 1;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    empty |= extent == 0;
    if (__builtin_mul_overflow(count, std::max<int64_t>(extent, 1), &count))
      return std::nullopt;
  }
  if (empty)
    return 0;
  if (count > kMaxElements)
    return std::nullopt;
  return count;
}

TensorRef makeTensor(ArrayRef<int64_t> shape) {
  return makeTensor(shape, intScalar(0)); // all bits zero: 0.0 as well
}

TensorRef makeTensor(ArrayRef<int64_t> shape, Scalar fill) {
  std::optional<int64_t> count = checkedElementCount(shape);
  assert(count && "the caller checks the shape");
  auto tensor = std::make_shared<TensorValue>();
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->data.assign(static_cast<size_t>(*count), fill);
  return tensor;
}

Scalar undefinedScalar(Type elementType) {
  if (isa<FloatType>(elementType))
    return floatScalar(std::numeric_limits<double>::quiet_NaN());
  return intScalar(canonicalInt(-0x5a5a5a5b, widthOf(elementType)));
}

TensorRef makeUnique(TensorRef tensor) {
  if (tensor.use_count() == 1)
    return tensor;
  return std::make_shared<TensorValue>(*tensor);
}

SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size());
  int64_t step = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    strides[d] = step;
    step *= shape[d];
  }
  return strides;
}

std::string shapeToString(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "rank 0";
  return llvm::join(
      llvm::map_range(shape, [](int64_t d) { return std::to_string(d); }), "x");
}

//===----------------------------------------------------------------------===//
// Numbers of a type
//===----------------------------------------------------------------------===//

unsigned widthOf(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer ? integer.getWidth() : 64;
}

int64_t signedInt(int64_t value, unsigned width) {
  const unsigned unused = 64 - width;
  return static_cast<int64_t>(static_cast<uint64_t>(value) << unused) >> unused;
}

uint64_t unsignedInt(int64_t value, unsigned width) {
  const unsigned unused = 64 - width;
  return (static_cast<uint64_t>(value) << unused) >> unused;
}

int64_t canonicalInt(int64_t value, unsigned width) {
  return width == 1 ? value & 1 : signedInt(value, width);
}

/// Rounds to a format of `precision` significand bits (the implicit one
/// included) whose exponents are those of normal numbers `minExp` to `maxExp`.
static double roundToFormat(double value, int precision, int minExp,
                            int maxExp) {
  if (value == 0 || !std::isfinite(value))
    return value;
  int exponent;
  std::frexp(value, &exponent); // |value| in [2^(exponent-1), 2^exponent)
  const int unit = std::max(exponent - 1, minExp) - (precision - 1);
  // Scaling by a power of two is exact here, and nearbyint goes to even.
  const double rounded =
      std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
  if (std::fabs(rounded) >= std::ldexp(1.0, maxExp + 1))
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  return rounded;
}

double roundToType(Type type, double value) {
  if (type.isF64())
    return value;
  if (type.isF32())
    return static_cast<float>(value);
  if (type.isF16())
    return roundToFormat(value, 11, -14, 15);
  if (type.isBF16())
    return roundToFormat(value, 8, -126, 127);
  llvm::APFloat number(value);
  bool inexact;
  number.convert(cast<FloatType>(type).getFloatSemantics(),
                 llvm::APFloat::rmNearestTiesToEven, &inexact);
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &inexact);
  return number.convertToDouble();
}

Scalar roundScalar(Type type, Scalar value) {
  if (isa<FloatType>(type))
    value.f = roundToType(type, value.f);
  return value;
}

} // namespace mlir::sqa::interpreter
