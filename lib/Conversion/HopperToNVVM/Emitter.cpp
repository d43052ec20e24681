//===- Emitter.cpp - Scalar code of one thread ----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Constants and arithmetic
//===----------------------------------------------------------------------===//

Value Emitter::constant(Value like, int64_t value) {
  return arith::ConstantOp::create(b, loc,
                                   b.getIntegerAttr(like.getType(), value));
}

Value Emitter::i1(bool value) {
  return arith::ConstantOp::create(b, loc, b.getBoolAttr(value));
}

Value Emitter::i32(int64_t value) {
  return arith::ConstantOp::create(
      b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value Emitter::i64(uint64_t value) {
  return arith::ConstantOp::create(
      b, loc, b.getI64IntegerAttr(static_cast<int64_t>(value)));
}

Value Emitter::f32(double value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

Value Emitter::infinity(bool negative) {
  llvm::APFloat value =
      llvm::APFloat::getInf(llvm::APFloat::IEEEsingle(), negative);
  return arith::ConstantOp::create(b, loc,
                                   b.getFloatAttr(b.getF32Type(), value));
}

Value Emitter::asI32(Value index) {
  if (index.getType().isInteger(32))
    return index;
  return b.createOrFold<arith::IndexCastOp>(loc, b.getI32Type(), index);
}

Value Emitter::asI64(Value value) {
  return b.createOrFold<arith::ExtUIOp>(loc, b.getI64Type(), value);
}

Value Emitter::fneg(Value a) { return b.createOrFold<arith::NegFOp>(loc, a); }

Value Emitter::fma(Value a, Value c, Value d) {
  return LLVM::FMAOp::create(b, loc, a, c, d);
}

// max.f32 ignores a NaN, which then stays in the weights.
Value Emitter::fmax(Value a, Value c) {
  return LLVM::MaxNumOp::create(b, loc, a, c);
}

Value Emitter::ceil(Value a) {
  return assembly("cvt.rpi.f32.f32 $0, $1;", a.getType(), {}, a,
                  /*hasSideEffects=*/false)
      .front();
}

Value Emitter::isEqual(Value a, Value c) {
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, a, c);
}

// PTX ISA, ex2.approx.ftz.f32: 2 ulp, -inf gives 0. Without side effects it is
// an expression like any other.
Value Emitter::exp2(Value a) {
  return assembly("ex2.approx.ftz.f32 $0, $1;", a.getType(), {}, a,
                  /*hasSideEffects=*/false)
      .front();
}

Value Emitter::pack(Value low, Value high, Type element) {
  Type pair = VectorType::get(2, element);
  Value packed;
  // The high half comes first, as in cvt.rn.bf16x2.f32 d, a, b.
  if (isa<BFloat16Type>(element))
    packed = NVVM::ConvertF32x2ToBF16x2Op::create(b, loc, pair, high, low,
                                                  /*random_bits=*/Value(),
                                                  NVVM::FPRoundingMode::RN);
  else
    packed = NVVM::ConvertF32x2ToF16x2Op::create(b, loc, pair, high, low,
                                                 /*random_bits=*/Value(),
                                                 NVVM::FPRoundingMode::RN);
  return LLVM::BitcastOp::create(b, loc, b.getI32Type(), packed);
}

Value Emitter::shuffleXor(Value value, int64_t distance) {
  return NVVM::ShflOp::create(b, loc, value.getType(), i32(-1), value,
                              i32(distance), i32(31), NVVM::ShflKind::bfly,
                              UnitAttr());
}

//===----------------------------------------------------------------------===//
// Inline PTX
//===----------------------------------------------------------------------===//

static StringRef getConstraint(Type type) {
  if (type.isF32())
    return "f";
  if (type.isInteger(64) ||
      (isa<LLVM::LLVMPointerType>(type) &&
       cast<LLVM::LLVMPointerType>(type).getAddressSpace() != 3))
    return "l";
  return "r";
}

SmallVector<Value> Emitter::assembly(StringRef text, TypeRange outputs,
                                     ValueRange tied, ValueRange inputs,
                                     bool hasSideEffects) {
  SmallVector<std::string> constraints;
  for (Type type : outputs)
    constraints.push_back(("=" + getConstraint(type)).str());
  for (size_t index = 0; index < tied.size(); ++index)
    constraints.push_back(std::to_string(index));
  for (Value input : inputs)
    constraints.push_back(getConstraint(input.getType()).str());
  SmallVector<Value> operands(tied);
  llvm::append_range(operands, inputs);
  Type result;
  if (outputs.size() == 1)
    result = outputs.front();
  else if (!outputs.empty())
    result = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                              SmallVector<Type>(outputs));
  auto op = LLVM::InlineAsmOp::create(
      b, loc, result, operands, b.getStringAttr(text),
      b.getStringAttr(llvm::join(constraints, ",")),
      hasSideEffects ? b.getUnitAttr() : UnitAttr(),
      /*is_align_stack=*/UnitAttr(),
      LLVM::TailCallKindAttr::get(b.getContext(),
                                  LLVM::tailcallkind::TailCallKind::None),
      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
      ArrayAttr());
  SmallVector<Value> results;
  if (outputs.size() == 1)
    results.push_back(op.getRes());
  else
    for (size_t index = 0; index < outputs.size(); ++index)
      results.push_back(
          LLVM::ExtractValueOp::create(b, loc, op.getRes(), index));
  return results;
}

// PTX ISA, mbarrier.try_wait: may return false before the phase is over. A
// plain loop avoids the sleep of the hinted form.
static constexpr StringLiteral kWait =
    "{\n.reg .pred P;\nWAIT:\n"
    "mbarrier.try_wait.parity.shared::cta.b64 P, [$0], $1;\n"
    "@P bra.uni DONE;\nbra.uni WAIT;\nDONE:\n}";

void Emitter::waitParity(Value barrier, Value parity) {
  assembly(kWait, {}, {}, {barrier, parity});
}

// One lane a warp.
static constexpr StringLiteral kArriveIf =
    "{\n.reg .pred p;\nsetp.ne.b32 p, $1, 0;\n"
    "@p mbarrier.arrive.shared::cta.b64 _, [$0];\n}";

void Emitter::arriveOnce(Value barrier) {
  Value isFirst = compare(arith::CmpIPredicate::eq, lane(), i32(0));
  Value flag = arith::ExtUIOp::create(b, loc, b.getI32Type(), isFirst);
  assembly(kArriveIf, {}, {}, {barrier, flag});
}

void Emitter::syncNamed(Value id, int64_t threads) {
  NVVM::BarrierOp::create(b, loc, Type(), id, i32(threads),
                          NVVM::BarrierReductionAttr(), Value());
}

void Emitter::fenceAsync() {
  NVVM::FenceProxyOp::create(
      b, loc, NVVM::ProxyKind::async_shared,
      NVVM::SharedSpaceAttr::get(b.getContext(),
                                 NVVM::SharedSpace::shared_cta));
}

//===----------------------------------------------------------------------===//
// Threads and shared memory
//===----------------------------------------------------------------------===//

Value Emitter::threadId() {
  return NVVM::ThreadIdXOp::create(b, loc, b.getI32Type());
}

Value Emitter::rowOfThread() {
  Value warp = bitAnd(shiftRight(threadId(), 5), 3);
  return add(shiftLeft(warp, 4), shiftRight(lane(), 2));
}

Value Emitter::sharedPointer(int64_t offset, Value dynamic) {
  auto type = LLVM::LLVMPointerType::get(b.getContext(), 3);
  Value base = LLVM::AddressOfOp::create(b, loc, type, kSharedSymbol);
  Value pointer =
      LLVM::GEPOp::create(b, loc, type, b.getI8Type(), base,
                          LLVM::GEPArg(static_cast<int32_t>(offset)));
  if (dynamic)
    pointer = LLVM::GEPOp::create(b, loc, type, b.getI8Type(), pointer,
                                  LLVM::GEPArg(dynamic));
  return pointer;
}

Value Emitter::sharedAddress(int64_t offset) {
  auto type = LLVM::LLVMPointerType::get(b.getContext(), 3);
  Value base = LLVM::AddressOfOp::create(b, loc, type, kSharedSymbol);
  return add(LLVM::PtrToIntOp::create(b, loc, b.getI32Type(), base), offset);
}

// Pieces of 16 bytes change places within 128 bytes: the row's number in units of
// 128 bytes decides, as many bits of it as a row has pieces.
Value mlir::sqa::buildSwizzle(Emitter &e, Value row, int64_t rowBytes) {
  int64_t rowsPerLine = 128 / rowBytes, pieces = rowBytes / 16;
  Value line = row;
  for (int64_t rows = rowsPerLine; rows > 1; rows /= 2)
    line = e.shiftRight(line, 1);
  return e.shiftLeft(e.bitAnd(line, pieces - 1), 4);
}
