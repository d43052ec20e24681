//===- ChooseSchedule.h - Block sizes for a target and a shape -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TARGET_CHOOSESCHEDULE_H
#define SQA_TARGET_CHOOSESCHEDULE_H

#include "dialects/Target/TargetDialect.h"

namespace mlir::sqa {

// The sizes of one attention op; ShapedType::kDynamic where unknown.
struct AttentionShape {
  int64_t queryLength;
  int64_t keyLength;
  int64_t headDim;
  int64_t valueDim;
  bool isBf16 = false;
  // Whether the caller wants the LSE, which must then be accurate.
  bool hasLse = false;
};

// How to run attention of `shape` on `target`. Always legal; never fails.
CpuScheduleAttr chooseCpuSchedule(CpuAttr target, const AttentionShape &shape);

// What of an attention op decides its GPU schedule.
struct GpuAttentionShape {
  int64_t headDim;
  int64_t valueDim;
  bool isBf16;
  // Whether the caller wants the LSE, which must then be accurate.
  bool hasLse;
};

// How to run attention of `shape` on `target`. Always one that fits its shared
// memory and registers; never fails for head sizes up to 256.
GpuScheduleAttr chooseGpuSchedule(GpuAttr target,
                                  const GpuAttentionShape &shape);

} // namespace mlir::sqa

#endif // SQA_TARGET_CHOOSESCHEDULE_H
