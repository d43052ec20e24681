//===- tensor_map.h - Descriptors of tensor copies, cached ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A map depends on its description alone, not on a context, so that an equal
// description gives equal bytes. Test: test/cuda/tensor_map_test.cpp.

#ifndef SQART_SRC_CUDA_TENSOR_MAP_H
#define SQART_SRC_CUDA_TENSOR_MAP_H

#include "cuda/driver.h"

#include "sqart/kernel_abi.h"

#include <memory>

namespace sqart::cuda {

// The rules of sqart_tensor_map_v0_t. Fields that do not matter (strides[0],
// dimensions from `rank` on, strides of dimensions of size 1) get canonical
// values in `out`. `empty` is set if a size is 0.
sqart_status_t checkTensorMap(const sqart_tensor_map_v0_t &in,
                              sqart_tensor_map_v0_t &out, bool &empty);

// Maps of the calls that an invocation makes one after the other; used by one
// thread at a time. A new description replaces the one in its slot.
class TensorMapCache {
public:
  // Writes the map of `description` to `out`, from the driver if it is new.
  sqart_status_t get(const Driver &driver,
                     const sqart_tensor_map_v0_t &description, void *out);

private:
  static constexpr size_t numSlots = 64;
  struct Slot {
    TensorMap map;
    sqart_tensor_map_v0_t description;
    bool used;
  };
  std::unique_ptr<Slot[]> slots;
};

} // namespace sqart::cuda

#endif // SQART_SRC_CUDA_TENSOR_MAP_H
