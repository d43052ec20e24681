//===- Compare.h - Compare results without being fooled by NaN --*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Positions of NaN and inf are compared first: a NaN reference must not pass
// any result, nor an absurd result pass because a maximum dropped its NaN.
// Then |actual - expected| <= absolute + relative * |expected|.
//
// `expected` may be wider than `actual` (the oracle's f64): a finite expected
// value that rounds to inf in the type of `actual` allows that inf.
//
// Test: tools/io/test/CompareTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_IO_COMPARE_H
#define SQA_TOOLS_IO_COMPARE_H

#include "tools/io/Tensor.h"

namespace sqa::io {

struct Tolerance {
  double absolute = 0;
  double relative = 0;
};

/// f32 and f64 1e-4, f16 1e-3, bf16 1e-2 (absolute and relative); integers are
/// compared exactly.
Tolerance defaultTolerance(ElementType actual);

struct Comparison {
  bool shapesDiffer = false;
  int64_t elements = 0;
  int64_t nanMismatches = 0;   // NaN on one side only
  int64_t infMismatches = 0;   // inf on one side only, or of the other sign
  int64_t valueMismatches = 0; // finite and beyond the tolerance
  /// The first NaN or inf mismatch if there is one, else the element farthest
  /// beyond (or nearest to) its tolerance. -1 for empty tensors.
  int64_t worst = -1;
  double maxAbsolute = 0; // over elements finite on both sides
  double maxRelative = 0;

  bool passed() const {
    return !shapesDiffer && nanMismatches == 0 && infMismatches == 0 &&
           valueMismatches == 0;
  }
};

Comparison compare(const Tensor &actual, const Tensor &expected,
                   Tolerance tolerance);

/// A few lines: verdict, counts, largest errors, worst element with both
/// values.
std::string describe(const Comparison &comparison, const Tensor &actual,
                     const Tensor &expected, Tolerance tolerance);

/// `[1, 0, 3]` for an offset into row-major order.
std::string indexToString(int64_t offset, const std::vector<int64_t> &shape);

} // namespace sqa::io

#endif // SQA_TOOLS_IO_COMPARE_H
