//===- ConvertHostToLLVM.cpp - Functions in the kernel ABI ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Brings entry functions and kernels to the signatures of
// runtime/include/sqart/kernel_abi.h, host ops and allocations to calls through
// the host's table, and adds the query function.
//
//   func.func @f(%x: memref<?xf32, strided<[1]>>) {
//     host.dispatch @f_kernel_0(%x, ...) tiles(%n) scratch(%s)
// becomes
//   func.func @f(%host: !llvm.ptr, %tensors: !llvm.ptr) -> i32 {
//     %x = (a descriptor read from %tensors)
//     %status = llvm.call (%host's dispatch)(%host, @f_kernel_0, %args, %n, %s)
//     (return %status unless it is 0)
//
// Requires: control flow is cf; public functions take only memory and return
//   nothing (--sqa-results-to-destinations); kernels do not allocate; kernels
//   of a GPU are LLVM functions (--sqa-convert-hopper-to-nvvm).
// Ensures: no host op is left; --convert-func-to-llvm and the conversions of
//   the other dialects finish the job.
// Wrong if: it runs twice, or before the loops around host ops are lowered.
// Test: test/Conversion/HostToLLVM/convert-host-to-llvm.mlir.
//
//===----------------------------------------------------------------------===//

#include "HostAbi.h"
#include "dialects/Host/HostOps.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "sqa/Conversion/Passes.h"

#define DEBUG_TYPE "sqa-convert-host-to-llvm"

namespace mlir::sqa {
#define GEN_PASS_DEF_CONVERTHOSTTOLLVMPASS
#include "sqa/Conversion/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static LogicalResult checkEntry(func::FuncOp entry) {
  if (entry.getNumResults() != 0 ||
      !llvm::all_of(entry.getArgumentTypes(), llvm::IsaPred<MemRefType>))
    return entry.emitError("expected a public function to take memory only and "
                           "to return nothing");
  return success();
}

namespace {
struct ConvertHostToLLVMPass
    : mlir::sqa::impl::ConvertHostToLLVMPassBase<ConvertHostToLLVMPass> {
  void runOnOperation() override {
    HostAbi abi(getOperation());
    SmallVector<func::FuncOp> entries, kernels;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function->hasAttr(host::kKernelAttrName))
        kernels.push_back(function);
      else if (function.isPublic() && !function.isExternal())
        entries.push_back(function);
    }
    for (func::FuncOp kernel : kernels)
      convertKernel(kernel, abi);
    for (func::FuncOp entry : entries)
      if (failed(checkEntry(entry)) || failed(convertEntry(entry, abi)))
        return signalPassFailure();
    bool isGpu = isa_and_nonnull<GpuAttr>(lookupTarget(getOperation()));
    addQueryFunction(getOperation(), entries, isGpu ? SQART_ORDINAL_CUDA : 0,
                     abi);
  }
};
} // namespace
