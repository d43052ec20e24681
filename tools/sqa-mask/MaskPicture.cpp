//===- MaskPicture.cpp - What a picture of a mask shows -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two sources, and a check that they agree: slots come from the interpreter,
// which knows the definition alone; tiles come from the analysis of the op in
// the form in which the compiler sees it.
//
//===----------------------------------------------------------------------===//

#include "MaskPicture.h"
#include "MaskSymbols.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "sqa/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

// More slots than this take too long to look at one by one, and more tiles too
// long to classify with integer sets.
static constexpr int64_t kMostSlots = int64_t{1} << 24;
static constexpr int64_t kMostExactTiles = 4096;

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

static FailureOr<SmallVector<RuntimeValue>>
evaluateOperands(const IsolatedMask &mask, ArrayRef<RuntimeValue> inputs) {
  IsolatedMask copy = mask.clone();
  returnInstead(copy.function, copy.op, copy.op->getOperands());
  return interpret(copy.function, inputs);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

// The op as the compiler sees it: canonical, with all clauses in its region.
static LogicalResult expand(IsolatedMask &mask) {
  PassManager pm(mask.module->getContext());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createExpandMaskClausesPass());
  if (failed(pm.run(*mask.module)))
    return failure();
  mask.op = {};
  mask.function.walk([&](attn::SqaOp op) { mask.op = op; });
  return success();
}

static void classifyTiles(const MaskSummary &summary,
                          const SymbolValues &values, MaskPicture &picture) {
  const TileGrid &grid = picture.grid;
  bool exact = grid.rowTiles() * grid.keyTiles() <= kMostExactTiles;
  for (int64_t i0 = 0; i0 < grid.queries; i0 += grid.blockM) {
    int64_t i1 = std::min(i0 + grid.blockM, grid.queries);
    SmallVector<int64_t> symbols = values.of(summary.sets, i0, i1);
    llvm::append_range(picture.closedForms,
                       classifyRow(summary, grid, i0, symbols));
    for (int64_t j0 = 0; exact && j0 < grid.keys; j0 += grid.blockN) {
      SlotTile tile{i0, i1, j0, std::min(j0 + grid.blockN, grid.keys)};
      picture.tiles.push_back(classifyTile(summary.sets, tile, symbols));
    }
  }
  if (!exact)
    picture.tiles = picture.closedForms;
  // What lookups tell of several rows at once may be less than all.
  picture.readWhole =
      exact && summary.undecided.empty() && summary.sets.lookups.empty();
}

//===----------------------------------------------------------------------===//
// Picture
//===----------------------------------------------------------------------===//

static TileGrid chooseGrid(attn::SqaOp op, const PictureOptions &options,
                           int64_t queries, int64_t keys) {
  TileGrid grid{queries, keys, options.blockM, options.blockN};
  auto schedule = dyn_cast_or_null<CpuScheduleAttr>(op.getScheduleAttr());
  if (grid.blockM == 0)
    grid.blockM = schedule ? schedule.getBlockM() : 64;
  if (grid.blockN == 0)
    grid.blockN = schedule ? schedule.getBlockN() : 64;
  return grid;
}

FailureOr<MaskPicture> mlir::sqa::makePicture(const IsolatedMask &mask,
                                              const PictureOptions &options) {
  auto inputs = makeMaskInputs(mask, options);
  if (failed(inputs))
    return failure();
  auto operands = evaluateOperands(mask, *inputs);
  if (failed(operands))
    return failure();
  attn::SqaOp op = mask.op;
  auto lengthOf = [&](unsigned operand, attn::Layout layout) {
    return (*operands)[operand]
        .tensor->shape[attn::SqaOp::physicalDim(layout, 2)];
  };
  MaskPicture picture;
  picture.title = describeClauses(op);
  picture.batch = options.batch;
  picture.head = options.head;
  picture.grid = chooseGrid(op, options, lengthOf(0, op.getQueryLayout()),
                            lengthOf(1, op.getKeyLayout()));
  if (picture.grid.queries * picture.grid.keys <= kMostSlots) {
    auto slots = interpretMask(op, *operands, options.batch, options.head);
    if (failed(slots))
      return failure();
    picture.slots = std::move(*slots);
  }
  IsolatedMask expanded = mask.clone();
  if (failed(expand(expanded)))
    return failure();
  if (!expanded.op)
    return op.emitError("the op folds to a constant: it has no mask to draw");
  MaskSummary summary = summarizeMask(expanded.op);
  picture.visibleKeys = describeKeys(summary.visible, summary.symbolNames);
  picture.hiddenKeys = describeKeys(summary.hidden, summary.symbolNames);
  for (Operation *undecided : summary.undecided)
    picture.undecided.emplace_back(undecided->getLoc(),
                                   describeValue(undecided->getResult(0)));
  auto symbols =
      valuesOfSymbols(expanded, summary.sets, picture.grid, options, *inputs);
  if (failed(symbols))
    return failure();
  classifyTiles(summary, *symbols, picture);
  return picture;
}

