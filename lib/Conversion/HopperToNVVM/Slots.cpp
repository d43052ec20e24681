//===- Slots.cpp - Functions of a slot, element by element ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A region of a slot becomes scalar code for each element that a thread holds.
// What depends on the query alone is computed twice a thread, what depends on the
// key alone once a column, what depends on neither once.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr double kLog2E = 1.44269504088896340736;

//===----------------------------------------------------------------------===//
// Evaluation of a region
//===----------------------------------------------------------------------===//

namespace {
// Clones a region slot by slot, as little of it as the slot asks for.
class SlotEvaluator {
public:
  // `score`, `row` and `column` are the region's arguments; score may be null.
  SlotEvaluator(OpBuilder &b, Block &body, Value score, Value row, Value column)
      : b(b), body(body), score(score), row(row), column(column) {
    if (score)
      kinds[score] = kScore;
    kinds[row] = kRow;
    kinds[column] = kColumn;
    for (Operation &op : body.without_terminator()) {
      int kind = 0;
      for (Value operand : op.getOperands())
        kind |= kinds.lookup(operand);
      for (Value result : op.getResults())
        kinds[result] = kind;
    }
  }

  // Values that hold for a query, a key; kept from slot to slot by the caller.
  struct Known {
    IRMapping values;
  };

  Value evaluate(Value scoreValue, Value rowValue, Value columnValue,
                 Known &ofRow, Known &ofColumn) {
    IRMapping own;
    ofRow.values.map(row, rowValue);
    ofColumn.values.map(column, columnValue);
    if (score)
      own.map(score, scoreValue);
    Value result = body.getTerminator()->getOperand(0);
    return get(result, own, ofRow, ofColumn);
  }

private:
  static constexpr int kScore = 1, kRow = 2, kColumn = 4;

