//===- ExpandMath.cpp - Write math ops out as arithmetic ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel imports nothing, so no op may become a call of the C library:
//
//   %e = math.exp %x : vector<8xf32>
//
// becomes a range reduction, a polynomial and two multiplications by powers of
// two, on vectors. f16 and bf16 functions and arithmetic are done in f32;
// conversions of bf16 are integer arithmetic (round to nearest even, a NaN
// stays one); maximumf, ceildivsi and their like become comparisons and
// selects. Ops with an instruction of their own (sqrt, fma, floor, ceil, trunc,
// roundeven, absf, copysign, f16 conversions) stay.
//
// Requires: code on scalars and vectors, so after all vectorisation, and before
// convert-math-to-llvm and convert-arith-to-llvm. math.fma must be an
// instruction of the target. Introduces scf.for for arith.remf: run before
// convert-scf-to-cf. Ensures: no op whose lowering calls the C library.
// Refuses: transcendental functions of f64. Wrong if: a value that may be NaN
// meets arith.fptosi (poison). Test: test/Transforms/expand-math.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/ExpandMath/MathBuilder.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-expand-math"

namespace mlir::sqa {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static const llvm::StringMap<MathExpansionFn> &expansions() {
  static const llvm::StringMap<MathExpansionFn> table = [] {
    llvm::StringMap<MathExpansionFn> table;
    addF32Expansions(table);
    addF64Expansions(table);
    return table;
  }();
  return table;
}

static bool onTensors(Operation *op) {
  return llvm::any_of(op->getResultTypes(), llvm::IsaPred<ShapedType>) &&
         !llvm::all_of(op->getResultTypes(), llvm::IsaPred<VectorType>);
}

static bool isHalf(Type type) {
  type = getElementTypeOrSelf(type);
  return type.isF16() || type.isBF16();
}

// `type` with f32 elements if its own are f16 or bf16.
static Type widened(Type type) {
  if (!isHalf(type))
    return type;
  Type f32 = Float32Type::get(type.getContext());
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(f32);
  return f32;
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
// A function of the table, on f32.
struct ExpandFunction : RewritePattern {
  explicit ExpandFunction(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &b) const override {
    auto expansion = expansions().find(op->getName().getStringRef());
    if (expansion == expansions().end() || onTensors(op))
      return failure();
    Type type = op->getResult(0).getType();
    if (!getElementTypeOrSelf(type).isF32())
      return b.notifyMatchFailure(op, "is not on f32");
    MathBuilder m(b, op->getLoc(), type);
    b.replaceOp(op, expansion->second(m, op->getOperands()));
    return success();
  }
};

// Any arithmetic on f16 or bf16: in f32, rounded once. For + - * / and sqrt
// this is the same number (f32 has more than twice the digits, and two).
struct WidenHalf : RewritePattern {
  explicit WidenHalf(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &b) const override {
    if (!computes(op) || onTensors(op))
      return failure();
    auto half = [](Type type) { return isHalf(type); };
    if (llvm::none_of(op->getOperandTypes(), half) &&
        llvm::none_of(op->getResultTypes(), half))
      return failure();
    Location loc = op->getLoc();
    SmallVector<Value> operands;
    for (Value v : op->getOperands()) {
      Type wide = widened(v.getType());
      operands.push_back(
          wide == v.getType()
              ? v
              : arith::ExtFOp::create(b, loc, wide, v).getResult());
    }
    OperationState state(loc, op->getName(), operands,
                         llvm::map_to_vector(op->getResultTypes(), widened),
                         op->getAttrs());
    state.propertiesAttr = op->getPropertiesAsAttribute();
    Operation *wide = b.create(state);
    SmallVector<Value> results;
    for (auto [value, type] :
         llvm::zip(wide->getResults(), op->getResultTypes()))
      results.push_back(
          value.getType() == type
              ? value
              : arith::TruncFOp::create(b, loc, type, value).getResult());
    b.replaceOp(op, results);
    return success();
  }

private:
  // Not the ops that move or convert values.
  static bool computes(Operation *op) {
    if (isa_and_nonnull<math::MathDialect>(op->getDialect()))
      return true;
    return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
               arith::NegFOp, arith::RemFOp, arith::MaximumFOp,
               arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp,
               arith::CmpFOp, arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp,
               arith::FPToUIOp, vector::FMAOp>(op);
  }
};

struct ExpandRemF : OpRewritePattern<arith::RemFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::RemFOp op,
                                PatternRewriter &b) const override {
    if (onTensors(op) || !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    MathBuilder m(b, op.getLoc(), op.getType());
    b.replaceOp(op, expandRemainder(m, op.getLhs(), op.getRhs()));
    return success();
  }
};

// Square and multiply, a bit of the exponent at a time. A negative exponent
// leaves 1 and -1 as they are and makes everything else 0.
struct ExpandIPowI : OpRewritePattern<math::IPowIOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::IPowIOp op,
                                PatternRewriter &b) const override {
    auto element = dyn_cast<IntegerType>(getElementTypeOrSelf(op.getType()));
    if (onTensors(op) || !element)
      return failure();
    MathBuilder m(b, op.getLoc(), op.getType());
    unsigned width = element.getWidth();
    Value one = m.integer(width, 1), zero = m.integer(width, 0);
    Value base = op.getLhs(), exponent = op.getRhs(), power = one;
    auto isOdd = [&](Value v) {
      return m.cmp(MathBuilder::Int::ne, m.andi(v, one), zero);
    };
    for (unsigned bit = 0; bit < width; ++bit) {
      Value shifted = m.ashr(exponent, m.integer(width, bit));
      power = m.select(isOdd(shifted), m.muli(power, base), power);
      base = m.muli(base, base);
    }
    Value sign = m.select(isOdd(exponent), op.getLhs(), one);
    Value inverse =
        m.select(m.cmp(MathBuilder::Int::eq, op.getLhs(), m.integer(width, -1)),
                 sign, zero);
    inverse =
        m.select(m.cmp(MathBuilder::Int::eq, op.getLhs(), one), one, inverse);
    Value negative = m.cmp(MathBuilder::Int::slt, exponent, zero);
    b.replaceOp(op, m.select(negative, inverse, power));
    return success();
  }
};

