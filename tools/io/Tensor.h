//===- Tensor.h - Tensors in host memory ------------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What tools/io is made of: element types, a dense row-major tensor, and the
// value errors are returned as. Plain C++17: no LLVM, no exceptions, so that
// sqa-run can use it too. Test: tools/io/test/TensorTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_IO_TENSOR_H
#define SQA_TOOLS_IO_TENSOR_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sqa::io {

/// Empty when all went well; else the message for the user, lower case and
/// without a final period.
class [[nodiscard]] Error {
public:
  Error() = default;
  explicit Error(std::string message) : message(std::move(message)) {}
  static Error success() { return Error(); }
  explicit operator bool() const { return !message.empty(); }
  const std::string &str() const { return message; }

private:
  std::string message;
};

enum class ElementType : uint8_t {
  I1, // one byte, 0 or 1
  I8,
  I16,
  I32,
  I64,
  U8,
  U16,
  U32,
  U64,
  F16,
  BF16,
  F32,
  F64,
};

/// Bytes of one element.
int64_t sizeOf(ElementType type);
bool isFloat(ElementType type);
/// Integers that print and convert as unsigned; I1 is one of them.
bool isUnsigned(ElementType type);
/// MLIR's spelling: i1, i32, ui8, bf16, ...
std::string_view nameOf(ElementType type);
/// The reverse of nameOf; `index` is read as i64. False for anything else.
bool parseElementType(std::string_view name, ElementType &out);

/// Largest rank and byte count that is accepted from a file or a spec.
inline constexpr int64_t kMaxRank = 32;

/// A dense tensor in row-major order.
struct Tensor {
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t numElements() const;
  /// Value of element `index` (in row-major order); integers convert.
  double asDouble(int64_t index) const;
  /// Integer value of element `index`, unsigned types as their bits.
  int64_t asInt(int64_t index) const;
};

/// Product of `shape` times `elementSize` with every step checked: fails on a
/// negative extent, a rank above kMaxRank, or a size that does not fit int64.
Error checkedByteSize(const std::vector<int64_t> &shape, int64_t elementSize,
                      int64_t &outBytes);

/// A tensor of zeros.
Error makeTensor(ElementType type, std::vector<int64_t> shape, Tensor &out);

/// Makes `tensor` a tensor of `type` without touching its bytes. Only between
/// integers of one width, and from ui16 to bf16: NumPy has no bf16, and some
/// writers store its bits as uint16. False if the bytes would not mean that.
bool reinterpretAs(Tensor &tensor, ElementType type);

/// `2x3xf32`.
std::string typeToString(ElementType type, const std::vector<int64_t> &shape);

} // namespace sqa::io

#endif // SQA_TOOLS_IO_TENSOR_H
