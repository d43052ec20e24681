//===- test_tensor.h - DLPack tensors that own their shape ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_TEST_TEST_TENSOR_H
#define SQART_TEST_TEST_TENSOR_H

#include "dlpack/dlpack.h"

#include <type_traits>
#include <vector>

namespace sqart::test {

template <typename T> DLDataType dtypeOf() {
  uint8_t bits = sizeof(T) * 8;
  if (std::is_same_v<T, bool>)
    return {kDLBool, bits, 1};
  if (std::is_floating_point_v<T>)
    return {kDLFloat, bits, 1};
  return {uint8_t(std::is_signed_v<T> ? kDLInt : kDLUInt), bits, 1};
}

// A view of the caller's data; without strides, row-major.
struct View : DLTensor {
  template <typename T>
  View(T *data, std::vector<int64_t> shape, std::vector<int64_t> strides = {})
      : shapeStorage(shape), stridesStorage(strides) {
    this->data = const_cast<std::remove_const_t<T> *>(data);
    device = {kDLCPU, 0};
    ndim = int32_t(shapeStorage.size());
    dtype = dtypeOf<std::remove_const_t<T>>();
    this->shape = shapeStorage.data();
    this->strides = stridesStorage.empty() ? nullptr : stridesStorage.data();
    byte_offset = 0;
  }
  View(const View &) = delete;
  View &operator=(const View &) = delete;

  std::vector<int64_t> shapeStorage, stridesStorage;
};

} // namespace sqart::test

#endif // SQART_TEST_TEST_TENSOR_H
