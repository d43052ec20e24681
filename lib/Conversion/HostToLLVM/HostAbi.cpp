//===- HostAbi.cpp - The layouts of kernel_abi.h as LLVM types ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostAbi.h"
#include "dialects/Host/HostOps.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::sqa;

static LowerToLLVMOptions getOptions(MLIRContext *context) {
  LowerToLLVMOptions options(context);
  options.overrideIndexBitwidth(64);
  return options;
}

HostAbi::HostAbi(ModuleOp module)
    : pointer(LLVM::LLVMPointerType::get(module.getContext())),
      i8(IntegerType::get(module.getContext(), 8)),
      i32(IntegerType::get(module.getContext(), 32)),
      i64(IntegerType::get(module.getContext(), 64)), module(module),
      converter(module.getContext(), getOptions(module.getContext())) {
  // The address of its bytes.
  converter.addConversion([this](host::TensorMapType) { return pointer; });
}

Value HostAbi::loadField(OpBuilder &b, Location loc, Value base, int64_t offset,
                         Type type) const {
  Value address = LLVM::GEPOp::create(b, loc, pointer, i8, base,
                                      ArrayRef<LLVM::GEPArg>{int32_t(offset)});
  return LLVM::LoadOp::create(b, loc, type, address);
}

LLVM::CallOp HostAbi::callTable(OpBuilder &b, Location loc, Value table,
                                Value host, int64_t offset, TypeRange results,
                                ValueRange arguments) const {
  Value function = loadField(b, loc, table, offset, pointer);
  SmallVector<Value> operands{function, host};
  llvm::append_range(operands, arguments);
  SmallVector<Type> types;
  for (Value operand : ArrayRef<Value>(operands).drop_front())
    types.push_back(operand.getType());
  auto type = LLVM::LLVMFunctionType::get(
      results.empty() ? LLVM::LLVMVoidType::get(b.getContext()) : results[0],
      types);
  return LLVM::CallOp::create(b, loc, type, operands);
}

Value HostAbi::getText(OpBuilder &b, Location loc, StringRef text) {
  std::string bytes = text.str();
  bytes.push_back('\0');
  auto type = LLVM::LLVMArrayType::get(i8, bytes.size());
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  std::string name = ("sqa_text_" + Twine(numTexts++)).str();
  auto global = LLVM::GlobalOp::create(top, loc, type, /*isConstant=*/true,
                                       LLVM::Linkage::Internal, name,
                                       b.getStringAttr(bytes));
  return LLVM::AddressOfOp::create(b, loc, global);
}

// In the first block: blocks that differ in the address only are merged by
// clean-ups, and an argument of function type has no conversion.
Value HostAbi::getAddress(Block *first, Location loc,
                          func::FuncOp function) const {
  OpBuilder b = OpBuilder::atBlockBegin(first);
  Value address = func::ConstantOp::create(b, loc, function.getFunctionType(),
                                           function.getName());
  return UnrealizedConversionCastOp::create(b, loc, pointer, address)
      .getResult(0);
}

Value HostAbi::toLlvm(OpBuilder &b, Location loc, Value value) const {
  Type type = converter.convertType(value.getType());
  if (type == value.getType())
    return value;
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}

Value HostAbi::fromLlvm(OpBuilder &b, Location loc, Value value,
                        Type type) const {
  if (type == value.getType())
    return value;
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}

