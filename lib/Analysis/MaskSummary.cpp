//===- MaskSummary.cpp - A mask in numbers --------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/MaskSummary.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;
using presburger::PresburgerSet;
using presburger::PresburgerSpace;

//===----------------------------------------------------------------------===//
// Summary
//===----------------------------------------------------------------------===//

// "kv_segments[b, j] == query_segments[b, i]"
static std::string describeLookup(const KeyLookup &lookup) {
  static constexpr StringLiteral signs[] = {"==", "!=", "<", "<=", ">", ">="};
  return describeValue(lookup.key) + " " +
         signs[static_cast<unsigned>(lookup.predicate)].str() + " " +
         describeValue(lookup.row);
}

MaskSummary mlir::sqa::summarizeMask(attn::SqaOp op) {
  PresburgerSpace slots = PresburgerSpace::getSetSpace(/*numDims=*/2);
  PresburgerSet all = PresburgerSet::getUniverse(slots);
  MaskSummary summary{
      {{}, {}, all, all, PresburgerSet::getEmpty(slots), {}, false},
      {},
      {},
      {},
      {}};
  if (op.hasMaskMod())
    summary.sets = computeMaskSets(op.getMaskMod());
  for (Value symbol : summary.sets.symbols)
    summary.symbolNames.push_back(describeValue(symbol));
  for (const KeyLookup &lookup : summary.sets.lookups)
    for (StringRef end : {"first", "end", "first for all", "end for all"})
      summary.symbolNames.push_back(
          (end + "{" + describeLookup(lookup) + "}").str());
  summary.visible = visibleKeys(summary.sets, op.getContext());
  summary.hidden = hiddenKeys(summary.sets, op.getContext());
  llvm::SmallPtrSet<Operation *, 8> unread(summary.sets.undecided.begin(),
                                           summary.sets.undecided.end());
  for (Operation *undecided : summary.sets.undecided)
    if (llvm::none_of(undecided->getOperands(), [&](Value operand) {
          return unread.contains(operand.getDefiningOp());
        }))
      summary.undecided.push_back(undecided);
  return summary;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static std::optional<int64_t> evaluateOp(Operation *op,
                                         const NamedValues &names) {
  SmallVector<int64_t> in;
  for (Value operand : op->getOperands()) {
    std::optional<int64_t> value = evaluateValue(operand, names);
    if (!value)
      return std::nullopt;
    in.push_back(*value);
  }
  using Result = std::optional<int64_t>;
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddIOp) { return in[0] + in[1]; })
      .Case([&](arith::SubIOp) { return in[0] - in[1]; })
      .Case([&](arith::MulIOp) { return in[0] * in[1]; })
      .Case([&](arith::MinSIOp) { return std::min(in[0], in[1]); })
      .Case([&](arith::MaxSIOp) { return std::max(in[0], in[1]); })
      .Case<arith::IndexCastOp, arith::ExtSIOp>([&](auto) { return in[0]; })
      .Default([](Operation *) { return Result(); });
}

std::optional<int64_t> mlir::sqa::evaluateValue(Value value,
                                                const NamedValues &names) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  if (auto it = names.find(describeValue(value)); it != names.end())
    return it->second;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    // A capture is what it captures; everything else has only its name.
    auto op = dyn_cast<attn::SqaOp>(argument.getOwner()->getParentOp());
    if (!op || argument.getArgNumber() < 4)
      return std::nullopt;
    return evaluateValue(op.getCaptures()[argument.getArgNumber() - 4], names);
  }
  return evaluateOp(value.getDefiningOp(), names);
}

// Whether a closed form reads symbol `n`: what only undecided ops read counts
// for nothing.
static bool readsSymbol(const MaskSummary &summary, unsigned n) {
  auto reads = [n](AffineExpr e) { return e.isFunctionOfSymbol(n); };
  for (const auto *intervals : {&summary.visible, &summary.hidden})
    for (const KeyInterval &interval : *intervals)
      if (llvm::any_of(interval.lower, reads) ||
          llvm::any_of(interval.upper, reads) ||
          llvm::any_of(interval.conditions, reads))
        return true;
  return false;
}

