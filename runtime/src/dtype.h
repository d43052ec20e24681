//===- dtype.h - Element types and their names ----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_SRC_DTYPE_H
#define SQART_SRC_DTYPE_H

#include "dlpack/dlpack.h"

#include <cstddef>
#include <cstdint>

namespace sqart {

// The numbers are those of manifest.fbs; 0 is no type.
constexpr uint8_t numDtypes = 14;

// Null if `dtype` is none of manifest.fbs.
struct DtypeInfo {
  const char *name; // "bf16"
  DLDataType dlpack;
};
const DtypeInfo *dtypeInfo(uint8_t dtype);

inline size_t elementBytes(DLDataType type) { return type.bits / 8u; }

// "f32", or the numbers for a type that has no name: "code 5, 64 bits, 1
// lanes".
struct DtypeText {
  explicit DtypeText(DLDataType type);
  char text[48];
};

} // namespace sqart

#endif // SQART_SRC_DTYPE_H
