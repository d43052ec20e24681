//===- ExplainMasks.cpp - What is known of each mask ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For --explain: the keys of a query tile in closed form, how many tiles of the
// schedule are skipped, full or partial as a formula and at given sizes, and
// the ops of a mask region that could not be read. Works on a copy of the
// planned module. Test: test/Tools/sqa-compile/explain-masks.mlir.
//
//===----------------------------------------------------------------------===//

#include "CompileTarget.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Pass/PassManager.h"
#include "sqa/Analysis/MaskSummary.h"
#include "sqa/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;

static std::optional<int64_t> findSize(int64_t fromType, StringRef name,
                                       const NamedValues &sizes) {
  if (!ShapedType::isDynamic(fromType))
    return fromType;
  auto it = sizes.find(name);
  return it == sizes.end() ? std::nullopt : std::optional(it->second);
}

// Numbers of tiles at the sizes of the types and of the command line, or which
// size is missing.
static std::string countAtSizes(attn::SqaOp op, const MaskSummary &summary,
                                CpuScheduleAttr schedule,
                                const NamedValues &sizes) {
  std::optional<int64_t> queries = findSize(op.getQueryLength(), "S", sizes);
  std::optional<int64_t> keys = findSize(op.getKeyLength(), "T", sizes);
  std::string missing;
  auto wants = [](StringRef name) {
    return ("no count of tiles: give --explain-size=" + name + "=...").str();
  };
  if (!summary.sets.lookups.empty())
    return "no count of tiles: it depends on what " +
           describeValue(summary.sets.lookups.front().key) +
           " is; sqa-mask counts for given inputs";
  if (!queries || !keys)
    return wants(!queries ? "S" : "T");
  FailureOr<SmallVector<int64_t>> symbols =
      evaluateSymbols(summary, sizes, missing);
  if (failed(symbols))
    return wants(missing);
  TileGrid grid{*queries, *keys, schedule.getBlockM(), schedule.getBlockN()};
  return llvm::formatv("S = {0}, T = {1}, tiles of {2} x {3}: {4}", *queries,
                       *keys, grid.blockM, grid.blockN,
                       describeCounts(countTiles(summary, grid, *symbols)));
}

// The shares as formulas, nothing if all sizes are known.
static std::optional<std::string> describeFormula(attn::SqaOp op,
                                                  const MaskSummary &summary,
                                                  CpuScheduleAttr schedule,
                                                  const NamedValues &names) {
  auto known = [](int64_t size) {
    return ShapedType::isDynamic(size) ? std::nullopt : std::optional(size);
  };
  ShareSizes sizes{known(op.getQueryLength()), known(op.getKeyLength()),
                   schedule.getBlockM(), schedule.getBlockN()};
  if ((sizes.queries && sizes.keys) || !summary.sets.lookups.empty())
    return std::nullopt;
  std::string missing;
  FailureOr<std::string> text = describeShares(summary, sizes, names, missing);
  if (succeeded(text))
    return *text;
  return missing.empty()
             ? "no formula of the share: none of degree 2 was found"
             : "no formula of the share: give --explain-size=" + missing +
                   "=...";
}

static void explainMask(attn::SqaOp op, const CompilerOptions &options,
                        TargetReport &report) {
  MaskSummary summary = summarizeMask(op);
  auto add = [&](Location loc, const Twine &text) {
    report.masks.push_back({describeLocation(loc), "Mask", text.str()});
  };
  add(op.getLoc(), "seen by some row of [i0, i1): " +
                       describeKeys(summary.visible, summary.symbolNames) +
                       "; hidden from some row: " +
                       describeKeys(summary.hidden, summary.symbolNames));
  if (auto schedule = dyn_cast_or_null<CpuScheduleAttr>(op.getScheduleAttr())) {
    if (auto text =
            describeFormula(op, summary, schedule, options.explainSizes))
      add(op.getLoc(), *text);
    add(op.getLoc(), countAtSizes(op, summary, schedule, options.explainSizes));
  }
  for (Operation *undecided : summary.undecided)
    add(undecided->getLoc(),
        "not known from the formula, so tested slot by slot: " +
            describeValue(undecided->getResult(0)));
}

void mlir::sqa::explainMasks(ModuleOp module, const CompilerOptions &options,
                             TargetReport &report) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module.getContext());
  pm.addPass(createExpandMaskClausesPass());
  if (failed(pm.run(*copy)))
    return;
  copy->walk([&](attn::SqaOp op) { explainMask(op, options, report); });
}
