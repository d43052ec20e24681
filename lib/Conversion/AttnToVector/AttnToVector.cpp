//===- AttnToVector.cpp - attn.online_sqa to vector loops -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lowers attn.online_sqa on memory, rows_last, to the CPU micro-kernel: loops
// of scf around 1-D vectors, each holding `lanes` query rows.
//
//   attn.online_sqa ins(%q, %k, %v) outs(%acc, %max, %sum) ... rows_last
//
// becomes
//
//   scf.for %column ...                        // query rows, a group at a time
//     scf.for %key ... {                       // scores and weights, fused
//       %s:8 = scf.for %d ... { vector.fma }   // starts at -max
//       %t:8 = scf.if %any_too_large { ... }   // raises max, rescales
//       vector.store 2^%t, %weights            // and sum += 2^%t
//     }
//     scf.for %feature ... { scf.for %key ... { vector.fma } }   // acc
//
// Without rows_last, for few rows, vectors hold features (RowKernel.cpp).
//
// Scratch is memref.alloca of static size at the start of the enclosing
// scf.forall, scf.parallel or function; --sqa-assign-scratch moves it.
//
// Requires: bufferized attn.online_sqa with a schedule; rows >= 1. Ensures: no attn.online_sqa or attn.pack is left. Declines never: what
// it cannot lower is an error. Wrong if: scratch is placed outside the
// scf.forall (threads would share it) or inside the key loop (the stack would
// grow). Test: test/Conversion/AttnToVector/.
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "PackRows.h"
#include "RegionVectorizer.h"
#include "RowKernel.h"
#include "dialects/Attn/AttnOps.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "sqa/Conversion/Passes.h"

#define DEBUG_TYPE "sqa-convert-attn-to-vector"

