//===- MaskSets.h - Which slots a mask region makes visible ----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the formula of a mask instead of evaluating it: the region of an
// attn.sqa in expanded form becomes two sets of slots (i, j), those that may be
// visible and those that are. Where the formula is quasi-affine (comparisons
// of sums, products with constants, floor division and remainder by constants,
// minima, maxima and selections, joined by and, or, xor, not and select) the two
// sets are equal and exact. What cannot be read makes a slot "may, but need
// not": always safe, and reported.
//
// A comparison between what a key says and what a row says (document[i] ==
// document[j], position[i] >= j) is not affine, but where the values of the keys
// never fall, it holds for one range of keys. Such a lookup adds symbols to the
// sets: the ends of its range, which the user of the sets searches for, tile by
// tile.
//
// Unit test: test/unit/Analysis/MaskSetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_ANALYSIS_MASKSETS_H
#define SQA_ANALYSIS_MASKSETS_H

#include "mlir/Analysis/Presburger/PresburgerRelation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Region.h"

namespace mlir::sqa {

// `key predicate row`, both signed integers of the region.
struct KeyLookup {
  arith::CmpIPredicate predicate; // not ne, not unsigned
  Value key; // depends on j, the batch and the captures
  Value row; // depends on i, the batch, the head and the captures
  // `key` never falls when j grows, whatever the captures hold. Otherwise the
  // captures decide, and must be looked at before they are searched.
  bool keyIsIncreasing;
};

// Where a lookup holds for the rows of one tile, if the values of the keys
// never fall: for some row only in [mayLower, mayUpper), for every row in
// [mustLower, mustUpper). If they do fall, may is all keys and must none.
template <typename T>
struct LookupRange {
  T mayLower, mayUpper, mustLower, mustUpper;
};

// Sets of slots; dimensions are (i, j), symbols are `symbols` in order, then four
// for each lookup, in the order of LookupRange.
struct MaskSets {
  // Integer values of the region that do not depend on i and j: the formula's
  // parameters. They may depend on the batch, the head and the captures.
  SmallVector<Value> symbols;
  SmallVector<KeyLookup> lookups;
  presburger::PresburgerSet may;
  presburger::PresburgerSet must;
  presburger::PresburgerSet hidden; // outside of must
  // Ops of the region that could not be read, in order of appearance. Empty
  // means may == must, but for lookups.
  SmallVector<Operation *> undecided;
  // The formula casts indices to 32 bits: the sets hold while both lengths are
  // at most kMaxNarrowLength.
  bool assumes32Bit = false;
};

// Sums of a few positions below this stay in 32 bits.
inline constexpr int64_t kMaxNarrowLength = int64_t(1) << 24;

// Which index the tiles cut first. Forward attention walks the keys of a tile of
// queries; the backward pass walks the queries of a tile of keys: with
// queriesOfKeys, i and j change places in everything above and below.
enum class MaskWalk { keysOfQueries, queriesOfKeys };

// Reads `maskMod`, whose entry block has the arguments (b, h, i, j, captures...).
MaskSets computeMaskSets(Region &maskMod,
                         MaskWalk walk = MaskWalk::keysOfQueries);

enum class TileClass { empty, partial, full };

// Rows [i0, i1) against keys [j0, j1).
struct SlotTile {
  int64_t i0, i1, j0, j1;
};

// The range of a lookup over keys [0, keys) for the rows [i0, i1), by looking at
// all of them; `rowOf` and `keyOf` are the lookup's two sides.
LookupRange<int64_t> searchLookup(const KeyLookup &lookup, int64_t i0,
                                  int64_t i1, int64_t keys,
                                  function_ref<int64_t(int64_t)> rowOf,
                                  function_ref<int64_t(int64_t)> keyOf);

// What the sets say of a tile for given values of the symbols. `empty` and
// `full` are always true of the tile; `partial` is exact if the formula was read
// whole. A tile without slots is empty.
TileClass classifyTile(const MaskSets &sets, SlotTile tile,
                       ArrayRef<int64_t> symbols);

// Whether a block of keys [j0, j1) is met by keys that repeat, such as j mod 128
// < 16: some integer lies between the bounds, max(lower) <= min(upper).
// Expressions are over the dimensions (i0, i1, j0, j1) and the symbols.
struct BlockTest {
  SmallVector<AffineExpr> lower, upper;
};

// A range of keys in closed form: [max(lower), min(upper)), empty unless every
// condition is >= 0. Expressions are over the dimensions (i0, i1), the rows
// [i0, i1) of a query tile with i0 < i1, and the symbols of the sets. No lower
// bound means 0, no upper bound means T. Where the keys repeat, it spans all of
// them, and those of its blocks that fail one of the tests have none.
struct KeyInterval {
  SmallVector<AffineExpr> lower, upper, conditions;
  SmallVector<BlockTest, 0> tests;
};

// Keys that some row of the tile may see: their union holds every visible
// key, and nothing else where no interval has tests.
SmallVector<KeyInterval> visibleKeys(const MaskSets &sets, MLIRContext *context);

// Keys that some row of the tile may not see: a block of keys that meets none
// of them needs no mask.
SmallVector<KeyInterval> hiddenKeys(const MaskSets &sets, MLIRContext *context);

} // namespace mlir::sqa

#endif // SQA_ANALYSIS_MASKSETS_H
