//===- LoopNest.cpp - A linalg op as loops around vector code -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vector dimension is walked in segments: vectors of several registers
// (independent work for the pipelines), vectors of one, and what is left: one
// short vector if its length is static, scalars if not. All vectors are 1-D SSA
// values, so nothing goes through memory but the operands themselves.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/LoopNest.h"
#include "lib/Transforms/VectorizeLinalg/Body.h"
#include "lib/Transforms/VectorizeLinalg/Transpose.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

// The one op that adds an element to output `i`, if it has a neutral element.
static Operation *findCombiner(linalg::LinalgOp op, unsigned i) {
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), i, combiners) ||
      combiners.size() != 1 || !arith::getNeutralElement(combiners.front()))
    return nullptr;
  return combiners.front();
}

static std::string whyNot(linalg::LinalgOp op, unsigned dim) {
  bool parallel = linalg::isParallelIterator(op.getIteratorTypesArray()[dim]);
  for (int64_t i = 0; i < op.getNumDpsInits(); ++i) {
    Access access = classifyAccess(op, *op.getDpsInitOperand(i), dim);
    if (parallel && access == Access::uniform)
      return "an output does not depend on every parallel dimension";
    if (!parallel && access != Access::uniform)
      return "an output depends on a reduction dimension";
    if (!parallel && !findCombiner(op, i))
      return "its reduction is not one associative op";
  }
  return whyNotVectorizable(op, dim);
}

// Memory operations for each element, in units of one register.
static double estimateCost(linalg::LinalgOp op, unsigned dim, int64_t lanes) {
  double cost = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    double weight = op.isDpsInit(&operand) ? 2 : 1;
    switch (classifyAccess(op, operand, dim)) {
    case Access::uniform:
      cost += 0.2 * weight;
      break;
    case Access::contiguous:
      cost += weight;
      break;
    case Access::strided:
      cost += weight * lanes;
      break;
    }
  }
  int64_t extent = op.getStaticLoopRanges()[dim];
  bool isShort = !ShapedType::isDynamic(extent) && extent < lanes;
  return isShort ? cost * lanes / std::max<int64_t>(extent, 1) : cost;
}

// Inputs that a square along `dim` and `vectorDim` would read in whole vectors.
static SmallVector<OpOperand *>
findTransposed(linalg::LinalgOp op, unsigned vectorDim, unsigned dim) {
  SmallVector<OpOperand *> found;
  for (OpOperand *input : op.getDpsInputOperands())
    if (classifyAccess(op, *input, vectorDim) == Access::strided &&
        classifyAccess(op, *input, dim) == Access::contiguous)
      found.push_back(input);
  return found;
}

static std::optional<unsigned>
findSquareDim(linalg::LinalgOp op, unsigned vectorDim, int64_t lanes) {
  if (op.getNumReductionLoops())
    return std::nullopt;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto isLong = [&](unsigned dim) {
    return ShapedType::isDynamic(sizes[dim]) || sizes[dim] >= lanes;
  };
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim)
    if (dim != vectorDim && isLong(dim) && isLong(vectorDim) &&
        !findTransposed(op, vectorDim, dim).empty())
      return dim;
  return std::nullopt;
}

LoopPlan mlir::sqa::planLoops(linalg::LinalgOp op, int64_t lanes) {
  LoopPlan plan{lanes, std::nullopt, {}, std::nullopt};
  double best = 0;
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim) {
    if (std::string reason = whyNot(op, dim); !reason.empty()) {
      plan.reason = reason;
      continue;
    }
    double cost = estimateCost(op, dim, lanes);
    if (plan.vectorDim && cost > best)
      continue;
    plan.vectorDim = dim;
    best = cost;
  }
  // A dimension of size 1 makes scalars anyway.
  if (plan.vectorDim && op.getStaticLoopRanges()[*plan.vectorDim] == 1)
    plan.vectorDim = std::nullopt;
  if (plan.vectorDim)
    plan.squareDim = findSquareDim(op, *plan.vectorDim, lanes);
  return plan;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

