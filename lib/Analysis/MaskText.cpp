//===- MaskText.cpp - A mask in words -------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Affine expressions and ranges of keys, written as a person would.
//
//===----------------------------------------------------------------------===//

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/IR/IntegerSet.h"
#include "sqa/Analysis/MaskSummary.h"
#include "llvm/ADT/StringExtras.h"
#include <array>

using namespace mlir;
using namespace mlir::sqa;

static std::string bracketed(std::string text) {
  return isCompoundText(text) ? "(" + text + ")" : text;
}

//===----------------------------------------------------------------------===//
// Affine expressions
//===----------------------------------------------------------------------===//

namespace {
// coefficient * text; an empty text is 1.
struct Term {
  int64_t coefficient;
  std::string text;
};

class ExprWriter {
public:
  explicit ExprWriter(ArrayRef<std::string> names) : names(names) {}

  std::string write(AffineExpr expr) const { return join(termsOf(expr)); }
  // expr >= 0, with no minus on either side.
  std::string writeCondition(AffineExpr expr) const;

private:
  SmallVector<Term> termsOf(AffineExpr expr) const;
  std::string leafOf(AffineExpr expr) const;
  static std::string join(ArrayRef<Term> terms);

  ArrayRef<std::string> names;
};
} // namespace

std::string ExprWriter::leafOf(AffineExpr expr) const {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return std::array{"i0", "i1", "j0", "j1"}[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return names[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::string lhs = bracketed(write(binary.getLHS()));
  std::string rhs = bracketed(write(binary.getRHS()));
  switch (expr.getKind()) {
  case AffineExprKind::FloorDiv:
    return "floor(" + lhs + " / " + rhs + ")";
  case AffineExprKind::CeilDiv:
    return "ceil(" + lhs + " / " + rhs + ")";
  case AffineExprKind::Mod:
    return "(" + lhs + " mod " + rhs + ")";
  default:
    return lhs + " * " + rhs;
  }
}

SmallVector<Term> ExprWriter::termsOf(AffineExpr expr) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return {Term{constant.getValue(), ""}};
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (binary && expr.getKind() == AffineExprKind::Add) {
    SmallVector<Term> terms = termsOf(binary.getLHS());
    terms.append(termsOf(binary.getRHS()));
    return terms;
  }
  if (binary && expr.getKind() == AffineExprKind::Mul)
    if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS())) {
      SmallVector<Term> terms = termsOf(binary.getLHS());
      for (Term &term : terms)
        term.coefficient *= factor.getValue();
      return terms;
    }
  return {Term{1, leafOf(expr)}};
}

// Positive terms first: i0 + T - S, not -S + i0 + T.
std::string ExprWriter::join(ArrayRef<Term> terms) {
  std::string result;
  for (bool negative : {false, true})
    for (const Term &term : terms) {
      if (term.coefficient == 0 || (term.coefficient < 0) != negative)
        continue;
      uint64_t size = negative ? -static_cast<uint64_t>(term.coefficient)
                               : static_cast<uint64_t>(term.coefficient);
      std::string text = term.text;
      if (text.empty())
        text = std::to_string(size);
      else if (size != 1)
        text = std::to_string(size) + " * " + bracketed(text);
      else if (negative)
        text = bracketed(text);
      if (result.empty())
        result = (negative ? "-" : "") + text;
      else
        result += (negative ? " - " : " + ") + text;
    }
  return result.empty() ? "0" : result;
}

std::string ExprWriter::writeCondition(AffineExpr expr) const {
  SmallVector<Term> left, right;
  for (Term term : termsOf(expr)) {
    if (term.coefficient >= 0) {
      left.push_back(term);
      continue;
    }
    term.coefficient = -term.coefficient;
    right.push_back(term);
  }
  return join(left) + " >= " + join(right);
}

//===----------------------------------------------------------------------===//
// Intervals
//===----------------------------------------------------------------------===//

// Whether `expr` is >= 0 for all rows 0 <= i0 < i1, all keys 0 <= j0 < j1 and
// all values of symbols.
static bool isNonNegative(AffineExpr expr, unsigned numSymbols) {
  MLIRContext *context = expr.getContext();
  AffineExpr i0, i1, j0, j1;
  bindDims(context, i0, i1, j0, j1);
  IntegerSet otherwise = IntegerSet::get(
      4, numSymbols, {i0, i1 - i0 - 1, j0, j1 - j0 - 1, -expr - 1},
      {false, false, false, false, false});
  return FlatLinearValueConstraints(otherwise).isIntegerEmpty();
}

