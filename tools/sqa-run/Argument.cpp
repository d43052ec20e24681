//===- Argument.cpp - An argument of a call and its memory ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Argument.h"

#include <cstring>

namespace sqa::run {

bool elementOf(DLDataType type, io::ElementType &out) {
  using E = io::ElementType;
  struct Row {
    uint8_t code, bits;
    E element;
  };
  static const Row kRows[] = {
      {kDLBool, 8, E::I1},      {kDLInt, 8, E::I8},     {kDLInt, 16, E::I16},
      {kDLInt, 32, E::I32},     {kDLInt, 64, E::I64},   {kDLUInt, 8, E::U8},
      {kDLUInt, 16, E::U16},    {kDLUInt, 32, E::U32},  {kDLUInt, 64, E::U64},
      {kDLFloat, 16, E::F16},   {kDLFloat, 32, E::F32}, {kDLFloat, 64, E::F64},
      {kDLBfloat, 16, E::BF16},
  };
  for (const Row &row : kRows)
    if (type.lanes == 1 && type.code == row.code && type.bits == row.bits) {
      out = row.element;
      return true;
    }
  return false;
}

size_t Argument::rowBytes() const {
  return static_cast<size_t>((shape.empty() ? 1 : shape.back()) *
                             io::sizeOf(element));
}

template <typename Visit> void Argument::forEachRow(Visit visit) const {
  const size_t size = rowBytes();
  if (size == 0)
    return;
  const size_t gap = static_cast<size_t>(padding * io::sizeOf(element));
  size_t at = 0;
  for (size_t start = gap; start + size + gap <= buffer.size();
       start += size + gap, at += size)
    visit(buffer.data() + start, at);
}

Error Argument::allocate(const Options &options) {
  padding = options.rowPadding;
  int64_t bytes = 0;
  if (Error error = io::checkedByteSize(shape, io::sizeOf(element), bytes))
    return Error("'" + name + "': " + error.str());
  const int64_t gap = padding * io::sizeOf(element);
  int64_t gaps = bytes ? bytes / static_cast<int64_t>(rowBytes()) + 1 : 0;
  if (__builtin_mul_overflow(gaps, gap, &gaps) ||
      __builtin_add_overflow(bytes, gaps, &bytes))
    return Error("'" + name + "': too large for --row-padding");
  if (!buffer.allocate(static_cast<size_t>(bytes), options.guardBands))
    return Error("'" + name + "': out of memory for " + std::to_string(bytes) +
                 " bytes");
  if (padding > 0) {
    buffer.poison();
    int64_t stride = 1;
    strides.assign(shape.size(), 1);
    for (size_t d = shape.size(); d-- > 0;) {
      strides[d] = stride;
      stride *= shape[d] + (d + 1 == shape.size() ? padding : 0);
    }
    tensor.strides = strides.data();
  }
  tensor.data = buffer.data() + (bytes ? gap : 0);
  tensor.shape = shape.data();
  return Error::success();
}

void Argument::fill(const std::vector<uint8_t> &bytes) {
  forEachRow([&](uint8_t *row, size_t at) {
    std::memcpy(row, bytes.data() + at, rowBytes());
  });
}

io::Tensor Argument::copy() const {
  io::Tensor result;
  result.type = element;
  result.shape = shape;
  forEachRow([&](const uint8_t *row, size_t) {
    result.bytes.insert(result.bytes.end(), row, row + rowBytes());
  });
  return result;
}

bool Argument::surroundingsIntact() const {
  bool intact = buffer.bandsIntact();
  const size_t gap = static_cast<size_t>(padding * io::sizeOf(element));
  forEachRow([&](const uint8_t *row, size_t) {
    for (size_t i = 0; i < gap; ++i)
      intact &= row[rowBytes() + i] == kPoison && *(row - 1 - i) == kPoison;
  });
  return intact;
}

} // namespace sqa::run