// f32 to bf16 in integers to the last op: LLVM would call the C library for a
// bf16 value that it carries around a loop. To nearest even; a NaN keeps its
// sign and becomes quiet.
struct ExpandTruncToBf16 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &b) const override {
    Value x = op.getIn();
    if (onTensors(op) || !getElementTypeOrSelf(x).isF32() ||
        !getElementTypeOrSelf(op.getType()).isBF16())
      return failure();
    MathBuilder m(b, op.getLoc(), op.getType());
    Value bits = m.bits(x, m.intType(32)), half = m.integer(32, 16);
    Value odd = m.andi(m.shr(bits, half), m.integer(32, 1));
    Value bias = m.addi(odd, m.integer(32, 0x7fff));
    Value rounded = m.shr(m.addi(bits, bias), half);
    Value quiet = m.ori(m.shr(bits, half), m.integer(32, 0x40));
    Value isNan = m.cmp(MathBuilder::Float::UNO, x, x);
    Value result = m.truncInt(m.select(isNan, quiet, rounded), 16);
    b.replaceOp(op, m.bits(result, op.getType()));
    return success();
  }
};

// f64 to or from a 16-bit float: by f32, for which there are instructions.
template <typename Op> struct ConvertByF32 : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &b) const override {
    Type from = op.getIn().getType(), to = op.getType();
    Type half = isHalf(from) ? from : to;
    Type wide = isHalf(from) ? to : from;
    if (onTensors(op) || !isHalf(half) || !getElementTypeOrSelf(wide).isF64())
      return failure();
    Value single = Op::create(b, op.getLoc(), widened(half), op.getIn());
    b.replaceOpWithNewOp<Op>(op, to, single);
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

// What the patterns left although a call of the C library would come of it.
static LogicalResult checkNothingLeft(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    bool remainder = isa<arith::RemFOp>(op);
    if ((!remainder && !expansions().contains(op->getName().getStringRef())) ||
        onTensors(op))
      return WalkResult::advance();
    op->emitOpError("expected f32, f16 or bf16 elements, but got ")
        << getElementTypeOrSelf(op->getResult(0).getType())
        << ", for which there is no expansion";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct ExpandMathPass : sqa::impl::ExpandMathPassBase<ExpandMathPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandFunction, WidenHalf, ExpandRemF, ExpandIPowI,
                 ExpandTruncToBf16, ConvertByF32<arith::ExtFOp>,
                 ConvertByF32<arith::TruncFOp>>(&getContext());
    arith::populateArithExpandOpsPatterns(patterns);
    // Of these only the extension is left to do.
    arith::populateExpandBFloat16Patterns(patterns);
    math::populateExpansionPatterns(patterns, {"clampf"});
    GreedyRewriteConfig config;
    config.enableFolding().setRegionSimplificationLevel(
        GreedySimplifyRegionLevel::Disabled);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                     config)) ||
        failed(checkNothingLeft(getOperation())))
      signalPassFailure();
  }
};
} // namespace
