//===- Tensor.cpp - Tensors in host memory --------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Tensor.h"
#include "tools/io/Convert.h"

namespace sqa::io {

namespace {
struct TypeRow {
  ElementType type;
  const char *name;
  int64_t size;
};
} // namespace

static constexpr TypeRow kTypes[] = {
    {ElementType::I1, "i1", 1},     {ElementType::I8, "i8", 1},
    {ElementType::I16, "i16", 2},   {ElementType::I32, "i32", 4},
    {ElementType::I64, "i64", 8},   {ElementType::U8, "ui8", 1},
    {ElementType::U16, "ui16", 2},  {ElementType::U32, "ui32", 4},
    {ElementType::U64, "ui64", 8},  {ElementType::F16, "f16", 2},
    {ElementType::BF16, "bf16", 2}, {ElementType::F32, "f32", 4},
    {ElementType::F64, "f64", 8},
};

static const TypeRow &rowOf(ElementType type) {
  return kTypes[static_cast<size_t>(type)];
}

int64_t sizeOf(ElementType type) { return rowOf(type).size; }

std::string_view nameOf(ElementType type) { return rowOf(type).name; }

bool isFloat(ElementType type) { return type >= ElementType::F16; }

bool isUnsigned(ElementType type) {
  return type == ElementType::I1 ||
         (type >= ElementType::U8 && type <= ElementType::U64);
}

bool parseElementType(std::string_view name, ElementType &out) {
  if (name == "index")
    name = "i64";
  for (const TypeRow &row : kTypes) {
    if (name == row.name) {
      out = row.type;
      return true;
    }
  }
  return false;
}

int64_t Tensor::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

double Tensor::asDouble(int64_t index) const {
  return loadDouble(type, bytes.data() + index * sizeOf(type));
}

int64_t Tensor::asInt(int64_t index) const {
  return loadInt(type, bytes.data() + index * sizeOf(type));
}

Error checkedByteSize(const std::vector<int64_t> &shape, int64_t elementSize,
                      int64_t &outBytes) {
  if (static_cast<int64_t>(shape.size()) > kMaxRank)
    return Error("expected a rank of at most 32, but got " +
                 std::to_string(shape.size()));
  // A zero extent makes the tensor empty whatever the others are; the product
  // of the others must still not overflow, or strides would.
  int64_t product = elementSize;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return Error("expected extents of at least 0, but got " +
                   std::to_string(extent));
    empty |= extent == 0;
    if (__builtin_mul_overflow(product, extent == 0 ? 1 : extent, &product))
      return Error("the shape has more elements than can be addressed");
  }
  outBytes = empty ? 0 : product;
  return Error::success();
}

Error makeTensor(ElementType type, std::vector<int64_t> shape, Tensor &out) {
  // 2^46 bytes: more than any machine this runs on, less than what would make
  // the allocator abort on the arithmetic alone.
  constexpr int64_t kMaxBytes = int64_t{1} << 46;
  int64_t size = 0;
  if (Error error = checkedByteSize(shape, sizeOf(type), size))
    return error;
  if (size > kMaxBytes)
    return Error("the tensor " + typeToString(type, shape) + " is too large");
  out.type = type;
  out.shape = std::move(shape);
  out.bytes.assign(static_cast<size_t>(size), 0);
  return Error::success();
}

bool reinterpretAs(Tensor &tensor, ElementType type) {
  if (tensor.type == type)
    return true;
  bool bf16Bits = tensor.type == ElementType::U16 && type == ElementType::BF16;
  bool sameWidthIntegers = !isFloat(tensor.type) && !isFloat(type) &&
                           tensor.type != ElementType::I1 &&
                           type != ElementType::I1 &&
                           sizeOf(tensor.type) == sizeOf(type);
  if (!bf16Bits && !sameWidthIntegers)
    return false;
  tensor.type = type;
  return true;
}

std::string typeToString(ElementType type, const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  text += nameOf(type);
  return text;
}

} // namespace sqa::io
