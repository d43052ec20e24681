//===- Matmul.cpp - Products of matrices on buffers -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops of Goto and van de Geijn (2008), in one tile of one thread:
//
//   for columns by kColumnBlock, for depth by kDepthBlock:
//     pack rhs into panels of `panel` columns, f32:
//     [columns/panel][depth][panel] for rows by kRowBlock:
//       copy lhs to rows of f32 if it is not
//       for each panel, for rows by `rows`:
//         rows x panel sums in registers, over the depth block
//         out += sums
//
// The registers hold rows x 2 vectors of sums, 2 vectors of rhs and a broadcast
// lhs element. lhs is read in place: a row is a stream, and a stride of 4 KiB
// puts at most `rows` lines in one set of the cache. Where a panel is cut off
// by the edge it is filled up with zeros, and its sums go to `out` element by
// element.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/VectorizeLinalg/MatmulEmitter.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

// A panel of rhs (depth x 16 lanes x 4 bytes = 16 KiB) shares the first-level
// cache with the rows; all panels (256 KiB) and the copied rows (96 KiB) live
// in the second. Multiples of every register block below.
static constexpr int64_t kDepthBlock = 256;
static constexpr int64_t kColumnBlock = 256;
static constexpr int64_t kRowBlock = 96;
// With fewer rows than this, packing costs more than it gains.
static constexpr int64_t kFewestRows = 4;

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

static Value skipExtension(Value v) {
  auto extension = v.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : v;
}

// yield(out + a * b), where a and b may be extended.
static bool isMultiplyAdd(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  auto add = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add)
    return false;
  Value out = body.getArgument(2);
  Value other = add.getLhs() == out ? add.getRhs() : add.getLhs();
  if (add.getLhs() != out && add.getRhs() != out)
    return false;
  auto mul = other.getDefiningOp<arith::MulFOp>();
  if (!mul)
    return false;
  Value x = skipExtension(mul.getLhs()), y = skipExtension(mul.getRhs());
  Value a = body.getArgument(0), b = body.getArgument(1);
  return (x == a && y == b) || (x == b && y == a);
}

static bool isFloatBuffer(OpOperand &operand) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  Type element = type ? type.getElementType() : Type();
  return type && (element.isF32() || element.isF16() || element.isBF16());
}

// The last of `dims` that the map of `out` names.
static unsigned lastOf(ArrayRef<unsigned> dims, AffineMap map) {
  unsigned last = dims.front();
  for (AffineExpr e : map.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(e))
      if (llvm::is_contained(dims, dim.getPosition()))
        last = dim.getPosition();
  return last;
}

std::optional<MatmulPlan> mlir::sqa::planMatmul(linalg::LinalgOp op,
                                                CpuAttr target) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !llvm::all_of(op->getOpOperands(), isFloatBuffer) || !isMultiplyAdd(op))
    return std::nullopt;
  FailureOr<linalg::ContractionDimensions> dims =
      linalg::inferContractionDims(op);
  if (failed(dims) || dims->m.empty() || dims->n.empty() || dims->k.empty() ||
      llvm::any_of(op.getIndexingMapsArray(),
                   [](AffineMap map) { return !map.isProjectedPermutation(); }))
    return std::nullopt;
  OpOperand *lhs = op.getDpsInputOperand(0), *rhs = op.getDpsInputOperand(1);
  OpOperand *out = op.getDpsInitOperand(0);
  AffineMap outMap = op.getMatchingIndexingMap(out);
  SmallVector<unsigned, 2> rows = dims->m, columns = dims->n;
  unsigned contiguous = outMap.getDimPosition(outMap.getNumResults() - 1);
  if (llvm::is_contained(rows, contiguous)) { // out^T = rhs^T * lhs^T
    std::swap(rows, columns);
    std::swap(lhs, rhs);
  }
  MatmulPlan plan{
      lhs,           rhs, out, lastOf(rows, outMap), lastOf(columns, outMap),
      dims->k.back()};
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto atLeast = [&](unsigned dim, int64_t least) {
    return ShapedType::isDynamic(sizes[dim]) || sizes[dim] >= least;
  };
  if (!atLeast(plan.row, kFewestRows) || !atLeast(plan.depth, 4) ||
      !atLeast(plan.column, target.getVectorBits() / 32))
    return std::nullopt;
  return plan;
}

//===----------------------------------------------------------------------===//
// Small builders
//===----------------------------------------------------------------------===//

Value MatmulEmitter::toF32(Value v) {
  if (getElementTypeOrSelf(v.getType()).isF32())
    return v;
  Type type = b.getF32Type();
  if (auto vectorType = dyn_cast<VectorType>(v.getType()))
    type = vectorType.clone(type);
  return arith::ExtFOp::create(b, loc, type, v);
}

Value MatmulEmitter::fromF32(Value v, Type element) {
  if (element.isF32())
    return v;
  if (auto vectorType = dyn_cast<VectorType>(v.getType()))
    element = vectorType.clone(element);
  return arith::TruncFOp::create(b, loc, element, v);
}

