//===- Launch.h - Launching an attention kernel ----------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOHOPPER_LAUNCH_H
#define SQA_LIB_CONVERSION_ATTNTOHOPPER_LAUNCH_H

#include "Kernel.h"
#include "dialects/Host/HostOps.h"

namespace mlir::sqa {

// Memory of the device that holds a tensor, and what messages to callers call
// it.
struct DeviceBuffer {
  Value memory;
  std::string name;
};
// Where an operand or a result of the op lies.
using FindBuffer = llvm::function_ref<DeviceBuffer(Value)>;

// Builds at `b` the checks of what the kernel takes for granted, its tensor
// maps, and the launch.
host::LaunchOp buildLaunch(OpBuilder &b, attn::SqaOp op, const HopperPlan &plan,
                           hopper::KernelOp kernel, FindBuffer findBuffer);

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOHOPPER_LAUNCH_H
