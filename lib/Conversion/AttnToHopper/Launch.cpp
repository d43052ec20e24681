//===- Launch.cpp - Launching an attention kernel -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the host computes for one kernel. A kernel takes for granted: positions
// and lengths below 2^29 and tiles that 32 bits count; tensors that the copy
// engine can read and 16-byte stores can write; an LSE without gaps. What does
// not follow from the types is checked here, and the caller is told which
// tensor is meant.
//
//===----------------------------------------------------------------------===//

#include "Launch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sqa;

// Positions and lengths are below this, so that sums of two fit 32 bits.
static constexpr int64_t kMaxLength = int64_t(1) << 29;
// Tiles are counted up to this plus the number of blocks.
static constexpr int64_t kMaxTiles = int64_t(1) << 30;
// Bytes that the copy engine and wide stores want tensors aligned to.
static constexpr int64_t kAlignment = 16;

namespace {
class LaunchBuilder {
public:
  LaunchBuilder(OpBuilder &b, attn::SqaOp op, const HopperPlan &plan,
                hopper::KernelOp kernel, FindBuffer findBuffer)
      : b(b), loc(op.getLoc()), op(op), plan(plan), kernel(kernel),
        findBuffer(findBuffer), query(findBuffer(op.getQuery())),
        key(findBuffer(op.getKey())), value(findBuffer(op.getValue())),
        output(findBuffer(op.getOutput())) {}

  host::LaunchOp build();

private:
  // Sizes and strides of a tensor, in its physical order.
  struct View {
    SmallVector<Value> sizes, strides;
  };
  View viewOf(Value memory);
  void checkSizes();
  void checkAlignment(const DeviceBuffer &buffer);
  void checkNoGaps(const DeviceBuffer &buffer);
  void check(Value condition, const Twine &message) {
    host::CheckOp::create(b, loc, condition, message.str());
  }
  Value map(Value memory, attn::Layout layout, Type type);
  // Null if the op has no such operand or result.
  Value addressOf(Value tensor);
  Value buildScale();
  Value buildCounter();
  Value buildScalar(Value operand);
  Value strideOf(Value memory, int64_t dim);
  Value buildArgument(const KernelArgument &argument);

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value c) {
    return b.createOrFold<arith::CmpIOp>(loc, predicate, a, c);
  }
  Value isBelow(Value a, int64_t bound) {
    return compare(arith::CmpIPredicate::ult, a, constant(bound));
  }
  Value isEqual(Value a, Value c) {
    return compare(arith::CmpIPredicate::eq, a, c);
  }
  Value both(Value a, Value c) {
    return b.createOrFold<arith::AndIOp>(loc, a, c);
  }
  Value either(Value a, Value c) {
    return b.createOrFold<arith::OrIOp>(loc, a, c);
  }
  Value product(Value a, Value c) {
    return b.createOrFold<arith::MulIOp>(loc, a, c);
  }
  Value asInteger(Value index, unsigned width) {
    return b.createOrFold<arith::IndexCastOp>(loc, b.getIntegerType(width),
                                              index);
  }
  Value dimOf(Value memory, int64_t dim) {
    return b.createOrFold<memref::DimOp>(loc, memory, dim);
  }

  OpBuilder &b;
  Location loc;
  attn::SqaOp op;
  const HopperPlan &plan;
  hopper::KernelOp kernel;
  FindBuffer findBuffer;
  DeviceBuffer query, key, value, output;
  Value batches, queries, keys, tiles, blocks;
};
} // namespace

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

LaunchBuilder::View LaunchBuilder::viewOf(Value memory) {
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memory);
  auto type = cast<MemRefType>(memory.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  View view;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    view.sizes.push_back(dimOf(memory, dim));
    view.strides.push_back(ShapedType::isDynamic(strides[dim])
                               ? Value(metadata.getStrides()[dim])
                               : constant(strides[dim]));
  }
  return view;
}

