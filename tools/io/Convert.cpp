//===- Convert.cpp - Element conversions ----------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Convert.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace sqa::io {

/// Encodes into a 16-bit format of `expBits` exponent and `manBits` mantissa
/// bits.
static uint16_t encode16(double value, int expBits, int manBits) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const uint32_t sign = static_cast<uint32_t>(bits >> 63) << 15;
  const uint32_t infinity = ((1u << expBits) - 1) << manBits;
  const int bias = (1 << (expBits - 1)) - 1;
  const int minExp = 1 - bias;
  if (std::isnan(value))
    return static_cast<uint16_t>(sign | infinity | (1u << (manBits - 1)));

  const int biased = static_cast<int>((bits >> 52) & 0x7ff);
  const int exponent = biased - 1023;
  if (exponent > bias) // inf included
    return static_cast<uint16_t>(sign | infinity);
  if (biased == 0) // zero, or far below the smallest subnormal
    return static_cast<uint16_t>(sign);

  const uint64_t significand =
      (bits & ((uint64_t{1} << 52) - 1)) | (uint64_t{1} << 52);
  const bool subnormal = exponent < minExp;
  const int shift = 52 - manBits + (subnormal ? minExp - exponent : 0);
  if (shift > 53) // less than half of the smallest subnormal
    return static_cast<uint16_t>(sign);
  uint64_t quotient = significand >> shift;
  const uint64_t rest = significand & ((uint64_t{1} << shift) - 1);
  const uint64_t half = uint64_t{1} << (shift - 1);
  quotient += rest > half || (rest == half && (quotient & 1));
  // The implicit bit of a normal number, and a carry out of the mantissa, both
  // add one to the exponent field.
  uint64_t result = quotient;
  if (!subnormal)
    result += static_cast<uint64_t>(exponent + bias - 1) << manBits;
  if (result > infinity)
    result = infinity;
  return static_cast<uint16_t>(sign | result);
}

static double decode16(uint16_t bits, int expBits, int manBits) {
  const int field = (bits >> manBits) & ((1 << expBits) - 1);
  const int mantissa = bits & ((1 << manBits) - 1);
  const int bias = (1 << (expBits - 1)) - 1;
  double magnitude;
  if (field == (1 << expBits) - 1)
    magnitude = mantissa ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  else if (field == 0)
    magnitude = std::ldexp(mantissa, 1 - bias - manBits);
  else
    magnitude = std::ldexp(mantissa + (1 << manBits), field - bias - manBits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

uint16_t doubleToF16(double value) { return encode16(value, 5, 10); }
uint16_t doubleToBf16(double value) { return encode16(value, 8, 7); }
double f16ToDouble(uint16_t bits) { return decode16(bits, 5, 10); }

double bf16ToDouble(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

double roundTo(ElementType type, double value) {
  switch (type) {
  case ElementType::F16:
    return f16ToDouble(doubleToF16(value));
  case ElementType::BF16:
    return bf16ToDouble(doubleToBf16(value));
  case ElementType::F32:
    return static_cast<float>(value);
  default:
    return value;
  }
}

template <typename T> static T load(const void *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T> static void store(void *to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

double loadDouble(ElementType type, const void *from) {
  switch (type) {
  case ElementType::F16:
    return f16ToDouble(load<uint16_t>(from));
  case ElementType::BF16:
    return bf16ToDouble(load<uint16_t>(from));
  case ElementType::F32:
    return load<float>(from);
  case ElementType::F64:
    return load<double>(from);
  case ElementType::U64:
    return static_cast<double>(load<uint64_t>(from));
  default:
    return static_cast<double>(loadInt(type, from));
  }
}

static int64_t truncateToInt(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= 0x1p63)
    return std::numeric_limits<int64_t>::max();
  if (value <= -0x1p63)
    return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

int64_t loadInt(ElementType type, const void *from) {
  switch (type) {
  case ElementType::I1:
  case ElementType::U8:
    return load<uint8_t>(from);
  case ElementType::I8:
    return load<int8_t>(from);
  case ElementType::I16:
    return load<int16_t>(from);
  case ElementType::U16:
    return load<uint16_t>(from);
  case ElementType::I32:
    return load<int32_t>(from);
  case ElementType::U32:
    return load<uint32_t>(from);
  case ElementType::I64:
  case ElementType::U64:
    return load<int64_t>(from);
  default:
    return truncateToInt(loadDouble(type, from));
  }
}

void storeDouble(ElementType type, void *to, double value) {
  switch (type) {
  case ElementType::F16:
    return store(to, doubleToF16(value));
  case ElementType::BF16:
    return store(to, doubleToBf16(value));
  case ElementType::F32:
    return store(to, static_cast<float>(value));
  case ElementType::F64:
    return store(to, value);
  default:
    return storeInt(type, to, truncateToInt(value));
  }
}

void storeInt(ElementType type, void *to, int64_t value) {
  switch (sizeOf(type)) {
  case 1:
    return store(
        to, static_cast<uint8_t>(type == ElementType::I1 ? value & 1 : value));
  case 2:
    return isFloat(type) ? storeDouble(type, to, static_cast<double>(value))
                         : store(to, static_cast<uint16_t>(value));
  case 4:
    return isFloat(type) ? storeDouble(type, to, static_cast<double>(value))
                         : store(to, static_cast<uint32_t>(value));
  default:
    return isFloat(type) ? storeDouble(type, to, static_cast<double>(value))
                         : store(to, value);
  }
}

std::vector<double> toDoubles(const Tensor &tensor) {
  const int64_t count = tensor.numElements();
  std::vector<double> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    values[static_cast<size_t>(i)] = tensor.asDouble(i);
  return values;
}

Tensor convertTo(const Tensor &tensor, ElementType type) {
  const int64_t count = tensor.numElements();
  const int64_t size = sizeOf(type);
  Tensor result;
  result.type = type;
  result.shape = tensor.shape;
  result.bytes.resize(static_cast<size_t>(count * size));
  const bool viaInt = !isFloat(tensor.type) && !isFloat(type);
  for (int64_t i = 0; i < count; ++i) {
    void *to = result.bytes.data() + i * size;
    if (viaInt)
      storeInt(type, to, tensor.asInt(i));
    else
      storeDouble(type, to, tensor.asDouble(i));
  }
  return result;
}

} // namespace sqa::io
