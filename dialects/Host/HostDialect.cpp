//===- HostDialect.cpp - Registration and verifiers of the host ops -------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Host/HostOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa::host;

#include "dialects/Host/HostOpsDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Host/HostOpsTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Host/HostOps.cpp.inc"

void HostDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Host/HostOps.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Host/HostOpsTypes.cpp.inc"
      >();
}

LogicalResult HostDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attr) {
  if (attr.getName() != kKernelAttrName) // kernel_c1
    return op->emitOpError("expected no attribute '")
           << attr.getName().getValue() << "'";
  if (!isa<FunctionOpInterface>(op)) // kernel_c1
    return op->emitOpError("expected '")
           << kKernelAttrName << "' on a function only";
  auto func = dyn_cast<func::FuncOp>(op);
  if (!func || !func.getFunctionTypeAttr())
    return success(); // Already lowered, or refused by the function itself.
  auto type = dyn_cast<FunctionType>(func.getFunctionTypeAttr().getValue());
  if (!type)
    return success();
  Builder b(op->getContext());
  Type scratch = MemRefType::get(ShapedType::kDynamic, b.getI8Type());
  Type tail[kNumKernelTailArguments] = {b.getIndexType(), b.getIndexType(),
                                        scratch};
  if (type.getNumResults() != 0 ||
      type.getNumInputs() < kNumKernelTailArguments ||
      type.getInputs().take_back(kNumKernelTailArguments) !=
          ArrayRef<Type>(tail)) // kernel_c2
    return op->emitOpError(
               "expected a kernel to end in arguments index, index, "
               "memref<?xi8> and to return nothing, but got ")
           << type;
  return success();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      getOperation(), getKernelAttr());
  if (!kernel || !kernel->hasAttr(kKernelAttrName)) // dispatch_c1
    return emitOpError("expected '")
           << getKernel() << "' to be a function with '" << kKernelAttrName
           << "'";
  auto type = dyn_cast<FunctionType>(kernel.getFunctionType());
  if (!type)
    return success(); // Already lowered.
  if (type.getNumInputs() !=
      getCaptures().size() + kNumKernelTailArguments) // dispatch_c2
    return emitOpError("expected ")
           << getKernel() << " to take " << getCaptures().size()
           << " captures and " << kNumKernelTailArguments
           << " more arguments, but got " << type.getNumInputs();
  for (auto [index, capture] : llvm::enumerate(getCaptures()))
    if (capture.getType() != type.getInput(index)) // dispatch_c3
      return emitOpError("expected capture ")
             << index << " to be " << type.getInput(index) << ", but got "
             << capture.getType();
  return success();
}

// What always holds need not be checked.
LogicalResult CheckOp::canonicalize(CheckOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getCondition(), m_One()))
    return failure();
  rewriter.eraseOp(op);
  return success();
}