void LaunchBuilder::checkSizes() {
  std::string limit = std::to_string(kMaxLength);
  check(isBelow(queries, kMaxLength),
        "expected fewer than " + limit + " queries");
  check(isBelow(keys, kMaxLength), "expected fewer than " + limit + " keys");
  if (Value offset = op.getQueryOffset())
    check(
        both(compare(arith::CmpIPredicate::slt, offset, constant(kMaxLength)),
             compare(arith::CmpIPredicate::sgt, offset, constant(-kMaxLength))),
        "expected an offset of less than " + limit + " either way");
  check(both(isBelow(batches, kMaxTiles), isBelow(tiles, kMaxTiles)),
        "expected fewer than " + std::to_string(kMaxTiles) +
            " tiles of queries in all heads and batches");
}

// A dimension of one index has no stride.
void LaunchBuilder::checkAlignment(const DeviceBuffer &buffer) {
  auto type = cast<MemRefType>(buffer.memory.getType());
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(b, loc, buffer.memory);
  auto isMultiple = [&](Value value, int64_t of) {
    Value rest = b.createOrFold<arith::RemUIOp>(loc, value, constant(of));
    return isEqual(rest, constant(0));
  };
  Value aligned = isMultiple(address, kAlignment);
  View view = viewOf(buffer.memory);
  for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
    aligned = both(aligned,
                   either(isBelow(view.sizes[dim], 2),
                          isMultiple(view.strides[dim], kAlignment / bytes)));
  check(aligned, "expected '" + buffer.name + "' and its rows to start at " +
                     "multiples of " + Twine(kAlignment) + " bytes");
}

void LaunchBuilder::checkNoGaps(const DeviceBuffer &buffer) {
  View view = viewOf(buffer.memory);
  Value expected = constant(1);
  Value dense = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value empty = arith::ConstantOp::create(b, loc, b.getBoolAttr(false));
  for (size_t dim = view.sizes.size(); dim-- > 0;) {
    empty = either(empty, isEqual(view.sizes[dim], constant(0)));
    dense = both(dense, either(isBelow(view.sizes[dim], 2),
                               isEqual(view.strides[dim], expected)));
    expected = product(expected, view.sizes[dim]);
  }
  check(either(dense, empty),
        "expected '" + buffer.name + "' to have no gaps between its rows");
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

// Feature, head, position, batch, as the kernel's loads name them.
Value LaunchBuilder::map(Value memory, attn::Layout layout, Type type) {
  auto box = cast<hopper::TensorMapType>(type);
  auto dim = [&](int64_t logical) {
    return attn::SqaOp::physicalDim(layout, logical);
  };
  int64_t rowBytes = 2 * box.getColumns();
  return host::TensorMapOp::create(
      b, loc, host::TensorMapType::get(b.getContext()), memory,
      ArrayRef<int64_t>{dim(3), dim(1), dim(2), dim(0)},
      ArrayRef<int64_t>{box.getColumns(), 1, box.getRows(), 1}, rowBytes);
}

// The scale of the scores, as a number of the host.
Value LaunchBuilder::buildScale() {
  if (op.getScale())
    return op.getScale();
  float scale = op.getScaleValue()
                    ? op.getScaleValue()->convertToFloat()
                    : float(1 / std::sqrt(double(op.getHeadDim())));
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(scale));
}

Value LaunchBuilder::addressOf(Value tensor) {
  if (tensor)
    return findBuffer(tensor).memory;
  return LLVM::ZeroOp::create(b, loc,
                              LLVM::LLVMPointerType::get(b.getContext()));
}

// The number of the next tile that no block has. Where every tile has a block
// of its own nobody asks, and nothing is filled.
Value LaunchBuilder::buildCounter() {
  Value needed = compare(arith::CmpIPredicate::ult, blocks, tiles);
  Value words =
      arith::SelectOp::create(b, loc, needed, constant(1), constant(0));
  auto type = MemRefType::get(ShapedType::kDynamic, b.getI32Type());
  Value counter = host::WorkspaceOp::create(b, loc, type, words);
  host::FillOp::create(b, loc, counter, 0);
  return counter;
}

// At least 32 bits wide; index is i32 in a kernel.
Value LaunchBuilder::buildScalar(Value operand) {
  if (operand.getType().isIndex())
    return asInteger(operand, 32);
  auto type = dyn_cast<IntegerType>(operand.getType());
  if (!type || type.getWidth() >= 32)
    return operand;
  return arith::ExtUIOp::create(b, loc, b.getI32Type(), operand);
}

