//===- Store.cpp - Fragments to global memory -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::sqa;

static Value offsetPointer(Emitter &e, Value pointer, Value elements,
                           Type type) {
  return LLVM::GEPOp::create(e.b, e.loc, pointer.getType(), type, pointer,
                             LLVM::GEPArg(elements));
}

static Value offsetBytes(Emitter &e, Value pointer, int64_t bytes) {
  return LLVM::GEPOp::create(e.b, e.loc, pointer.getType(), e.b.getI8Type(),
                             pointer,
                             LLVM::GEPArg(static_cast<int32_t>(bytes)));
}

// Runs `body` where `row` exists.
template <typename Fn>
static void ifRow(Emitter &e, Value row, Value rows, Fn body) {
  Value exists = e.compare(arith::CmpIPredicate::slt, row, rows);
  auto then = scf::IfOp::create(e.b, e.loc, exists);
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPoint(then.thenYield());
  body();
}

//===----------------------------------------------------------------------===//
// Sixteen bytes at once
//===----------------------------------------------------------------------===//

namespace {
// The four threads of a row hold words 4 g + lane of it; after exchanging them
// each holds four words in a row: a transpose of 4 x 4 by two shuffles a word.
class QuadTranspose {
public:
  QuadTranspose(Emitter &e) : e(e) {
    Value lane = e.laneOfRow();
    // Only the threads of this row are sure to be here.
    mask = arith::ShLIOp::create(e.b, e.loc, e.i32(15), e.bitAnd(e.lane(), 28));
    isOdd = isSet(lane, 1);
    isUpper = isSet(lane, 2);
  }

  SmallVector<Value> run(ArrayRef<Value> words) {
    auto [p0, p1] = exchange(words[0], words[1]);
    auto [c0, c1] = exchange(words[2], words[3]);
    Value r0 = shuffle(e.select(isUpper, p0, c0), 2);
    Value r1 = shuffle(e.select(isUpper, p1, c1), 2);
    return {e.select(isUpper, r0, p0), e.select(isUpper, r1, p1),
            e.select(isUpper, c0, r0), e.select(isUpper, c1, r1)};
  }

private:
  Value isSet(Value lane, int64_t bit) {
    return e.compare(arith::CmpIPredicate::ne, e.bitAnd(lane, bit), e.i32(0));
  }
  Value shuffle(Value value, int64_t distance) {
    return NVVM::ShflOp::create(e.b, e.loc, value.getType(), mask, value,
                                e.i32(distance), e.i32(31),
                                NVVM::ShflKind::bfly, UnitAttr());
  }
  std::pair<Value, Value> exchange(Value a, Value b) {
    Value other = shuffle(e.select(isOdd, a, b), 1);
    return {e.select(isOdd, other, a), e.select(isOdd, b, other)};
  }

