//===- Body.cpp - The region of a linalg op, some lanes at a time ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/Body.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

// `e` is `dim` plus something that `dim` is not in.
static bool advancesByOne(AffineExpr e, unsigned dim) {
  if (auto d = dyn_cast<AffineDimExpr>(e))
    return d.getPosition() == dim;
  auto sum = dyn_cast<AffineBinaryOpExpr>(e);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return false;
  AffineExpr lhs = sum.getLHS(), rhs = sum.getRHS();
  return (advancesByOne(lhs, dim) && !rhs.isFunctionOfDim(dim)) ||
         (advancesByOne(rhs, dim) && !lhs.isFunctionOfDim(dim));
}

// A vector of i1 in memory is packed by LLVM; ours take a byte an element.
static bool hasContiguousRows(MemRefType type) {
  Type element = type.getElementType();
  bool wholeBytes = element.isIndex() || (element.isIntOrFloat() &&
                                          element.getIntOrFloatBitWidth() >= 8);
  return wholeBytes && type.isLastDimUnitStride();
}

Access mlir::sqa::classifyAccess(linalg::LinalgOp op, OpOperand &operand,
                                 unsigned dim) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (!type || !map.isFunctionOfDim(dim))
    return Access::uniform;
  for (AffineExpr e : map.getResults().drop_back())
    if (e.isFunctionOfDim(dim))
      return Access::strided;
  return hasContiguousRows(type) && advancesByOne(map.getResults().back(), dim)
             ? Access::contiguous
             : Access::strided;
}

static bool isVectorElement(Type type) { return type.isIntOrIndexOrFloat(); }

std::string mlir::sqa::whyNotVectorizable(linalg::LinalgOp op, unsigned dim) {
  llvm::SmallPtrSet<Value, 16> varying;
  Block &body = *op.getBlock();
  for (OpOperand &operand : op->getOpOperands())
    if (op.isDpsInit(&operand) ||
        classifyAccess(op, operand, dim) != Access::uniform)
      varying.insert(op.getMatchingBlockArgument(&operand));
  for (BlockArgument arg : body.getArguments())
    if (!isVectorElement(arg.getType()))
      return "its elements are not numbers";
  for (Operation &inner : body.without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      if (index.getDim() == dim)
        varying.insert(index);
      continue;
    }
    bool varies = false;
    inner.walk([&](Operation *nested) {
      varies |= llvm::any_of(nested->getOperands(),
                             [&](Value v) { return varying.contains(v); });
    });
    if (!varies)
      continue;
    bool supported = isa<memref::LoadOp>(inner) ||
                     OpTrait::hasElementwiseMappableTraits(&inner);
    if (!supported || !llvm::all_of(inner.getResultTypes(), isVectorElement))
      return ("'" + inner.getName().getStringRef() + "' has no vector form")
          .str();
    varying.insert(inner.result_begin(), inner.result_end());
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

SmallVector<Value> BodyEmitter::indices(OpOperand &operand, int64_t lane) {
  SmallVector<Value> point = ivs;
  if (lane) {
    Value distance = arith::ConstantIndexOp::create(b, loc, lane);
    point[*vectorDim] =
        b.createOrFold<arith::AddIOp>(loc, point[*vectorDim], distance);
  }
  SmallVector<Value> result;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (AffineExpr e : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(e))
      result.push_back(point[dim.getPosition()]);
    else
      result.push_back(affine::AffineApplyOp::create(
          b, loc, AffineMap::get(map.getNumDims(), 0, e), point));
  }
  return result;
}

Value BodyEmitter::loadAlong(OpOperand &operand, int64_t lane, int64_t width) {
  auto type = cast<MemRefType>(operand.get().getType());
  return vector::LoadOp::create(b, loc,
                                VectorType::get({width}, type.getElementType()),
                                operand.get(), indices(operand, lane));
}

Value BodyEmitter::load(OpOperand &operand, int64_t width) {
  if (Value value = preloaded.lookup(&operand))
    return value;
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type)
    return operand.get();
  Access access =
      width == 1 ? Access::uniform : classifyAccess(op, operand, *vectorDim);
  if (access == Access::uniform)
    return memref::LoadOp::create(b, loc, operand.get(), indices(operand, 0));
  auto vector = VectorType::get({width}, type.getElementType());
  if (access == Access::contiguous)
    return loadAlong(operand, 0, width);
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < width; ++lane)
    lanes.push_back(
        memref::LoadOp::create(b, loc, operand.get(), indices(operand, lane)));
  return vector::FromElementsOp::create(b, loc, vector, lanes);
}

