//===- Grouping.cpp - Which linalg ops are tiled together -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A producer joins the group when all its consumers are in it, so nothing is
// computed outside and inside. Cutting a loop that a producer does not follow
// would compute the producer again in each tile: an elementwise op that is
// cheap may do so, a reduction forbids the cut (rows of a softmax stay whole),
// anything else stays outside.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileLinalg/Grouping.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::sqa;

// Arithmetic operations that may be repeated for each tile or element.
static constexpr unsigned kCheapOperations = 8;

bool mlir::sqa::isCheap(linalg::LinalgOp op) {
  if (op.getNumReductionLoops())
    return false;
  unsigned count = 0;
  for (Operation &inner : op.getBlock()->without_terminator()) {
    bool costly = isa<math::MathDialect>(inner.getDialect()) &&
                  !isa<math::AbsFOp, math::FmaOp, math::FloorOp, math::CeilOp,
                       math::CopySignOp>(inner);
    if (costly || isa<arith::DivFOp, arith::RemFOp>(inner) ||
        ++count > kCheapOperations)
      return false;
  }
  return true;
}

std::optional<ProductLoops> mlir::sqa::findProductLoops(linalg::LinalgOp op) {
  FailureOr<linalg::ContractionDimensions> dims =
      linalg::inferContractionDims(op);
  if (failed(dims) || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      dims->m.empty() || dims->n.empty() || dims->k.empty())
    return std::nullopt;
  AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!out.isProjectedPermutation() || out.getNumResults() < 2)
    return std::nullopt;
  unsigned column = out.getDimPosition(out.getNumResults() - 1);
  bool swapped = llvm::is_contained(dims->m, column);
  ArrayRef<unsigned> rows = swapped ? dims->n : dims->m;
  if (!swapped && !llvm::is_contained(dims->n, column))
    return std::nullopt;
  // The longest of the other side; a dynamic one counts as long.
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto length = [&](unsigned dim) {
    return ShapedType::isDynamic(sizes[dim]) ? INT64_MAX : sizes[dim];
  };
  unsigned row = rows.front();
  for (unsigned dim : rows)
    if (length(dim) >= length(row))
      row = dim;
  return ProductLoops{row, column, dims->k.back()};
}

//===----------------------------------------------------------------------===//
// Growing
//===----------------------------------------------------------------------===//

namespace {
using LoopMap = SmallVector<std::optional<unsigned>>;
} // namespace

// The loops of the root that the loops of `producer` follow, as `use` reads it;
// none if it is read at anything but whole loop variables.
static std::optional<LoopMap>
followUse(const TileGroup &group, linalg::LinalgOp producer, OpOperand &use) {
  auto consumer = cast<linalg::LinalgOp>(use.getOwner());
  const LoopMap &consumerLoops = group.members.find(consumer)->second;
  auto result = cast<OpResult>(use.get());
  AffineMap read = consumer.getMatchingIndexingMap(&use);
  AffineMap written = producer.getIndexingMapMatchingResult(result);
  if (!read.isProjectedPermutation() || !written.isProjectedPermutation())
    return std::nullopt;
  LoopMap loops(producer.getNumLoops());
  for (unsigned i = 0; i < read.getNumResults(); ++i)
    loops[written.getDimPosition(i)] = consumerLoops[read.getDimPosition(i)];
  return loops;
}

// What is true of both. A loop that one consumer follows and another needs
// whole must not be cut.
static std::optional<LoopMap> unify(const TileGroup &group, const LoopMap &x,
                                    const LoopMap &y) {
  LoopMap common;
  for (auto [a, b] : llvm::zip(x, y)) {
    auto mayBeCut = [&](std::optional<unsigned> loop) {
      return loop && group.tileable[*loop];
    };
    if (a != b && (mayBeCut(a) || mayBeCut(b)))
      return std::nullopt;
    common.push_back(a == b ? a : std::nullopt);
  }
  return common;
}

static std::optional<LoopMap> followUses(const TileGroup &group,
                                         linalg::LinalgOp producer) {
  std::optional<LoopMap> common;
  for (OpOperand &use : producer->getUses()) {
    if (!group.members.contains(use.getOwner()))
      return std::nullopt;
    std::optional<LoopMap> loops = followUse(group, producer, use);
    common = loops && common ? unify(group, *loops, *common) : loops;
    if (!common)
      return std::nullopt;
  }
  return common;
}

static llvm::SmallBitVector loopsFollowed(const TileGroup &group,
                                          const LoopMap &loops) {
  llvm::SmallBitVector followed(group.tileable.size());
  for (std::optional<unsigned> loop : loops)
    if (loop)
      followed.set(*loop);
  return followed;
}

// Enough loops would be left to cut.
static bool isWorthCutting(const TileGroup &group,
                           const llvm::SmallBitVector &loops) {
  linalg::LinalgOp root = group.root;
  SmallVector<int64_t> sizes = root.getStaticLoopRanges();
  return llvm::any_of(loops.set_bits(), [&](unsigned loop) {
    return ShapedType::isDynamic(sizes[loop]) || sizes[loop] > 1;
  });
}

// The reciprocal root of a sum of squares and the like: what a row has one of.
static bool readsReduction(linalg::LinalgOp op) {
  return llvm::any_of(op.getDpsInputs(), [](Value input) {
    auto producer = input.getDefiningOp<linalg::LinalgOp>();
    return producer && producer.getNumReductionLoops();
  });
}

static void tryToJoin(TileGroup &group, linalg::LinalgOp producer) {
  std::optional<LoopMap> loops = followUses(group, producer);
  if (!loops)
    return;
  llvm::SmallBitVector followed = loopsFollowed(group, *loops);
  llvm::SmallBitVector common = group.tileable;
  common &= followed;
  bool followsAll = common == group.tileable;
  linalg::LinalgOp root = group.root;
  if (findProductLoops(producer)) {
    // Of a product every tile needs whole rows and columns of its operands;
    // with a reduction above it, its columns would be whole as well.
    if (!followsAll || root.getNumReductionLoops() ||
        group.tileable.count() != root.getNumLoops())
      return;
    group.product = producer;
  } else if (producer.getNumReductionLoops() ||
             (!followsAll && !isCheap(producer) && readsReduction(producer))) {
    if (group.product || !isWorthCutting(group, common))
      return;
    group.tileable = common;
  } else if (!followsAll && !isCheap(producer)) {
    return;
  }
  group.members.insert({producer, *loops});
}

// Only fills join a root that is itself a product or a reduction over rows that
// must stay whole: their operands are read more than once.
TileGroup mlir::sqa::growGroup(linalg::LinalgOp root) {
  TileGroup group{root, {}, {}, {}};
  LoopMap own;
  group.tileable.resize(root.getNumLoops());
  for (auto [i, kind] : llvm::enumerate(root.getIteratorTypesArray())) {
    own.push_back(i);
    group.tileable[i] = kind == utils::IteratorType::parallel;
  }
  group.members.insert({root, own});
  if (findProductLoops(root))
    group.product = root;
  for (Operation *op = root->getPrevNode(); op; op = op->getPrevNode()) {
    auto producer = dyn_cast<linalg::LinalgOp>(op);
    bool mayJoin = producer && producer.hasPureTensorSemantics() &&
                   !op->use_empty() &&
                   (group.product != root || isa<linalg::FillOp>(op));
    if (mayJoin)
      tryToJoin(group, producer);
  }
  return group;
}