  Value get(Value value, IRMapping &own, Known &ofRow, Known &ofColumn) {
    if (!kinds.contains(value))
      return value; // from outside
    int kind = kinds.lookup(value);
    IRMapping &home = kind == 0         ? always
                      : kind == kRow    ? ofRow.values
                      : kind == kColumn ? ofColumn.values
                                        : own;
    if (Value known = home.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    IRMapping operands;
    for (Value operand : op->getOperands())
      operands.map(operand, get(operand, own, ofRow, ofColumn));
    if (Value approximation = buildFunction(op, operands)) {
      home.map(value, approximation);
      return approximation;
    }
    Operation *clone = b.clone(*op, operands);
    for (auto [from, to] : llvm::zip_equal(op->getResults(), clone->getResults()))
      home.map(from, to);
    return home.lookup(value);
  }

  // Functions that the special function unit has, or nearly; null for others.
  Value buildFunction(Operation *op, const IRMapping &operands);

  OpBuilder &b;
  Block &body;
  Value score, row, column;
  DenseMap<Value, int> kinds;
  IRMapping always;
};

Value SlotEvaluator::buildFunction(Operation *op, const IRMapping &operands) {
  if (op->getNumResults() != 1 || !op->getResult(0).getType().isF32() ||
      op->getNumOperands() != 1)
    return {};
  Emitter e(b, op->getLoc());
  Value x = operands.lookup(op->getOperand(0));
  auto unit = [&](StringRef name, Value argument) {
    return e.assembly((name + " $0, $1;").str(), x.getType(), {}, argument,
                      /*hasSideEffects=*/false)[0];
  };
  if (isa<math::Exp2Op>(op))
    return e.exp2(x);
  if (isa<math::ExpOp>(op))
    return e.exp2(e.fmul(x, e.f32(kLog2E)));
  if (isa<math::Log2Op>(op))
    return unit("lg2.approx.f32", x);
  if (isa<math::LogOp>(op))
    return e.fmul(unit("lg2.approx.f32", x), e.f32(1 / kLog2E));
  if (isa<math::RsqrtOp>(op))
    return unit("rsqrt.approx.f32", x);
  if (isa<math::SqrtOp>(op))
    return unit("sqrt.rn.f32", x);
  if (isa<math::TanhOp>(op)) {
    // 1 - 2 / (1 + e^2x): right to 2e-7 beside 1, and at both ends.
    Value power = e.exp2(e.fmul(x, e.f32(2 * kLog2E)));
    Value inverse = unit("rcp.approx.f32", e.fadd(power, e.f32(1)));
    return e.fma(inverse, e.f32(-2), e.f32(1));
  }
  return {};
}

struct ConvertMapSlots : OpConversionPattern<hopper::MapSlotsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::MapSlotsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    SmallVector<Value> values(adaptor.getScores());
    Block &body = op.getBody().front();
    SlotEvaluator evaluator(rewriter, body, body.getArgument(0),
                            body.getArgument(1), body.getArgument(2));
    auto asIndex = [&](Value value) -> Value {
      return arith::IndexCastOp::create(rewriter, op.getLoc(),
                                        rewriter.getIndexType(), value);
    };
    Value first = e.add(e.asI32(op.getRow()), e.rowOfThread());
    Value begin = e.add(e.asI32(op.getColumn()), e.shiftLeft(e.laneOfRow(), 1));
    Value lastRow = e.add(e.asI32(op.getRows()), -1);
    Value lastKey = e.add(e.asI32(op.getKeys()), -1);
    Value rows[2];
    for (int64_t half : {0, 1})
      rows[half] = asIndex(e.min(e.add(first, 8 * half), lastRow));
    SlotEvaluator::Known ofRow[2];
    for (int64_t group = 0, n = values.size() / 4; group < n; ++group)
      for (int64_t i : {0, 1}) {
        Value column = e.add(begin, 8 * group + i);
        Value key = asIndex(e.min(column, lastKey));
        SlotEvaluator::Known ofColumn;
        for (int64_t half : {0, 1}) {
          Value &value = values[fragmentIndex(group, half, i)];
          value =
              evaluator.evaluate(value, rows[half], key, ofRow[half], ofColumn);
          if (op.getHideMissing())
            value = e.select(e.compare(arith::CmpIPredicate::sle, column,
                                       lastKey),
                             value, e.infinity(/*negative=*/true));
        }
      }
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Values that are not finite
//===----------------------------------------------------------------------===//

namespace {
class ValueScreen {
public:
  ValueScreen(Emitter &e, hopper::ScreenValuesOp op, const BlockPlan &plan,
              Value stage)
      : e(e), op(op), ring(op.getRing().getType()), plan(plan) {
    int64_t tiles =
        plan.layout.getTiles(op.getRing().getDefiningOp<hopper::RingOp>());
    base = e.add(e.sharedAddress(tiles), e.mul(stage, ring.getStageBytes()));
    isBf16 = isa<BFloat16Type>(ring.getElementType());
  }

  Value isNeeded();
  SmallVector<Value> admit(ValueRange accumulator);
  void clear();

private:
  SmallVector<Value> admitKey(OpBuilder &b, Value number, ValueRange sums);
  // Both halves of a word as f32.
  std::pair<Value, Value> unpack(Value word);
  Value isVisible(Value row, Value key);
  Value clearWord(Value word);
  // This thread's share of the stage's words; `body` gets the address, the word
  // and what the word before gave.
  Value forEachWord(Value initial,
                    function_ref<Value(Value, Value, Value)> body);

