//===- LinalgOps.cpp - Every structured op, by its maps and region --------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Named or generic, a structured op says itself what it computes: the maps
// give the element of each operand at a point of the iteration space, the
// region what to do with them. One walk runs them all, point by point in
// row-major order.
//
// Where every access is a linear function of the indices the offsets are
// stepped, not evaluated; a body that only multiplies and adds (matmul in all
// its forms) runs without the region program. Both are checked against the
// plain path by test/Interpreter/linalg.mlir.
//
//===----------------------------------------------------------------------===//

#include "AffineEval.h"
#include "RegionProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::sqa::interpreter;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

namespace {
/// How one operand is reached from the loop indices.
struct Access {
  TensorRef tensor; // null for a scalar operand
  AffineMap map;
  bool isLinear = true;
  int64_t base = 0;             // offset at the origin of the loops
  SmallVector<int64_t> strides; // offset of a step of each loop
  int64_t offset = 0;           // at the current point
};

struct Loops {
  SmallVector<int64_t> extents;
  SmallVector<Access> accesses; // one an operand, inputs first
};
} // namespace

/// The extent of each loop, from the operands whose maps name it alone.
static FailureOr<SmallVector<int64_t>> loopExtents(linalg::LinalgOp op,
                                                   ArrayRef<Access> accesses) {
  SmallVector<int64_t> extents(op.getNumLoops(), -1);
  for (auto [operand, access] : llvm::enumerate(accesses)) {
    if (!access.tensor)
      continue;
    for (auto [d, expr] : llvm::enumerate(access.map.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        continue;
      int64_t &extent = extents[dim.getPosition()];
      const int64_t found = access.tensor->shape[d];
      if (extent == -1)
        extent = found;
      if (extent != found)
        return op.emitError("operand #")
               << operand << " has extent " << found << " in dimension " << d
               << ", but loop " << dim.getPosition() << " has " << extent;
    }
  }
  for (auto [loop, extent] : llvm::enumerate(extents))
    if (extent == -1)
      return op.emitError("no operand gives the extent of loop ") << loop;
  return extents;
}

/// Fails unless every access stays inside its tensor. Non-linear accesses are
/// checked as they are made.
static LogicalResult planAccess(linalg::LinalgOp op, unsigned operand,
                                ArrayRef<int64_t> extents, Access &access) {
  access.strides.assign(extents.size(), 0);
  if (!access.tensor)
    return success();
  SmallVector<int64_t> steps = stridesOf(access.tensor->shape);
  for (auto [d, expr] : llvm::enumerate(access.map.getResults())) {
    std::optional<LinearForm> form = linearForm(expr, access.map.getNumDims());
    if (!form) {
      access.isLinear = false;
      return success();
    }
    int64_t low = form->constant, high = form->constant;
    for (auto [loop, coefficient] : llvm::enumerate(form->coefficients)) {
      (coefficient < 0 ? low : high) += coefficient * (extents[loop] - 1);
      access.strides[loop] += coefficient * steps[d];
    }
    access.base += form->constant * steps[d];
    if (!llvm::is_contained(extents, 0) &&
        (low < 0 || high >= access.tensor->shape[d]))
      return op.emitError("operand #")
             << operand << " is read at " << (low < 0 ? low : high)
             << " of dimension " << d << ", which is out of bounds ("
             << access.tensor->shape[d] << ")";
  }
  return success();
}

static FailureOr<Loops> planLoops(linalg::LinalgOp op, Evaluator &eval) {
  Loops loops;
  // Inputs before inits: an init that is also an input must not be moved.
  loops.accesses.resize(op->getNumOperands());
  for (OpOperand &operand : op->getOpOperands()) {
    Access &access = loops.accesses[operand.getOperandNumber()];
    access.map = op.getMatchingIndexingMap(&operand);
    if (access.map.getNumSymbols() != 0)
      return op.emitError("sqa-interpret does not know maps with symbols");
    if (!op.isDpsInit(&operand))
      access.tensor = eval.tensor(operand.get());
  }
  for (OpOperand &operand : op.getDpsInitsMutable())
    loops.accesses[operand.getOperandNumber()].tensor =
        eval.takeUniqueTensor(operand);
  FailureOr<SmallVector<int64_t>> extents = loopExtents(op, loops.accesses);
  if (failed(extents))
    return failure();
  loops.extents = std::move(*extents);
  for (auto [i, access] : llvm::enumerate(loops.accesses))
    if (failed(planAccess(op, i, loops.extents, access)))
      return failure();
  return loops;
}

//===----------------------------------------------------------------------===//
// Products: acc + a * b
//===----------------------------------------------------------------------===//

/// Looks through extensions of floats, which change no number.
static Value stripExtension(Value value) {
  while (auto extension = value.getDefiningOp<arith::ExtFOp>())
    value = extension.getIn();
  return value;
}

/// Whether the body yields `acc + a * b` of its three float arguments.
static bool isProductBody(Block &block) {
  if (block.getNumArguments() != 3 ||
      !isa<FloatType>(block.getArgument(2).getType()))
    return false;
  Operation *yield = block.getTerminator();
  if (yield->getNumOperands() != 1)
    return false;
  auto add = yield->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add)
    return false;
  for (bool swapped : {false, true}) {
    Value acc = swapped ? add.getRhs() : add.getLhs();
    Value term = swapped ? add.getLhs() : add.getRhs();
    auto product = term.getDefiningOp<arith::MulFOp>();
    if (acc != block.getArgument(2) || !product)
      continue;
    Value a = stripExtension(product.getLhs());
    Value b = stripExtension(product.getRhs());
    return (a == block.getArgument(0) && b == block.getArgument(1)) ||
           (a == block.getArgument(1) && b == block.getArgument(0));
  }
  return false;
}