void BodyEmitter::store(Value value, OpOperand &operand, int64_t width) {
  Value target = operand.get();
  if (width == 1) {
    memref::StoreOp::create(b, loc, value, target, indices(operand, 0));
    return;
  }
  value = splat(value, width);
  if (classifyAccess(op, operand, *vectorDim) == Access::contiguous) {
    vector::StoreOp::create(b, loc, value, target, indices(operand, 0));
    return;
  }
  for (int64_t lane = 0; lane < width; ++lane) {
    Value element = vector::ExtractOp::create(b, loc, value, lane);
    memref::StoreOp::create(b, loc, element, target, indices(operand, lane));
  }
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value BodyEmitter::splat(Value scalar, int64_t width) {
  if (width == 1 || isa<VectorType>(scalar.getType()))
    return scalar;
  auto type = VectorType::get({width}, scalar.getType());
  return vector::BroadcastOp::create(b, loc, type, scalar);
}

bool BodyEmitter::isVarying(Value original) {
  return isa<VectorType>(mapping.lookupOrDefault(original).getType());
}

Value BodyEmitter::emitIndex(linalg::IndexOp index, int64_t width) {
  Value iv = ivs[index.getDim()];
  if (width == 1 || index.getDim() != *vectorDim)
    return iv;
  auto type = VectorType::get({width}, b.getIndexType());
  Value step = vector::StepOp::create(b, loc, type);
  return arith::AddIOp::create(b, loc, splat(iv, width), step);
}

// Reads a buffer at indices that are computed: a row of a table, element by
// element, if the last index is that of the vector dimension; else a gather.
Value BodyEmitter::emitGather(Operation &original, int64_t width) {
  auto load = cast<memref::LoadOp>(original);
  Value source = mapping.lookupOrDefault(load.getMemRef());
  auto type = VectorType::get({width}, load.getMemRefType().getElementType());
  SmallVector<Value> at = llvm::map_to_vector(
      load.getIndices(), [&](Value v) { return mapping.lookupOrDefault(v); });
  auto last = load.getIndices().back().getDefiningOp<linalg::IndexOp>();
  bool row = last && last.getDim() == *vectorDim &&
             hasContiguousRows(load.getMemRefType()) &&
             llvm::none_of(load.getIndices().drop_back(),
                           [&](Value v) { return isVarying(v); });
  if (row) {
    at.back() = ivs[*vectorDim];
    return vector::LoadOp::create(b, loc, type, source, at);
  }
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < width; ++lane) {
    SmallVector<Value> point = llvm::map_to_vector(at, [&](Value v) -> Value {
      return isa<VectorType>(v.getType())
                 ? vector::ExtractOp::create(b, loc, v, lane).getResult()
                 : v;
    });
    lanes.push_back(memref::LoadOp::create(b, loc, source, point));
  }
  return vector::FromElementsOp::create(b, loc, type, lanes);
}

void BodyEmitter::emitOp(Operation &inner, int64_t width) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    mapping.map(index.getResult(), emitIndex(index, width));
    return;
  }
  bool varies = width > 1 && llvm::any_of(inner.getOperands(), [&](Value v) {
                  return isVarying(v);
                });
  if (!varies) {
    b.clone(inner, mapping);
    return;
  }
  if (isa<memref::LoadOp>(inner)) {
    mapping.map(inner.getResult(0), emitGather(inner, width));
    return;
  }
  SmallVector<Value> operands;
  for (OpOperand &operand : inner.getOpOperands()) {
    Value v = mapping.lookupOrDefault(operand.get());
    bool condition =
        isa<arith::SelectOp>(inner) && operand.getOperandNumber() == 0;
    operands.push_back(condition ? v : splat(v, width));
  }
  OperationState state(loc, inner.getName(), operands, {}, inner.getAttrs());
  for (Type type : inner.getResultTypes())
    state.addTypes(VectorType::get({width}, type));
  state.propertiesAttr = inner.getPropertiesAsAttribute();
  mapping.map(inner.getResults(), b.create(state)->getResults());
}

void BodyEmitter::hoistUniform() {
  hoisted.clear();
  for (OpOperand *input : op.getDpsInputOperands())
    if (op.payloadUsesValueFromOperand(input) &&
        classifyAccess(op, *input, *vectorDim) == Access::uniform)
      hoisted.map(op.getMatchingBlockArgument(input), load(*input, 1));
  for (Operation &inner : op.getBlock()->without_terminator()) {
    bool known = llvm::all_of(inner.getOperands(), [&](Value v) {
      return v.getParentBlock() != op.getBlock() || hoisted.contains(v);
    });
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      if (index.getDim() != *vectorDim)
        hoisted.map(index.getResult(), ivs[index.getDim()]);
    } else if (known && inner.getNumRegions() == 0 && isPure(&inner)) {
      b.clone(inner, hoisted);
    }
  }
}

SmallVector<Value> BodyEmitter::emit(int64_t width, ValueRange outs) {
  mapping = hoisted;
  for (OpOperand *input : op.getDpsInputOperands())
    if (op.payloadUsesValueFromOperand(input) &&
        !hoisted.contains(op.getMatchingBlockArgument(input)))
      mapping.map(op.getMatchingBlockArgument(input), load(*input, width));
  for (auto [out, arg] : llvm::zip(outs, op.getRegionOutputArgs()))
    if (out)
      mapping.map(arg, out);
  for (Operation &inner : op.getBlock()->without_terminator())
    if (inner.getNumResults() == 0 || !hoisted.contains(inner.getResult(0)))
      emitOp(inner, width);
  SmallVector<Value> results;
  for (Value yielded : op.getBlock()->getTerminator()->getOperands())
    results.push_back(splat(mapping.lookupOrDefault(yielded), width));
  return results;
}
