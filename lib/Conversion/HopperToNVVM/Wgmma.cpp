//===- Wgmma.cpp - Matrix groups as inline PTX ----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is one statement group: fence, a wgmma for each 16 along K, commit.
// nvvm.wgmma.mma_async has no form with A in registers, and its wait does not
// carry the accumulators, so nothing would keep arithmetic on them behind it.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Matrix descriptors (PTX ISA, wgmma shared memory matrix descriptor)
//===----------------------------------------------------------------------===//

namespace {
// Fields in bytes; bits 0-13 address, 16-29 leading, 32-45 stride, 62-63
// swizzle.
struct Descriptor {
  int64_t leading = 16; // ignored by K-major swizzled tiles
  int64_t stride;
  int64_t rowBytes;

  uint64_t constantBits() const {
    uint64_t swizzle = rowBytes == 128 ? 1 : rowBytes == 64 ? 2 : 3;
    return swizzle << 62 | static_cast<uint64_t>(stride >> 4) << 32 |
           static_cast<uint64_t>(leading >> 4) << 16;
  }
};
} // namespace

// The descriptor of `stage` of a ring; `row` rows into every slab if given.
static Value buildDescriptor(Emitter &e, const Descriptor &fields,
                             int64_t offset, int64_t stageBytes, Value stage,
                             Value row) {
  Value address = e.sharedAddress(offset);
  Value low = e.shiftRight(e.bitAnd(address, 0x3FFFF), 4);
  Value bits = e.bitOr(e.asI64(low), e.i64(fields.constantBits()));
  Value step = e.mul(stage, stageBytes >> 4);
  if (row)
    step = e.add(step, e.mul(row, fields.rowBytes >> 4));
  return e.add(bits, e.asI64(step));
}

static StringRef typeName(Type type) {
  return isa<BFloat16Type>(type) ? "bf16" : "f16";
}

// "{$first, ..., $(first + count - 1)}"
static std::string registerList(int64_t first, int64_t count) {
  std::string text = "{";
  for (int64_t index = 0; index < count; ++index)
    text += llvm::formatv("{0}${1}", index ? ", " : "", first + index);
  return text + "}";
}

static std::string openGroup(StringRef registers) {
  return ("{\n.reg .pred zero, one;\n.reg .b64 " + registers +
          ";\nsetp.ne.b32 zero, 0, 0;\nsetp.ne.b32 one, 1, 0;\n"
          "wgmma.fence.sync.aligned;\n")
      .str();
}

static constexpr StringLiteral kCloseGroup =
    "wgmma.commit_group.sync.aligned;\n}";

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
template <typename Op> struct WgmmaPattern : OpConversionPattern<Op> {
  WgmmaPattern(const TypeConverter &converter, MLIRContext *context,
               const BlockPlan &plan)
      : OpConversionPattern<Op>(converter, context), plan(plan) {}
  const BlockPlan &plan;
};

struct ConvertWgmmaSs : WgmmaPattern<hopper::WgmmaSsOp> {
  using WgmmaPattern::WgmmaPattern;

  // Both K-major: along K a step is 32 bytes within a slab.
  std::string buildText(hopper::WgmmaSsOp op, int64_t registers) const {
    hopper::RingType a = op.getA().getType(), b = op.getB().getType();
    std::string accumulator = registerList(0, registers);
    std::string text = openGroup("da, db");
    int64_t steps = a.getSlabColumns() / 16;
    for (int64_t k = 0; k < a.getColumns() / 16; ++k) {
      int64_t slab = k / steps, within = k % steps * 32;
      text += llvm::formatv(
          "add.s64 da, ${0}, {1};\nadd.s64 db, ${2}, {3};\n"
          "wgmma.mma_async.sync.aligned.m64n{4}k16.f32.{5}.{5} {6}, da, db, "
          "{7}, 1, 1, 0, 0;\n",
          registers, (slab * a.getRows() * a.getRowBytes() + within) >> 4,
          registers + 1, (slab * b.getRows() * b.getRowBytes() + within) >> 4,
          b.getRows(), typeName(a.getElementType()), accumulator,
          k == 0 ? "zero" : "one");
    }
    return text + kCloseGroup.str();
  }