  Emitter &e;
  hopper::ScreenValuesOp op;
  hopper::RingType ring;
  const BlockPlan &plan;
  Value base;
  bool isBf16;
};
} // namespace

std::pair<Value, Value> ValueScreen::unpack(Value word) {
  if (isBf16) {
    auto cast = [&](Value bits) -> Value {
      return arith::BitcastOp::create(e.b, e.loc, e.b.getF32Type(), bits);
    };
    return {cast(e.shiftLeft(word, 16)), cast(e.bitAnd(word, -65536))};
  }
  auto cast = [&](Value bits) -> Value {
    Value half = arith::TruncIOp::create(e.b, e.loc, e.b.getI16Type(), bits);
    half = arith::BitcastOp::create(e.b, e.loc, e.b.getF16Type(), half);
    return arith::ExtFOp::create(e.b, e.loc, e.b.getF32Type(), half);
  };
  return {cast(word), cast(e.shiftRight(word, 16))};
}

Value ValueScreen::isVisible(Value row, Value key) {
  auto asIndex = [&](Value value) -> Value {
    return arith::IndexCastOp::create(e.b, e.loc, e.b.getIndexType(), value);
  };
  Value exists = e.isLess(key, e.asI32(op.getKeys()));
  Value lastRow = e.add(e.asI32(op.getRows()), -1);
  Value lastKey = e.add(e.asI32(op.getKeys()), -1);
  Block &body = op.getBody().front();
  SlotEvaluator evaluator(e.b, body, Value(), body.getArgument(0),
                          body.getArgument(1));
  SlotEvaluator::Known ofRow, ofColumn;
  Value visible =
      evaluator.evaluate(Value(), asIndex(e.min(row, lastRow)),
                         asIndex(e.min(key, lastKey)), ofRow, ofColumn);
  return e.both(exists, visible);
}

SmallVector<Value> ValueScreen::admitKey(OpBuilder &b, Value number,
                                         ValueRange sums) {
  OpBuilder::InsertionGuard guard(e.b);
  e.b.restoreInsertionPoint(b.saveInsertionPoint());
  SmallVector<Value> next(sums);
  Value row = e.add(e.asI32(op.getRow()), e.rowOfThread());
  Value key = e.add(e.asI32(op.getKey()), number), visible[2];
  for (int64_t half : {0, 1})
    visible[half] = isVisible(e.add(row, 8 * half), key);
  int64_t rowBytes = ring.getRowBytes(), words = ring.getSlabColumns() / 8;
  Value swizzle = buildSwizzle(e, number, rowBytes);
  Value address = e.add(e.add(base, e.mul(number, rowBytes)),
                        e.shiftLeft(e.laneOfRow(), 2));
  for (int64_t group = 0; group < ring.getColumns() / 8; ++group) {
    int64_t slab = group / words * ring.getRows() * rowBytes;
    Value place = e.bitXor(swizzle, e.i32(group % words * 16));
    Value word = e.assembly("ld.shared.b32 $0, [$1];", e.b.getI32Type(), {},
                            e.add(e.add(address, place), slab))[0];
    auto [low, high] = unpack(word);
    for (int64_t i : {0, 1}) {
      Value value = i == 0 ? low : high;
      Value isFinite = e.isEqual(e.fsub(value, value), e.f32(0));
      for (int64_t half : {0, 1}) {
        Value &sum = next[fragmentIndex(group, half, i)];
        Value more = e.select(visible[half], e.fadd(sum, value), sum);
        sum = e.select(isFinite, sum, more);
      }
    }
  }
  return next;
}

SmallVector<Value> ValueScreen::admit(ValueRange accumulator) {
  auto loop = scf::ForOp::create(
      e.b, e.loc, e.i32(0), e.i32(ring.getRows()), e.i32(1), accumulator,
      [&](OpBuilder &b, Location loc, Value number, ValueRange sums) {
        scf::YieldOp::create(b, loc, admitKey(b, number, sums));
      });
  return llvm::to_vector_of<Value>(loop.getResults());
}

// A half whose exponent is all ones becomes 0.
Value ValueScreen::clearWord(Value word) {
  int64_t exponent = isBf16 ? 0x7F80 : 0x7C00;
  for (int64_t shift : {0, 16}) {
    int64_t bits = exponent << shift;
    Value isBad = e.compare(arith::CmpIPredicate::eq, e.bitAnd(word, bits),
                            e.i32(bits));
    word = e.select(isBad, e.bitAnd(word, shift ? 0xFFFF : -65536), word);
  }
  return word;
}

Value ValueScreen::forEachWord(
    Value initial, function_ref<Value(Value, Value, Value)> body) {
  int64_t threads = hopper::kWarpgroupThreads * plan.consumers;
  Value thread = e.add(e.threadId(), -hopper::kWarpgroupThreads);
  auto loop = scf::ForOp::create(
      e.b, e.loc, thread, e.i32(ring.getStageBytes() / 4), e.i32(threads),
      initial, [&](OpBuilder &b, Location loc, Value number, ValueRange sofar) {
        Value address = e.add(base, e.shiftLeft(number, 2));
        Value word = e.assembly("ld.shared.b32 $0, [$1];", e.b.getI32Type(),
                                {}, address)[0];
        scf::YieldOp::create(b, loc, body(address, word, sofar[0]));
      });
  return loop.getResult(0);
}

// Whether any thread of the consumers finds something; all of them meet here.
Value ValueScreen::isNeeded() {
  Value found = forEachWord(e.i32(0), [&](Value, Value word, Value sofar) {
    return e.bitOr(sofar, e.bitXor(word, clearWord(word)));
  });
  int64_t threads = hopper::kWarpgroupThreads * plan.consumers;
  Value any = e.assembly(
      llvm::formatv("{{\n.reg .pred p, q;\nsetp.ne.b32 p, $1, 0;\n"
                    "bar.red.or.pred q, {0}, {1}, p;\n"
                    "selp.b32 $0, 1, 0, q;\n}",
                    hopper::kScreenBarrier, threads)
          .str(),
      e.b.getI32Type(), {}, found)[0];
  return e.compare(arith::CmpIPredicate::ne, any, e.i32(0));
}

void ValueScreen::clear() {
  forEachWord(e.i32(0), [&](Value address, Value word, Value sofar) {
    e.assembly("st.shared.b32 [$0], $1;", {}, {}, {address, clearWord(word)});
    return sofar;
  });
}

namespace {
struct ConvertScreenValues : OpConversionPattern<hopper::ScreenValuesOp> {
  ConvertScreenValues(const TypeConverter &converter, MLIRContext *context,
                      const BlockPlan &plan)
      : OpConversionPattern(converter, context), plan(plan) {}
  const BlockPlan &plan;

