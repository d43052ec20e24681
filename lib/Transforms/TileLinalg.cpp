//===- TileLinalg.cpp - Tile and fuse the code around attention -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linalg ops on tensors become parallel loops over tiles. An op takes its
// producers along when nothing is then computed twice:
//
//   %p = linalg.matmul ins(%x, %w) outs(%zero)
//   %y = linalg.generic ins(%p, %r) {arith.addf}
//
// becomes
//
//   %y = scf.forall (%i, %j) = (0, 0) to (1024, 1024) step (192, 128) {
//     %p = linalg.matmul on slices; %t = linalg.generic on %p
//     tensor.parallel_insert_slice %t }
//
// Before that linalg.softmax and tensor.concat are taken apart and elementwise
// ops merge into one.
//
// Requires: tensors, so before bufferization; after --sqa-tile-attention (ops
// inside an scf.forall are left alone). Ensures: tiles and their buffers are
// bounded by constants unless a row that must stay whole is dynamic. Declines:
// work too small to share out stays as it is, which is correct as well. Wants
// --canonicalize and --cse after it (a producer with two consumers in the tile
// is there twice until then), and --eliminate-empty-tensors before
// bufferization. Wrong if: a producer is fused although someone else reads it.
// Test: test/Transforms/tile-linalg.mlir.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/TileLinalg/Grouping.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-tile-linalg"

namespace mlir::sqa {
#define GEN_PASS_DEF_TILELINALGPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

static void decomposeSoftmax(Operation *root, RewriterBase &b) {
  SmallVector<linalg::SoftmaxOp> ops;
  root->walk([&](linalg::SoftmaxOp op) { ops.push_back(op); });
  for (linalg::SoftmaxOp op : ops) {
    b.setInsertionPoint(op);
    FailureOr<SmallVector<Value>> results = op.decomposeOperation(b);
    if (succeeded(results))
      b.replaceOp(op, *results);
  }
}

// Named elementwise ops to linalg.generic, which is what fuses.
static void generalizeElementwise(Operation *root, RewriterBase &b) {
  SmallVector<linalg::LinalgOp> ops;
  root->walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp, linalg::FillOp>(op) &&
        op.hasPureTensorSemantics() && !op.getNumReductionLoops())
      ops.push_back(op);
  });
  for (linalg::LinalgOp op : ops) {
    b.setInsertionPoint(op);
    (void)linalg::generalizeNamedOp(b, op);
  }
}

// Merging must not repeat a costly producer for elements that share its value.
static bool mayMerge(OpOperand *use) {
  auto producer = use->get().getDefiningOp<linalg::LinalgOp>();
  auto consumer = dyn_cast<linalg::LinalgOp>(use->getOwner());
  if (!producer || !consumer || !producer->hasOneUse())
    return false;
  return consumer.getMatchingIndexingMap(use).getNumResults() ==
             consumer.getNumLoops() ||
         isCheap(producer);
}

static LogicalResult prepare(Operation *root, RewriterBase &b) {
  decomposeSoftmax(root, b);
  generalizeElementwise(root, b);
  RewritePatternSet patterns(root->getContext());
  linalg::populateElementwiseOpsFusionPatterns(patterns, mayMerge);
  tensor::populateDecomposeTensorConcatPatterns(patterns);
  linalg::FillOp::getCanonicalizationPatterns(patterns, root->getContext());
  // Tiles that are there already write where their maker said.
  SmallVector<Operation *> ops;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<scf::ForallOp>(op))
      return WalkResult::skip();
    if (op != root)
      ops.push_back(op);
    return WalkResult::advance();
  });
  return applyOpPatternsGreedily(
      ops, std::move(patterns),
      GreedyRewriteConfig().setStrictness(
          GreedyRewriteStrictness::ExistingAndNewOps));
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

static LogicalResult tileGroup(RewriterBase &b, const TileGroup &group,
                               ArrayRef<int64_t> sizes) {
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  options.tilingOptions.setTileSizes(
      getAsIndexOpFoldResult(b.getContext(), sizes));
  options.setFusionControlFn(
      [&](tensor::ExtractSliceOp, OpResult producer, bool isDestination)
          -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
        bool member = group.members.contains(producer.getOwner());
        bool fill = isa<linalg::FillOp>(producer.getOwner());
        if (!member && !fill)
          return std::nullopt;
        return scf::SCFTileAndFuseOptions::ControlFnResult{};
      });
  linalg::LinalgOp root = group.root;
  b.setInsertionPoint(root);
  FailureOr<scf::SCFTileAndFuseResult> result =
      scf::tileConsumerAndFuseProducersUsingSCF(
          b, cast<TilingInterface>(root.getOperation()), options);
  if (failed(result))
    return failure();
  for (OpResult value : root->getResults())
    b.replaceAllUsesWith(value, result->replacements[value]);
  b.eraseOp(root);
  for (const auto &member : llvm::drop_begin(group.members))
    if (member.first->use_empty())
      b.eraseOp(member.first);
  return success();
}

static void explain(const TileGroup &group, ArrayRef<int64_t> sizes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(sizes, os, "x");
  remark::passed(
      group.root->getLoc(),
      remark::RemarkOpts::name("Tiles").category(DEBUG_TYPE).subCategory("cpu"))
      << remark::add("{0} ops in tiles of {1} (0: whole)", group.members.size(),
                     text);
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct TileLinalgPass : sqa::impl::TileLinalgPassBase<TileLinalgPass> {
  void runOnOperation() override {
    IRRewriter b(&getContext());
    if (failed(prepare(getOperation(), b)))
      return signalPassFailure();
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      Operation *parent = block->getParentOp();
      if (!isa<scf::ForallOp>(parent) &&
          !parent->getParentOfType<scf::ForallOp>())
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      tileBlock(b, block);
    // What a tile hands on is a buffer of the tile, not a slice of a whole one.
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

private:
  // Consumers first: they decide which of their producers they take along.
  void tileBlock(IRRewriter &b, Block *block) {
    SmallVector<linalg::LinalgOp> roots;
    for (auto op : block->getOps<linalg::LinalgOp>())
      if (op.hasPureTensorSemantics())
        roots.push_back(op);
    llvm::SmallPtrSet<Operation *, 16> done;
    for (linalg::LinalgOp root : llvm::reverse(roots)) {
      if (done.contains(root))
        continue;
      TileGroup group = growGroup(root);
      for (const auto &member : group.members)
        done.insert(member.first);
      SmallVector<int64_t> sizes = chooseTileSizes(group);
      if (llvm::all_of(sizes, [](int64_t size) { return size == 0; })) {
        ++numSerial;
        continue;
      }
      explain(group, sizes);
      if (succeeded(tileGroup(b, group, sizes)))
        ++numTiled;
    }
  }
};
} // namespace
