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
#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
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

namespace {
// What the sets' symbols are for one batch and head.
struct SymbolValues {
  SmallVector<int64_t> fixed;
  // Per lookup, the sides of its comparison for all rows and all keys.
  SmallVector<std::vector<int64_t>> rows, keys;

  // All symbols, for the rows [i0, i1).
  SmallVector<int64_t> of(const MaskSets &sets, int64_t i0, int64_t i1) const;
};
} // namespace

SmallVector<int64_t> SymbolValues::of(const MaskSets &sets, int64_t i0,
                                      int64_t i1) const {
  SmallVector<int64_t> values = fixed;
  for (size_t n = 0; n < sets.lookups.size(); ++n) {
    const std::vector<int64_t> &row = rows[n], &key = keys[n];
    auto range = searchLookup(
        sets.lookups[n], i0, i1, key.size(), [&](int64_t i) { return row[i]; },
        [&](int64_t j) { return key[j]; });
    values.append(
        {range.mayLower, range.mayUpper, range.mustLower, range.mustUpper});
  }
  return values;
}

// Clones what computes `value` inside the region to the builder.
static Value cloneSlice(OpBuilder &builder, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  for (Value operand : value.getDefiningOp()->getOperands())
    cloneSlice(builder, operand, mapping);
  builder.clone(*value.getDefiningOp(), mapping);
  return mapping.lookup(value);
}

// tensor<size> of `value` for each index of argument `varying` of the region.
static Value buildTable(OpBuilder &builder, Value value, unsigned varying,
                        int64_t size, const IRMapping &outside) {
  auto type = RankedTensorType::get({size}, value.getType());
  return tensor::GenerateOp::create(
      builder, value.getLoc(), type, ValueRange(),
      [&](OpBuilder &b, Location loc, ValueRange index) {
        IRMapping mapping = outside;
        mapping.map(value.getParentRegion()->getArgument(varying),
                    index.front());
        tensor::YieldOp::create(b, loc, cloneSlice(b, value, mapping));
      });
}

static std::vector<int64_t> numbersOf(const RuntimeValue &table) {
  std::vector<int64_t> numbers;
  for (const Scalar &scalar : table.tensor->data)
    numbers.push_back(scalar.i);
  return numbers;
}

// The part of the region that computes the symbols, run outside of it. `mask`
// is used up.
static FailureOr<SymbolValues>
valuesOfSymbols(IsolatedMask &mask, const MaskSets &sets, const TileGrid &grid,
                const PictureOptions &options, ArrayRef<RuntimeValue> inputs) {
  if (sets.symbols.empty() && sets.lookups.empty())
    return SymbolValues();
  OpBuilder builder(mask.op);
  Location loc = mask.op.getLoc();
  Block &region = mask.op.getMaskMod().front();
  IRMapping mapping;
  mapping.map(region.getArgument(0),
              arith::ConstantIndexOp::create(builder, loc, options.batch));
  mapping.map(region.getArgument(1),
              arith::ConstantIndexOp::create(builder, loc, options.head));
  mapping.map(region.getArguments().drop_front(4), mask.op.getCaptures());
  SmallVector<Value> values;
  for (Value symbol : sets.symbols)
    values.push_back(cloneSlice(builder, symbol, mapping));
  for (const KeyLookup &lookup : sets.lookups) {
    values.push_back(buildTable(builder, lookup.row, 2, grid.queries, mapping));
    values.push_back(buildTable(builder, lookup.key, 3, grid.keys, mapping));
  }
  returnInstead(mask.function, mask.op, values);
  auto results = interpret(mask.function, inputs);
  if (failed(results))
    return failure();
  SymbolValues numbers;
  ArrayRef<RuntimeValue> all = *results;
  for (const RuntimeValue &value : all.take_front(sets.symbols.size()))
    numbers.fixed.push_back(value.scalar.i);
  for (size_t n = sets.symbols.size(); n < all.size(); n += 2) {
    numbers.rows.push_back(numbersOf(all[n]));
    numbers.keys.push_back(numbersOf(all[n + 1]));
  }
  return numbers;
}

static void classifyTiles(const MaskSummary &summary,
                          const SymbolValues &values, MaskPicture &picture) {
  const TileGrid &grid = picture.grid;
  bool exact = grid.rowTiles() * grid.keyTiles() <= kMostExactTiles;
  for (int64_t i0 = 0; i0 < grid.queries; i0 += grid.blockM) {
    int64_t i1 = std::min(i0 + grid.blockM, grid.queries);
    SmallVector<int64_t> symbols = values.of(summary.sets, i0, i1);
    if (!exact) {
      llvm::append_range(picture.tiles,
                         classifyRow(summary, grid, i0, symbols));
      continue;
    }
    for (int64_t j0 = 0; j0 < grid.keys; j0 += grid.blockN) {
      SlotTile tile{i0, i1, j0, std::min(j0 + grid.blockN, grid.keys)};
      picture.tiles.push_back(classifyTile(summary.sets, tile, symbols));
    }
  }
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

TileCounts MaskPicture::counts() const {
  TileCounts counts;
  counts.skipped = llvm::count(tiles, TileClass::empty);
  counts.full = llvm::count(tiles, TileClass::full);
  counts.partial = llvm::count(tiles, TileClass::partial);
  return counts;
}

int64_t MaskPicture::numVisible() const {
  return llvm::count(slots->visible, true);
}

//===----------------------------------------------------------------------===//
// Check
//===----------------------------------------------------------------------===//

static LogicalResult checkTile(const MaskPicture &picture, Location loc,
                               int64_t m, int64_t n) {
  const TileGrid &grid = picture.grid;
  SlotTile tile{m * grid.blockM, std::min((m + 1) * grid.blockM, grid.queries),
                n * grid.blockN, std::min((n + 1) * grid.blockN, grid.keys)};
  int64_t visible = 0, total = (tile.i1 - tile.i0) * (tile.j1 - tile.j0);
  for (int64_t i = tile.i0; i < tile.i1; ++i)
    for (int64_t j = tile.j0; j < tile.j1; ++j)
      visible += picture.slots->at(i, j);
  TileClass analysed = picture.tileAt(m, n);
  TileClass actual = visible == 0       ? TileClass::empty
                     : visible == total ? TileClass::full
                                        : TileClass::partial;
  // What could not be read is partial, whatever it turns out to be.
  if (analysed == actual ||
      (analysed == TileClass::partial && !picture.readWhole))
    return success();
  static constexpr const char *kNames[] = {"skipped", "partial", "full"};
  return emitError(loc)
         << "the analysis is wrong: it calls the tile of queries [" << tile.i0
         << ", " << tile.i1 << ") and keys [" << tile.j0 << ", " << tile.j1
         << ") " << kNames[static_cast<int>(analysed)] << ", but " << visible
         << " of its " << total << " slots are visible";
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
  lines.push_back("seen by some row of [i0, i1): " + picture.visibleKeys);
  lines.push_back("hidden from some row of [i0, i1): " + picture.hiddenKeys);
  for (const auto &[loc, text] : picture.undecided)
    lines.push_back("tested slot by slot: " + text);
  return lines;
}
