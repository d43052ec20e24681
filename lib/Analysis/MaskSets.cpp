//===- MaskSets.cpp - Which slots a mask region makes visible
//--------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A walk over the region from its yield. A boolean is a pair of sets (may,
// must); an integer is a list of pieces, each an affine expression on a set.
// An op that is neither makes its users "may, but need not", unless it is one
// side of a lookup (MaskLookups.cpp).
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/MaskSets.h"
#include "lib/Analysis/MaskLookups.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;
using presburger::IntegerPolyhedron;
using presburger::PresburgerSet;
using presburger::PresburgerSpace;

// A formula that splits into more convex pieces than this is not worth reading:
// every further step multiplies them.
static constexpr unsigned kMaxPieces = 48;

static unsigned getElementBits(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

static bool isInteger(Type type) { return isa<IndexType, IntegerType>(type); }

static std::optional<int64_t> constantOf(Value value) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)) ||
      constant.getSignificantBits() > 62)
    return std::nullopt;
  // An i1 is 0 or 1; everything else is signed.
  return value.getType().isInteger(1) ? constant.getZExtValue()
                                      : constant.getSExtValue();
}

// Fewer pieces where that is cheap. Pieces with locals stay as they are.
static PresburgerSet merged(const PresburgerSet &set) {
  bool plain = llvm::all_of(set.getAllDisjuncts(),
                            [](const presburger::IntegerRelation &r) {
                              return r.getNumLocalVars() == 0;
                            });
  return plain ? set.coalesce() : set;
}

namespace {
// May and must sets of a boolean, and what is outside of them. The complements
// grow along: taking one of a finished set goes wrong where a remainder is
// compared (libMLIR 22 takes the bounds of the comparison for the definition of
// the quotient and drops them).
struct Truth {
  PresburgerSet may, must, notMay, notMust;
  bool exact;
};

// An integer on a part of the slots.
struct Piece {
  PresburgerSet domain;
  AffineExpr expr;
};
using Pieces = SmallVector<Piece, 2>;

class SetBuilder {
public:
  explicit SetBuilder(Region &region);
  MaskSets build();

private:
  void collectSymbols();
  void collectLookups();
  bool varies(Value value) const { return dependence.of(value) != 0; }

  Truth truthOf(Value value);
  Truth truthOfOp(Operation *op);
  Truth compare(arith::CmpIOp op);
  Truth compareWithZero(arith::CmpIPredicate predicate, AffineExpr diff);
  Truth lookUp(unsigned number);
  Truth conjunction(const Truth &a, const Truth &b);
  Truth disjunction(const Truth &a, const Truth &b);
  Truth negation(const Truth &a);
  Truth undecided(Operation *op);
  Truth exactly(const PresburgerSet &set, const PresburgerSet &outside) {
    return {set, set, outside, outside, true};
  }
  Truth unknown() {
    PresburgerSet all = PresburgerSet::getUniverse(space);
    PresburgerSet none = PresburgerSet::getEmpty(space);
    return {all, none, none, all, false};
  }

  std::optional<Pieces> integerOf(Value value);
  std::optional<Pieces> integerOfOp(Operation *op);
  std::optional<Pieces> selectPieces(arith::SelectOp op);
  std::optional<Pieces> extremum(Value a, Value b, bool isMax);
  std::optional<Pieces>
  combine(Value a, Value b,
          function_ref<AffineExpr(AffineExpr, AffineExpr)> fn);
  // Division and remainder by a positive constant of a value that is not
  // negative, or that rounds down anyway.
  std::optional<Pieces> divide(Operation *op, bool remainder, bool roundsDown);

  // The slots where `expr` is >= 0 (or == 0).
  PresburgerSet where(AffineExpr expr, bool isEquality = false);
  bool isNonNegative(const Pieces &pieces);
  bool mayWrap(Operation *op);
  Pieces everywhere(AffineExpr expr) {
    return {Piece{PresburgerSet::getUniverse(space), expr}};
  }

