//===- RegionVectorizer.cpp - Scalar regions on vectors of rows
//------------===//
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

using namespace mlir;

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
static Value buildLane(OpBuilder &b, Location loc, Value v, int64_t lane) {
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
      indices.push_back(isVector(v) ? buildLane(b, loc, v, lane) : v);
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

Value mlir::sqa::buildVectorized(OpBuilder &b, Region &region,
                                 ValueRange arguments, int64_t lanes) {
  IRMapping mapping;
  mapping.map(region.getArguments(), arguments);
  for (Operation &op : region.front().without_terminator()) {
    bool varies = llvm::any_of(op.getOperands(), [&](Value v) {
      return isVector(mapping.lookupOrDefault(v));
    });
    if (!varies)
      b.clone(op, mapping);
    else if (auto load = dyn_cast<memref::LoadOp>(op))
      mapping.map(load.getResult(), buildLaneLoads(b, load, mapping, lanes));
    else
      buildElementwise(b, op, mapping, lanes);
  }
  Operation *yield = region.front().getTerminator();
  return toVector(b, yield->getLoc(),
                  mapping.lookupOrDefault(yield->getOperand(0)), lanes);
}