void MatmulEmitter::forSteps(Value to, int64_t step,
                             llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, constant(0), to, constant(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

// body(start, size) for blocks of at most `block`.
void MatmulEmitter::forBlocks(Value size, int64_t block,
                              llvm::function_ref<void(Value, Value)> body) {
  std::optional<int64_t> known = getConstantIntValue(size);
  if (known && *known <= block && *known > 0)
    return body(constant(0), size);
  forSteps(size, block, [&](Value start) {
    Value most = constant(block);
    Value here =
        known && *known % block == 0
            ? most
            : b.createOrFold<arith::MinSIOp>(loc, most, sub(size, start));
    body(start, here);
  });
}

Value MatmulEmitter::allocate(ArrayRef<int64_t> shape) {
  auto type = MemRefType::get(shape, b.getF32Type());
  return memref::AllocOp::create(b, loc, type, b.getI64IntegerAttr(64));
}

// The two dimensions of an operand that matter, at the given other ones.
Matrix MatmulEmitter::matrix(OpOperand *operand, unsigned row, unsigned column,
                             ArrayRef<Value> ivs) {
  AffineMap map = op.getMatchingIndexingMap(operand);
  auto type = cast<MemRefType>(operand->get().getType());
  SmallVector<OpFoldResult> offsets, extents;
  SmallVector<OpFoldResult> strides(map.getNumResults(), b.getIndexAttr(1));
  SmallVector<int64_t> shape;
  SmallVector<unsigned> kept;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    unsigned dim = map.getDimPosition(i);
    if (dim != row && dim != column) {
      offsets.push_back(ivs[dim]);
      extents.push_back(b.getIndexAttr(1));
      continue;
    }
    offsets.push_back(b.getIndexAttr(0));
    extents.push_back(getAsOpFoldResult(sizes[dim]));
    shape.push_back(
        getConstantIntValue(sizes[dim]).value_or(ShapedType::kDynamic));
    kept.push_back(dim);
  }
  Value view = operand->get();
  if (map.getNumResults() != 2) {
    MemRefType reduced = memref::SubViewOp::inferRankReducedResultType(
        shape, type, offsets, extents, strides);
    view = memref::SubViewOp::create(b, loc, reduced, view, offsets, extents,
                                     strides);
  }
  return {view, kept.front() == column};
}

Matrix MatmulEmitter::block(Matrix m, Value row, Value column, Value height,
                            Value width) {
  SmallVector<OpFoldResult> ones(2, b.getIndexAttr(1));
  Value view = memref::SubViewOp::create(
      b, loc, m.buffer, getAsOpFoldResult(m.at(row, column)),
      getAsOpFoldResult(m.at(height, width)), ones);
  return {view, m.transposed};
}

//===----------------------------------------------------------------------===//
// Outer loops
//===----------------------------------------------------------------------===//

void MatmulEmitter::multiply(Matrix lhs, Matrix rhs, Matrix out) {
  Value height = sizes[plan.row], width = sizes[plan.column];
  forBlocks(width, kColumnBlock, [&](Value column, Value width) {
    forBlocks(sizes[plan.depth], kDepthBlock, [&](Value d, Value depth) {
      packPanels(block(rhs, d, column, depth, width), depth, width);
      forBlocks(height, kRowBlock, [&](Value row, Value height) {
        Matrix from = block(lhs, row, d, height, depth);
        if (converted) {
          Matrix whole{converted, false};
          Matrix to = block(whole, constant(0), constant(0), height, depth);
          AffineMap map = b.getMultiDimIdentityMap(2);
          if (from.transposed)
            map = AffineMap::getPermutationMap(ArrayRef<unsigned>{1, 0},
                                               b.getContext());
          copyConverted(from.buffer, to.buffer, map);
          from = to;
        }
        multiplyBlock(from, block(out, row, column, height, width), height,
                      width, depth);
      });
    });
  });
}

void MatmulEmitter::emit() {
  for (const Range &range : op.createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  panels = allocate({kColumnBlock / panel, kDepthBlock, panel});
  edge = allocate({rows, panel});
  auto lhsType = cast<MemRefType>(plan.lhs->get().getType());
  AffineMap lhsMap = op.getMatchingIndexingMap(plan.lhs);
  bool inRows = lhsMap.getResults().back() == b.getAffineDimExpr(plan.depth);
  if (!inRows || !lhsType.getElementType().isF32())
    converted = allocate({kRowBlock, kDepthBlock});

  SmallVector<Value> ivs(sizes.size());
  SmallVector<scf::ForOp> loops;
  OpBuilder::InsertionGuard guard(b);
  for (unsigned dim = 0; dim < sizes.size(); ++dim) {
    if (dim == plan.row || dim == plan.column || dim == plan.depth)
      continue;
    loops.push_back(
        scf::ForOp::create(b, loc, constant(0), sizes[dim], constant(1)));
    b.setInsertionPointToStart(loops.back().getBody());
    ivs[dim] = loops.back().getInductionVar();
  }
  multiply(matrix(plan.lhs, plan.row, plan.depth, ivs),
           matrix(plan.rhs, plan.depth, plan.column, ivs),
           matrix(plan.out, plan.row, plan.column, ivs));
  if (!loops.empty())
    b.setInsertionPointAfter(loops.front());
  for (Value scratch : {panels, edge, converted})
    if (scratch)
      memref::DeallocOp::create(b, loc, scratch);
}

void mlir::sqa::emitMatmul(RewriterBase &b, linalg::LinalgOp op,
                           const MatmulPlan &plan, CpuAttr target,
                           llvm::function_ref<void()> fallback) {
  if (!ShapedType::isDynamic(op.getStaticLoopRanges()[plan.row])) {
    MatmulEmitter(b, op, plan, target).emit();
    return;
  }
  Location loc = op.getLoc();
  Value height = getValueOrCreateConstantIndexOp(
      b, loc, op.createLoopRanges(b, loc)[plan.row].size);
  Value few = arith::ConstantIndexOp::create(b, loc, kFewestRows);
  Value isFew =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, height, few);
  auto branch = scf::IfOp::create(b, loc, isFew, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  fallback();
  b.setInsertionPointToStart(branch.elseBlock());
  MatmulEmitter(b, op, plan, target).emit();
}