  Region &region;
  MLIRContext *context;
  MaskDependence dependence;
  llvm::SmallSetVector<Value, 4> symbols;
  llvm::MapVector<Operation *, KeyLookup> lookups; // by comparison
  PresburgerSpace space;
  llvm::SetVector<Operation *> unread;
  bool assumes32Bit = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

SetBuilder::SetBuilder(Region &region)
    : region(region),
      context(region.getArgument(kQueryArg).getType().getContext()),
      dependence(region), space(PresburgerSpace::getSetSpace()) {
  collectSymbols();
  space = PresburgerSpace::getSetSpace(/*numDims=*/2, symbols.size());
  collectLookups();
  space = PresburgerSpace::getSetSpace(
      /*numDims=*/2, symbols.size() + 4 * lookups.size());
}

// An integer that varies with neither i nor j, but that something varying (or
// the yield) reads, is a symbol.
void SetBuilder::collectSymbols() {
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
void SetBuilder::collectLookups() {
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

PresburgerSet SetBuilder::where(AffineExpr expr, bool isEquality) {
  IntegerSet set =
      IntegerSet::get(2, space.getNumSymbolVars(), {expr}, {isEquality});
  FlatLinearValueConstraints flat(set);
  return PresburgerSet(static_cast<const IntegerPolyhedron &>(flat));
}

bool SetBuilder::isNonNegative(const Pieces &pieces) {
  PresburgerSet slots = where(getAffineDimExpr(0, context))
                            .intersect(where(getAffineDimExpr(1, context)));
  return llvm::all_of(pieces, [&](const Piece &piece) {
    return piece.domain.intersect(slots)
        .intersect(where(-piece.expr - 1))
        .isIntegerEmpty();
  });
}

Truth SetBuilder::conjunction(const Truth &a, const Truth &b) {
  return {merged(a.may.intersect(b.may)), merged(a.must.intersect(b.must)),
          merged(a.notMay.unionSet(b.notMay)),
          merged(a.notMust.unionSet(b.notMust)), a.exact && b.exact};
}

Truth SetBuilder::disjunction(const Truth &a, const Truth &b) {
  return negation(conjunction(negation(a), negation(b)));
}

Truth SetBuilder::negation(const Truth &a) {
  return {a.notMust, a.notMay, a.must, a.may, a.exact};
}

Truth SetBuilder::undecided(Operation *op) {
  unread.insert(op);
  return unknown();
}

//===----------------------------------------------------------------------===//
// Booleans
//===----------------------------------------------------------------------===//

Truth SetBuilder::truthOf(Value value) {
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

Truth SetBuilder::truthOfOp(Operation *op) {
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
Truth SetBuilder::lookUp(unsigned number) {
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
Truth SetBuilder::compareWithZero(arith::CmpIPredicate predicate,
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

Truth SetBuilder::compare(arith::CmpIOp op) {
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
// Integers
//===----------------------------------------------------------------------===//

std::optional<Pieces> SetBuilder::integerOf(Value value) {
  if (std::optional<int64_t> constant = constantOf(value))
    return everywhere(getAffineConstantExpr(*constant, context));
  Block &block = region.front();
  if (value == block.getArgument(kQueryArg))
    return everywhere(getAffineDimExpr(0, context));
  if (value == block.getArgument(kKeyArg))
    return everywhere(getAffineDimExpr(1, context));
  if (auto it = llvm::find(symbols, value); it != symbols.end())
    return everywhere(getAffineSymbolExpr(it - symbols.begin(), context));
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  std::optional<Pieces> pieces = integerOfOp(op);
  if (!pieces || pieces->size() > kMaxPieces) {
    unread.insert(op);
    return std::nullopt;
  }
  return pieces;
}

// Whether a sum or product cannot wrap round: index and i64 have room for what
// positions and sizes add up to, narrower types only without unknowns.
bool SetBuilder::mayWrap(Operation *op) {
  if (getElementBits(op->getResult(0).getType()) >= 64)
    return false;
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  if (flags && flags.hasNoSignedWrap())
    return false;
  return isa<arith::MulIOp>(op) ||
         llvm::any_of(op->getOperands(),
                      [&](Value v) { return symbols.contains(v); });
}

std::optional<Pieces> SetBuilder::integerOfOp(Operation *op) {
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) && mayWrap(op))
    return std::nullopt;
  auto product = [](AffineExpr a, AffineExpr b) { return a * b; };
  return TypeSwitch<Operation *, std::optional<Pieces>>(op)
      .Case([&](arith::AddIOp) {
        return combine(op->getOperand(0), op->getOperand(1),
                       [](AffineExpr a, AffineExpr b) { return a + b; });
      })
      .Case([&](arith::SubIOp) {
        return combine(op->getOperand(0), op->getOperand(1),
                       [](AffineExpr a, AffineExpr b) { return a - b; });
      })
      .Case([&](arith::MulIOp) -> std::optional<Pieces> {
        if (!constantOf(op->getOperand(0)) && !constantOf(op->getOperand(1)))
          return std::nullopt;
        return combine(op->getOperand(0), op->getOperand(1), product);
      })
      .Case<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(
          [&](auto cast) {
            Type from = cast.getIn().getType(), to = cast.getType();
            if (from.isInteger(1)) // Sign extension of true is -1.
              return std::optional<Pieces>();
            assumes32Bit |=
                isa<IntegerType>(to) && to.getIntOrFloatBitWidth() < 64;
            if (isa<IntegerType>(to) && to.getIntOrFloatBitWidth() < 32)
              return std::optional<Pieces>();
            return integerOf(cast.getIn());
          })
      .Case<arith::FloorDivSIOp>([&](auto) {
        return divide(op, /*remainder=*/false, /*roundsDown=*/true);
      })
      .Case<arith::DivSIOp, arith::DivUIOp>([&](auto) {
        return divide(op, /*remainder=*/false, /*roundsDown=*/false);
      })
      .Case<arith::RemSIOp, arith::RemUIOp>([&](auto) {
        return divide(op, /*remainder=*/true, /*roundsDown=*/false);
      })
      .Case([&](arith::MaxSIOp max) {
        return extremum(max.getLhs(), max.getRhs(), /*isMax=*/true);
      })
      .Case([&](arith::MinSIOp min) {
        return extremum(min.getLhs(), min.getRhs(), /*isMax=*/false);
      })
      .Case([&](arith::SelectOp select) { return selectPieces(select); })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<Pieces>
SetBuilder::combine(Value a, Value b,
                    function_ref<AffineExpr(AffineExpr, AffineExpr)> fn) {
  std::optional<Pieces> lhs = integerOf(a), rhs = integerOf(b);
  if (!lhs || !rhs)
    return std::nullopt;
  Pieces result;
  for (const Piece &x : *lhs)
    for (const Piece &y : *rhs) {
      PresburgerSet domain = x.domain.intersect(y.domain);
      if (!domain.isIntegerEmpty())
        result.push_back({domain, fn(x.expr, y.expr)});
    }
  return result;
}

std::optional<Pieces> SetBuilder::divide(Operation *op, bool remainder,
                                         bool roundsDown) {
  std::optional<int64_t> divisor = constantOf(op->getOperand(1));
  std::optional<Pieces> pieces = integerOf(op->getOperand(0));
  if (!divisor || *divisor < 1 || !pieces ||
      (!roundsDown && !isNonNegative(*pieces)))
    return std::nullopt;
  for (Piece &piece : *pieces)
    piece.expr =
        remainder ? piece.expr % *divisor : piece.expr.floorDiv(*divisor);
  return pieces;
}

std::optional<Pieces> SetBuilder::extremum(Value a, Value b, bool isMax) {
  std::optional<Pieces> lhs = integerOf(a), rhs = integerOf(b);
  if (!lhs || !rhs)
    return std::nullopt;
  Pieces result;
  for (const Piece &x : *lhs)
    for (const Piece &y : *rhs) {
      PresburgerSet domain = x.domain.intersect(y.domain);
      AffineExpr diff = isMax ? x.expr - y.expr : y.expr - x.expr;
      result.push_back({domain.intersect(where(diff)), x.expr});
      result.push_back({domain.intersect(where(-diff - 1)), y.expr});
    }
  llvm::erase_if(result,
                 [](const Piece &p) { return p.domain.isIntegerEmpty(); });
  return result;
}

std::optional<Pieces> SetBuilder::selectPieces(arith::SelectOp op) {
  Truth condition = truthOf(op.getCondition());
  std::optional<Pieces> onTrue = integerOf(op.getTrueValue());
  std::optional<Pieces> onFalse = integerOf(op.getFalseValue());
  if (!condition.exact || !onTrue || !onFalse)
    return std::nullopt;
  Truth otherwise = negation(condition);
  Pieces result;
  for (const Piece &x : *onTrue)
    result.push_back({x.domain.intersect(condition.may), x.expr});
  for (const Piece &y : *onFalse)
    result.push_back({y.domain.intersect(otherwise.may), y.expr});
  llvm::erase_if(result,
                 [](const Piece &p) { return p.domain.isIntegerEmpty(); });
  return result;
}

//===----------------------------------------------------------------------===//
// The sets
//===----------------------------------------------------------------------===//

MaskSets SetBuilder::build() {
  Truth truth = truthOf(region.front().getTerminator()->getOperand(0));
  return {symbols.takeVector(),
          llvm::to_vector(llvm::make_second_range(lookups)),
          truth.may,
          truth.must,
          truth.notMust,
          unread.takeVector(),
          assumes32Bit};
}

MaskSets mlir::sqa::computeMaskSets(Region &maskMod) {
  return SetBuilder(maskMod).build();
}