  Emitter &e;
  Value mask, isOdd, isUpper;
};
} // namespace

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
struct ConvertStore : OpConversionPattern<hopper::StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  // One word is two columns of a group of eight; `words` holds one a group.
  static void storeNarrow(Emitter &e, Value row, ArrayRef<Value> words) {
    Value pointer =
        offsetPointer(e, row, e.asI64(e.laneOfRow()), e.b.getI32Type());
    for (auto [group, word] : llvm::enumerate(words))
      LLVM::StoreOp::create(e.b, e.loc, word,
                            offsetBytes(e, pointer, 16 * group));
  }

  static void storeWide(Emitter &e, Value row, ArrayRef<Value> words) {
    QuadTranspose transpose(e);
    Value own = offsetPointer(e, row, e.asI64(e.shiftLeft(e.laneOfRow(), 2)),
                              e.b.getI32Type());
    int64_t bytes = 0;
    for (; words.size() >= 4; words = words.drop_front(4), bytes += 64) {
      SmallVector<Value> operands = {offsetBytes(e, own, bytes)};
      llvm::append_range(operands, transpose.run(words.take_front(4)));
      e.assembly("st.global.v4.b32 [$0], {$1, $2, $3, $4};", {}, {}, operands);
    }
    storeNarrow(e, offsetBytes(e, row, bytes), words);
  }

  LogicalResult
  matchAndRewrite(hopper::StoreOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    ValueRange values = adaptor.getFragment();
    Value first = e.add(e.asI32(op.getRow()), e.rowOfThread());
    Value rows = e.asI32(op.getRows());
    for (int64_t half : {0, 1}) {
      Value row = e.add(first, 8 * half);
      ifRow(e, row, rows, [&] {
        // 64 bits: a tensor may have more than 2^31 elements.
        Value offset =
            arith::MulIOp::create(e.b, e.loc, e.asI64(row), op.getStride());
        Value pointer =
            offsetPointer(e, op.getPointer(), offset, op.getElementType());
        SmallVector<Value> words;
        for (int64_t group = 0, n = op.getColumns() / 8; group < n; ++group) {
          int64_t index = fragmentIndex(group, half);
          words.push_back(
              e.pack(values[index], values[index + 1], op.getElementType()));
        }
        if (op.getWide())
          storeWide(e, pointer, words);
        else
          storeNarrow(e, pointer, words);
      });
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertStoreRows : OpConversionPattern<hopper::StoreRowsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::StoreRowsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value first = e.add(e.asI32(op.getRow()), e.rowOfThread());
    Value rows = e.asI32(op.getRows());
    // One of the four threads that hold the value writes it.
    Value bound =
        e.select(e.compare(arith::CmpIPredicate::eq, e.laneOfRow(), e.i32(0)),
                 rows, e.i32(0));
    for (int64_t half : {0, 1}) {
      Value row = e.add(first, 8 * half);
      ifRow(e, row, bound, [&] {
        Value pointer = offsetPointer(e, op.getPointer(), e.asI64(row),
                                      rewriter.getF32Type());
        LLVM::StoreOp::create(rewriter, op.getLoc(), adaptor.getValues()[half],
                              pointer);
      });
    }
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Through shared memory
//===----------------------------------------------------------------------===//

namespace {
// The first thread of a warpgroup issues its copies and waits for them.
struct ConvertStoreTile : OpConversionPattern<hopper::StoreTileOp> {
  ConvertStoreTile(const TypeConverter &converter, MLIRContext *context,
                   const BlockPlan &plan)
      : OpConversionPattern(converter, context), plan(plan) {}
  const BlockPlan &plan;

  // Words go where the swizzle of the map has them; the eight rows of a warp
  // then meet no bank twice.
  void writeRows(Emitter &e, hopper::StoreTileOp op, ValueRange values,
                 Value group) const {
    hopper::RingType ring = op.getRing().getType();
    int64_t tiles =
        plan.layout.getTiles(op.getRing().getDefiningOp<hopper::RingOp>());
    int64_t rowBytes = ring.getRowBytes(), words = ring.getSlabColumns() / 8;
    for (int64_t half : {0, 1}) {
      Value row = e.add(e.rowOfThread(), 8 * half);
      Value swizzle = buildSwizzle(e, row, rowBytes);
      Value base = e.add(e.sharedAddress(tiles),
                         e.mul(e.add(row, e.shiftLeft(group, 6)), rowBytes));
      base = e.add(base, e.shiftLeft(e.laneOfRow(), 2));
      for (int64_t index = 0; index < ring.getColumns() / 8; ++index) {
        int64_t slab = index / words * ring.getRows() * rowBytes;
        Value place = e.bitXor(swizzle, e.i32(index % words * 16));
        int64_t first = fragmentIndex(index, half);
        Value word = e.pack(values[first], values[first + 1],
                            ring.getElementType());
        e.assembly("st.shared.b32 [$0], $1;", {}, {},
                   {e.add(e.add(base, place), slab), word});
      }
    }
  }

  void issueCopies(Emitter &e, hopper::StoreTileOp op, Value group) const {
    hopper::RingType ring = op.getRing().getType();
    int64_t tiles =
        plan.layout.getTiles(op.getRing().getDefiningOp<hopper::RingOp>());
    Value rows = e.mul(e.shiftLeft(group, 6), ring.getRowBytes());
    int64_t slabBytes = ring.getRows() * ring.getRowBytes();
    for (int64_t slab = 0; slab < ring.getSlabs(); ++slab)
      NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(
          e.b, e.loc, op->getOperand(1),
          e.sharedPointer(tiles + slab * slabBytes, rows),
          ValueRange{e.i32(slab * ring.getSlabColumns()), e.asI32(op.getHead()),
                     e.asI32(op.getRow()), e.asI32(op.getBatch())},
          /*l2CacheHint=*/Value(), NVVM::TMAStoreMode::TILE,
          /*predicate=*/Value());
    NVVM::CpAsyncBulkCommitGroupOp::create(e.b, e.loc);
  }

  LogicalResult
  matchAndRewrite(hopper::StoreTileOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    Value group = e.asI32(op.getGroup());
    Value barrier = e.add(group, hopper::kStoreBarrier);
    Value isLeader = e.compare(arith::CmpIPredicate::eq,
                               e.bitAnd(e.threadId(), 127), e.i32(0));
    auto ifLeader = [&](auto body) {
      auto then = scf::IfOp::create(rewriter, op.getLoc(), isLeader);
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPoint(then.thenYield());
      body();
    };
    ifLeader([&] {
      NVVM::CpAsyncBulkWaitGroupOp::create(rewriter, op.getLoc(), 0,
                                           /*read=*/rewriter.getUnitAttr());
    });
    e.syncNamed(barrier, hopper::kWarpgroupThreads);
    writeRows(e, op, adaptor.getFragment(), group);
    e.fenceAsync();
    e.syncNamed(barrier, hopper::kWarpgroupThreads);
    ifLeader([&] { issueCopies(e, op, group); });
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertWaitStores : OpConversionPattern<hopper::WaitStoresOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::WaitStoresOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncBulkWaitGroupOp>(op, 0,
                                                              UnitAttr());
    return success();
  }
};
} // namespace

void mlir::sqa::populateStorePatterns(const TypeConverter &converter,
                                      RewritePatternSet &patterns,
                                      const BlockPlan &plan) {
  MLIRContext *context = patterns.getContext();
  patterns.add<ConvertStore, ConvertStoreRows, ConvertWaitStores>(converter,
                                                                  context);
  patterns.add<ConvertStoreTile>(converter, context, plan);
}
