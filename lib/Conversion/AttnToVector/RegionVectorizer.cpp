//===- RegionVectorizer.cpp - Scalar regions on vectors of rows -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value is uniform if no varying argument reaches it, and stays scalar:
//
//   %y = arith.cmpi ule, %j, %i      ->  %jv = vector.broadcast %j
//   (%i varies, %j does not)             %y = arith.cmpi ule, %jv, %i : vector
//
// What depends on the row alone is built before the loop over keys: loads would
// stay in it, for all LLVM knows the loop writes there. Index arithmetic that
// ends in a conversion is done on as few bits as that keeps:
//
//   %d = arith.subi %j, %i : index       ->  %d = arith.subi %j32, %i32
//   %n = arith.index_cast %d to i32          (no compare, shuffle or half)
//
// and an index goes from 64 bits to f32 by way of f64, since AVX2 has no
// instruction for it (8 scalar conversions otherwise).
//
// An elementwise op of varying values becomes the same op on vectors; a load at
// a varying index becomes one scalar load a lane: rows of a mask or a bias are
// a stride apart, and where a gather instruction exists it is not faster.
//
// Requires: scalar ops without regions (online_sqa's verifier sees to it).
// Declines: varying ops that are neither elementwise nor a load (error, since
// there is no other lowering).
// Test: test/Conversion/AttnToVector/regions.mlir, invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "RegionVectorizer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

static LogicalResult checkVaryingOp(Operation &op) {
  if (isa<memref::LoadOp>(op))
    return success();
  if (!OpTrait::hasElementwiseMappableTraits(&op))
    return op.emitOpError("expected an elementwise op or memref.load, since it "
                          "depends on the query row or the score");
  for (Type type : op.getResultTypes())
    if (!VectorType::isValidElementType(type))
      return op.emitOpError("expected a result that can be a vector element, "
                            "but got ")
             << type;
  return success();
}

LogicalResult mlir::sqa::checkVectorizable(Region &region,
                                           ArrayRef<unsigned> varying) {
  DenseSet<Value> vectors;
  for (unsigned index : varying)
    vectors.insert(region.getArgument(index));
  for (Operation &op : region.front().without_terminator()) {
    bool varies = llvm::any_of(op.getOperands(),
                               [&](Value v) { return vectors.contains(v); });
    if (!varies)
      continue;
    if (failed(checkVaryingOp(op)))
      return failure();
    vectors.insert_range(op.getResults());
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static bool isVector(Value v) { return isa<VectorType>(v.getType()); }

static Value toVector(OpBuilder &b, Location loc, Value v, int64_t lanes) {
  if (isVector(v))
    return v;
  return vector::BroadcastOp::create(b, loc,
                                     VectorType::get(lanes, v.getType()), v);
}

// The scalar in one lane. Index arithmetic is done again on scalars, for it is
// invariant in the key loop, where an extraction would be a shuffle a load.
Value mlir::sqa::buildLane(OpBuilder &b, Location loc, Value v, int64_t lane) {
  if (!isVector(v))
    return v;
  Operation *op = v.getDefiningOp();
  if (auto broadcast = dyn_cast_or_null<vector::BroadcastOp>(op))
    if (!isVector(broadcast.getSource()))
      return broadcast.getSource();
  DenseElementsAttr elements;
  if (matchPattern(v, m_Constant(&elements))) {
    auto value = cast<TypedAttr>(elements.getValues<Attribute>()[lane]);
    return arith::ConstantOp::create(b, loc, value);
  }
  if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp,
                       arith::MinSIOp>(op))
    return vector::ExtractOp::create(b, loc, v, lane);
  IRMapping lanes;
  for (Value operand : op->getOperands())
    lanes.map(operand, buildLane(b, loc, operand, lane));
  Operation *clone = b.clone(*op, lanes);
  clone->getResult(0).setType(getElementTypeOrSelf(v.getType()));
  return clone->getResult(0);
}

// One scalar load a lane. Truth values are widened on the way: vectors of i1
// are not built lane by lane on any CPU.
static Value buildLaneLoads(OpBuilder &b, memref::LoadOp op, IRMapping &mapping,
                            int64_t lanes) {
  Location loc = op.getLoc();
  bool isBit = op.getType().isInteger(1);
  Type element = isBit ? b.getI32Type() : op.getType();
  SmallVector<Value> loaded;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    SmallVector<Value> indices;
    for (Value index : op.getIndices()) {
      Value v = mapping.lookupOrDefault(index);
      indices.push_back(buildLane(b, loc, v, lane));
    }
    Value value = memref::LoadOp::create(
        b, loc, mapping.lookupOrDefault(op.getMemRef()), indices);
    if (isBit)
      value = arith::ExtUIOp::create(b, loc, element, value);
    loaded.push_back(value);
  }
  auto type = VectorType::get(lanes, element);
  Value values = vector::FromElementsOp::create(b, loc, type, loaded);
  if (!isBit)
    return values;
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, values, zero);
}