namespace {
// A part of a dimension that is walked in steps of `width`.
struct Segment {
  Value from, to;
  int64_t width;
};

class NestEmitter {
public:
  NestEmitter(RewriterBase &b, linalg::LinalgOp op, const LoopPlan &plan)
      : b(b), loc(op.getLoc()), op(op), plan(plan), body(b, op, plan.vectorDim),
        zero(constant(0)) {}

  void emit();

private:
  using Leaf = llvm::function_ref<SmallVector<Value>(ValueRange)>;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  void cutVectorDim();
  SmallVector<Value> asBits(ValueRange values);
  SmallVector<Value> fromBits(ValueRange values, ArrayRef<Type> types);
  SmallVector<Value> loop(unsigned dim, Segment segment, ValueRange carried,
                          Leaf leaf);
  SmallVector<Value> loopOver(ArrayRef<unsigned> dims, ValueRange carried,
                              Leaf leaf);
  void emitPoint(int64_t width);
  void emitReduced();
  Value largestMultiple(Value size);
  void emitSquare();
  void emitSquares();
  Value neutral(unsigned out, int64_t width);
  Value combine(unsigned out, Value x, Value y);
  Value reduceLanes(unsigned out, Value vector);

  RewriterBase &b;
  Location loc;
  linalg::LinalgOp op;
  const LoopPlan &plan;
  BodyEmitter body;
  Value zero;
  SmallVector<Value> sizes;
  SmallVector<unsigned> parallel, reductions; // without the vector dimension
  SmallVector<Segment> segments;              // of the vector dimension
};
} // namespace

// A loop carries 16-bit floats as integers: LLVM would widen a phi of bf16 and
// narrow it again by a call.
SmallVector<Value> NestEmitter::asBits(ValueRange values) {
  return llvm::map_to_vector(values, [&](Value v) -> Value {
    Type element = getElementTypeOrSelf(v.getType());
    if (!element.isBF16() && !element.isF16())
      return v;
    Type type = b.getI16Type();
    if (auto vector = dyn_cast<VectorType>(v.getType()))
      type = vector.clone(type);
    return arith::BitcastOp::create(b, loc, type, v);
  });
}

SmallVector<Value> NestEmitter::fromBits(ValueRange values,
                                         ArrayRef<Type> types) {
  SmallVector<Value> result;
  for (auto [value, type] : llvm::zip(values, types))
    result.push_back(
        value.getType() == type
            ? value
            : arith::BitcastOp::create(b, loc, type, value).getResult());
  return result;
}

// Runs `leaf` for each step of the segment, on the values carried so far.
SmallVector<Value> NestEmitter::loop(unsigned dim, Segment segment,
                                     ValueRange carried, Leaf leaf) {
  std::optional<int64_t> from = getConstantIntValue(segment.from);
  std::optional<int64_t> to = getConstantIntValue(segment.to);
  if (from && to && *to - *from == segment.width) {
    body.inductionVariables()[dim] = segment.from;
    return leaf(carried);
  }
  auto loop = scf::ForOp::create(b, loc, segment.from, segment.to,
                                 constant(segment.width), asBits(carried));
  SmallVector<Type> types(carried.getTypes());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body.inductionVariables()[dim] = loop.getInductionVar();
    SmallVector<Value> next = leaf(fromBits(loop.getRegionIterArgs(), types));
    if (!carried.empty())
      scf::YieldOp::create(b, loc, asBits(next));
  }
  return fromBits(loop.getResults(), types);
}

SmallVector<Value> NestEmitter::loopOver(ArrayRef<unsigned> dims,
                                         ValueRange carried, Leaf leaf) {
  if (dims.empty())
    return leaf(carried);
  Segment all{zero, sizes[dims.front()], 1};
  return loop(dims.front(), all, carried, [&](ValueRange inner) {
    return loopOver(dims.drop_front(), inner, leaf);
  });
}

