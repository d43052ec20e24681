//===- AttnCommon.h - What the attention ops share --------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_INTERPRETER_ATTNCOMMON_H
#define SQA_LIB_INTERPRETER_ATTNCOMMON_H

#include "RegionProgram.h"
#include "dialects/Attn/AttnOps.h"
#include <cmath>
#include <limits>

namespace mlir::sqa::interpreter {

template <typename Real>
inline constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
template <typename Real>
inline constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();

/// A rank-4 tensor seen in the logical order batch, head, position, feature.
struct LogicalView {
  LogicalView() = default;
  LogicalView(TensorRef source, attn::Layout layout)
      : tensor(std::move(source)) {
    const bool headsInside = layout == attn::Layout::bshd;
    const SmallVector<int64_t> steps = stridesOf(tensor->shape);
    for (int64_t d = 0; d < 4; ++d) {
      const int64_t physical = headsInside && (d == 1 || d == 2) ? 3 - d : d;
      extents[d] = tensor->shape[physical];
      strides[d] = steps[physical];
    }
  }

  Scalar *row(int64_t b, int64_t h, int64_t i) const {
    return tensor->data.data() + b * strides[0] + h * strides[1] +
           i * strides[2];
  }

  TensorRef tensor;
  int64_t extents[4] = {};
  int64_t strides[4] = {};
};

/// Physical shape of logical extents.
inline SmallVector<int64_t> physicalShape(attn::Layout layout, int64_t b,
                                          int64_t h, int64_t s, int64_t d) {
  if (layout == attn::Layout::bshd)
    return {b, s, h, d};
  return {b, h, s, d};
}

template <typename Real>
Real dotProduct(const Scalar *a, const Scalar *b, int64_t count,
                int64_t strideA = 1) {
  Real sum = 0;
  for (int64_t d = 0; d < count; ++d)
    sum += static_cast<Real>(a[d * strideA].f) * static_cast<Real>(b[d].f);
  return sum;
}

/// Scores and logits are f32 numbers by definition: what lies beyond f32 is
/// infinite in f64 as well, and so masked if it is negative.
template <typename Real> Real inF32Range(Real value) {
  if (std::isinf(static_cast<float>(value)))
    return std::copysign(kInfinity<Real>, value);
  return value;
}

/// Logits end up in base 2, in f32 (numerics 2): one beyond f32 there is infinite.
template <typename Real> Real inBase2Range(Real logit) {
  constexpr double kLog2E = 1.4426950408889634074;
  if (std::isinf(inF32Range(static_cast<Real>(kLog2E * logit))))
    return std::copysign(kInfinity<Real>, logit);
  return logit;
}

/// The operands of `values` as bindings of a region's captures.
inline SmallVector<RuntimeValue> evaluateCaptures(ValueRange values,
                                                  Evaluator &eval) {
  return llvm::map_to_vector(values, [&](Value v) { return eval.get(v); });
}

/// Sets the arguments b, h, i, j of a region from argument `first` on.
inline void setSlot(RegionProgram &program, unsigned first, int64_t b,
                    int64_t h, int64_t i, int64_t j) {
  program.argument(first).i = b;
  program.argument(first + 1).i = h;
  program.argument(first + 2).i = i;
  program.argument(first + 3).i = j;
}

} // namespace mlir::sqa::interpreter

#endif // SQA_LIB_INTERPRETER_ATTNCOMMON_H