// Drops each bound that another one implies: of a maximum those that are never
// larger, of a minimum those that are never smaller.
static void dropImplied(SmallVectorImpl<AffineExpr> &bounds, bool isMax,
                        unsigned numSymbols) {
  for (unsigned n = bounds.size(); n-- > 0;)
    for (unsigned other = 0; other < bounds.size(); ++other) {
      AffineExpr slack =
          isMax ? bounds[other] - bounds[n] : bounds[n] - bounds[other];
      if (other == n || !isNonNegative(slack, numSymbols))
        continue;
      bounds.erase(bounds.begin() + n);
      break;
    }
}

static std::string describeBounds(ArrayRef<AffineExpr> bounds,
                                  const ExprWriter &writer, StringRef none,
                                  StringRef extremum) {
  if (bounds.empty())
    return none.str();
  if (bounds.size() == 1)
    return writer.write(bounds.front());
  auto texts =
      llvm::map_range(bounds, [&](AffineExpr e) { return writer.write(e); });
  return (extremum + "(" + llvm::join(texts, ", ") + ")").str();
}

// " in blocks [j0, j1) with ceil((j0 - 15) / 128) <= floor((j1 - 1) / 128)".
// Bounds are given where they are few.
static std::string describeTests(ArrayRef<BlockTest> tests,
                                 ArrayRef<std::string> names) {
  if (tests.empty())
    return "";
  BlockTest test = tests.front();
  for (auto *bounds : {&test.lower, &test.upper})
    for (AffineExpr &expr : *bounds)
      expr = simplifyAffineExpr(expr, /*numDims=*/4, names.size());
  dropImplied(test.lower, /*isMax=*/true, names.size());
  dropImplied(test.upper, /*isMax=*/false, names.size());
  if (tests.size() > 1 || test.lower.size() + test.upper.size() > 4)
    return " in those blocks of it that the repetition meets";
  ExprWriter writer(names);
  return " in blocks [j0, j1) with " +
         describeBounds(test.lower, writer, "", "max") +
         " <= " + describeBounds(test.upper, writer, "", "min");
}

static std::string describeInterval(const KeyInterval &interval,
                                    ArrayRef<std::string> names) {
  ExprWriter writer(names);
  auto simplified = [&](ArrayRef<AffineExpr> exprs) {
    SmallVector<AffineExpr> result;
    for (AffineExpr expr : exprs)
      result.push_back(simplifyAffineExpr(expr, /*numDims=*/2, names.size()));
    return result;
  };
  SmallVector<AffineExpr> lower = simplified(interval.lower);
  SmallVector<AffineExpr> upper = simplified(interval.upper);
  if (!lower.empty()) // No key is below 0 anyway.
    lower.insert(lower.begin(),
                 getAffineConstantExpr(0, lower.front().getContext()));
  dropImplied(lower, /*isMax=*/true, names.size());
  dropImplied(upper, /*isMax=*/false, names.size());
  std::string text = "[" + describeBounds(lower, writer, "0", "max") + ", " +
                     describeBounds(upper, writer, "T", "min") + ")";
  SmallVector<std::string> conditions;
  for (AffineExpr expr : simplified(interval.conditions))
    if (!isNonNegative(expr, names.size()))
      conditions.push_back(writer.writeCondition(expr));
  if (!conditions.empty())
    text += " (if " + llvm::join(conditions, " and ") + ")";
  return text + describeTests(interval.tests, names);
}

std::string mlir::sqa::describeKeys(ArrayRef<KeyInterval> intervals,
                                    ArrayRef<std::string> symbolNames) {
  constexpr size_t kMostShown = 6;
  SmallVector<std::string> texts;
  for (const KeyInterval &interval : intervals) {
    std::string text = describeInterval(interval, symbolNames);
    if (!llvm::is_contained(texts, text))
      texts.push_back(text);
  }
  if (texts.empty())
    return "none";
  size_t more = texts.size() > kMostShown ? texts.size() - kMostShown : 0;
  texts.truncate(texts.size() - more);
  std::string text = llvm::join(texts, " and ");
  return more ? text + " and " + std::to_string(more) + " more" : text;
}