void NestEmitter::cutVectorDim() {
  Value size = sizes[*plan.vectorDim];
  std::optional<int64_t> known = getConstantIntValue(size);
  bool reduces =
      !linalg::isParallelIterator(op.getIteratorTypesArray()[*plan.vectorDim]);
  int64_t registers = reduces || !reductions.empty() ? 4 : 2;
  Value from = zero;
  int64_t done = 0;
  for (int64_t width : {registers * plan.lanes, plan.lanes}) {
    if (known && *known - done < width)
      continue;
    Value to;
    if (known) {
      done = *known - *known % width;
      to = constant(done);
    } else {
      Value rest = arith::RemUIOp::create(b, loc, size, constant(width));
      to = arith::SubIOp::create(b, loc, size, rest);
    }
    segments.push_back({from, to, width});
    from = to;
  }
  if (known && *known == done)
    return;
  // The lanes of a reduction are halved to the end, so they are a power of 2.
  int64_t rest = known && !reduces ? *known - done : 1;
  segments.push_back({from, size, rest});
}

// One vector of every output, or one scalar, with all of its reductions.
void NestEmitter::emitPoint(int64_t width) {
  SmallVector<Value> outs;
  for (OpOperand &out : op.getDpsInitsMutable())
    outs.push_back(!reductions.empty() || op.payloadUsesValueFromOperand(&out)
                       ? body.load(out, width)
                       : Value());
  SmallVector<Value> results =
      reductions.empty() ? body.emit(width, outs)
                         : loopOver(reductions, outs, [&](ValueRange partial) {
                             return body.emit(width, partial);
                           });
  for (auto [out, value] : llvm::zip(op.getDpsInitsMutable(), results))
    body.store(value, out, width);
}

Value NestEmitter::neutral(unsigned out, int64_t width) {
  TypedAttr scalar = *arith::getNeutralElement(findCombiner(op, out));
  auto type = VectorType::get({width}, scalar.getType());
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, Attribute(scalar)));
}

Value NestEmitter::combine(unsigned out, Value x, Value y) {
  Operation *combiner = findCombiner(op, out);
  OperationState state(loc, combiner->getName(), {x, y}, {x.getType()},
                       combiner->getAttrs());
  state.propertiesAttr = combiner->getPropertiesAsAttribute();
  return b.create(state)->getResult(0);
}

Value NestEmitter::reduceLanes(unsigned out, Value vector) {
  auto width = cast<VectorType>(vector.getType()).getNumElements();
  for (; width > 1; width /= 2) {
    auto half = [&](int64_t offset) -> Value {
      return vector::ExtractStridedSliceOp::create(
          b, loc, vector, ArrayRef<int64_t>{offset},
          ArrayRef<int64_t>{width / 2}, ArrayRef<int64_t>{1});
    };
    vector = combine(out, half(0), half(width / 2));
  }
  return vector::ExtractOp::create(b, loc, vector, int64_t(0));
}

// One element of every output, whose reduction runs along the vectors: every
// segment has partial results of its own, which are combined at the end.
void NestEmitter::emitReduced() {
  unsigned count = op.getNumDpsInits();
  SmallVector<Value> partial;
  for (const Segment &segment : segments)
    for (unsigned out = 0; segment.width > 1 && out < count; ++out)
      partial.push_back(neutral(out, segment.width));
  unsigned scalars = partial.size();
  for (OpOperand &out : op.getDpsInitsMutable())
    partial.push_back(body.load(out, 1));

  partial = loopOver(reductions, partial, [&](ValueRange before) {
    SmallVector<Value> after(before);
    unsigned next = 0;
    for (const Segment &segment : segments) {
      unsigned first = segment.width > 1 ? next : scalars;
      SmallVector<Value> values =
          loop(*plan.vectorDim, segment, ValueRange(after).slice(first, count),
               [&](ValueRange outs) { return body.emit(segment.width, outs); });
      llvm::copy(values, after.begin() + first);
      next = first + count;
    }
    return after;
  });
  for (unsigned out = 0; out < count; ++out) {
    Value result = partial[scalars + out];
    for (unsigned i = out; i < scalars; i += count)
      result = combine(out, result, reduceLanes(out, partial[i]));
    body.store(result, *op.getDpsInitOperand(out), 1);
  }
}

