//===- AttnBufferization.cpp - Online form from tensors to memory
//----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The accumulator, the maximum and the sum are updated in place; everything
// else, captures included, is only read. The regions' captured arguments change
// type with their operands, and tensor.extract on them becomes memref.load.
// Test: test/Dialect/Attn/bufferize.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::sqa::attn;

// Replaces reads of a captured tensor by reads of its buffer.
static void bufferizeCaptureUses(RewriterBase &rewriter, BlockArgument arg,
                                 Type bufferType) {
  arg.setType(bufferType);
  for (Operation *user : llvm::make_early_inc_range(arg.getUsers())) {
    rewriter.setInsertionPoint(user);
    // Ops of the region may have been bufferized before their parent: they
    // read the buffer of the argument, which is now the argument itself.
    // Loads take any layout, so no cast is needed.
    if (auto toBuffer = dyn_cast<ToBufferOp>(user)) {
      rewriter.replaceAllUsesWith(toBuffer.getResult(), arg);
      rewriter.eraseOp(toBuffer);
    } else if (auto extract = dyn_cast<tensor::ExtractOp>(user))
      rewriter.replaceOpWithNewOp<memref::LoadOp>(extract, arg,
                                                  extract.getIndices());
    else if (auto dim = dyn_cast<tensor::DimOp>(user))
      rewriter.replaceOpWithNewOp<memref::DimOp>(dim, arg, dim.getIndex());
  }
}

namespace {
struct OnlineSqaBufferization
    : DstBufferizableOpInterfaceExternalModel<OnlineSqaBufferization,
                                              OnlineSqaOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto online = cast<OnlineSqaOp>(op);
    if (online.hasPureBufferSemantics())
      return success();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        operands.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    SmallVector<Value> inits;
    for (OpOperand &init : online.getDpsInitsMutable())
      inits.push_back(operands[init.getOperandNumber()]);

    OperationState newState(op->getLoc(), op->getName(), operands, TypeRange(),
                            op->getAttrs());
    newState.addRegion();
    newState.addRegion();
    Operation *newOp = rewriter.create(newState);
    ValueRange captures = cast<OnlineSqaOp>(newOp).getCaptures();
    for (auto [from, to] : llvm::zip(op->getRegions(), newOp->getRegions())) {
      rewriter.inlineRegionBefore(from, to, to.end());
      if (to.empty())
        continue;
      OpBuilder::InsertionGuard guard(rewriter);
      for (auto [arg, capture] :
           llvm::zip(to.getArguments().take_back(captures.size()), captures))
        if (arg.getType() != capture.getType())
          bufferizeCaptureUses(rewriter, arg, capture.getType());
    }
    replaceOpWithBufferizedValues(rewriter, op, inits);
    return success();
  }
};

// Writes all of its target, reads all of its source.
struct PackBufferization
    : DstBufferizableOpInterfaceExternalModel<PackBufferization, PackOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<PackOp>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto pack = cast<PackOp>(op);
    if (pack.hasPureBufferSemantics())
      return success();
    auto source = getBuffer(rewriter, pack.getSource(), options, state);
    auto target = getBuffer(rewriter, pack.getTarget(), options, state);
    if (failed(source) || failed(target))
      return failure();
    PackOp::create(rewriter, op->getLoc(), TypeRange(), pack.getSide(), *source,
                   *target);
    replaceOpWithBufferizedValues(rewriter, op, *target);
    return success();
  }
};
} // namespace

void mlir::sqa::attn::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *ctx, AttnDialect *) {
    OnlineSqaOp::attachInterface<OnlineSqaBufferization>(*ctx);
    PackOp::attachInterface<PackBufferization>(*ctx);
    ctx->loadDialect<memref::MemRefDialect>();
  });
}
