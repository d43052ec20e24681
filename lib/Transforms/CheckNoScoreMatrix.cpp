//===- CheckNoScoreMatrix.cpp - No S x T values after tiling --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory of a package grows with S + T, not with S x T: no pass may write out
// the scores, the weights or a mask. An error if the function holds a value of
// the shape of an attention's scores that was not made where
// --sqa-record-score-shapes found one; then takes the record away.
//
// A value is of that shape if one dimension is S and another T, or one S x T,
// as expressions over the arguments' sizes. Locations tell old values from new
// ones: what replaces an op keeps its location. A value that an op of such a
// shape may leave behind (Dv = T in the types, a hidden size equal to T) is not
// told apart from scores that the same op would leave.
//
// Requires: sqa.scores. Ensures: it is gone.
// Wrong if: a pass gives its new ops the location of an op that made a value of
// this shape before. Test: test/Transforms/check-no-score-matrix.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Target/TargetDialect.h"
#include "lib/Transforms/ArgumentShapes.h"
#include "lib/Transforms/ScoreShape.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-check-no-score-matrix"

namespace mlir::sqa {
#define GEN_PASS_DEF_CHECKNOSCOREMATRIXPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

// Whether `loc` is one of `known`, or fused of such.
static bool comesFrom(LocationAttr loc, ArrayAttr known) {
  if (llvm::is_contained(known, Attribute(loc)))
    return true;
  auto fused = dyn_cast<FusedLoc>(loc);
  return fused && llvm::any_of(fused.getLocations(), [&](Location part) {
           return comesFrom(part, known);
         });
}

static LogicalResult check(func::FuncOp function, DictionaryAttr record,
                           ShapeEquations &equations) {
  AffineMap map = record.getAs<AffineMapAttr>("shape").getValue();
  ScoreShape shape{map.getResult(0), map.getResult(1)};
  auto origins = record.getAs<ArrayAttr>("from");
  bool failed = false;
  forEachShaped(function, [&](OpResult value) {
    Operation *op = value.getOwner();
    if (failed || !shape.matches(value, equations) ||
        comesFrom(op->getLoc(), origins))
      return;
    failed = true;
    auto diag = op->emitOpError("expected no value of as many elements as "
                                "attention has scores, but got ")
                << value.getType();
    diag.attachNote(Location(record.getAs<LocationAttr>("op")))
        << "the attention is here";
  });
  return failure(failed);
}

namespace {
struct CheckNoScoreMatrixPass
    : sqa::impl::CheckNoScoreMatrixPassBase<CheckNoScoreMatrixPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    auto records = function->getAttrOfType<ArrayAttr>(kScoresAttrName);
    if (!records)
      return;
    ShapeEquations equations = getArgumentEquations(function);
    for (auto record : records.getAsRange<DictionaryAttr>()) {
      if (failed(check(function, record, equations)))
        return signalPassFailure();
      ++numChecked;
    }
    function->removeAttr(kScoresAttrName);
  }
};
} // namespace
