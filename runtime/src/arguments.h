//===- arguments.h - Check what a caller passes to a function -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Rules A1..A6 of sqart_module_invoke. After a check, nothing of the caller's
// descriptors is read again. Test: test/arguments_test.cpp.

#ifndef SQART_SRC_ARGUMENTS_H
#define SQART_SRC_ARGUMENTS_H

#include "overlap.h"
#include "shapes.h"

#include "sqart/kernel_abi.h"

namespace sqart {

// The tensors of one call, inputs then outputs, as compiled code takes them.
// Reused from call to call; filling it again takes no memory then.
class Arguments {
public:
  // `devices`: the kinds that the call can be on, of those the function has.
  // Without `needMemory`, data may be null.
  sqart_status_t check(const Function &function, const DLTensor *const *inputs,
                       uint32_t numInputs, const DLTensor *const *outputs,
                       uint32_t numOutputs,
                       uint32_t devices = deviceCpu | deviceCuda,
                       bool needMemory = true);

  const sqart_tensor_v0_t *tensors() const { return abi.data(); }
  // Where all tensors are; the CPU if there are none.
  DLDevice device() const { return where; }

private:
  sqart_status_t checkDevice(size_t index, DLDevice got);
  sqart_status_t copyDescriptor(size_t index, const DLTensor *tensor);
  sqart_status_t checkStrides(size_t index);
  sqart_status_t checkMemory(size_t index);
  sqart_status_t checkOverlaps();

  const Function *function = nullptr;
  uint32_t allowedDevices = 0;
  bool needMemory = true;
  DLDevice where = {kDLCPU, 0};
  std::vector<sqart_tensor_v0_t> abi;
  std::vector<int64_t> sizes, strides; // maxRank entries a tensor
  std::vector<Footprint> footprints;   // bytes is 0 without elements
  std::vector<const int64_t *> shapes;
  std::vector<int64_t> symbols;
};

// Number, rank and signs of the inputs' shapes; what solveSymbols relies on.
sqart_status_t checkShapes(const Function &function,
                           const DLTensor *const *inputs, uint32_t numInputs);

} // namespace sqart

#endif // SQART_SRC_ARGUMENTS_H
