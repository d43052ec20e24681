//===- HopperVerify.cpp - Verifiers of the hopper dialect -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hopper/HopperOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::sqa::hopper;

//===----------------------------------------------------------------------===//
// The block
//===----------------------------------------------------------------------===//

LogicalResult KernelOp::verify() {
  if (getFunctionType().getNumResults() != 0) // kernel_c1
    return emitOpError("expected no results");
  for (Type type : getArgumentTypes())
    if (!isa<TensorMapType, LLVM::LLVMPointerType, IndexType>(type) &&
        !type.isF32() && !type.isInteger(32) && !type.isInteger(64))
      return emitOpError("expected arguments to be tensor maps, pointers, "
                         "index, i32, i64 or f32, but got ") // kernel_c1
             << type;
  if (getBlocksPerSm() < 1 || getBlocksPerSm() > 8) // kernel_c2
    return emitOpError("expected 1 to 8 blocks_per_sm, but got ")
           << getBlocksPerSm();
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  if (!getBody().hasOneBlock())
    return emitOpError("expected one block"); // kernel_c3
  auto roles = getBody().getOps<WarpRolesOp>();
  if (!llvm::hasSingleElement(roles)) // kernel_c3
    return emitOpError("expected one hopper.warp_roles in its body");
  if ((*roles.begin())->getNextNode() != getBody().front().getTerminator() ||
      !isa<ReturnOp>(getBody().front().getTerminator()))
    return emitOpError("expected hopper.return behind " // kernel_c3
                       "hopper.warp_roles and nothing between them");
  if (llvm::count_if(getBody().getOps(), llvm::IsaPred<OnesOp>) > 1)
    return emitOpError("expected at most one hopper.ones"); // kernel_c4
  if (llvm::count_if(getBody().getOps(), llvm::IsaPred<VoteOp>) > 1)
    return emitOpError("expected at most one hopper.vote"); // kernel_c4
  if (llvm::count_if(getBody().getOps(), llvm::IsaPred<QueueOp>) > 1)
    return emitOpError("expected at most one hopper.queue"); // kernel_c4
  // Checked by the roles themselves; here only so that the budget is known.
  int64_t limit = std::min<int64_t>(kSharedBytesPerBlock,
                                    kSharedBytesPerSm / getBlocksPerSm() -
                                        kReservedSharedBytes);
  int64_t bytes = SharedLayout(*this).getBytes();
  if (bytes > limit) // kernel_c5
    return emitOpError("expected at most ")
           << limit << " bytes of shared memory, but its rings take " << bytes;
  return success();
}

static bool isRegisterCount(int64_t count) {
  // PTX ISA, setmaxnreg: 24 to 256 in steps of 8.
  return count >= 24 && count <= 256 && count % 8 == 0;
}

LogicalResult WarpRolesOp::verify() {
  if (getConsumers() < 1 || getConsumers() > 7) // warp_roles_c1
    return emitOpError("expected 1 to 7 consumers, but got ") << getConsumers();
  int64_t producer = getProducerRegisters(), consumer = getConsumerRegisters();
  if (!isRegisterCount(producer) || !isRegisterCount(consumer))
    return emitOpError(
               "expected registers to be a multiple of 8 from 24 to " // warp_roles_c2
               "256, but got ")
           << producer << " and " << consumer;
  auto kernel = cast<KernelOp>((*this)->getParentOp());
  int64_t launch =
      getLaunchRegisters(kWarpgroupThreads * (getConsumers() + 1),
                         std::max<int64_t>(kernel.getBlocksPerSm(), 1));
  // The pool is what the block got at launch, not the multiprocessor's file:
  // an increase beyond it never returns (seen on an H200).
  int64_t used = getConsumers() * consumer + producer;
  int64_t pool = (getConsumers() + 1) * launch;
  if (used > pool) // warp_roles_c3
    return emitOpError("expected all warpgroups to take at most ")
           << pool << " registers a lane (" << getConsumers() + 1 << " x "
           << launch << "), but got " << used;
  if (getProducer().getNumArguments() != 0 ||
      getConsumer().getNumArguments() != 1 ||
      !getConsumer().getArgument(0).getType().isIndex()) // warp_roles_c4
    return emitOpError("expected no argument of the producer and one index, "
                       "the warpgroup, of the consumers");
  for (Region *region : {&getProducer(), &getConsumer()})
    if (!isa<YieldOp>(region->front().back())) // warp_roles_c4
      return emitOpError("expected roles to end in hopper.yield");
  return success();
}

