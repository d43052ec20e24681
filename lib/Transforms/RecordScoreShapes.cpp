//===- RecordScoreShapes.cpp - What a matrix of scores would look like ----===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before attention is tiled, writes down S and T of every attn.sqa, and where
// values of S x T elements come from already: dense masks and biases that the
// user computes, or tensors that happen to have these sizes.
// --sqa-check-no-score-matrix compares.
//
//   func.func @f(...) attributes {sqa.scores = [
//     {from = [loc(...)], op = loc(...), shape = affine_map<()[s0] -> (s0,
//     s0)>}
//   ]}
//
// The symbols are the dynamic dimensions of the arguments, in order. Sizes that
// are no expression over them have no entry.
// Requires: sqa.shape (--sqa-check-arguments). Ensures: sqa.scores on functions
// with attention. Test: test/Transforms/record-score-shapes.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/ArgumentShapes.h"
#include "lib/Transforms/ScoreShape.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "sqa/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"

#define DEBUG_TYPE "sqa-record-score-shapes"

namespace mlir::sqa {
#define GEN_PASS_DEF_RECORDSCORESHAPESPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static ScoreShape shapeOf(attn::SqaOp op, ShapeEquations &equations) {
  auto size = [&](Value tensor, attn::Layout layout) {
    return equations.resolve(
        equations.getDim(tensor, attn::SqaOp::physicalDim(layout, 2)));
  };
  return {size(op.getQuery(), op.getQueryLayout()),
          size(op.getKey(), op.getKeyLayout())};
}

// Where values of this shape are made today.
static SmallVector<Attribute> findOrigins(func::FuncOp function,
                                          ShapeEquations &equations,
                                          const ScoreShape &shape) {
  llvm::SetVector<Attribute> origins;
  forEachShaped(function, [&](OpResult value) {
    if (shape.matches(value, equations))
      origins.insert(value.getOwner()->getLoc());
  });
  return origins.takeVector();
}

namespace {
struct RecordScoreShapesPass
    : sqa::impl::RecordScoreShapesPassBase<RecordScoreShapesPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    ShapeEquations equations = getArgumentEquations(function);
    Builder b(&getContext());
    SmallVector<Attribute> records;
    function.walk([&](attn::SqaOp op) {
      ScoreShape shape = shapeOf(op, equations);
      if (!shape.isLarge())
        return;
      auto map = AffineMap::get(0, equations.getSymbols().size(),
                                {shape.queries, shape.keys}, &getContext());
      records.push_back(b.getDictionaryAttr(
          {b.getNamedAttr("shape", AffineMapAttr::get(map)),
           b.getNamedAttr("op", LocationAttr(op->getLoc())),
           b.getNamedAttr("from", b.getArrayAttr(findOrigins(
                                      function, equations, shape)))}));
    });
    if (!records.empty())
      function->setAttr(kScoresAttrName, b.getArrayAttr(records));
  }
};
} // namespace