FailureOr<SmallVector<int64_t>>
mlir::sqa::evaluateSymbols(const MaskSummary &summary, const NamedValues &names,
                           std::string &missing) {
  SmallVector<int64_t> values;
  if (!summary.sets.lookups.empty()) {
    missing = describeValue(summary.sets.lookups.front().key);
    return failure();
  }
  for (auto [n, symbol] : llvm::enumerate(summary.sets.symbols)) {
    std::optional<int64_t> value = evaluateValue(symbol, names);
    if (!value && readsSymbol(summary, n)) {
      missing = summary.symbolNames[n];
      return failure();
    }
    values.push_back(value.value_or(0));
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

namespace {
// Values of (i0, i1, j0, j1) and of the symbols.
struct Point {
  int64_t ends[4];
  ArrayRef<int64_t> symbols;

  int64_t operator()(AffineExpr expr) const {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return constant.getValue();
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return ends[dim.getPosition()];
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      return symbols[symbol.getPosition()];
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t a = (*this)(binary.getLHS()), b = (*this)(binary.getRHS());
    switch (expr.getKind()) {
    case AffineExprKind::Add:
      return a + b;
    case AffineExprKind::Mul:
      return a * b;
    case AffineExprKind::FloorDiv:
      return llvm::divideFloorSigned(a, b);
    case AffineExprKind::CeilDiv:
      return llvm::divideCeilSigned(a, b);
    case AffineExprKind::Mod:
      return a - llvm::divideFloorSigned(a, b) * b;
    default:
      llvm_unreachable("leaves are handled above");
    }
  }
};
} // namespace

static bool passes(const BlockTest &test, const Point &point) {
  int64_t lower = std::numeric_limits<int64_t>::min();
  int64_t upper = std::numeric_limits<int64_t>::max();
  for (AffineExpr expr : test.lower)
    lower = std::max(lower, point(expr));
  for (AffineExpr expr : test.upper)
    upper = std::min(upper, point(expr));
  return lower <= upper;
}

// Sets `marks` of all tiles that meet one of the intervals.
static void markTiles(ArrayRef<KeyInterval> intervals, const TileGrid &grid,
                      Point point, SmallVectorImpl<bool> &marks) {
  for (const KeyInterval &interval : intervals) {
    if (llvm::any_of(interval.conditions,
                     [&](AffineExpr e) { return point(e) < 0; }))
      continue;
    int64_t lower = 0, upper = grid.keys;
    for (AffineExpr expr : interval.lower)
      lower = std::max(lower, point(expr));
    for (AffineExpr expr : interval.upper)
      upper = std::min(upper, point(expr));
    if (lower >= upper)
      continue;
    for (int64_t n = lower / grid.blockN; n * grid.blockN < upper; ++n) {
      point.ends[2] = n * grid.blockN;
      point.ends[3] = std::min(point.ends[2] + grid.blockN, grid.keys);
      if (llvm::all_of(interval.tests, [&](const BlockTest &test) {
            return passes(test, point);
          }))
        marks[n] = true;
    }
  }
}

SmallVector<TileClass> mlir::sqa::classifyRow(const MaskSummary &summary,
                                              const TileGrid &grid, int64_t i0,
                                              ArrayRef<int64_t> symbols) {
  Point point{{i0, std::min(i0 + grid.blockM, grid.queries), 0, 0}, symbols};
  SmallVector<bool> seen(grid.keyTiles(), false),
      tested(grid.keyTiles(), false);
  markTiles(summary.visible, grid, point, seen);
  markTiles(summary.hidden, grid, point, tested);
  SmallVector<TileClass> classes;
  for (auto [isSeen, isTested] : llvm::zip_equal(seen, tested))
    classes.push_back(!isSeen    ? TileClass::empty
                      : isTested ? TileClass::partial
                                 : TileClass::full);
  return classes;
}

TileCounts mlir::sqa::countTiles(const MaskSummary &summary,
                                 const TileGrid &grid,
                                 ArrayRef<int64_t> symbols) {
  TileCounts counts;
  for (int64_t i0 = 0; i0 < grid.queries; i0 += grid.blockM)
    for (TileClass tile : classifyRow(summary, grid, i0, symbols))
      ++(tile == TileClass::empty  ? counts.skipped
         : tile == TileClass::full ? counts.full
                                   : counts.partial);
  return counts;
}

std::string mlir::sqa::describeCounts(const TileCounts &counts) {
  double percent = counts.total() ? 100.0 / counts.total() : 0;
  return llvm::formatv("skipped {0} ({1:f1} %), full {2} ({3:f1} %), partial "
                       "{4} ({5:f1} %) of {6} tiles",
                       counts.skipped, counts.skipped * percent, counts.full,
                       counts.full * percent, counts.partial,
                       counts.partial * percent, counts.total());
}