LLVM::LLVMStructType HostAbi::getCaptureStruct(TypeRange captures) const {
  SmallVector<Type> fields;
  for (Type type : captures)
    fields.push_back(converter.convertType(type));
  return LLVM::LLVMStructType::getLiteral(pointer.getContext(), fields);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

void mlir::sqa::convertKernel(func::FuncOp kernel, HostAbi &abi) {
  Block &block = kernel.front();
  Location loc = kernel.getLoc();
  OpBuilder b = OpBuilder::atBlockBegin(&block);
  unsigned numCaptures =
      kernel.getNumArguments() - host::kNumKernelTailArguments;
  TypeRange types(kernel.getArgumentTypes());
  LLVM::LLVMStructType fields =
      abi.getCaptureStruct(types.take_front(numCaptures));

  unsigned numOld = block.getNumArguments();
  Value args = block.addArgument(abi.pointer, loc);
  Value begin = block.addArgument(abi.i64, loc);
  Value end = block.addArgument(abi.i64, loc);
  Value scratch = block.addArgument(abi.pointer, loc);
  for (unsigned i = 0; i < numCaptures; ++i) {
    Value address = LLVM::GEPOp::create(b, loc, abi.pointer, fields, args,
                                        ArrayRef<LLVM::GEPArg>{0, int32_t(i)});
    Value field = LLVM::LoadOp::create(b, loc, fields.getBody()[i], address);
    block.getArgument(i).replaceAllUsesWith(
        abi.fromLlvm(b, loc, field, types[i]));
  }
  Type index = b.getIndexType();
  block.getArgument(numCaptures)
      .replaceAllUsesWith(abi.fromLlvm(b, loc, begin, index));
  block.getArgument(numCaptures + 1)
      .replaceAllUsesWith(abi.fromLlvm(b, loc, end, index));

  // The dispatch made sure that the scratch memory is large enough.
  auto memory = cast<MemRefType>(types.back());
  auto descriptor = MemRefDescriptor::poison(
      b, loc, abi.getTypeConverter().convertType(memory));
  descriptor.setAllocatedPtr(b, loc, scratch);
  descriptor.setAlignedPtr(b, loc, scratch);
  descriptor.setConstantOffset(b, loc, 0);
  descriptor.setConstantSize(b, loc, 0, std::numeric_limits<int64_t>::max());
  descriptor.setConstantStride(b, loc, 0, 1);
  block.getArgument(numCaptures + 2)
      .replaceAllUsesWith(abi.fromLlvm(b, loc, Value(descriptor), memory));

  block.eraseArguments(0, numOld);
  kernel.setType(b.getFunctionType(block.getArgumentTypes(), {}));
  kernel.removeArgAttrsAttr();
  // Nobody else sees the scratch memory of a thread, and captures are read
  // only.
  kernel.setArgAttr(0, LLVM::LLVMDialect::getNoAliasAttrName(),
                    b.getUnitAttr());
  kernel.setArgAttr(3, LLVM::LLVMDialect::getNoAliasAttrName(),
                    b.getUnitAttr());
  kernel->removeAttr(host::kKernelAttrName);
}

//===----------------------------------------------------------------------===//
// Query
//===----------------------------------------------------------------------===//

void mlir::sqa::addQueryFunction(ModuleOp module,
                                 ArrayRef<func::FuncOp> entries, uint32_t flags,
                                 HostAbi &abi) {
  Location loc = module.getLoc();
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(abi.pointer, {abi.i32, abi.i32});
  auto query = LLVM::LLVMFuncOp::create(b, loc, SQART_LIBRARY_QUERY_NAME, type);
  Block *entry = query.addEntryBlock(b);
  Block *select = b.createBlock(&query.getBody());
  Block *unknown = b.createBlock(&query.getBody());
  LLVM::ReturnOp::create(b, loc, LLVM::ZeroOp::create(b, loc, abi.pointer));

  b.setInsertionPointToStart(entry);
  Value expected =
      LLVM::ConstantOp::create(b, loc, abi.i32, SQART_KERNEL_ABI_VERSION);
  Value same = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq,
                                    entry->getArgument(0), expected);
  LLVM::CondBrOp::create(b, loc, same, select, unknown);

  SmallVector<int32_t> ordinals;
  SmallVector<Block *> targets;
  for (auto [ordinal, target] : llvm::enumerate(entries)) {
    func::FuncOp function = target;
    ordinals.push_back(static_cast<int32_t>(ordinal | flags));
    targets.push_back(b.createBlock(&query.getBody()));
    LLVM::ReturnOp::create(b, loc, abi.getAddress(entry, loc, function));
  }
  b.setInsertionPointToStart(select);
  SmallVector<ValueRange> none(targets.size());
  LLVM::SwitchOp::create(b, loc, entry->getArgument(1), unknown, ValueRange(),
                         ordinals, targets, none);
}