  LogicalResult
  matchAndRewrite(hopper::WgmmaSsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    auto describe = [&](Value ring, ValueRange cursor, Value row) {
      auto type = cast<hopper::RingType>(ring.getType());
      Descriptor fields{16, 8 * type.getRowBytes(), type.getRowBytes()};
      return buildDescriptor(
          e, fields, plan.layout.getTiles(ring.getDefiningOp<hopper::RingOp>()),
          type.getStageBytes(), cursor[0], row);
    };
    Value a = describe(op.getA(), adaptor.getACursor(), e.asI32(op.getRow()));
    Value b = describe(op.getB(), adaptor.getBCursor(), Value());
    int64_t registers = op.getB().getType().getRows() / 2;
    SmallVector<Type> types(registers, rewriter.getF32Type());
    // The first step overwrites: accumulators need no zeros.
    SmallVector<Value> results =
        e.assembly(buildText(op, registers), types, {}, {a, b});
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ConvertWgmmaRs : WgmmaPattern<hopper::WgmmaRsOp> {
  using WgmmaPattern::WgmmaPattern;

  // B is MN-major: along K a step is 16 rows. Its leading distance is that of
  // the slabs, or to the ones, which every step comes closer to.
  std::string buildText(hopper::WgmmaRsOp op, int64_t registers) const {
    hopper::RingType b = op.getB().getType();
    std::string accumulator = registerList(0, registers);
    int64_t firstA = 2 * registers, steps = b.getRows() / 16;
    int64_t descriptor = firstA + 4 * steps;
    std::string text = openGroup("db");
    for (int64_t k = 0; k < steps; ++k) {
      int64_t step = (k * 16 * b.getRowBytes()) >> 4;
      if (op.getOnes())
        text += llvm::formatv("sub.s64 db, ${0}, {1};\nadd.s64 db, db, {2};\n",
                              descriptor, step << 16, step);
      else
        text += llvm::formatv("add.s64 db, ${0}, {1};\n", descriptor, step);
      text += llvm::formatv(
          "wgmma.mma_async.sync.aligned.m64n{0}k16.f32.{1}.{1} {2}, {3}, db, "
          "one, 1, 1, 1;\n",
          2 * registers, typeName(b.getElementType()), accumulator,
          registerList(firstA + 4 * k, 4));
    }
    return text + kCloseGroup.str();
  }

  Value buildValues(Emitter &e, hopper::WgmmaRsOp op, ValueRange cursor) const {
    auto ring = op.getB().getDefiningOp<hopper::RingOp>();
    hopper::RingType type = ring.getType();
    int64_t offset = plan.layout.getTiles(ring);
    Descriptor fields{16, 8 * type.getRowBytes(), type.getRowBytes()};
    if (op.getOnes())
      fields.leading = plan.layout.getOnes() - offset;
    else if (type.getSlabs() > 1)
      fields.leading = type.getRows() * type.getRowBytes();
    Value descriptor = buildDescriptor(e, fields, offset, type.getStageBytes(),
                                       cursor[0], Value());
    if (!op.getOnes())
      return descriptor;
    // The ones stay where they are when the stage moves.
    Value moved = e.asI64(e.mul(cursor[0], type.getStageBytes() >> 4));
    return e.sub(descriptor, e.shiftLeft(moved, 16));
  }

  LogicalResult
  matchAndRewrite(hopper::WgmmaRsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    ValueRange accumulator = adaptor.getAccumulator();
    SmallVector<Type> types(accumulator.getTypes());
    SmallVector<Value> inputs(adaptor.getA());
    inputs.push_back(buildValues(e, op, adaptor.getBCursor()));
    SmallVector<Value> results =
        e.assembly(buildText(op, types.size()), types, accumulator, inputs);
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ConvertWgmmaWait : OpConversionPattern<hopper::WgmmaWaitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(hopper::WgmmaWaitOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Emitter e(rewriter, op.getLoc());
    SmallVector<Value> values;
    for (ValueRange pending : adaptor.getPending())
      llvm::append_range(values, pending);
    SmallVector<Type> types(ValueRange(values).getTypes());
    std::string text =
        llvm::formatv("wgmma.wait_group.sync.aligned {0};", op.getInFlight());
    SmallVector<Value> results = e.assembly(text, types, values, {});
    SmallVector<SmallVector<Value>> replacements;
    ArrayRef<Value> rest = results;
    for (ValueRange pending : adaptor.getPending()) {
      replacements.emplace_back(rest.take_front(pending.size()));
      rest = rest.drop_front(pending.size());
    }
    rewriter.replaceOpWithMultiple(op, std::move(replacements));
    return success();
  }
};
} // namespace

void mlir::sqa::populateWgmmaPatterns(const TypeConverter &converter,
                                      RewritePatternSet &patterns,
                                      const BlockPlan &plan) {
  patterns.add<ConvertWgmmaSs, ConvertWgmmaRs>(converter, patterns.getContext(),
                                               plan);
  patterns.add<ConvertWgmmaWait>(converter, patterns.getContext());
}