//===----------------------------------------------------------------------===//
// Conversions of indices
//===----------------------------------------------------------------------===//

// `v` modulo 2^width. Sums and products are computed on as many bits.
static Value narrow(OpBuilder &b, Location loc, Value v, IntegerType type) {
  Operation *op = v.getDefiningOp();
  if (auto broadcast = dyn_cast_or_null<vector::BroadcastOp>(op);
      broadcast && !isVector(broadcast.getSource()))
    return vector::BroadcastOp::create(
        b, loc, cast<VectorType>(v.getType()).clone(type),
        narrow(b, loc, broadcast.getSource(), type));
  if (isVector(v) &&
      isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op)) {
    IRMapping operands;
    for (Value operand : op->getOperands())
      operands.map(operand, narrow(b, loc, operand, type));
    Operation *clone = b.clone(*op, operands);
    clone->getResult(0).setType(cast<VectorType>(v.getType()).clone(type));
    return clone->getResult(0);
  }
  // From index to i64 and on to fewer bits.
  if (auto cast = dyn_cast_or_null<arith::IndexCastOp>(op);
      cast && getElementTypeOrSelf(v).isInteger(64))
    return narrow(b, loc, cast.getIn(), type);
  Type to =
      isVector(v) ? Type(cast<VectorType>(v.getType()).clone(type)) : type;
  if (getElementTypeOrSelf(v).isIndex())
    return b.createOrFold<arith::IndexCastOp>(loc, to, v);
  return b.createOrFold<arith::TruncIOp>(loc, to, v);
}

// Bits of the magnitude of an integer that is computed from indices; 64 if it
// is not known. No machine addresses more than 2^48 elements, and a difference
// has a sign.
static unsigned magnitudeBits(Value v, ArrayRef<Value> indices) {
  constexpr unsigned addressBits = 49, unknown = 64;
  if (llvm::is_contained(indices, v))
    return addressBits;
  IntegerAttr number;
  DenseIntElementsAttr splat;
  if (matchPattern(v, m_Constant(&number)))
    return number.getValue().abs().getActiveBits();
  if (matchPattern(v, m_Constant(&splat)) && splat.isSplat())
    return splat.getSplatValue<APInt>().abs().getActiveBits();
  Operation *op = v.getDefiningOp();
  if (isa_and_nonnull<arith::IndexCastOp, vector::BroadcastOp>(op) &&
      getElementTypeOrSelf(v).isIntOrIndex())
    return magnitudeBits(op->getOperand(0), indices);
  if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp,
                       arith::MinSIOp, arith::MaxSIOp>(op))
    return unknown;
  unsigned lhs = magnitudeBits(op->getOperand(0), indices);
  unsigned rhs = magnitudeBits(op->getOperand(1), indices);
  if (isa<arith::MulIOp>(op))
    return std::min(lhs + rhs, unknown);
  bool grows = isa<arith::AddIOp, arith::SubIOp>(op);
  return std::min(std::max(lhs, rhs) + grows, unknown);
}

