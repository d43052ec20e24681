//===- RegionVectorizer.h - Scalar regions on vectors of rows --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOVECTOR_REGIONVECTORIZER_H
#define SQA_LIB_CONVERSION_ATTNTOVECTOR_REGIONVECTORIZER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Region.h"

namespace mlir::sqa {
// Whether the body of `region` can be built on vectors when the arguments
// numbered `varying` differ from lane to lane; if not, an error says why.
LogicalResult checkVectorizable(Region &region, ArrayRef<unsigned> varying);

// The block arguments of a region and what takes their place: a scalar (the
// same in every lane), a vector of `lanes`, or null while it is not known.
// `indices` are values that are an index of a tensor, or the difference of two.
struct RegionArguments {
  SmallVector<Value> values;
  SmallVector<Value> indices;
};

// Builds what depends on the known arguments, and on the values that `known`
// has already, alone: to be done once before a loop over the others.
IRMapping buildInvariant(OpBuilder &b, Region &region,
                         const RegionArguments &arguments, int64_t lanes,
                         const IRMapping &known = {});

// Builds the rest of the body, all arguments known. Returns the yielded value
// as a vector of `lanes`. Requires checkVectorizable.
Value buildVectorized(OpBuilder &b, Region &region,
                      const RegionArguments &arguments,
                      const IRMapping &invariant, int64_t lanes);

// The scalar in one lane of `v`, or `v` if it is one.
Value buildLane(OpBuilder &b, Location loc, Value v, int64_t lane);
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_REGIONVECTORIZER_H
