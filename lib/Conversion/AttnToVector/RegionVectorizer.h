//===- RegionVectorizer.h - Scalar regions on vectors of rows --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOVECTOR_REGIONVECTORIZER_H
#define SQA_LIB_CONVERSION_ATTNTOVECTOR_REGIONVECTORIZER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Region.h"

namespace mlir::sqa {
// Whether the body of `region` can be built on vectors when the arguments
// numbered `varying` differ from lane to lane; if not, an error says why.
LogicalResult checkVectorizable(Region &region, ArrayRef<unsigned> varying);

// Builds the body with `arguments` in place of its block arguments; an argument
// is a scalar (the same in every lane) or a vector of `lanes`. Returns the
// yielded value as a vector of `lanes`. Requires checkVectorizable.
Value buildVectorized(OpBuilder &b, Region &region, ValueRange arguments,
                      int64_t lanes);
} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOVECTOR_REGIONVECTORIZER_H
