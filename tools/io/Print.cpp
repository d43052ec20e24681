//===- Print.cpp - Tensors as text ----------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Print.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace sqa::io {

std::string formatDouble(double value, int digits) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  char buffer[64];
  auto [end, status] = std::to_chars(buffer, buffer + sizeof(buffer), value,
                                     std::chars_format::general, digits);
  return status == std::errc() ? std::string(buffer, end) : "?";
}

std::string formatElement(const Tensor &tensor, int64_t index, int digits) {
  if (isFloat(tensor.type))
    return formatDouble(tensor.asDouble(index), digits);
  const int64_t value = tensor.asInt(index);
  return isUnsigned(tensor.type) ? std::to_string(static_cast<uint64_t>(value))
                                 : std::to_string(value);
}

/// Appends dimension `dim` of `tensor` from element `offset` on.
static void appendDim(const Tensor &tensor, size_t dim, int64_t offset,
                      bool cut, const PrintOptions &options,
                      std::string &text) {
  if (dim == tensor.shape.size()) {
    text += formatElement(tensor, offset, options.digits);
    return;
  }
  int64_t step = 1;
  for (size_t d = dim + 1; d < tensor.shape.size(); ++d)
    step *= tensor.shape[d];
  const int64_t extent = tensor.shape[dim];
  text += '[';
  for (int64_t i = 0; i < extent; ++i) {
    if (i != 0)
      text += ", ";
    if (cut && i == options.edge && extent > 2 * options.edge) {
      text += "...";
      i = extent - options.edge - 1;
      continue;
    }
    appendDim(tensor, dim + 1, offset + i * step, cut, options, text);
  }
  text += ']';
}

static std::string statistics(const Tensor &tensor, int digits) {
  const int64_t count = tensor.numElements();
  double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
  int64_t nans = 0, infs = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double value = tensor.asDouble(i);
    if (std::isnan(value)) {
      ++nans;
    } else if (std::isinf(value)) {
      ++infs;
    } else {
      low = std::min(low, value);
      high = std::max(high, value);
      sum += value;
    }
  }
  const int64_t finite = count - nans - infs;
  std::string text = "\n  " + std::to_string(count) + " elements";
  if (finite != 0)
    text += ", min " + formatDouble(low, digits) + ", max " +
            formatDouble(high, digits) + ", mean " +
            formatDouble(sum / static_cast<double>(finite), digits);
  if (nans != 0)
    text += ", " + std::to_string(nans) + " nan";
  if (infs != 0)
    text += ", " + std::to_string(infs) + " inf";
  return text;
}

std::string formatTensor(const Tensor &tensor, const PrintOptions &options) {
  const bool cut = tensor.numElements() > options.maxElements;
  std::string text = typeToString(tensor.type, tensor.shape) + "=";
  // One extent may be huge where another is zero: do not walk it.
  if (tensor.numElements() == 0)
    return text + "[]";
  appendDim(tensor, 0, 0, cut, options, text);
  if (cut)
    text += statistics(tensor, options.digits);
  return text;
}

} // namespace sqa::io
