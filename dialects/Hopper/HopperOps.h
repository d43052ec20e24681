//===- HopperOps.h - Block programs of compute capability 9.0a -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_HOPPER_HOPPEROPS_H
#define SQA_DIALECTS_HOPPER_HOPPEROPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Hopper/HopperOpsDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Hopper/HopperOpsTypes.h.inc"

namespace mlir::sqa::hopper {

// What a multiprocessor of compute capability 9.0 has (CUDA C++ Programming
// Guide, technical specifications per compute capability).
inline constexpr int64_t kRegisterFile = 65536;
inline constexpr int64_t kSharedBytesPerBlock = 232448;
inline constexpr int64_t kSharedBytesPerSm = 233472;
// What the driver keeps of it for each block.
inline constexpr int64_t kReservedSharedBytes = 1024;
inline constexpr int64_t kMaxRegistersPerThread = 255;
inline constexpr int64_t kWarpgroupThreads = 128;
// Columns of a fragment that sums on the tensor cores take.
inline constexpr int64_t kOnesColumns = 8;
inline constexpr int64_t kOnesRows = 16;
// Tiles that are handed out and tiles that are voted on at a time.
inline constexpr int64_t kQueueStages = 2;
inline constexpr int64_t kVoteRounds = 2;
// Named barriers that ops use themselves: one a warpgroup, one for all.
inline constexpr int64_t kStoreBarrier = 1;
inline constexpr int64_t kScreenBarrier = 15;

// Roles that an op may stand in; checked when it is verified.
template <typename ConcreteType>
class InProducer : public OpTrait::TraitBase<ConcreteType, InProducer> {
public:
  static LogicalResult verifyTrait(Operation *op);
};
template <typename ConcreteType>
class InConsumer : public OpTrait::TraitBase<ConcreteType, InConsumer> {
public:
  static LogicalResult verifyTrait(Operation *op);
};

// Registers of each thread of a block of `threads` when `blocks` of them share
// a multiprocessor: what ptxas gives at launch and setmaxnreg redistributes.
int64_t getLaunchRegisters(int64_t threads, int64_t blocks);

namespace detail {
LogicalResult verifyRole(Operation *op, bool producer);
} // namespace detail

template <typename ConcreteType>
LogicalResult InProducer<ConcreteType>::verifyTrait(Operation *op) {
  return detail::verifyRole(op, /*producer=*/true);
}
template <typename ConcreteType>
LogicalResult InConsumer<ConcreteType>::verifyTrait(Operation *op) {
  return detail::verifyRole(op, /*producer=*/false);
}
} // namespace mlir::sqa::hopper

#define GET_OP_CLASSES
#include "dialects/Hopper/HopperOps.h.inc"

namespace mlir::sqa::hopper {

// Where the parts of the block's shared memory lie: derived from the rings in
// the order they are written.
struct SharedLayout {
  SharedLayout() = default;
  explicit SharedLayout(KernelOp kernel);
  // Byte offsets from the start.
  int64_t getTiles(RingOp ring) const { return rings.lookup(ring); }
  int64_t getFull(RingOp ring, int64_t stage = 0) const {
    return barriers.lookup(ring) + 8 * stage;
  }
  int64_t getEmpty(RingOp ring, int64_t stage = 0) const;
  // Four bytes a stage.
  int64_t getNotes(RingOp ring) const { return notes.lookup(ring); }
  int64_t getOnes() const { return ones; }
  // The barriers of a vote's rounds, and the flags behind them.
  int64_t getVote() const { return vote; }
  int64_t getVoteFlag() const { return vote + 8 * kVoteRounds; }
  // The barriers of a queue's places, full ones first, and what they hold.
  int64_t getQueueFull() const { return queue; }
  int64_t getQueueEmpty() const { return queue + 8 * kQueueStages; }
  int64_t getQueueWords() const { return queue + 16 * kQueueStages; }
  int64_t getBytes() const { return bytes; }

private:
  llvm::DenseMap<Operation *, int64_t> rings, barriers, notes;
  int64_t ones = 0, vote = 0, queue = 0, bytes = 0;
};

} // namespace mlir::sqa::hopper

#endif // SQA_DIALECTS_HOPPER_HOPPEROPS_H
