//===- AssignSchedule.cpp - Choose how each attention op runs
//--------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   module attributes {sqa.target = #sqa.cpu<...>} {
//     attn.sqa %q, %k, %v : ...
//       ==>
//     attn.sqa %q, %k, %v schedule(#sqa.cpu_schedule<...>) : ...
//
// A schedule that is already there stays: it is the user's or the tuner's.
// Requires: `sqa.target` on the module if any op has no schedule.
// Ensures: every attn.sqa has a schedule.
// Wrong if: a number of a device stands here; those are in lib/Target.
// Test: test/Transforms/assign-schedule.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/IR/Remarks.h"
#include "sqa/Target/ChooseSchedule.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-assign-schedule"

namespace mlir::sqa {
#define GEN_PASS_DEF_ASSIGNSCHEDULEPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

// What --explain says about the choice.
static StringRef describeProducts(Products products) {
  switch (products) {
  case Products::fma:
    return "products in f32";
  case Products::dot:
    return "products of bf16 pairs";
  case Products::tile:
    return "products of bf16 tiles";
  }
  llvm_unreachable("there are three kinds of products");
}

static void explainSplit(attn::SqaOp op, CpuScheduleAttr schedule) {
  remark::analysis(op.getLoc(), remark::RemarkOpts::name("Schedule")
                                    .category(DEBUG_TYPE)
                                    .subCategory("cpu"))
      << remark::add("few queries: tile of all queries and {0} keys, in blocks "
                     "of {1} keys, {2} features in a vector, exponential of "
                     "degree {3}, joined in a second step",
                     schedule.getSplitKeys(), schedule.getBlockN(),
                     schedule.getLanes(), schedule.getExpDegree());
}

static void explain(attn::SqaOp op, CpuScheduleAttr schedule) {
  if (schedule.getSplitKeys() > 0)
    return explainSplit(op, schedule);
  remark::analysis(op.getLoc(), remark::RemarkOpts::name("Schedule")
                                    .category(DEBUG_TYPE)
                                    .subCategory("cpu"))
      << remark::add("tile of {0} query rows ({1} lanes), blocks of {2} keys, "
                     "{3} keys and {4} features at a time in registers, "
                     "exponential of degree {5}, {6}",
                     schedule.getBlockM(), schedule.getLanes(),
                     schedule.getBlockN(), schedule.getKeyRows(),
                     schedule.getValueRows(), schedule.getExpDegree(),
                     describeProducts(schedule.getProducts()));
}

static LogicalResult assignSchedule(attn::SqaOp op) {
  Attribute target = lookupTarget(op);
  if (!target)
    return op.emitOpError("requires '")
           << kTargetAttrName << "' on the enclosing module";
  if (auto gpu = dyn_cast<GpuAttr>(target)) {
    op.setScheduleAttr(chooseGpuSchedule(
        gpu, {op.getHeadDim(), op.getValueDim(),
              op.getQuery().getType().getElementType().isBF16(),
              op.getLse() != nullptr}));
    return success();
  }
  auto cpu = dyn_cast<CpuAttr>(target);
  if (!cpu)
    return op.emitOpError("expected '")
           << kTargetAttrName << "' to be a #sqa.cpu or #sqa.gpu, but got "
           << target;
  CpuScheduleAttr schedule = chooseCpuSchedule(
      cpu, {op.getQueryLength(), op.getKeyLength(), op.getHeadDim(),
            op.getValueDim(), op.getQuery().getType().getElementType().isBF16(),
            op.getLse() != nullptr});
  op.setScheduleAttr(schedule);
  explain(op, schedule);
  return success();
}

namespace {
struct AssignSchedulePass
    : sqa::impl::AssignSchedulePassBase<AssignSchedulePass> {
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([&](attn::SqaOp op) {
      if (op.getScheduleAttr())
        return WalkResult::advance();
      ++numAssigned;
      return WalkResult(assignSchedule(op));
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
