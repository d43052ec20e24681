//===- Convert.h - Element conversions, rounded to nearest even -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every narrowing rounds once, straight from f64: going through f32 on the way
// to f16 or bf16 would round twice. NaN stays NaN and keeps its sign; overflow
// gives inf; subnormals are kept. Test: tools/io/test/ConvertTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_IO_CONVERT_H
#define SQA_TOOLS_IO_CONVERT_H

#include "tools/io/Tensor.h"

namespace sqa::io {

uint16_t doubleToF16(double value);
uint16_t doubleToBf16(double value);
double f16ToDouble(uint16_t bits);
double bf16ToDouble(uint16_t bits);

/// `value` rounded to the nearest number of a float type.
double roundTo(ElementType type, double value);

/// One element at `from`, which need not be aligned. Integers convert; i64 and
/// ui64 beyond 2^53 round.
double loadDouble(ElementType type, const void *from);
/// One integer element; ui64 above INT64_MAX as its bits. Floats truncate
/// (NaN gives 0, values beyond int64 its ends).
int64_t loadInt(ElementType type, const void *from);

/// Rounds to `type` (a float type), or truncates toward zero (an integer).
void storeDouble(ElementType type, void *to, double value);
/// Keeps the low bits; i1 keeps bit 0.
void storeInt(ElementType type, void *to, int64_t value);

/// All elements in row-major order.
std::vector<double> toDoubles(const Tensor &tensor);
/// The same values as `tensor` in another element type.
Tensor convertTo(const Tensor &tensor, ElementType type);

} // namespace sqa::io

#endif // SQA_TOOLS_IO_CONVERT_H