// An i64 of magnitude below 2^51 as f32: added to the bits of 1.5 * 2^52 it is
// the low part of an f64, exact, and rounded once.
static Value buildIndexToFloat(OpBuilder &b, Location loc, Value v) {
  constexpr double magic = 6755399441055744.0;
  auto type = cast<VectorType>(v.getType());
  auto wide = type.clone(b.getF64Type());
  auto constant = [&](VectorType vector, TypedAttr value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(vector, Attribute(value)));
  };
  Value bits =
      constant(type, b.getI64IntegerAttr(llvm::bit_cast<int64_t>(magic)));
  Value sum = arith::AddIOp::create(b, loc, v, bits);
  Value shifted = arith::BitcastOp::create(b, loc, wide, sum);
  Value exact = arith::SubFOp::create(b, loc, shifted,
                                      constant(wide, b.getF64FloatAttr(magic)));
  return arith::TruncFOp::create(b, loc, type.clone(b.getF32Type()), exact);
}

// The conversion of an index on better terms, or null.
static Value buildConversion(OpBuilder &b, Operation &op, Value from,
                             ArrayRef<Value> indices) {
  Location loc = op.getLoc();
  auto integer = dyn_cast<IntegerType>(op.getResult(0).getType());
  if (isa<arith::IndexCastOp, arith::TruncIOp>(op) && integer &&
      integer.getWidth() <= 32)
    return narrow(b, loc, from, integer);
  if (isa<arith::SIToFPOp>(op) && op.getResult(0).getType().isF32() &&
      getElementTypeOrSelf(from).isInteger(64) &&
      magnitudeBits(from, indices) <= 51)
    return buildIndexToFloat(b, loc, from);
  return {};
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

// The same op with vectors for its operands and results.
static void buildElementwise(OpBuilder &b, Operation &op, IRMapping &mapping,
                             int64_t lanes) {
  IRMapping vectors;
  for (Value operand : op.getOperands())
    vectors.map(operand, toVector(b, op.getLoc(),
                                  mapping.lookupOrDefault(operand), lanes));
  Operation *clone = b.clone(op, vectors);
  for (auto [from, to] : llvm::zip(op.getResults(), clone->getResults())) {
    to.setType(VectorType::get(lanes, from.getType()));
    mapping.map(from, to);
  }
}

static void buildOp(OpBuilder &b, Operation &op, IRMapping &mapping,
                    ArrayRef<Value> indices, int64_t lanes) {
  auto varies = [&](Value v) { return isVector(mapping.lookupOrDefault(v)); };
  if (llvm::none_of(op.getOperands(), varies)) {
    b.clone(op, mapping);
    return;
  }
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    mapping.map(load.getResult(), buildLaneLoads(b, load, mapping, lanes));
    return;
  }
  if (op.getNumOperands() == 1 && op.getNumResults() == 1)
    if (Value converted =
            buildConversion(b, op, mapping.lookup(op.getOperand(0)), indices)) {
      mapping.map(op.getResult(0), converted);
      return;
    }
  buildElementwise(b, op, mapping, lanes);
}

static void build(OpBuilder &b, Region &region,
                  const RegionArguments &arguments, IRMapping &mapping,
                  int64_t lanes) {
  for (auto [argument, value] :
       llvm::zip_equal(region.getArguments(), arguments.values))
    if (value)
      mapping.map(argument, value);
  for (Operation &op : region.front().without_terminator()) {
    auto isKnown = [&](Value v) { return mapping.contains(v); };
    if (llvm::all_of(op.getOperands(), isKnown) &&
        !llvm::all_of(op.getResults(), isKnown))
      buildOp(b, op, mapping, arguments.indices, lanes);
  }
}

IRMapping mlir::sqa::buildInvariant(OpBuilder &b, Region &region,
                                    const RegionArguments &arguments,
                                    int64_t lanes, const IRMapping &known) {
  IRMapping mapping = known;
  build(b, region, arguments, mapping, lanes);
  return mapping;
}

Value mlir::sqa::buildVectorized(OpBuilder &b, Region &region,
                                 const RegionArguments &arguments,
                                 const IRMapping &invariant, int64_t lanes) {
  IRMapping mapping = invariant;
  build(b, region, arguments, mapping, lanes);
  Operation *yield = region.front().getTerminator();
  return toVector(b, yield->getLoc(), mapping.lookup(yield->getOperand(0)),
                  lanes);
}
