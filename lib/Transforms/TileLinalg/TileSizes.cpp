//===- TileSizes.cpp - How large the tiles of a group are -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles are handed to threads one by one: a tile must cost far more than the
// 0.1 us that this takes, there should be some for every core, and what one
// member hands to the next should stay in the second-level cache.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileLinalg/Grouping.h"

using namespace mlir;
using namespace mlir::sqa;

// Less than this much work (element operations) is done by one thread, in
// place.
static constexpr int64_t kSerialWork = 32768;
// Elements of an elementwise tile: 64 KiB of f32.
static constexpr int64_t kTileElements = 16384;
static constexpr int64_t kLeastTileElements = 4096;
// Tiles of a product: the rows are a multiple of the register blocks (6, 12);
// the more rows, the less often the columns are packed.
static constexpr int64_t kTileRows = 192;
static constexpr int64_t kTileColumns = 128;
static constexpr int64_t kWantedTiles = 32;
// Columns of a tile: four lines of the cache in each row that it touches.
static constexpr int64_t kLeastColumns = 64;

static bool isKnown(int64_t size) { return !ShapedType::isDynamic(size); }

// Point operations of all members; none if a loop is dynamic.
static std::optional<int64_t> countWork(const TileGroup &group) {
  int64_t work = 0;
  for (const auto &member : group.members) {
    auto op = cast<linalg::LinalgOp>(member.first);
    int64_t points = llvm::range_size(op.getBlock()->without_terminator());
    points = std::max<int64_t>(points, 1);
    for (int64_t size : op.getStaticLoopRanges())
      if (!isKnown(size) || llvm::MulOverflow(points, size, points))
        return std::nullopt;
    if (llvm::AddOverflow(work, points, work))
      return std::nullopt;
  }
  return work;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

// Of the widths up to `most` the widest that divides `size`, in steps of 16.
static int64_t dividingWidth(int64_t size, int64_t most) {
  if (!isKnown(size) || size <= most)
    return isKnown(size) ? std::max<int64_t>(size, 1) : most;
  for (int64_t width = most; width >= most / 2; width -= 16)
    if (size % width == 0)
      return width;
  return most;
}

static int64_t countTiles(int64_t size, int64_t tile) {
  return isKnown(size) ? llvm::divideCeil(size, tile) : 1;
}

static SmallVector<int64_t> chooseProductTiles(const TileGroup &group) {
  ProductLoops loops = *findProductLoops(group.product);
  const auto &follows = group.members.find(group.product)->second;
  linalg::LinalgOp root = group.root;
  SmallVector<int64_t> sizes = root.getStaticLoopRanges();
  SmallVector<int64_t> tiles(sizes.size(), 0);
  for (unsigned loop : group.tileable.set_bits())
    tiles[loop] = 1;
  unsigned row = *follows[loops.row], column = *follows[loops.column];
  tiles[row] = isKnown(sizes[row])
                   ? std::clamp<int64_t>(sizes[row], 1, kTileRows)
                   : kTileRows;
  tiles[column] = dividingWidth(sizes[column], kTileColumns);

  int64_t count = 1;
  for (unsigned loop : group.tileable.set_bits())
    count *= countTiles(sizes[loop], tiles[loop]);
  bool rowsKnown = isKnown(sizes[row]);
  while (rowsKnown && count < kWantedTiles && tiles[row] > 48) {
    tiles[row] = llvm::alignTo(llvm::divideCeil(tiles[row], 2), 12);
    count *= 2;
  }
  while (rowsKnown && count < kWantedTiles && tiles[column] > 32 &&
         tiles[column] % 32 == 0) {
    tiles[column] /= 2;
    count *= 2;
  }
  return tiles;
}

//===----------------------------------------------------------------------===//
// Everything else
//===----------------------------------------------------------------------===//

// Points that a member has for each point of the root: the length of a row that
// it sums up, say.
static int64_t countPointsBelow(const TileGroup &group) {
  int64_t most = 1;
  for (const auto &[op, loops] : group.members) {
    int64_t points = 1;
    SmallVector<int64_t> sizes =
        cast<linalg::LinalgOp>(op).getStaticLoopRanges();
    for (auto [size, loop] : llvm::zip(sizes, loops))
      if (!loop || !group.tileable[*loop])
        points *= isKnown(size) ? std::max<int64_t>(size, 1) : 1024;
    most = std::max(most, points);
  }
  return most;
}

// Whether neighbours along the loop are neighbours in memory.
static bool isContiguous(linalg::LinalgOp root, unsigned loop) {
  return llvm::any_of(root.getIndexingMapsArray(), [&](AffineMap map) {
    return map.getNumResults() > 1 &&
           map.getResults().back().isFunctionOfDim(loop);
  });
}

// Fills a tile from the innermost loop outwards.
static SmallVector<int64_t> chooseElementTiles(const TileGroup &group,
                                               std::optional<int64_t> work) {
  linalg::LinalgOp root = group.root;
  SmallVector<int64_t> sizes = root.getStaticLoopRanges();
  int64_t target = kTileElements;
  if (work)
    target = std::clamp<int64_t>(*work / kWantedTiles, kLeastTileElements,
                                 kTileElements);
  int64_t elements = countPointsBelow(group);
  SmallVector<int64_t> tiles(sizes.size(), 0);
  for (unsigned loop = sizes.size(); loop-- > 0;) {
    if (!group.tileable[loop])
      continue;
    int64_t least = isContiguous(root, loop) ? kLeastColumns : 1;
    int64_t room = std::max(target / elements, least);
    if (isKnown(sizes[loop]) && sizes[loop] <= room) {
      elements *= std::max<int64_t>(sizes[loop], 1);
      continue; // whole
    }
    tiles[loop] = room;
    elements *= room;
  }
  return tiles;
}

SmallVector<int64_t> mlir::sqa::chooseTileSizes(const TileGroup &group) {
  linalg::LinalgOp root = group.root;
  std::optional<int64_t> work = countWork(group);
  if (group.tileable.none() || (work && *work < kSerialWork))
    return SmallVector<int64_t>(root.getNumLoops(), 0);
  return group.product ? chooseProductTiles(group)
                       : chooseElementTiles(group, work);
}
