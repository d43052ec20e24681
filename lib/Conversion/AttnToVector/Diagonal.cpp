//===- Diagonal.cpp - Terms of a score that depend on j - i alone ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A relative bias, the distance of ALiBi: the same for every slot of a
// diagonal. N keys against M rows have N + M - 1 of them, so they are computed
// once for the block, in a line of memory, and each vector of a score block is
// one load from it:
//
//   line[p] = term(j - i)  with  p = (i - first row) + (last key - j)
//
// Rows ascend from lane to lane, and so does p. Rows beyond the last would
// leave the tensor's distances: theirs are cut to the last row's.
//
// Requires: a score_mod. Test: test/Conversion/AttnToVector/diagonal.mlir.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::sqa;

// 1 for j - i, -1 for i - j, 0 for anything else.
static int distanceSign(Operation &op, Value row, Value key) {
  auto sub = dyn_cast<arith::SubIOp>(op);
  if (!sub)
    return 0;
  auto strip = [](Value v) {
    while (auto cast = v.getDefiningOp<arith::IndexCastOp>())
      v = cast.getIn();
    return v;
  };
  Value lhs = strip(sub.getLhs()), rhs = strip(sub.getRhs());
  if (lhs == key && rhs == row)
    return 1;
  return lhs == row && rhs == key ? -1 : 0;
}

DiagonalTerms mlir::sqa::findDiagonalTerms(Region &region) {
  DiagonalTerms terms;
  Value score = region.getArgument(0), row = region.getArgument(3),
        key = region.getArgument(4);
  llvm::SetVector<Value> uniform, diagonal;
  for (Value argument : region.getArguments())
    if (argument != score && argument != row && argument != key)
      uniform.insert(argument);
  for (Operation &op : region.front().without_terminator()) {
    if (int sign = distanceSign(op, row, key)) {
      terms.distances.push_back({op.getResult(0), sign});
      diagonal.insert(op.getResult(0));
      continue;
    }
    auto known = [&](Value v) {
      return uniform.contains(v) || diagonal.contains(v);
    };
    if (!llvm::all_of(op.getOperands(), known))
      continue;
    bool varies = llvm::any_of(op.getOperands(),
                               [&](Value v) { return diagonal.contains(v); });
    for (Value result : op.getResults())
      (varies ? diagonal : uniform).insert(result);
  }
  // What the rest of the region sees of them.
  for (Value value : diagonal)
    if (value.getType().isF32() &&
        llvm::any_of(value.getUsers(), [&](Operation *user) {
          return user->getNumResults() == 0 ||
                 !diagonal.contains(user->getResult(0));
        }))
      terms.values.push_back(value);
  return terms;
}

void MicroKernel::buildDiagonals() {
  if (diagonal.values.empty())
    return;
  auto type = VectorType::get(plan.lanes, b.getIndexType());
  auto broadcast = [&](Value v) -> Value {
    return vector::BroadcastOp::create(b, loc, type, v);
  };
  auto sub = [&](Value x, Value y) -> Value {
    return arith::SubIOp::create(b, loc, x, y);
  };
  Value lastKey = sub(add(op.getKeyOffset(), keyCount), index(1));
  Value lastRow = sub(add(op.getRowOffset(), op.getRows()), index(1));
  Value first = sub(lastKey, add(op.getRowOffset(), column));
  Value least = broadcast(sub(op.getKeyOffset(), lastRow));
  Value end = add(keyCount, plan.groupRows());
  forEach(index(0), end, plan.lanes, [&](Value position) {
    Value distance = arith::SubIOp::create(
        b, loc, broadcast(sub(first, position)), buildLaneNumbers());
    distance = arith::MaxSIOp::create(b, loc, distance, least);
    Value opposite =
        arith::SubIOp::create(b, loc, broadcast(index(0)), distance);
    RegionArguments arguments = scoreArguments({}, 0, {});
    arguments.indices.append({distance, opposite});
    IRMapping known = scoreInvariants[0];
    for (auto [value, sign] : diagonal.distances) {
      Value index = sign > 0 ? distance : opposite;
      if (value.getType() != b.getIndexType())
        index = arith::IndexCastOp::create(
            b, loc, VectorType::get(plan.lanes, value.getType()), index);
      known.map(value, index);
    }
    known = buildInvariant(b, op.getScoreMod(), arguments, plan.lanes, known);
    for (auto [number, value] : llvm::enumerate(diagonal.values))
      store(known.lookup(value), lines, {index(number), position});
  });
}

// Adds the terms of key `key` (in the block) and vector `vector` to `known`.
void MicroKernel::loadDiagonals(Value key, int64_t vector, IRMapping &known) {
  if (diagonal.values.empty())
    return;
  Value last = arith::SubIOp::create(b, loc, keyCount, index(1));
  Value position = arith::SubIOp::create(b, loc, last, key);
  position = add(position, vector * plan.lanes);
  for (auto [number, value] : llvm::enumerate(diagonal.values))
    known.map(value, load(lines, {index(number), position}));
}
