//===- MaskSets.cpp - Which slots a mask region makes visible -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A boolean is a pair of sets (may, must). An op that cannot be read makes its
// users "may, but need not", unless it is one side of a lookup
// (MaskLookups.cpp).
// Unit test: test/unit/Analysis/MaskSetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/MaskSetBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;
using presburger::PresburgerSet;
using presburger::PresburgerSpace;

static bool isInteger(Type type) { return isa<IndexType, IntegerType>(type); }

// Fewer pieces where that is cheap. Pieces with locals stay as they are.
static PresburgerSet merged(const PresburgerSet &set) {
  bool plain = llvm::all_of(set.getAllDisjuncts(),
                            [](const presburger::IntegerRelation &r) {
                              return r.getNumLocalVars() == 0;
                            });
  return plain ? set.coalesce() : set;
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

MaskSetBuilder::MaskSetBuilder(Region &region, MaskWalk walk)
    : region(region),
      context(region.getArgument(kQueryArg).getType().getContext()),
      axes(walk), dependence(region, axes), space(PresburgerSpace::getSetSpace()) {
  collectSymbols();
  space = PresburgerSpace::getSetSpace(/*numDims=*/2, symbols.size());
  collectLookups();
  space = PresburgerSpace::getSetSpace(
      /*numDims=*/2, symbols.size() + 4 * lookups.size());
}

// An integer that varies with neither i nor j, but that something varying (or
// the yield) reads, is a symbol.
void MaskSetBuilder::collectSymbols() {
  Block &block = region.front();
  for (Operation &op : block) {
    bool reads =
        op.hasTrait<OpTrait::IsTerminator>() ||
        llvm::any_of(op.getResults(), [&](Value v) { return varies(v); });
    if (!reads)
      continue;
    for (Value operand : op.getOperands())
      if (!varies(operand) && isInteger(operand.getType()) &&
          !constantOf(operand))
        symbols.insert(operand);
  }
}

// Comparisons that are not affine, but hold for a range of keys.
void MaskSetBuilder::collectLookups() {
  for (auto op : region.front().getOps<arith::CmpIOp>()) {
    std::optional<KeyLookup> lookup = readLookup(op, dependence);
    if (lookup && !(integerOf(op.getLhs()) && integerOf(op.getRhs())))
      lookups.insert({op, *lookup});
  }
  unread.clear();
}

//===----------------------------------------------------------------------===//
// Sets
//===----------------------------------------------------------------------===//

Truth MaskSetBuilder::conjunction(const Truth &a, const Truth &b) {
  return {merged(a.may.intersect(b.may)), merged(a.must.intersect(b.must)),
          merged(a.notMay.unionSet(b.notMay)),
          merged(a.notMust.unionSet(b.notMust)), a.exact && b.exact};
}

Truth MaskSetBuilder::disjunction(const Truth &a, const Truth &b) {
  return negation(conjunction(negation(a), negation(b)));
}

Truth MaskSetBuilder::negation(const Truth &a) {
  return {a.notMust, a.notMay, a.must, a.may, a.exact};
}

Truth MaskSetBuilder::undecided(Operation *op) {
  unread.insert(op);
  return unknown();
}

//===----------------------------------------------------------------------===//
// Booleans
//===----------------------------------------------------------------------===//

Truth MaskSetBuilder::truthOf(Value value) {
  if (std::optional<int64_t> constant = constantOf(value)) {
    Truth always = exactly(PresburgerSet::getUniverse(space),
                           PresburgerSet::getEmpty(space));
    return *constant ? always : negation(always);
  }
  if (auto it = llvm::find(symbols, value); it != symbols.end()) {
    // An i1 that does not vary: the symbol is 0 or 1.
    AffineExpr symbol = getAffineSymbolExpr(it - symbols.begin(), context);
    return exactly(where(symbol - 1), where(-symbol));
  }
  Operation *op = value.getDefiningOp();
  if (!op) // A captured or yielded block argument that varies: only i and j do.
    return unknown();
  Truth truth = truthOfOp(op);
  auto isLarge = [](const PresburgerSet &set) {
    return set.getNumDisjuncts() > kMaxPieces;
  };
  if (isLarge(truth.may) || isLarge(truth.must) || isLarge(truth.notMay) ||
      isLarge(truth.notMust))
    return undecided(op);
  return truth;
}

Truth MaskSetBuilder::truthOfOp(Operation *op) {
  return TypeSwitch<Operation *, Truth>(op)
      .Case([&](arith::CmpIOp cmp) { return compare(cmp); })
      .Case([&](arith::AndIOp and_) {
        return conjunction(truthOf(and_.getLhs()), truthOf(and_.getRhs()));
      })
      .Case([&](arith::OrIOp or_) {
        return disjunction(truthOf(or_.getLhs()), truthOf(or_.getRhs()));
      })
      .Case([&](arith::XOrIOp xor_) {
        Truth a = truthOf(xor_.getLhs()), b = truthOf(xor_.getRhs());
        return disjunction(conjunction(a, negation(b)),
                           conjunction(negation(a), b));
      })
      .Case([&](arith::SelectOp select) {
        Truth condition = truthOf(select.getCondition());
        return disjunction(
            conjunction(condition, truthOf(select.getTrueValue())),
            conjunction(negation(condition), truthOf(select.getFalseValue())));
      })
      .Default([&](Operation *other) { return undecided(other); });
}

// [lower, upper) of the symbols from `first` on.
Truth MaskSetBuilder::lookUp(unsigned number) {
  unsigned first = symbols.size() + 4 * number;
  AffineExpr key = getAffineDimExpr(1, context);
  auto bound = [&](unsigned n) {
    return getAffineSymbolExpr(first + n, context);
  };
  auto inside = [&](unsigned n) {
    return where(key - bound(n)).intersect(where(bound(n + 1) - key - 1));
  };
  auto outside = [&](unsigned n) {
    return where(bound(n) - key - 1).unionSet(where(key - bound(n + 1)));
  };
  return {inside(0), inside(2), outside(0), outside(2), /*exact=*/false};
}

// Where diff predicate 0, and where not.
Truth MaskSetBuilder::compareWithZero(arith::CmpIPredicate predicate,
                                      AffineExpr diff) {
  using P = arith::CmpIPredicate;
  auto below = [&](AffineExpr x) { return where(-x - 1); }; // x < 0
  auto atLeast = [&](AffineExpr x) { return where(x); };    // x >= 0
  switch (predicate) {
  case P::eq:
    return exactly(where(diff, /*isEquality=*/true),
                   below(diff).unionSet(below(-diff)));
  case P::ne:
    return negation(compareWithZero(P::eq, diff));
  case P::slt:
  case P::ult:
    return exactly(below(diff), atLeast(diff));
  case P::sge:
  case P::uge:
    return exactly(atLeast(diff), below(diff));
  case P::sgt:
  case P::ugt:
    return exactly(below(-diff), atLeast(-diff));
  case P::sle:
  case P::ule:
    return exactly(atLeast(-diff), below(-diff));
  }
  llvm_unreachable("unknown predicate");
}

Truth MaskSetBuilder::compare(arith::CmpIOp op) {
  using P = arith::CmpIPredicate;
  if (auto it = lookups.find(op); it != lookups.end()) {
    Truth holds = lookUp(it - lookups.begin());
    return op.getPredicate() == P::ne ? negation(holds) : holds;
  }
  std::optional<Pieces> lhs = integerOf(op.getLhs());
  std::optional<Pieces> rhs = integerOf(op.getRhs());
  P predicate = op.getPredicate();
  bool isUnsigned = predicate == P::ult || predicate == P::ule ||
                    predicate == P::ugt || predicate == P::uge;
  if (!lhs || !rhs ||
      (isUnsigned && !(isNonNegative(*lhs) && isNonNegative(*rhs))))
    return undecided(op);
  PresburgerSet inside = PresburgerSet::getEmpty(space), outside = inside;
  for (const Piece &a : *lhs)
    for (const Piece &b : *rhs) {
      PresburgerSet domain = a.domain.intersect(b.domain);
      Truth holds = compareWithZero(predicate, a.expr - b.expr);
      inside.unionInPlace(domain.intersect(holds.may));
      outside.unionInPlace(domain.intersect(holds.notMay));
    }
  return exactly(merged(inside), merged(outside));
}

//===----------------------------------------------------------------------===//
// The sets
//===----------------------------------------------------------------------===//

MaskSets MaskSetBuilder::build() {
  Truth truth = truthOf(region.front().getTerminator()->getOperand(0));
  return {symbols.takeVector(),
          llvm::to_vector(llvm::make_second_range(lookups)),
          truth.may,
          truth.must,
          truth.notMust,
          unread.takeVector(),
          assumes32Bit};
}

MaskSets mlir::sqa::computeMaskSets(Region &maskMod, MaskWalk walk) {
  return MaskSetBuilder(maskMod, walk).build();
}
