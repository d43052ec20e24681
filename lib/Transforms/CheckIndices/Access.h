//===- Access.h - Reads and writes at unproved indices ---------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_TRANSFORMS_CHECKINDICES_ACCESS_H
#define SQA_LIB_TRANSFORMS_CHECKINDICES_ACCESS_H

#include "sqa/Analysis/IndexBounds.h"

namespace mlir::sqa {

// An op that reads or writes elements of `tensor`, and the dimensions for which
// its index (or slice) is not proved to be in range.
struct Access {
  Operation *op = nullptr;
  Value tensor;
  SmallVector<unsigned> unproved;
  // Of an insert_slice: dimensions of the tensor and of the source, where the
  // slice is not proved to have the size of the source.
  SmallVector<std::pair<unsigned, unsigned>> resized;
};

// Index and tensor dimension of gathers that are checked already.
using CheckedIndices = DenseSet<std::pair<Value, std::pair<Value, unsigned>>>;

// HostCheck.cpp: host.check in front of an op of the host program.
void checkOnHost(const Access &access);

// GatherCheck.cpp: a pass over the indices in front of `nest`, the linalg op or
// tensor.generate whose body the access stands in.
LogicalResult checkBefore(Operation *nest, const Access &access,
                          CheckedIndices &done);

// HostCheck.cpp: what the caller is told when dimension `dim` is the one.
std::string describe(const Access &access, unsigned dim);

} // namespace mlir::sqa

#endif // SQA_LIB_TRANSFORMS_CHECKINDICES_ACCESS_H
