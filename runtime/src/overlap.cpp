//===- overlap.cpp - Which strided tensors share memory -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "overlap.h"

#include "manifest.h"

#include <algorithm>
#include <numeric>

using namespace sqart;

namespace {
struct StridedDim {
  int64_t stride; // bytes
  int64_t size;
};

// The dimensions that have more than one index, by ascending stride.
struct SortedDims {
  explicit SortedDims(const Footprint &tensor) {
    for (size_t i = 0; i < tensor.rank; ++i)
      if (tensor.sizes[i] > 1)
        dims[count++] = {tensor.strides[i] * tensor.elementBytes,
                         tensor.sizes[i]};
    std::sort(dims, dims + count, [](const StridedDim &a, const StridedDim &b) {
      return a.stride < b.stride;
    });
  }
  StridedDim dims[maxRank];
  size_t count = 0;
};

// A tensor as equal contiguous blocks: their size, and the distances that they
// repeat at, reduced to one that divides all. 0: there is one block.
struct Blocks {
  explicit Blocks(const Footprint &tensor) : size(tensor.elementBytes) {
    SortedDims sorted(tensor);
    size_t i = 0;
    for (; i < sorted.count && sorted.dims[i].stride == size; ++i)
      size *= sorted.dims[i].size;
    for (; i < sorted.count; ++i)
      distance = std::gcd(distance, sorted.dims[i].stride);
  }
  int64_t size;
  int64_t distance = 0;
};
} // namespace

// Dimension by dimension, outward: a step must clear all that lies inside.
bool sqart::elementsAreDisjoint(const Footprint &tensor) {
  SortedDims sorted(tensor);
  int64_t inside = tensor.elementBytes;
  for (size_t i = 0; i < sorted.count; ++i) {
    if (sorted.dims[i].stride < inside)
      return false;
    inside += (sorted.dims[i].size - 1) * sorted.dims[i].stride;
  }
  return true;
}

bool sqart::areDisjoint(const Footprint &a, const Footprint &b) {
  uintptr_t aBegin = reinterpret_cast<uintptr_t>(a.data);
  uintptr_t bBegin = reinterpret_cast<uintptr_t>(b.data);
  if (aBegin > bBegin)
    return areDisjoint(b, a);
  uint64_t offset = bBegin - aBegin;
  if (offset >= uint64_t(a.bytes))
    return true;
  Blocks inA(a), inB(b);
  uint64_t distance = uint64_t(std::gcd(inA.distance, inB.distance));
  if (distance == 0) // one block each, and they touch
    return false;
  // Modulo the distance, a lies at [0, size) and b at [phase, phase + size).
  uint64_t phase = offset % distance;
  return phase >= uint64_t(inA.size) && phase + uint64_t(inB.size) <= distance;
}
