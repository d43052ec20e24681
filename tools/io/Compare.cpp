//===- Compare.cpp - Compare results without being fooled by NaN ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Compare.h"
#include "tools/io/Convert.h"
#include "tools/io/Print.h"

#include <algorithm>
#include <cmath>

namespace sqa::io {

Tolerance defaultTolerance(ElementType actual) {
  switch (actual) {
  case ElementType::F16:
    return {1e-3, 1e-3};
  case ElementType::BF16:
    return {1e-2, 1e-2};
  case ElementType::F32:
  case ElementType::F64:
    return {1e-4, 1e-4};
  default:
    return {0, 0};
  }
}

/// Whether a non-finite `actual` is what `expected` asks for.
static bool infMatches(double actual, double expected, ElementType actualType) {
  return actual == expected ||
         (std::isfinite(expected) && isFloat(actualType) &&
          roundTo(actualType, expected) == actual);
}

static void compareFloats(const Tensor &actual, const Tensor &expected,
                          Tolerance tolerance, Comparison &result) {
  double worstExcess = -1;
  int64_t firstSpecial = -1;
  for (int64_t i = 0; i < result.elements; ++i) {
    const double a = actual.asDouble(i), e = expected.asDouble(i);
    if (std::isnan(a) || std::isnan(e)) {
      if (std::isnan(a) == std::isnan(e))
        continue;
      ++result.nanMismatches;
      firstSpecial = firstSpecial < 0 ? i : firstSpecial;
      continue;
    }
    if (std::isinf(a) || std::isinf(e)) {
      if (infMatches(a, e, actual.type))
        continue;
      ++result.infMismatches;
      firstSpecial = firstSpecial < 0 ? i : firstSpecial;
      continue;
    }
    const double error = std::fabs(a - e);
    const double allowed =
        tolerance.absolute + tolerance.relative * std::fabs(e);
    result.valueMismatches += error > allowed;
    result.maxAbsolute = std::max(result.maxAbsolute, error);
    if (e != 0)
      result.maxRelative = std::max(result.maxRelative, error / std::fabs(e));
    // With a zero tolerance the error itself orders the elements.
    const double excess = allowed > 0 ? error / allowed : error;
    if (excess > worstExcess) {
      worstExcess = excess;
      result.worst = i;
    }
  }
  if (firstSpecial >= 0)
    result.worst = firstSpecial;
}

static void compareInts(const Tensor &actual, const Tensor &expected,
                        Tolerance tolerance, Comparison &result) {
  uint64_t worstError = 0;
  for (int64_t i = 0; i < result.elements; ++i) {
    const int64_t a = actual.asInt(i), e = expected.asInt(i);
    const uint64_t error =
        a > e ? static_cast<uint64_t>(a) - static_cast<uint64_t>(e)
              : static_cast<uint64_t>(e) - static_cast<uint64_t>(a);
    result.valueMismatches +=
        static_cast<double>(error) >
        tolerance.absolute +
            tolerance.relative * std::fabs(static_cast<double>(e));
    if (result.worst < 0 || error > worstError) {
      worstError = error;
      result.worst = i;
    }
    if (e != 0)
      result.maxRelative =
          std::max(result.maxRelative, static_cast<double>(error) /
                                           std::fabs(static_cast<double>(e)));
  }
  result.maxAbsolute = static_cast<double>(worstError);
}

Comparison compare(const Tensor &actual, const Tensor &expected,
                   Tolerance tolerance) {
  Comparison result;
  if (actual.shape != expected.shape) {
    result.shapesDiffer = true;
    return result;
  }
  result.elements = actual.numElements();
  if (isFloat(actual.type) || isFloat(expected.type))
    compareFloats(actual, expected, tolerance, result);
  else
    compareInts(actual, expected, tolerance, result);
  return result;
}

std::string indexToString(int64_t offset, const std::vector<int64_t> &shape) {
  std::string text;
  for (size_t d = shape.size(); d-- > 0;) {
    text =
        std::to_string(offset % shape[d]) + (text.empty() ? "" : ", ") + text;
    offset /= shape[d];
  }
  return "[" + text + "]";
}

static std::string elementToString(const Tensor &tensor, int64_t index) {
  return isFloat(tensor.type) ? formatDouble(tensor.asDouble(index), 9)
                              : formatElement(tensor, index, 9);
}

std::string describe(const Comparison &comparison, const Tensor &actual,
                     const Tensor &expected, Tolerance tolerance) {
  if (comparison.shapesDiffer)
    return "mismatch: expected " + typeToString(expected.type, expected.shape) +
           ", but got " + typeToString(actual.type, actual.shape) + "\n";
  std::string text = comparison.passed() ? "match: " : "mismatch: ";
  text += typeToString(actual.type, actual.shape) + ", tolerance " +
          formatDouble(tolerance.absolute, 3) + " absolute + " +
          formatDouble(tolerance.relative, 3) + " relative\n";
  if (!comparison.passed())
    text += "  of " + std::to_string(comparison.elements) +
            " elements: " + std::to_string(comparison.nanMismatches) +
            " differ in NaN, " + std::to_string(comparison.infMismatches) +
            " in inf, " + std::to_string(comparison.valueMismatches) +
            " in value\n";
  text += "  max error " + formatDouble(comparison.maxAbsolute, 6) +
          " absolute, " + formatDouble(comparison.maxRelative, 6) +
          " relative\n";
  if (comparison.worst >= 0)
    text += "  worst at " + indexToString(comparison.worst, actual.shape) +
            ": got " + elementToString(actual, comparison.worst) +
            ", expected " + elementToString(expected, comparison.worst) + "\n";
  return text;
}

} // namespace sqa::io
