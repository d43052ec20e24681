//===- HostAbi.h - The layouts of kernel_abi.h as LLVM types ---*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_HOSTTOLLVM_HOSTABI_H
#define SQA_LIB_CONVERSION_HOSTTOLLVM_HOSTABI_H

#include "dialects/Host/HostOps.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "runtime/include/sqart/kernel_abi.h"

namespace mlir::sqa {

// Writes accesses to the structures of kernel_abi.h and what surrounds them.
class HostAbi {
public:
  explicit HostAbi(ModuleOp module);

  const LLVMTypeConverter &getTypeConverter() const { return converter; }

  // Field at byte `offset` of the structure at `base`.
  Value loadField(OpBuilder &b, Location loc, Value base, int64_t offset,
                  Type type) const;
  // A call of the host's function at byte `offset` of its table; the table is
  // the first argument.
  LLVM::CallOp callHost(OpBuilder &b, Location loc, Value host, int64_t offset,
                        TypeRange results, ValueRange arguments) const {
    return callTable(b, loc, host, host, offset, results, arguments);
  }
  // The same through another table of the host.
  LLVM::CallOp callTable(OpBuilder &b, Location loc, Value table, Value host,
                         int64_t offset, TypeRange results,
                         ValueRange arguments) const;
  // A constant of the module that holds `text` and a NUL.
  Value getText(OpBuilder &b, Location loc, StringRef text);

  // The address of a function whose signature is final.
  Value getAddress(Block *first, Location loc, func::FuncOp function) const;

  // The same value as the type conversion to LLVM will see it, and back.
  Value toLlvm(OpBuilder &b, Location loc, Value value) const;
  Value fromLlvm(OpBuilder &b, Location loc, Value value, Type type) const;

  // The structure in which a dispatch passes captures of these types.
  LLVM::LLVMStructType getCaptureStruct(TypeRange captures) const;

  Value constant(OpBuilder &b, Location loc, int64_t value) const {
    return LLVM::ConstantOp::create(b, loc, i64, value);
  }

  const LLVM::LLVMPointerType pointer;
  const IntegerType i8, i32, i64;

private:
  ModuleOp module;
  LLVMTypeConverter converter;
  unsigned numTexts = 0;
};

// What a conversion of one op needs of its entry function.
struct EntryFrame {
  HostAbi &abi;
  OpBuilder &b;
  Value host;
  Block *first;
};

// Calls of the device's functions at the builder; the results are a status, or
// the memory or null.
Value convertLaunch(EntryFrame &frame, host::LaunchOp op);
Value convertTensorMap(EntryFrame &frame, host::TensorMapOp op, Value &map);
Value convertWorkspace(EntryFrame &frame, host::WorkspaceOp op, Value bytes);
Value convertFill(EntryFrame &frame, host::FillOp op);
// A number, as index.
Value convertMultiprocessors(EntryFrame &frame, host::MultiprocessorsOp op);

// Rewrites a kernel to the signature of sqart_tile_fn_t.
void convertKernel(func::FuncOp kernel, HostAbi &abi);

// Rewrites an entry function to the signature of sqart_entry_fn_t and the host
// ops in it to calls through the host's table. Its kernels are converted
// before.
LogicalResult convertEntry(func::FuncOp entry, HostAbi &abi);

// Adds sqart_library_query, which numbers `entries` from 0; `flags` is or-ed to
// the numbers.
void addQueryFunction(ModuleOp module, ArrayRef<func::FuncOp> entries,
                      uint32_t flags, HostAbi &abi);

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_HOSTTOLLVM_HOSTABI_H
