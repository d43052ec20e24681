//===- overlap.h - Which strided tensors share memory ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Answers are one-sided: "disjoint" is proved, its opposite may be ignorance.
// Test: test/overlap_test.cpp.

#ifndef SQART_SRC_OVERLAP_H
#define SQART_SRC_OVERLAP_H

#include <cstddef>
#include <cstdint>

namespace sqart {

// Memory of a tensor with at least one element, strides >= 0 in elements, of
// rank at most maxRank. Its size in bytes was checked to be below 2^63.
struct Footprint {
  const uint8_t *data;
  int64_t bytes; // from the first byte to the last one of any element
  int64_t elementBytes;
  const int64_t *sizes;
  const int64_t *strides;
  size_t rank;
};

// True if no two elements of the tensor share memory.
bool elementsAreDisjoint(const Footprint &tensor);

// True if no element of `a` shares memory with one of `b`: the byte ranges do
// not touch, or both are made of blocks at multiples of one distance, and the
// blocks of `b` fit in the gaps of `a` (views that split rows of one buffer).
bool areDisjoint(const Footprint &a, const Footprint &b);

} // namespace sqart

#endif // SQART_SRC_OVERLAP_H
