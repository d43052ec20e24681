//===- MaskTiles.cpp - What the sets say of one tile ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numbers for everything: tools that draw and count tiles, and tests. The
// compiler emits code that computes the same (TileAttention/MaskRanges.cpp).
// Unit test: test/unit/Analysis/MaskSetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/MaskSets.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlir::sqa;
using arith::CmpIPredicate;
using presburger::IntegerPolyhedron;
using presburger::PresburgerSet;
using presburger::PresburgerSpace;

//===----------------------------------------------------------------------===//
// Lookups
//===----------------------------------------------------------------------===//

LookupRange<int64_t>
mlir::sqa::searchLookup(const KeyLookup &lookup, int64_t i0, int64_t i1,
                        int64_t keys, function_ref<int64_t(int64_t)> rowOf,
                        function_ref<int64_t(int64_t)> keyOf) {
  SmallVector<int64_t> values =
      llvm::map_to_vector(llvm::seq<int64_t>(0, keys), keyOf);
  if (!llvm::is_sorted(values))
    return {0, keys, 0, 0};
  int64_t least = rowOf(i0), most = least;
  for (int64_t i = i0 + 1; i < i1; ++i) {
    least = std::min(least, rowOf(i));
    most = std::max(most, rowOf(i));
  }
  auto below = [&](int64_t x) -> int64_t { // keys < x
    return llvm::lower_bound(values, x) - values.begin();
  };
  auto upTo = [&](int64_t x) -> int64_t { // keys <= x
    return llvm::upper_bound(values, x) - values.begin();
  };
  switch (lookup.predicate) {
  case CmpIPredicate::eq:
    return {below(least), upTo(most), below(least),
            least == most ? upTo(most) : below(least)};
  case CmpIPredicate::slt:
    return {0, below(most), 0, below(least)};
  case CmpIPredicate::sle:
    return {0, upTo(most), 0, upTo(least)};
  case CmpIPredicate::sgt:
    return {upTo(least), keys, upTo(most), keys};
  case CmpIPredicate::sge:
    return {below(least), keys, below(most), keys};
  default:
    llvm_unreachable("not the predicate of a lookup");
  }
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

static PresburgerSet tileSet(SlotTile tile) {
  IntegerPolyhedron box(PresburgerSpace::getSetSpace(2));
  box.addBound(presburger::BoundType::LB, 0, tile.i0);
  box.addBound(presburger::BoundType::UB, 0, tile.i1 - 1);
  box.addBound(presburger::BoundType::LB, 1, tile.j0);
  box.addBound(presburger::BoundType::UB, 1, tile.j1 - 1);
  return PresburgerSet(box);
}

// `set` with numbers in place of its symbols.
static PresburgerSet substitute(const PresburgerSet &set,
                                ArrayRef<int64_t> symbols) {
  PresburgerSet result =
      PresburgerSet::getEmpty(PresburgerSpace::getSetSpace(2));
  for (const presburger::IntegerRelation &disjunct : set.getAllDisjuncts()) {
    presburger::IntegerRelation fixed = disjunct;
    fixed.setAndEliminate(fixed.getVarKindOffset(presburger::VarKind::Symbol),
                          symbols);
    result.unionInPlace(fixed);
  }
  return result;
}

TileClass mlir::sqa::classifyTile(const MaskSets &sets, SlotTile tile,
                                  ArrayRef<int64_t> symbols) {
  if (tile.i0 >= tile.i1 || tile.j0 >= tile.j1)
    return TileClass::empty;
  PresburgerSet slots = tileSet(tile);
  if (slots.intersect(substitute(sets.may, symbols)).isIntegerEmpty())
    return TileClass::empty;
  if (slots.intersect(substitute(sets.hidden, symbols)).isIntegerEmpty())
    return TileClass::full;
  return TileClass::partial;
}
