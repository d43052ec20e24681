//===- Emitter.h - Scalar code of one thread -------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Short names for what the lowering of the hopper dialect emits: i32 and f32
// arithmetic, inline PTX, addresses in the block's shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_HOPPERTONVVM_EMITTER_H
#define SQA_LIB_CONVERSION_HOPPERTONVVM_EMITTER_H

#include "dialects/Hopper/HopperOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::sqa {

// The symbol of the block's shared memory, one in a module of kernels.
inline constexpr llvm::StringLiteral kSharedSymbol = "smem";

// What a kernel's lowering knows of the whole block.
struct BlockPlan {
  hopper::SharedLayout layout;
  SmallVector<hopper::RingOp> rings;
  bool hasOnes = false;
  bool hasVote = false;
  bool hasQueue = false;
  Type onesType;
  int64_t consumers = 0;
  int64_t consumerWarps() const { return 4 * consumers; }
};

class Emitter {
public:
  Emitter(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  Value i1(bool value);
  Value i32(int64_t value);
  Value i64(uint64_t value);
  Value f32(double value);
  Value isLess(Value a, Value c) {
    return compare(arith::CmpIPredicate::slt, a, c);
  }
  Value both(Value a, Value c) { return make<arith::AndIOp>(a, c); }
  // 0xbits as an f32 (for patterns that are no number).
  Value infinity(bool negative);
  Value asI32(Value index);
  Value asI64(Value i32); // zero-extended

  // Integers; folded where both sides are constants.
  Value add(Value a, Value c) { return make<arith::AddIOp>(a, c); }
  Value add(Value a, int64_t c) { return c ? add(a, constant(a, c)) : a; }
  Value sub(Value a, Value c) { return make<arith::SubIOp>(a, c); }
  Value mul(Value a, int64_t c) {
    return make<arith::MulIOp>(a, constant(a, c));
  }
  Value bitAnd(Value a, int64_t c) {
    return make<arith::AndIOp>(a, constant(a, c));
  }
  Value bitOr(Value a, Value c) { return make<arith::OrIOp>(a, c); }
  Value bitXor(Value a, Value c) { return make<arith::XOrIOp>(a, c); }
  Value shiftLeft(Value a, int64_t c) {
    return make<arith::ShLIOp>(a, constant(a, c));
  }
  Value shiftRight(Value a, int64_t c) {
    return make<arith::ShRUIOp>(a, constant(a, c));
  }
  Value min(Value a, Value c) { return make<arith::MinSIOp>(a, c); }
  Value compare(arith::CmpIPredicate predicate, Value a, Value c) {
    return b.createOrFold<arith::CmpIOp>(loc, predicate, a, c);
  }
  Value select(Value condition, Value a, Value c) {
    return b.createOrFold<arith::SelectOp>(loc, condition, a, c);
  }

  // Floats; no flags, so nothing is reassociated.
  Value fadd(Value a, Value c) { return make<arith::AddFOp>(a, c); }
  Value fsub(Value a, Value c) { return make<arith::SubFOp>(a, c); }
  Value fmul(Value a, Value c) { return make<arith::MulFOp>(a, c); }
  Value fneg(Value a);
  Value fma(Value a, Value c, Value d);
  Value fmax(Value a, Value c);
  Value ceil(Value a);
  Value isEqual(Value a, Value c);
  Value exp2(Value a);
  // (low, high) rounded to two 16-bit floats in an i32.
  Value pack(Value low, Value high, Type element);
  Value shuffleXor(Value value, int64_t distance);

  // One inline PTX statement group. `outputs` results; the first operands are
  // tied to the first results; {"=f", "f", ...} follow from the types.
  SmallVector<Value> assembly(StringRef text, TypeRange outputs,
                              ValueRange tied, ValueRange inputs,
                              bool hasSideEffects = true);

  // One arrival of this warp at a barrier in shared memory.
  void arriveOnce(Value barrier);
  // A named barrier of `threads` threads.
  void syncNamed(Value id, int64_t threads);
  // What this thread wrote to shared memory is seen by the tensor cores and the
  // copy engine (PTX ISA, async proxy).
  void fenceAsync();

  // Spins until the phase of `parity` of a barrier is over.
  void waitParity(Value barrier, Value parity);

  // Threads.
  Value threadId();
  Value lane() { return bitAnd(threadId(), 31); }
  // The four threads of a row: which of them this is.
  Value laneOfRow() { return bitAnd(threadId(), 3); }
  // The first of the two rows of a thread within its warpgroup.
  Value rowOfThread();

  // Shared memory.
  Value sharedPointer(int64_t offset, Value dynamic = {});
  Value sharedAddress(int64_t offset); // i32

  OpBuilder &b;
  Location loc;

private:
  template <typename Op> Value make(Value a, Value c) {
    return b.createOrFold<Op>(loc, a, c);
  }
  Value constant(Value like, int64_t value);
};

// Bits that the swizzle of a slab with rows of `rowBytes` turns in the offset of
// `row` (PTX ISA, shared memory matrix layout).
Value buildSwizzle(Emitter &e, Value row, int64_t rowBytes);

// Scalars of a row: element (group, half, e) of an f32 fragment is row r + 8
// half, column 8 group + 2 lane + e.
inline int64_t fragmentIndex(int64_t group, int64_t half, int64_t e = 0) {
  return 4 * group + 2 * half + e;
}

void populateBlockPatterns(const TypeConverter &converter,
                           RewritePatternSet &patterns, const BlockPlan &plan);
void populateQueuePatterns(const TypeConverter &converter,
                           RewritePatternSet &patterns, const BlockPlan &plan);
void populateSlotPatterns(const TypeConverter &converter,
                          RewritePatternSet &patterns, const BlockPlan &plan);
void populateWgmmaPatterns(const TypeConverter &converter,
                           RewritePatternSet &patterns, const BlockPlan &plan);
void populateSoftmaxPatterns(const TypeConverter &converter,
                             RewritePatternSet &patterns);
void populateStorePatterns(const TypeConverter &converter,
                           RewritePatternSet &patterns, const BlockPlan &plan);

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_HOPPERTONVVM_EMITTER_H
