//===- AttnCasts.cpp - Static shapes through casts into attn.online_sqa ---===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cast that only forgets static sizes is read through, so that a block whose
// size became known is known to the kernel too:
//
//   %d = tensor.cast %k : tensor<64x16xf32> to tensor<?x16xf32>
//   attn.online_sqa ins(%q, %d, %v : ...)  ->  attn.online_sqa ins(%q, %k, %v :
//   ...)
//
// Its benefit is above that of the pattern MLIR has for all destination-style
// ops: that one clones the op, and cloning a region that is empty (an absent
// mask_mod or score_mod) while a listener watches reads its first block.
// Test: test/Dialect/Attn/canonicalize-casts.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Attn/AttnPatterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa::attn;

// Gives the operand its type before the cast, and what depends on that type.
static void readThrough(PatternRewriter &b, OnlineSqaOp op, OpOperand &operand,
                        Value source) {
  Type type = source.getType();
  operand.set(source);
  unsigned number = operand.getOperandNumber();
  unsigned captures = op.getNumOperands() - op.getCaptures().size();
  if (number >= captures)
    for (Region &region : op->getRegions())
      if (!region.empty())
        region.getArguments()
            .take_back(op.getCaptures().size())[number - captures]
            .setType(type);
  if (!op.isDpsInit(&operand))
    return;
  OpResult result = op.getTiedOpResult(&operand);
  Type wanted = result.getType();
  result.setType(type);
  b.setInsertionPointAfter(op);
  auto cast = tensor::CastOp::create(b, op.getLoc(), wanted, result);
  b.replaceAllUsesExcept(result, cast, cast);
}

namespace {
struct FoldCasts : OpRewritePattern<OnlineSqaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(OnlineSqaOp op,
                                PatternRewriter &b) const override {
    bool changed = false;
    for (OpOperand &operand : op->getOpOperands()) {
      auto cast = operand.get().getDefiningOp<tensor::CastOp>();
      if (!tensor::canFoldIntoConsumerOp(cast))
        continue;
      b.modifyOpInPlace(op,
                        [&] { readThrough(b, op, operand, cast.getSource()); });
      changed = true;
    }
    if (!changed)
      return b.notifyMatchFailure(op, "no cast that only forgets sizes");
    return success();
  }
};
} // namespace

void mlir::sqa::attn::populateOnlineSqaCastPatterns(
    RewritePatternSet &patterns) {
  patterns.add<FoldCasts>(patterns.getContext(), /*benefit=*/2);
}