Value LaunchBuilder::strideOf(Value memory, int64_t dim) {
  return asInteger(viewOf(memory).strides[dim], 64);
}

Value LaunchBuilder::buildArgument(const KernelArgument &argument) {
  using Kind = KernelArgument::Kind;
  auto outputStride = [&](int64_t logical) {
    return strideOf(output.memory,
                    attn::SqaOp::physicalDim(op.getOutputLayout(), logical));
  };
  switch (argument.kind) {
  case Kind::queryMap:
    return map(query.memory, op.getQueryLayout(), argument.type);
  case Kind::keyMap:
    return map(key.memory, op.getKeyLayout(), argument.type);
  case Kind::valueMap:
    return map(value.memory, op.getValueLayout(), argument.type);
  case Kind::outputMap:
    return map(output.memory, op.getOutputLayout(), argument.type);
  case Kind::output:
    return output.memory;
  case Kind::lse:
    return addressOf(op.getLse());
  case Kind::counter:
    return buildCounter();
  case Kind::batches:
    return asInteger(batches, 32);
  case Kind::queries:
    return asInteger(queries, 32);
  case Kind::keys:
    return asInteger(keys, 32);
  case Kind::offset:
    return asInteger(op.getQueryOffset() ? op.getQueryOffset() : constant(0),
                     32);
  case Kind::batchStride:
    return outputStride(0);
  case Kind::headStride:
    return outputStride(1);
  case Kind::rowStride:
    return outputStride(2);
  case Kind::scale:
    return buildScale();
  case Kind::tensor:
    return findBuffer(argument.operand).memory;
  case Kind::stride:
    return strideOf(findBuffer(argument.operand).memory, argument.dim);
  case Kind::scalar:
    return buildScalar(argument.operand);
  }
  llvm_unreachable("an argument of no kind");
}

host::LaunchOp LaunchBuilder::build() {
  auto dimOfLayout = attn::SqaOp::physicalDim;
  batches = dimOf(query.memory, dimOfLayout(op.getQueryLayout(), 0));
  queries = dimOf(query.memory, dimOfLayout(op.getQueryLayout(), 2));
  keys = dimOf(key.memory, dimOfLayout(op.getKeyLayout(), 2));
  Value rowTiles =
      b.createOrFold<arith::CeilDivUIOp>(loc, queries, constant(plan.blockM()));
  Value heads = product(batches, constant(plan.outputHeads));
  tiles = product(heads, rowTiles);
  checkSizes();
  llvm::SmallPtrSet<void *, 4> checked; // keys may be the values, too
  for (const auto *buffer : {&query, &key, &value, &output})
    if (checked.insert(buffer->memory.getAsOpaquePointer()).second)
      checkAlignment(*buffer);
  if (op.getLse())
    checkNoGaps(findBuffer(op.getLse()));
  // As many blocks as run at the same time; they take tiles from a counter.
  Value places =
      product(host::MultiprocessorsOp::create(b, loc, b.getIndexType()),
              constant(kernel.getBlocksPerSm()));
  blocks = arith::MinUIOp::create(b, loc, tiles, places);
  SmallVector<Value> arguments;
  for (const KernelArgument &argument : listKernelArguments(plan))
    arguments.push_back(buildArgument(argument));
  auto symbol = SymbolRefAttr::get(
      kernel->getParentOfType<SymbolOpInterface>().getNameAttr(),
      {FlatSymbolRefAttr::get(kernel)});
  return host::LaunchOp::create(
      b, loc, symbol, arguments, ValueRange{blocks}, kernel.getThreads(),
      hopper::SharedLayout(kernel).getBytes(), /*cluster=*/nullptr,
      /*cooperative=*/false, /*overlap=*/false);
}

host::LaunchOp mlir::sqa::buildLaunch(OpBuilder &b, attn::SqaOp op,
                                      const HopperPlan &plan,
                                      hopper::KernelOp kernel,
                                      FindBuffer findBuffer) {
  return LaunchBuilder(b, op, plan, kernel, findBuffer).build();
}
