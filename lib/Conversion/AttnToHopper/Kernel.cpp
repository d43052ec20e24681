//===- Kernel.cpp - The frame of an attention kernel ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value KernelBuilder::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value KernelBuilder::add(Value a, Value c) {
  return b.createOrFold<arith::AddIOp>(loc, a, c);
}
Value KernelBuilder::sub(Value a, Value c) {
  return b.createOrFold<arith::SubIOp>(loc, a, c);
}
Value KernelBuilder::mul(Value a, Value c) {
  return b.createOrFold<arith::MulIOp>(loc, a, c);
}
// Unsigned: nothing that is divided is negative.
Value KernelBuilder::div(Value a, Value c) {
  return b.createOrFold<arith::DivUIOp>(loc, a, c);
}
Value KernelBuilder::rem(Value a, Value c) {
  return b.createOrFold<arith::RemUIOp>(loc, a, c);
}
Value KernelBuilder::min(Value a, Value c) {
  return b.createOrFold<arith::MinSIOp>(loc, a, c);
}
Value KernelBuilder::max(Value a, Value c) {
  return b.createOrFold<arith::MaxSIOp>(loc, a, c);
}
Value KernelBuilder::ceilDiv(Value a, int64_t c) {
  return div(add(a, constant(c - 1)), constant(c));
}
Value KernelBuilder::select(Value condition, Value a, Value c) {
  return b.createOrFold<arith::SelectOp>(loc, condition, a, c);
}
Value KernelBuilder::isLess(Value a, Value c) {
  return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, a, c);
}
Value KernelBuilder::boolean(bool value) {
  return arith::ConstantOp::create(b, loc, b.getBoolAttr(value));
}
Value KernelBuilder::isMode(const QueryTile &tile, TileMode mode) {
  return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, tile.mode,
                                       constant(static_cast<int64_t>(mode)));
}
Value KernelBuilder::asI64(Value index) {
  return b.createOrFold<arith::IndexCastUIOp>(loc, b.getI64Type(), index);
}

hopper::FragmentType KernelBuilder::scoresType() {
  return hopper::FragmentType::get(b.getContext(), plan.blockN(),
                                   b.getF32Type());
}
hopper::FragmentType KernelBuilder::accumulatorType() {
  return hopper::FragmentType::get(b.getContext(), plan.accumulatorColumns(),
                                   b.getF32Type());
}

//===----------------------------------------------------------------------===//
// Arguments and rings
//===----------------------------------------------------------------------===//

static hopper::RingType getRing(const HopperPlan &plan, int64_t stages,
                                int64_t rows, int64_t columns) {
  return hopper::RingType::get(plan.element.getContext(), stages, rows, columns,
                               plan.element);
}

static Type getMap(hopper::RingType ring) {
  return hopper::TensorMapType::get(ring.getContext(), ring.getRows(),
                                    ring.getSlabColumns(),
                                    ring.getElementType());
}

// The most that lies behind the tiles: ones; barriers, notes, a queue.
static constexpr int64_t kOnesBytes = 2048, kOtherBytes = 1024;

int64_t HopperPlan::queryStages() const {
  int64_t blocks = schedule.getStages() * blockN();
  int64_t bytes = 2 * (blocks * (paddedHeadDim + paddedValueDim) +
                       2 * blockM() * paddedHeadDim);
  if (schedule.getTileStores())
    bytes += 2 * blockM() * paddedValueDim;
  bytes += (schedule.getTensorRowSums() ? kOnesBytes : 0) + kOtherBytes;
  return bytes <= hopper::kSharedBytesPerBlock ? 2 : 1;
}

// A number of 32 bits or more, as kernels take them.
static Type getScalarType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type); integer && integer.getWidth() < 32)
    return IntegerType::get(type.getContext(), 32);
  return type;
}

