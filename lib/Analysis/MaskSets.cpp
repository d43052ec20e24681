//===- MaskSets.cpp - Which slots a mask region makes visible --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A walk over the region from its yield. A boolean is a pair of sets (may,
// must); an integer is a list of pieces, each an affine expression on a set.
// An op that is neither makes its users "may, but need not".
//
//===----------------------------------------------------------------------===//

#include "sqa/Analysis/MaskSets.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/Matchers.h"
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

// Positions of i and j among the region's arguments.
static constexpr unsigned kQueryArg = 2, kKeyArg = 3;

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

namespace {
// May and must sets of a boolean.
struct Truth {
  PresburgerSet may, must;
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
  bool varies(Value value) const { return varying.contains(value); }

  Truth truthOf(Value value);
  Truth truthOfOp(Operation *op);
  Truth compare(arith::CmpIOp op);
  Truth conjunction(const Truth &a, const Truth &b);
  Truth disjunction(const Truth &a, const Truth &b);
  Truth negation(const Truth &a);
  Truth undecided(Operation *op);
  Truth exactly(PresburgerSet set) { return {set, set, true}; }

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
  Pieces everywhere(AffineExpr expr) {
    return {Piece{PresburgerSet::getUniverse(space), expr}};
  }

  Region &region;
  MLIRContext *context;
  llvm::DenseSet<Value> varying;
  llvm::SmallSetVector<Value, 4> symbols;
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
      space(PresburgerSpace::getSetSpace()) {
  collectSymbols();
  space = PresburgerSpace::getSetSpace(/*numDims=*/2, symbols.size());
}

// What depends on i or j varies. An integer that does not, but that something
// varying (or the yield) reads, is a symbol.
void SetBuilder::collectSymbols() {
  Block &block = region.front();
  varying.insert(block.getArgument(kQueryArg));
  varying.insert(block.getArgument(kKeyArg));
  for (Operation &op : block)
    if (llvm::any_of(op.getOperands(), [&](Value v) { return varies(v); }))
      varying.insert(op.result_begin(), op.result_end());
  for (Operation &op : block) {
    bool reads = op.hasTrait<OpTrait::IsTerminator>() ||
                 llvm::any_of(op.getResults(), [&](Value v) { return varies(v); });
    if (!reads)
      continue;
    for (Value operand : op.getOperands())
      if (!varies(operand) && isInteger(operand.getType()) &&
          !constantOf(operand))
        symbols.insert(operand);
  }
}

//===----------------------------------------------------------------------===//
// Sets
//===----------------------------------------------------------------------===//

PresburgerSet SetBuilder::where(AffineExpr expr, bool isEquality) {
  IntegerSet set = IntegerSet::get(2, symbols.size(), {expr}, {isEquality});
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
  return {a.may.intersect(b.may), a.must.intersect(b.must), a.exact && b.exact};
}

Truth SetBuilder::disjunction(const Truth &a, const Truth &b) {
  return {a.may.unionSet(b.may).coalesce(), a.must.unionSet(b.must).coalesce(),
          a.exact && b.exact};
}

Truth SetBuilder::negation(const Truth &a) {
  return {a.must.complement().coalesce(), a.may.complement().coalesce(),
          a.exact};
}

Truth SetBuilder::undecided(Operation *op) {
  unread.insert(op);
  return {PresburgerSet::getUniverse(space), PresburgerSet::getEmpty(space),
          false};
}

//===----------------------------------------------------------------------===//
// Booleans
//===----------------------------------------------------------------------===//

Truth SetBuilder::truthOf(Value value) {
  if (std::optional<int64_t> constant = constantOf(value))
    return exactly(*constant ? PresburgerSet::getUniverse(space)
                             : PresburgerSet::getEmpty(space));
  if (auto it = llvm::find(symbols, value); it != symbols.end()) {
    // An i1 that does not vary: the symbol is 0 or 1.
    AffineExpr symbol = getAffineSymbolExpr(it - symbols.begin(), context);
    return exactly(where(symbol - 1));
  }
  Operation *op = value.getDefiningOp();
  if (!op) // A captured or yielded block argument that varies: only i and j do.
    return {PresburgerSet::getUniverse(space), PresburgerSet::getEmpty(space),
            false};
  Truth truth = truthOfOp(op);
  if (truth.may.getNumDisjuncts() > kMaxPieces ||
      truth.must.getNumDisjuncts() > kMaxPieces)
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

Truth SetBuilder::compare(arith::CmpIOp op) {
  using P = arith::CmpIPredicate;
  std::optional<Pieces> lhs = integerOf(op.getLhs());
  std::optional<Pieces> rhs = integerOf(op.getRhs());
  P predicate = op.getPredicate();
  bool isUnsigned = predicate == P::ult || predicate == P::ule ||
                    predicate == P::ugt || predicate == P::uge;
  if (!lhs || !rhs ||
      (isUnsigned && !(isNonNegative(*lhs) && isNonNegative(*rhs))))
    return undecided(op);
  PresburgerSet result = PresburgerSet::getEmpty(space);
  for (const Piece &a : *lhs)
    for (const Piece &b : *rhs) {
      AffineExpr diff = a.expr - b.expr;
      PresburgerSet holds = PresburgerSet::getEmpty(space);
      switch (predicate) {
      case P::eq: holds = where(diff, /*isEquality=*/true); break;
      case P::ne: holds = where(diff - 1).unionSet(where(-diff - 1)); break;
      case P::slt: case P::ult: holds = where(-diff - 1); break;
      case P::sle: case P::ule: holds = where(-diff); break;
      case P::sgt: case P::ugt: holds = where(diff - 1); break;
      case P::sge: case P::uge: holds = where(diff); break;
      }
      result.unionInPlace(a.domain.intersect(b.domain).intersect(holds));
    }
  return exactly(result.coalesce());
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

std::optional<Pieces> SetBuilder::integerOfOp(Operation *op) {
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
      .Case<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>([&](auto cast) {
        Type from = cast.getIn().getType(), to = cast.getType();
        if (from.isInteger(1)) // Sign extension of true is -1.
          return std::optional<Pieces>();
        assumes32Bit |= isa<IntegerType>(to) && to.getIntOrFloatBitWidth() < 64;
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
    piece.expr = remainder ? piece.expr % *divisor
                           : piece.expr.floorDiv(*divisor);
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
  return {symbols.takeVector(), truth.may.coalesce(), truth.must.coalesce(),
          unread.takeVector(), assumes32Bit};
}

MaskSets mlir::sqa::computeMaskSets(Region &maskMod) {
  return SetBuilder(maskMod).build();
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
    fixed.setAndEliminate(
        fixed.getVarKindOffset(presburger::VarKind::Symbol), symbols);
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
  if (slots.subtract(substitute(sets.must, symbols)).isIntegerEmpty())
    return TileClass::full;
  return TileClass::partial;
}