LogicalResult mlir::sqa::hopper::detail::verifyRole(Operation *op,
                                                    bool producer) {
  auto roles = op->getParentOfType<WarpRolesOp>();
  Region *role = nullptr;
  if (roles)
    role = producer ? &roles.getProducer() : &roles.getConsumer();
  if (!role || !role->isAncestor(op->getParentRegion())) // role_c1
    return op->emitOpError("expected to stand in the ")
           << (producer ? "producer" : "consumers") << " of hopper.warp_roles";
  return success();
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

// Offsets are constants, so it must be plain which ring is meant.
static LogicalResult verifyRing(Operation *op, Value ring) {
  if (!ring.getDefiningOp<RingOp>()) // ring_c5
    return op->emitOpError("expected a ring that hopper.ring made, not one "
                           "that control flow selects");
  return success();
}

LogicalResult WaitEmptyOp::verify() { return verifyRing(*this, getRing()); }
LogicalResult WaitFullOp::verify() { return verifyRing(*this, getRing()); }
LogicalResult ReleaseOp::verify() { return verifyRing(*this, getRing()); }
LogicalResult WriteNoteOp::verify() { return verifyRing(*this, getRing()); }
LogicalResult ReadNoteOp::verify() { return verifyRing(*this, getRing()); }

LogicalResult LoadOp::verify() {
  if (failed(verifyRing(*this, getRing())))
    return failure();
  RingType ring = getRing().getType();
  TensorMapType map = getMap().getType();
  auto argument = dyn_cast<BlockArgument>(getMap());
  if (!argument || !isa<KernelOp>(argument.getOwner()->getParentOp()))
    return emitOpError(
        "expected the map to be an argument of the kernel"); // load_c1
  if (map.getRows() != ring.getRows() ||
      map.getColumns() != ring.getSlabColumns() ||
      map.getElementType() != ring.getElementType()) // load_c2
    return emitOpError("expected a map with boxes of ")
           << ring.getRows() << " x " << ring.getSlabColumns() << " "
           << ring.getElementType() << " for " << ring << ", but got " << map;
  return success();
}

// Two barriers, so two rounds at a time.
static LogicalResult verifyVote(Operation *op, CursorType round) {
  if (round.getStages() != kVoteRounds) // vote_c1
    return op->emitOpError("expected a round of two stages, but got ") << round;
  return success();
}

static LogicalResult verifyQueue(Operation *op, Value queue, CursorType cursor,
                                 size_t values) {
  if (!queue.getDefiningOp<QueueOp>()) // queue_c2
    return op->emitOpError("expected a queue that hopper.queue made, not one "
                           "that control flow selects");
  if (cursor.getStages() != kQueueStages) // queue_c3
    return op->emitOpError("expected a cursor of two stages, but got ")
           << cursor;
  int64_t words = cast<QueueType>(queue.getType()).getWords();
  if (static_cast<int64_t>(values) != words) // queue_c4
    return op->emitOpError("expected ")
           << words << " values, but got " << values;
  return success();
}

LogicalResult PushOp::verify() {
  return verifyQueue(*this, getQueue(), getCursor().getType(),
                     getValues().size());
}
LogicalResult PopOp::verify() {
  return verifyQueue(*this, getQueue(), getCursor().getType(),
                     getValues().size());
}

LogicalResult CastVoteOp::verify() {
  return verifyVote(*this, getRound().getType());
}
LogicalResult AwaitVoteOp::verify() {
  return verifyVote(*this, getRound().getType());
}

//===----------------------------------------------------------------------===//
// Matrix groups
//===----------------------------------------------------------------------===//

static LogicalResult verifyCursor(Operation *op, RingType ring,
                                  CursorType cursor) {
  if (ring.getStages() != cursor.getStages()) // cursor_c1
    return op->emitOpError("expected a cursor of ")
           << ring.getStages() << " stages, but got " << cursor;
  return success();
}

LogicalResult WgmmaSsOp::verify() {
  RingType a = getA().getType(), b = getB().getType();
  if (failed(verifyRing(*this, getA())) || failed(verifyRing(*this, getB())) ||
      failed(verifyCursor(*this, a, getACursor().getType())) ||
      failed(verifyCursor(*this, b, getBCursor().getType())))
    return failure();
  if (a.getColumns() != b.getColumns() ||
      a.getElementType() != b.getElementType()) // wgmma_c1
    return emitOpError("expected A and B to have the same columns and "
                       "elements, but got ")
           << a << " and " << b;
  if (a.getRows() % 64 != 0) // wgmma_c2
    return emitOpError("expected rows of A to be a multiple of 64, but got ")
           << a.getRows();
  if (getResult().getType().getFragment().getColumns() != b.getRows())
    return emitOpError("expected a result of ") // wgmma_c3
           << b.getRows() << " columns, but got " << getResult().getType();
  return success();
}

LogicalResult WgmmaRsOp::verify() {
  FragmentType a = getA().getType(), accumulator = getAccumulator().getType();
  RingType b = getB().getType();
  if (failed(verifyRing(*this, getB())) ||
      failed(verifyCursor(*this, b, getBCursor().getType())))
    return failure();
  if (a.getColumns() != b.getRows() || b.getRows() % 16 != 0 ||
      a.getElementType() != b.getElementType()) // wgmma_c1
    return emitOpError("expected columns of A to be the rows of B, a multiple "
                       "of 16, and the same elements, but got ")
           << a << " and " << b;
  // One descriptor has one distance between slabs, and the ones need it.
  if (getOnes() && (b.getSlabs() != 1 || getOnes().getType().getElementType() !=
                                             b.getElementType())) // wgmma_c4
    return emitOpError("expected ones of the values' type beside values of "
                       "one slab, but got ")
           << getOnes().getType() << " and " << b;
  int64_t columns = b.getColumns() + (getOnes() ? kOnesColumns : 0);
  if (accumulator.getColumns() != columns ||
      getResult().getType().getFragment() != accumulator ||
      !accumulator.getElementType().isF32()) // wgmma_c3
    return emitOpError("expected an f32 accumulator and result of ")
           << columns << " columns, but got " << accumulator << " and "
           << getResult().getType();
  return success();
}

LogicalResult WgmmaWaitOp::verify() {
  // PTX ISA, wgmma.wait_group: N is 0 to 7.
  if (getInFlight() < 0 || getInFlight() > 7) // wgmma_wait_c1
    return emitOpError("expected in_flight to be 0 to 7, but got ")
           << getInFlight();
  if (getPending().size() != getResults().size()) // wgmma_wait_c2
    return emitOpError("expected as many results as operands");
  for (auto [pending, result] : llvm::zip_equal(getPending(), getResults()))
    if (cast<PendingType>(pending.getType()).getFragment() != result.getType())
      return emitOpError("expected a result of ") // wgmma_wait_c2
             << pending.getType() << ", but got " << result.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

static LogicalResult verifyF32(Operation *op, Type type) {
  auto fragment = dyn_cast<FragmentType>(type);
  if (fragment && !fragment.getElementType().isF32()) // fragment_op_c1
    return op->emitOpError("expected a fragment of f32, but got ") << fragment;
  return success();
}

LogicalResult SplatOp::verify() { return verifyF32(*this, getType()); }
LogicalResult MaskBandOp::verify() {
  return verifyF32(*this, getScores().getType());
}
LogicalResult ScaleRowsOp::verify() {
  return verifyF32(*this, getFragment().getType());
}

// A region from a slot to one value.
static LogicalResult verifySlotRegion(Operation *op, Region &region,
                                      ArrayRef<Type> arguments, Type result) {
  if (!llvm::equal(region.getArgumentTypes(), arguments)) // slot_region_c1
    return op->emitOpError("expected a region of ")
           << arguments << ", but got " << region.getArgumentTypes();
  auto yield = dyn_cast<YieldOp>(region.front().back());
  if (!yield || !llvm::equal(yield.getOperandTypes(), ArrayRef(result)))
    return op->emitOpError("expected the region to end in a hopper.yield of ")
           << result; // slot_region_c2
  return success();
}

LogicalResult MapSlotsOp::verifyRegions() {
  if (failed(verifyF32(*this, getScores().getType())))
    return failure();
  Builder b(getContext());
  Type index = b.getIndexType(), f32 = b.getF32Type();
  return verifySlotRegion(*this, getBody(), {f32, index, index}, f32);
}

LogicalResult ScreenValuesOp::verify() {
  if (failed(verifyRing(*this, getRing())) ||
      failed(verifyCursor(*this, getRing().getType(), getCursor().getType())) ||
      failed(verifyF32(*this, getAccumulator().getType())))
    return failure();
  if (getAccumulator().getType().getColumns() < getRing().getType().getColumns())
    return emitOpError("expected an accumulator of the values' columns, but " // screen_values_c1
                       "got ")
           << getAccumulator().getType() << " and " << getRing().getType();
  return success();
}

LogicalResult ScreenValuesOp::verifyRegions() {
  Builder b(getContext());
  Type index = b.getIndexType();
  return verifySlotRegion(*this, getBody(), {index, index}, b.getI1Type());
}

LogicalResult IsFiniteOp::verify() {
  return verifyF32(*this, getFragment().getType());
}

LogicalResult SoftmaxStepOp::verify() {
  if (failed(verifyF32(*this, getScores().getType())))
    return failure();
  WeightsType weights = getWeights().getType();
  if (weights.getColumns() != getScores().getType().getColumns() ||
      weights.getSoftwareExp() != static_cast<int64_t>(getSoftwareExp()))
    return emitOpError(
               "expected weights of the scores' columns and of the " // softmax_step_c1
               "same software_exp, but got ")
           << weights;
  // In software a weight never exists in f32, and 127 - max must be exact.
  if (getSoftwareExp() != 0 && (!getIntegerMax() || !getSumsElsewhere()))
    return emitOpError(
        "expected software_exp to come with integer_max and " // softmax_step_c2
        "sums_elsewhere");
  if (getFrozen() && getFirst()) // softmax_step_c3
    return emitOpError("expected the first block to set the maximum");
  return success();
}

LogicalResult ConvertOp::verify() {
  WeightsType weights = getWeights().getType();
  FragmentType result = getType();
  if (result.getColumns() != weights.getColumns() ||
      result.getElementType().isF32()) // convert_c1
    return emitOpError("expected a 16-bit result of ")
           << weights.getColumns() << " columns, but got " << result;
  if (weights.getSoftwareExp() != 0 &&
      !isa<BFloat16Type>(result.getElementType())) // convert_c2
    return emitOpError("expected exponentials in software to become bf16");
  return success();
}

LogicalResult StoreOp::verify() {
  if (failed(verifyF32(*this, getFragment().getType())))
    return failure();
  if (!isa<Float16Type, BFloat16Type>(getElementType())) // store_c1
    return emitOpError("expected f16 or bf16, but got ") << getElementType();
  if (getColumns() < 8 || getColumns() % 8 != 0 ||
      static_cast<int64_t>(getColumns()) >
          getFragment().getType().getColumns()) // store_c2
    return emitOpError("expected columns to be a multiple of 8 within ")
           << getFragment().getType() << ", but got " << getColumns();
  return success();
}

LogicalResult StoreTileOp::verify() {
  if (failed(verifyF32(*this, getFragment().getType())) ||
      failed(verifyRing(*this, getRing())))
    return failure();
  RingType ring = getRing().getType();
  TensorMapType map = getMap().getType();
  if (ring.getStages() != 1 || ring.getRows() % 64 != 0 ||
      ring.getColumns() > getFragment().getType().getColumns())
    return emitOpError("expected a ring of one stage and a multiple of 64 " // store_tile_c1
                       "rows within the fragment's columns, but got ")
           << ring << " and " << getFragment().getType();
  if (!isa<BlockArgument>(getMap()) || map.getRows() != 64 ||
      map.getColumns() != ring.getSlabColumns() ||
      map.getElementType() != ring.getElementType()) // store_tile_c2
    return emitOpError("expected an argument of the kernel with boxes of 64 x ")
           << ring.getSlabColumns() << " " << ring.getElementType()
           << ", but got " << map;
  return success();
}

//===----------------------------------------------------------------------===//
// Named barriers
//===----------------------------------------------------------------------===//

static LogicalResult verifyNamedBarrier(Operation *op, int64_t id,
                                        int64_t threads) {
  // Barrier 0 is the block's own (PTX ISA, barrier{.cta}: 16 barriers).
  if (id < 1 || id > 15) // named_barrier_c1
    return op->emitOpError("expected barrier 1 to 15, but got ") << id;
  auto roles = op->getParentOfType<WarpRolesOp>();
  int64_t most = kWarpgroupThreads * roles.getConsumers();
  if (threads < 32 || threads % 32 != 0 || threads > most) // named_barrier_c2
    return op->emitOpError("expected threads to be a multiple of 32 up to the ")
           << most << " of all consumers, but got " << threads;
  return success();
}

LogicalResult BarrierSyncOp::verify() {
  return verifyNamedBarrier(*this, getId(), getThreads());
}
LogicalResult BarrierArriveOp::verify() {
  return verifyNamedBarrier(*this, getId(), getThreads());
}
