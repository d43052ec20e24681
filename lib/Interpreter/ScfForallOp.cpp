//===- ScfForallOp.cpp - scf.forall ---------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Iterations run one after the other, but each sees the shared outputs as they
// were before the loop: a program that relies on another iteration's write is
// a race and must not look right. Test: test/Interpreter/scf-forall.mlir.
//
//===----------------------------------------------------------------------===//

#include "Slices.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

/// Applies the parallel_insert_slice ops of one iteration to `results`.
static LogicalResult runInParallel(scf::ForallOp op,
                                   MutableArrayRef<TensorRef> results,
                                   Evaluator &eval) {
  const unsigned firstOut = op.getRank();
  for (Operation &nested : op.getTerminator().getYieldingOps()) {
    auto insert = dyn_cast<tensor::ParallelInsertSliceOp>(&nested);
    if (!insert)
      return nested.emitError("sqa-interpret does not know '")
             << nested.getName() << "'";
    auto target = dyn_cast<BlockArgument>(insert.getDest());
    if (!target || target.getOwner() != op.getBody() ||
        target.getArgNumber() < firstOut)
      return insert.emitError("expected to insert into a shared output");
    TensorRef source = eval.tensor(insert.getSource());
    Slice slice = evaluateSlice(insert, eval);
    if (failed(insertSlice(insert, *source, slice,
                           *results[target.getArgNumber() - firstOut])))
      return failure();
  }
  return success();
}

static LogicalResult run(scf::ForallOp op, Evaluator &eval) {
  SmallVector<int64_t> lower = eval.integers(op.getMixedLowerBound());
  SmallVector<int64_t> upper = eval.integers(op.getMixedUpperBound());
  SmallVector<int64_t> step = eval.integers(op.getMixedStep());
  SmallVector<int64_t> counts;
  for (auto [low, high, by] : llvm::zip_equal(lower, upper, step)) {
    if (by <= 0)
      return op.emitError("expected a positive step, but got ") << by;
    counts.push_back(high > low ? (high - low - 1) / by + 1 : 0);
  }

  SmallVector<RuntimeValue> initial;
  SmallVector<TensorRef> results;
  for (Value output : op.getOutputs()) {
    initial.push_back(eval.get(output));
    results.push_back(std::make_shared<TensorValue>(*initial.back().tensor));
  }
  if (!llvm::is_contained(counts, 0)) {
    SmallVector<int64_t> index(counts.size(), 0);
    do {
      SmallVector<RuntimeValue> arguments;
      for (size_t d = 0; d < index.size(); ++d)
        arguments.push_back(intScalar(lower[d] + index[d] * step[d]));
      arguments.append(initial.begin(), initial.end());
      if (failed(eval.runBody(*op.getBody(), std::move(arguments))) ||
          failed(runInParallel(op, results, eval)))
        return failure();
    } while (nextIndex(index, counts));
  }
  for (auto [result, value] : llvm::zip_equal(op.getResults(), results))
    eval.set(result, std::move(value));
  return success();
}

void mlir::sqa::interpreter::addScfForallOp(HandlerTable &table) {
  table.add<scf::ForallOp>(run);
}