static TileCounts count(ArrayRef<TileClass> tiles) {
  TileCounts counts;
  counts.skipped = llvm::count(tiles, TileClass::empty);
  counts.full = llvm::count(tiles, TileClass::full);
  counts.partial = llvm::count(tiles, TileClass::partial);
  return counts;
}

TileCounts MaskPicture::counts() const { return count(tiles); }

int64_t MaskPicture::numVisible() const {
  return llvm::count(slots->visible, true);
}

//===----------------------------------------------------------------------===//
// Check
//===----------------------------------------------------------------------===//

static TileClass classOf(int64_t visible, int64_t total) {
  return visible == 0       ? TileClass::empty
         : visible == total ? TileClass::full
                            : TileClass::partial;
}

static LogicalResult checkTile(const MaskPicture &picture, Location loc,
                               int64_t m, int64_t n) {
  const TileGrid &grid = picture.grid;
  SlotTile tile{m * grid.blockM, std::min((m + 1) * grid.blockM, grid.queries),
                n * grid.blockN, std::min((n + 1) * grid.blockN, grid.keys)};
  int64_t visible = 0, total = (tile.i1 - tile.i0) * (tile.j1 - tile.j0);
  for (int64_t i = tile.i0; i < tile.i1; ++i)
    for (int64_t j = tile.j0; j < tile.j1; ++j)
      visible += picture.slots->at(i, j);
  TileClass actual = classOf(visible, total);
  auto check = [&](const char *who, TileClass said, bool exact) {
    static constexpr const char *kNames[] = {"skipped", "partial", "full"};
    // What is not known exactly is partial, whatever it turns out to be.
    if (said == actual || (said == TileClass::partial && !exact))
      return success();
    return LogicalResult(emitError(loc)
                         << "the analysis is wrong: " << who
                         << " call the tile of queries [" << tile.i0 << ", "
                         << tile.i1 << ") and keys [" << tile.j0 << ", "
                         << tile.j1 << ") " << kNames[static_cast<int>(said)]
                         << ", but " << visible << " of its " << total
                         << " slots are visible");
  };
  int64_t at = m * grid.keyTiles() + n;
  return success(
      succeeded(check("its sets", picture.tiles[at], picture.readWhole)) &&
      succeeded(check("its closed forms", picture.closedForms[at], false)));
}

LogicalResult mlir::sqa::checkPicture(const MaskPicture &picture,
                                      Location loc) {
  if (!picture.slots)
    return success();
  for (int64_t m = 0; m < picture.grid.rowTiles(); ++m)
    for (int64_t n = 0; n < picture.grid.keyTiles(); ++n)
      if (failed(checkTile(picture, loc, m, n)))
        return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Statistics
//===----------------------------------------------------------------------===//

SmallVector<std::string>
mlir::sqa::describePicture(const MaskPicture &picture) {
  const TileGrid &grid = picture.grid;
  SmallVector<std::string> lines;
  lines.push_back(llvm::formatv(
      "S = {0} queries, T = {1} keys, tiles of {2} x {3}, batch {4}, head {5}",
      grid.queries, grid.keys, grid.blockM, grid.blockN, picture.batch,
      picture.head));
  lines.push_back(describeCounts(picture.counts()));
  if (picture.slots) {
    int64_t total = grid.queries * grid.keys, visible = picture.numVisible();
    lines.push_back(llvm::formatv("visible {0} of {1} slots ({2:f1} %)",
                                  visible, total,
                                  total ? 100.0 * visible / total : 0.0));
  }
  if (picture.closedForms != picture.tiles)
    lines.push_back("by the closed forms: " +
                    describeCounts(count(picture.closedForms)));
  lines.push_back("seen by some row of [i0, i1): " + picture.visibleKeys);
  lines.push_back("hidden from some row of [i0, i1): " + picture.hiddenKeys);
  for (const auto &[loc, text] : picture.undecided)
    lines.push_back("tested slot by slot: " + text);
  return lines;
}