Value NestEmitter::largestMultiple(Value size) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return constant(*known - *known % plan.lanes);
  Value rest = arith::RemUIOp::create(b, loc, size, constant(plan.lanes));
  return arith::SubIOp::create(b, loc, size, rest);
}

// lanes x lanes points: what is transposed is read along the other dimension.
void NestEmitter::emitSquare() {
  Value corner = body.inductionVariables()[*plan.squareDim];
  SmallVector<OpOperand *> inputs =
      findTransposed(op, *plan.vectorDim, *plan.squareDim);
  SmallVector<SmallVector<Value>> columns;
  for (OpOperand *input : inputs) {
    SmallVector<Value> rows;
    for (int64_t lane = 0; lane < plan.lanes; ++lane)
      rows.push_back(body.loadAlong(*input, lane, plan.lanes));
    columns.push_back(transposeSquare(b, loc, rows));
  }
  for (int64_t i = 0; i < plan.lanes; ++i) {
    body.inductionVariables()[*plan.squareDim] =
        b.createOrFold<arith::AddIOp>(loc, corner, constant(i));
    for (auto [input, column] : llvm::zip(inputs, columns))
      body.preload(*input, column[i]);
    emitPoint(plan.lanes);
  }
  for (OpOperand *input : inputs)
    body.preload(*input, Value());
}

// Squares, and around them what is left of both dimensions, in the usual way.
void NestEmitter::emitSquares() {
  unsigned across = *plan.vectorDim, down = *plan.squareDim;
  auto none = [](auto fn) {
    return [fn](ValueRange) {
      fn();
      return SmallVector<Value>();
    };
  };
  Value bulkDown = largestMultiple(sizes[down]);
  Value bulkAcross = largestMultiple(sizes[across]);
  loop(down, {zero, bulkDown, plan.lanes}, {}, none([&] {
         loop(across, {zero, bulkAcross, plan.lanes}, {},
              none([&] { emitSquare(); }));
       }));
  if (getConstantIntValue(bulkAcross) != getConstantIntValue(sizes[across]) ||
      !getConstantIntValue(bulkAcross))
    loop(down, {zero, bulkDown, 1}, {}, none([&] {
           loop(across, {bulkAcross, sizes[across], 1}, {},
                none([&] { emitPoint(1); }));
         }));
  loop(down, {bulkDown, sizes[down], 1}, {}, none([&] {
         for (const Segment &segment : segments)
           loop(across, segment, {}, none([&] { emitPoint(segment.width); }));
       }));
}

void NestEmitter::emit() {
  for (const Range &range : op.createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim)
    if (dim != plan.vectorDim && dim != plan.squareDim)
      (linalg::isParallelIterator(kinds[dim]) ? parallel : reductions)
          .push_back(dim);
  if (plan.vectorDim)
    cutVectorDim();
  loopOver(parallel, {}, [&](ValueRange) -> SmallVector<Value> {
    if (plan.squareDim) {
      emitSquares();
      return {};
    }
    if (plan.vectorDim && reductions.empty())
      body.hoistUniform();
    if (!plan.vectorDim) {
      emitPoint(1);
    } else if (!linalg::isParallelIterator(kinds[*plan.vectorDim])) {
      emitReduced();
    } else {
      for (const Segment &segment : segments)
        loop(*plan.vectorDim, segment, {}, [&](ValueRange) {
          emitPoint(segment.width);
          return SmallVector<Value>();
        });
    }
    return {};
  });
}

void mlir::sqa::emitLoops(RewriterBase &b, linalg::LinalgOp op,
                          const LoopPlan &plan) {
  NestEmitter(b, op, plan).emit();
}