  LogicalResult
  matchAndRewrite(hopper::ScreenValuesOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    ValueScreen screen(e, op, plan, adaptor.getCursor()[0]);
    int64_t threads = hopper::kWarpgroupThreads * plan.consumers;
    ValueRange accumulator = adaptor.getAccumulator();
    auto needed =
        scf::IfOp::create(rewriter, op.getLoc(), accumulator.getTypes(),
                          screen.isNeeded(), /*withElseRegion=*/true);
    rewriter.setInsertionPointToEnd(&needed.getElseRegion().front());
    scf::YieldOp::create(rewriter, op.getLoc(), accumulator);
    rewriter.setInsertionPointToEnd(&needed.getThenRegion().front());
    SmallVector<Value> admitted = screen.admit(accumulator);
    e.syncNamed(e.i32(hopper::kScreenBarrier), threads);
    screen.clear();
    e.fenceAsync();
    e.syncNamed(e.i32(hopper::kScreenBarrier), threads);
    scf::YieldOp::create(rewriter, op.getLoc(), admitted);
    SmallVector<Value> result(needed.getResults());
    rewriter.replaceOpWithMultiple(op, {result});
    return success();
  }
};
} // namespace

void mlir::sqa::populateSlotPatterns(const TypeConverter &converter,
                                     RewritePatternSet &patterns,
                                     const BlockPlan &plan) {
  patterns.add<ConvertMapSlots>(converter, patterns.getContext());
  patterns.add<ConvertScreenValues>(converter, patterns.getContext(), plan);
}