void KernelBuilder::buildRings() {
  int64_t stages = plan.schedule.getStages();
  auto build = [&](hopper::RingType type) -> Value {
    return hopper::RingOp::create(b, loc, type);
  };
  queryRing = build(getRing(plan, plan.queryStages(), plan.blockM(),
                            plan.paddedHeadDim));
  keyRing = build(getRing(plan, stages, plan.blockN(), plan.paddedHeadDim));
  valueRing = build(getRing(plan, stages, plan.blockN(), plan.paddedValueDim));
  if (plan.schedule.getTensorRowSums())
    ones = hopper::OnesOp::create(
        b, loc, hopper::OnesType::get(b.getContext(), plan.element));
  if (plan.schedule.getTileStores())
    outputRing = build(getRing(plan, 1, plan.blockM(), plan.paddedValueDim));
  if (plan.votes())
    vote =
        hopper::VoteOp::create(b, loc, hopper::VoteType::get(b.getContext()));
  queue = hopper::QueueOp::create(
      b, loc, hopper::QueueType::get(b.getContext(), countWords()));
}

SmallVector<KernelArgument>
mlir::sqa::listKernelArguments(const HopperPlan &plan) {
  using Kind = KernelArgument::Kind;
  Builder b(plan.element.getContext());
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type index = b.getIndexType(), i64 = b.getI64Type();
  SmallVector<KernelArgument> list = {
      {Kind::queryMap, getMap(getRing(plan, 1, plan.blockM(), plan.paddedHeadDim))},
      {Kind::keyMap, getMap(getRing(plan, 1, plan.blockN(), plan.paddedHeadDim))},
      {Kind::valueMap, getMap(getRing(plan, 1, plan.blockN(), plan.paddedValueDim))},
      {Kind::outputMap, getMap(getRing(plan, 1, 64, plan.paddedValueDim))},
      {Kind::output, pointer},
      {Kind::lse, pointer},
      {Kind::counter, pointer},
      {Kind::batches, index},
      {Kind::queries, index},
      {Kind::keys, index},
      {Kind::offset, index},
      {Kind::batchStride, i64},
      {Kind::headStride, i64},
      {Kind::rowStride, i64},
      {Kind::scale, b.getF32Type()}};
  for (Value capture : plan.captures) {
    auto tensor = dyn_cast<RankedTensorType>(capture.getType());
    if (!tensor) {
      list.push_back({Kind::scalar, getScalarType(capture.getType()), capture});
      continue;
    }
    list.push_back({Kind::tensor, pointer, capture});
    for (int64_t dim = 0; dim + 1 < tensor.getRank(); ++dim)
      list.push_back({Kind::stride, i64, capture, dim});
  }
  return list;
}

hopper::KernelOp KernelBuilder::build(StringRef name) {
  SmallVector<KernelArgument> list = listKernelArguments(plan);
  auto types = llvm::map_to_vector(
      list, [](const KernelArgument &argument) { return argument.type; });
  auto kernel =
      hopper::KernelOp::create(b, loc, name, b.getFunctionType(types, {}),
                               /*blocks_per_sm=*/1, ArrayAttr(), ArrayAttr());
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&kernel.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  ValueRange a = body->getArguments();
  args = {a[0], a[1], a[2],  a[3],  a[4],  a[5],  a[6],  a[7],
          a[8], a[9], a[10], a[11], a[12], a[13], a[14], {}};
  bindCaptures(list, a);
  buildBody(kernel);
  mask.reset();
  lowerExtracts(kernel);
  return kernel;
}

// The roles' regions are filled in place.
void KernelBuilder::buildBody(hopper::KernelOp kernel) {
  buildRings();
  // Sizes that are known shorten the arithmetic of tiles.
  if (!ShapedType::isDynamic(plan.queryLength))
    args.queries = constant(plan.queryLength);
  if (!ShapedType::isDynamic(plan.keyLength))
    args.keys = constant(plan.keyLength);
  if (plan.isOpaque)
    prepareMask();
  GpuScheduleAttr schedule = plan.schedule;
  auto roles = hopper::WarpRolesOp::create(
      b, loc, schedule.getProducerRegisters(), schedule.getConsumers(),
      schedule.getConsumerRegisters());
  hopper::ReturnOp::create(b, loc);
  b.createBlock(&roles.getProducer());
  buildProducer();
  hopper::YieldOp::create(b, loc);
  Block *consumer =
      b.createBlock(&roles.getConsumer(), {}, b.getIndexType(), loc);
  buildConsumer(consumer->getArgument(0));
  hopper::YieldOp::create(b, loc);
}

Value KernelBuilder::countTiles() {
  Value heads = mul(args.batches, constant(plan.outputHeads));
  return mul(heads, ceilDiv(args.queries, plan.blockM()));
}
