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

// The tensors of an attention op, in memory of the device. Null if the op has
// none. Names are what messages to callers say.
struct AttentionBuffers {
  struct Buffer {
    Value memory;
    std::string name;
  };
  Buffer query, key, value, output, lse, keyLengths;
};

// Builds at `b` the checks of what the kernel takes for granted, its tensor
// maps, and the launch.
host::LaunchOp buildLaunch(OpBuilder &b, attn::SqaOp op, const HopperPlan &plan,
                           hopper::KernelOp kernel,
                           const AttentionBuffers &buffers);

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOHOPPER_LAUNCH_H