namespace mlir::sqa {
#define GEN_PASS_DEF_CONVERTATTNTOVECTORPASS
#include "sqa/Conversion/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;
using attn::OnlineSqaOp;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

// Vectors of query rows worked on at once: one register for each accumulator,
// each query vector and one key must do. More than 16 accumulators gain nothing
// (two fused multiply-adds a cycle, 4 cycles each, need 8) and leave too few
// registers for the exponential.
static int64_t chooseGroupVectors(int64_t vectors, int64_t keyRows,
                                  int64_t registers) {
  int64_t fitting = (registers - 1) / (keyRows + 1);
  int64_t useful = std::max<int64_t>(16 / keyRows, 1);
  return std::clamp<int64_t>(std::min(fitting, useful), 1, vectors);
}

static KernelPlan makePlan(OnlineSqaOp op, CpuScheduleAttr schedule) {
  auto query = cast<MemRefType>(op.getQuery().getType());
  auto key = cast<MemRefType>(op.getKey().getType());
  auto value = cast<MemRefType>(op.getValue().getType());
  // The register file of the target, or of the level that has such vectors.
  int64_t registers = schedule.getLanes() == 16 ? 32 : 16;
  if (auto target = dyn_cast_or_null<CpuAttr>(lookupTarget(op)))
    registers = target.getVectorRegisters();

  KernelPlan plan;
  plan.products = schedule.getProducts();
  plan.lanes = schedule.getLanes();
  plan.rows = query.getDimSize(1) / (op.isPacked() ? 2 : 1);
  plan.keyRows = schedule.getKeyRows();
  plan.valueRows = schedule.getValueRows();
  plan.groupVectors =
      chooseGroupVectors(plan.rows / plan.lanes, plan.keyRows, registers);
  // Four accumulator tiles and what they are made of fill the tile registers.
  if (plan.products == Products::tile)
    plan.groupVectors = plan.keyRows == 4 && plan.rows % 64 == 0 ? 4 : 2;
  plan.scratchKeys = key.isDynamicDim(0)
                         ? schedule.getBlockN()
                         : std::max<int64_t>(key.getDimSize(0), 1);
  plan.headDim = op.isPacked() ? key.getDimSize(1) : query.getDimSize(0);
  plan.valueDim = op.isPacked()
                      ? cast<MemRefType>(op.getAcc().getType()).getDimSize(0)
                      : value.getDimSize(1);
  plan.expDegree = schedule.getExpDegree();
  plan.lazyLog2 = schedule.getLazyLog2();
  return plan;
}

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

static LogicalResult checkOperand(OnlineSqaOp op, StringRef name, Value value,
                                  ArrayRef<int64_t> staticDims) {
  auto type = dyn_cast<MemRefType>(value.getType());
  if (!type)
    return op.emitOpError("expected ")
           << name << " in memory (bufferize first), but got "
           << value.getType();
  for (int64_t dim : staticDims)
    if (type.isDynamicDim(dim))
      return op.emitOpError("expected dimension ")
             << dim << " of " << name << " to be static, but got " << type;
  if (!type.isLastDimUnitStride())
    return op.emitOpError("expected ")
           << name << " to have a unit innermost stride, but got " << type;
  return success();
}

static LogicalResult checkOp(OnlineSqaOp op) {
  if (failed(checkOperand(op, "query", op.getQuery(), {0, 1})) ||
      failed(checkOperand(op, "key", op.getKey(), {})) ||
      failed(checkOperand(op, "value", op.getValue(), {1})) ||
      failed(checkOperand(op, "acc", op.getAcc(), {})))
    return failure();
  // One row's are read by themselves.
  if (op.getRowsLast() && (failed(checkOperand(op, "max", op.getMax(), {})) ||
                           failed(checkOperand(op, "sum", op.getSum(), {}))))
    return failure();
  auto schedule = dyn_cast_or_null<CpuScheduleAttr>(op.getScheduleAttr());
  if (!schedule)
    return op.emitOpError("expected schedule(#sqa.cpu_schedule<...>)");
  if (schedule.isPacked() != op.isPacked())
    return op.emitOpError("expected packed operands with packed products, and "
                          "neither alone, but got ")
           << schedule;
  // Lanes of vectors are features: any number of rows.
  if (!op.getRowsLast())
    return checkOperand(op, "acc", op.getAcc(), {0, 1});
  int64_t rows = cast<MemRefType>(op.getMax().getType()).getDimSize(0);
  if (!op.isPacked())
    rows = cast<MemRefType>(op.getQuery().getType()).getDimSize(1);
  if (rows == 0 || rows % schedule.getLanes() != 0)
    return op.emitOpError("expected the number of query rows to be a positive "
                          "multiple of lanes (")
           << schedule.getLanes() << "), but got " << rows;
  // Of the arguments, the score and the query index vary from lane to lane.
  if (op.hasScoreMod() && failed(checkVectorizable(op.getScoreMod(), {0, 3})))
    return failure();
  if (op.hasMaskMod() && failed(checkVectorizable(op.getMaskMod(), {2})))
    return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

namespace {
// Scratch of one block of code. Ops that follow each other share it: each
// writes what it reads. The uses of one op never share: with two keys they may
// be of one shape.
class ScratchAllocator {
public:
  enum Use { Weights, State, Lines, Scores };

  Value get(OnlineSqaOp op, Use use, ArrayRef<int64_t> shape,
            Type element = {}) {
    Block *block = scopeOf(op);
    if (!element)
      element = Float32Type::get(op->getContext());
    auto type = MemRefType::get(shape, element);
    Value &buffer = buffers[use][{block, type}];
    if (!buffer) {
      OpBuilder b(op->getContext());
      b.setInsertionPointToStart(block);
      buffer = memref::AllocaOp::create(b, op.getLoc(), type,
                                        b.getI64IntegerAttr(64));
    }
    return buffer;
  }

private:
  // The body run once a tile or a call.
  static Block *scopeOf(Operation *op) {
    Region *region = op->getParentRegion();
    while (!isa<scf::ForallOp, scf::ParallelOp, FunctionOpInterface>(
        region->getParentOp()))
      region = region->getParentRegion();
    return &region->front();
  }

  DenseMap<std::pair<Block *, Type>, Value> buffers[4];
};
} // namespace

static void lowerRows(OnlineSqaOp op, ScratchAllocator &scratch) {
  auto schedule = cast<CpuScheduleAttr>(op.getScheduleAttr());
  auto query = cast<MemRefType>(op.getQuery().getType());
  auto key = cast<MemRefType>(op.getKey().getType());
  RowKernelPlan plan;
  plan.lanes = schedule.getLanes();
  plan.rows = query.getDimSize(0);
  plan.headDim = query.getDimSize(1);
  plan.valueDim = cast<MemRefType>(op.getValue().getType()).getDimSize(1);
  plan.keys = llvm::alignTo(
      key.isDynamicDim(0) ? schedule.getBlockN() : key.getDimSize(0),
      plan.lanes);
  plan.expDegree = schedule.getExpDegree();
  Value scores = scratch.get(op, ScratchAllocator::Scores, {plan.keys});
  Value weights = scratch.get(op, ScratchAllocator::Weights, {plan.keys});
  OpBuilder b(op);
  RowKernel(b, op, plan, scores, weights).build();
  op.erase();
}

static void lower(OnlineSqaOp op, ScratchAllocator &scratch) {
  if (!op.getRowsLast())
    return lowerRows(op, scratch);
  KernelPlan plan = makePlan(op, cast<CpuScheduleAttr>(op.getScheduleAttr()));
  KernelScratch buffers;
  int64_t keys = plan.scratchKeys, rows = plan.groupRows();
  if (plan.isPacked())
    buffers.weights =
        scratch.get(op, ScratchAllocator::Weights, {keys / 2, 2 * plan.rows},
                    BFloat16Type::get(op.getContext()));
  else
    buffers.weights = scratch.get(op, ScratchAllocator::Weights, {keys, rows});
  buffers.state =
      scratch.get(op, ScratchAllocator::State, {plan.isPacked() ? 3 : 2, rows});
  if (plan.products == Products::tile)
    buffers.scores =
        scratch.get(op, ScratchAllocator::Scores, {2 * kPackedChunk, rows});
  DiagonalTerms diagonal;
  if (op.hasScoreMod())
    diagonal = findDiagonalTerms(op.getScoreMod());
  if (int64_t count = diagonal.values.size())
    buffers.lines =
        scratch.get(op, ScratchAllocator::Lines, {count, plan.lineLength()});
  OpBuilder b(op);
  MicroKernel(b, op, plan, diagonal, buffers).build();
  op.erase();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertAttnToVectorPass
    : sqa::impl::ConvertAttnToVectorPassBase<ConvertAttnToVectorPass> {
  void runOnOperation() override {
    SmallVector<OnlineSqaOp> ops;
    getOperation().walk([&](OnlineSqaOp op) { ops.push_back(op); });
    bool legal = true;
    for (OnlineSqaOp op : ops)
      legal &= succeeded(checkOp(op));
    if (!legal)
      return signalPassFailure();
    ScratchAllocator scratch;
    for (OnlineSqaOp op : ops) {
      lower(op, scratch);
      ++numLowered;
    }
    SmallVector<attn::PackOp> packs;
    getOperation().walk([&](attn::PackOp op) { packs.push_back(op); });
    for (attn::PackOp op : packs) {
      OpBuilder b(op);
      lowerPack(b, op);
      op.erase();
    }
  }
};
} // namespace