/// The innermost loop of a product, from the current offsets on.
static void runProductRow(const Access &a, const Access &b, const Access &acc,
                          unsigned loop, int64_t count) {
  const Scalar *pa = a.tensor->data.data() + a.offset;
  const Scalar *pb = b.tensor->data.data() + b.offset;
  Scalar *to = acc.tensor->data.data() + acc.offset;
  const int64_t sa = a.strides[loop], sb = b.strides[loop];
  const int64_t step = acc.strides[loop];
  if (step == 0) {
    double sum = to->f;
    for (int64_t i = 0; i < count; ++i)
      sum += pa[i * sa].f * pb[i * sb].f;
    to->f = sum;
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    to[i * step].f += pa[i * sa].f * pb[i * sb].f;
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

/// Steps `index` and the linear offsets over the first `rank` loops; false at
/// the end.
static bool nextPoint(Loops &loops, MutableArrayRef<int64_t> index,
                      size_t rank) {
  for (size_t d = rank; d-- > 0;) {
    const bool carries = ++index[d] == loops.extents[d];
    for (Access &access : loops.accesses)
      access.offset += carries ? access.strides[d] * (1 - loops.extents[d])
                               : access.strides[d];
    if (!carries)
      return true;
    index[d] = 0;
  }
  return false;
}

/// Sets the offset of a non-linear access.
static LogicalResult evaluateOffset(linalg::LinalgOp op, unsigned operand,
                                    ArrayRef<int64_t> index, Access &access) {
  SmallVector<Scalar> dims = llvm::map_to_vector(index, intScalar);
  access.offset = 0;
  for (auto [d, expr] : llvm::enumerate(access.map.getResults())) {
    std::optional<int64_t> at = evaluateAffine(expr, dims.size(), dims.data());
    if (!at || *at < 0 || *at >= access.tensor->shape[d])
      return op.emitError("operand #")
             << operand << " is read out of bounds in dimension " << d;
    access.offset = access.offset * access.tensor->shape[d] + *at;
  }
  return success();
}

static LogicalResult runProgram(linalg::LinalgOp op, Loops &loops,
                                Evaluator &eval) {
  const unsigned numLoops = loops.extents.size();
  const unsigned firstInit = op.getNumDpsInputs();
  RegionProgram program(*op.getBlock(), eval, numLoops);
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    if (!loops.accesses[i].tensor)
      program.argument(i) = eval.scalar(operand);

  const bool isLinear = llvm::all_of(
      loops.accesses, [](const Access &access) { return access.isLinear; });
  SmallVector<int64_t> index(numLoops, 0);
  do {
    for (unsigned d = 0; d < numLoops; ++d)
      program.index(d) = index[d];
    if (!isLinear)
      for (auto [i, access] : llvm::enumerate(loops.accesses))
        if (!access.isLinear && failed(evaluateOffset(op, i, index, access)))
          return failure();
    for (auto [i, access] : llvm::enumerate(loops.accesses))
      if (access.tensor)
        program.argument(i) = access.tensor->data[access.offset];
    if (failed(program.run()))
      return failure();
    for (size_t i = firstInit; i < loops.accesses.size(); ++i)
      loops.accesses[i].tensor->data[loops.accesses[i].offset] =
          program.result(i - firstInit);
  } while (nextPoint(loops, index, numLoops));
  return success();
}

static bool isPlainProduct(linalg::LinalgOp op, const Loops &loops,
                           Evaluator &eval) {
  return !eval.getOptions().roundToTypes && !loops.extents.empty() &&
         loops.accesses.size() == 3 && isProductBody(*op.getBlock()) &&
         llvm::all_of(loops.accesses, [](const Access &access) {
           return access.tensor && access.isLinear;
         });
}

static LogicalResult runStructured(linalg::LinalgOp op, Evaluator &eval) {
  if (!op.hasPureTensorSemantics())
    return op.emitError("sqa-interpret only knows linalg on tensors");
  FailureOr<Loops> loops = planLoops(op, eval);
  if (failed(loops))
    return failure();
  for (Access &access : loops->accesses)
    access.offset = access.base;
  if (!llvm::is_contained(loops->extents, 0)) {
    if (isPlainProduct(op, *loops, eval)) {
      const unsigned inner = loops->extents.size() - 1;
      SmallVector<int64_t> index(inner, 0);
      do {
        runProductRow(loops->accesses[0], loops->accesses[1],
                      loops->accesses[2], inner, loops->extents[inner]);
      } while (nextPoint(*loops, index, inner));
    } else if (failed(runProgram(op, *loops, eval))) {
      return failure();
    }
  }
  for (auto [i, result] : llvm::enumerate(op->getResults()))
    eval.set(result, loops->accesses[op.getNumDpsInputs() + i].tensor);
  return success();
}

static LogicalResult run(linalg::IndexOp op, Evaluator &eval) {
  if (!eval.linalgIndices)
    return op.emitError("expected to be in the body of a linalg op");
  eval.set(op.getResult(), eval.linalgIndices[op.getDim()]);
  return success();
}

bool mlir::sqa::interpreter::isStructuredLinalgOp(Operation *op) {
  return isa<linalg::LinalgOp>(op);
}

LogicalResult mlir::sqa::interpreter::runStructuredLinalgOp(Operation *op,
                                                            Evaluator &eval) {
  return runStructured(cast<linalg::LinalgOp>(op), eval);
}

void mlir::sqa::interpreter::addLinalgOps(HandlerTable &table) {
  table.add<linalg::IndexOp>(run);
}
