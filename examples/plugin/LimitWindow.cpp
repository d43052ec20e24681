//===- LimitWindow.cpp - Give causal attention a sliding window ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass that lives outside sqa-mlir, built against the installed package:
//
//   attn.sqa %q, %k, %v causal(top_left)
// becomes, with keys=128,
//   attn.sqa %q, %k, %v causal(top_left) window(127, 0)
//
// Requires: nothing. Ensures: every causal attn.sqa of the function has a
// window. Declines when: the op has a window already (a remark says so).
// Wrong if: it narrowed a window that the program asked for.
// Test: test/limit-window.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;

namespace {
struct LimitWindowPass
    : PassWrapper<LimitWindowPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LimitWindowPass)

  LimitWindowPass() = default;
  LimitWindowPass(const LimitWindowPass &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "example-limit-window"; }
  StringRef getDescription() const final {
    return "give causal attention a sliding window";
  }

  void runOnOperation() override {
    if (keys < 1) {
      getOperation().emitError("expected option 'keys' to be at least 1, but got ")
          << keys;
      return signalPassFailure();
    }
    getOperation().walk([&](sqa::attn::SqaOp op) { limit(op); });
  }

  void limit(sqa::attn::SqaOp op) {
    if (!op.getCausal())
      return;
    if (op.getWindowLeft()) {
      op.emitRemark("keeps its window of ") << *op.getWindowLeft() + 1 << " keys";
      return;
    }
    Builder b(op.getContext());
    // The query's own key counts as one of `keys`.
    op.setWindowLeftAttr(b.getI64IntegerAttr(keys - 1));
    op.setWindowRightAttr(b.getI64IntegerAttr(0));
    ++numLimited;
  }

  Option<int64_t> keys{*this, "keys",
                       llvm::cl::desc("keys each query sees, itself included"),
                       llvm::cl::init(1024)};
  Statistic numLimited{this, "num-limited", "attention ops given a window"};
};
} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "LimitWindow", "0.1",
          [] { PassRegistration<LimitWindowPass>(); }};
}
