//===- ArgumentShapes.cpp - Sizes that callers respect --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/ArgumentShapes.h"
#include "dialects/Target/TargetDialect.h"

using namespace mlir;
using namespace mlir::sqa;

ShapeEquations mlir::sqa::getArgumentEquations(FunctionOpInterface function) {
  ShapeEquations equations(function);
  DenseMap<AffineExpr, AffineExpr> first;
  for (BlockArgument arg : function.getArguments()) {
    auto shape = function.getArgAttrOfType<AffineMapAttr>(arg.getArgNumber(),
                                                          kShapeAttrName);
    if (!shape)
      continue;
    for (auto [dim, expr] : llvm::enumerate(shape.getValue().getResults())) {
      AffineExpr here = equations.getDim(arg, dim);
      if (isa<AffineConstantExpr>(expr))
        equations.unify(here, expr);
      else if (isa<AffineSymbolExpr>(expr))
        equations.unify(first.try_emplace(expr, here).first->second, here);
    }
  }
  return equations;
}
