//===- MaskSymbols.cpp - Values of a mask's symbols -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskSymbols.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::sqa;
using namespace mlir::sqa::interpreter;

SmallVector<int64_t> SymbolValues::of(const MaskSets &sets, int64_t i0,
                                      int64_t i1) const {
  SmallVector<int64_t> values = fixed;
  for (size_t n = 0; n < sets.lookups.size(); ++n) {
    const std::vector<int64_t> &row = rows[n], &key = keys[n];
    auto range = searchLookup(
        sets.lookups[n], i0, i1, key.size(), [&](int64_t i) { return row[i]; },
        [&](int64_t j) { return key[j]; });
    values.append(
        {range.mayLower, range.mayUpper, range.mustLower, range.mustUpper});
  }
  return values;
}

// Clones what computes `value` inside the region to the builder.
static Value cloneSlice(OpBuilder &builder, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  for (Value operand : value.getDefiningOp()->getOperands())
    cloneSlice(builder, operand, mapping);
  builder.clone(*value.getDefiningOp(), mapping);
  return mapping.lookup(value);
}

// tensor<size> of `value` for each index of argument `varying` of the region.
static Value buildTable(OpBuilder &builder, Value value, unsigned varying,
                        int64_t size, const IRMapping &outside) {
  auto type = RankedTensorType::get({size}, value.getType());
  return tensor::GenerateOp::create(
      builder, value.getLoc(), type, ValueRange(),
      [&](OpBuilder &b, Location loc, ValueRange index) {
        IRMapping mapping = outside;
        mapping.map(value.getParentRegion()->getArgument(varying),
                    index.front());
        tensor::YieldOp::create(b, loc, cloneSlice(b, value, mapping));
      });
}

static std::vector<int64_t> numbersOf(const RuntimeValue &table) {
  std::vector<int64_t> numbers;
  for (const Scalar &scalar : table.tensor->data)
    numbers.push_back(scalar.i);
  return numbers;
}

FailureOr<SymbolValues>
mlir::sqa::valuesOfSymbols(IsolatedMask &mask, const MaskSets &sets,
                           const TileGrid &grid, const PictureOptions &options,
                           ArrayRef<RuntimeValue> inputs) {
  if (sets.symbols.empty() && sets.lookups.empty())
    return SymbolValues();
  OpBuilder builder(mask.op);
  Location loc = mask.op.getLoc();
  Block &region = mask.op.getMaskMod().front();
  IRMapping mapping;
  mapping.map(region.getArgument(0),
              arith::ConstantIndexOp::create(builder, loc, options.batch));
  mapping.map(region.getArgument(1),
              arith::ConstantIndexOp::create(builder, loc, options.head));
  mapping.map(region.getArguments().drop_front(4), mask.op.getCaptures());
  SmallVector<Value> values;
  for (Value symbol : sets.symbols)
    values.push_back(cloneSlice(builder, symbol, mapping));
  for (const KeyLookup &lookup : sets.lookups) {
    values.push_back(buildTable(builder, lookup.row, 2, grid.queries, mapping));
    values.push_back(buildTable(builder, lookup.key, 3, grid.keys, mapping));
  }
  returnInstead(mask.function, mask.op, values);
  auto results = interpret(mask.function, inputs);
  if (failed(results))
    return failure();
  SymbolValues numbers;
  ArrayRef<RuntimeValue> all = *results;
  for (const RuntimeValue &value : all.take_front(sets.symbols.size()))
    numbers.fixed.push_back(value.scalar.i);
  for (size_t n = sets.symbols.size(); n < all.size(); n += 2) {
    numbers.rows.push_back(numbersOf(all[n]));
    numbers.keys.push_back(numbersOf(all[n + 1]));
  }
  return numbers;
}
