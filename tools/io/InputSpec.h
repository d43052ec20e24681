//===- InputSpec.h - Tensors written on a command line ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One tensor, in any of these forms:
//
//   @path.npy                  a NumPy file
//   2x3xf32=1,2,3,4,5,6        elements in row-major order
//   2x3xf32=[[1, 2, 3], ...]   the same; brackets and blanks only separate
//   2x3xf32=0.5                one element for all
//   2x3xf32=random(7)          generated from seed 7: floats close to a
//   standard
//                              normal, integers of -8..7, booleans
//   4xi32=random(7, 1, 9)      uniform, both ends included (integers), or in
//                              [1, 9) (floats)
//   2x3xf32=@path.bin          raw row-major elements, little-endian
//   f32=2.5                    a scalar
//
// Element types are MLIR's (i1, i8 .. i64, ui8 .. ui64, f16, bf16, f32, f64,
// index). Values may be nan, inf, true, false, and hexadecimal integers.
//
// Test: tools/io/test/InputSpecTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_IO_INPUTSPEC_H
#define SQA_TOOLS_IO_INPUTSPEC_H

#include "tools/io/Tensor.h"

namespace sqa::io {

/// Extents that a caller does not care about in checkTensor.
inline constexpr int64_t kAnyExtent = -1;

/// `2x3xf32` into a type and a shape; every extent is a number.
Error parseTensorType(std::string_view text, ElementType &type,
                      std::vector<int64_t> &shape);

Error parseInputSpec(std::string_view spec, Tensor &out);

/// Checks that `tensor` has `type` and `shape` (kAnyExtent matches all), after
/// reinterpretAs where that is what makes the type right.
Error checkTensor(Tensor &tensor, ElementType type,
                  const std::vector<int64_t> &shape);

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//
// Element i of seed s depends on s and i alone and uses integer arithmetic and
// exact float operations only, so it is the same on every machine.

/// splitmix64 at position `index` of the sequence of `seed`.
uint64_t randomBits(uint64_t seed, uint64_t index);
/// Sum of twelve 16-bit uniforms, centred, over 2^16: mean 0, variance 1,
/// within (-6, 6), and exact in f32.
double randomNormal(uint64_t seed, uint64_t index);
/// In [low, high).
double randomUniform(uint64_t seed, uint64_t index, double low, double high);

void fillRandom(Tensor &tensor, uint64_t seed);

} // namespace sqa::io

#endif // SQA_TOOLS_IO_INPUTSPEC_H
