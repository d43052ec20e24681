//===- SerializeKernels.cpp - Modules of kernels to code ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   gpu.module @kernels { llvm.func @f() attributes {nvvm.kernel, ...} }
//     ==>
//   gpu.binary @kernels [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly =
//       "...", kernels = ...>, #gpu.object<..., bin = "...">]
//
// The first object is PTX, the second machine code if `cubin` is given and
// ptxas is on the PATH. A kernel's metadata says what a launch must know:
// threads of a block and bytes of dynamic shared memory.
//
// Requires: the LLVM and NVVM dialects only (--sqa-pipeline-nvvm), `sqa.target`
// a #sqa.gpu.
// Declines: machine code without ptxas (a remark); PTX alone is complete.
// Wrong if: the report of ptxas is not looked at: spills and serialised
// products are remarks here. Test: test/Target/serialize-kernels.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Remarks.h"
#include "sqa/Target/SerializePtx.h"
#include "sqa/Transforms/Passes.h"

#define DEBUG_TYPE "sqa-serialize-kernels"

namespace mlir::sqa {
#define GEN_PASS_DEF_SERIALIZEKERNELSPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

static gpu::KernelTableAttr describeKernels(gpu::GPUModuleOp module) {
  Builder b(module.getContext());
  SmallVector<gpu::KernelMetadataAttr> kernels;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto threads = function->getAttrOfType<DenseI32ArrayAttr>(
        NVVM::NVVMDialect::getReqntidAttrName());
    if (!threads)
      continue;
    SmallVector<NamedAttribute> facts = {b.getNamedAttr(
        "block_threads", b.getI64IntegerAttr(threads.asArrayRef().front()))};
    if (Attribute shared = function->getAttr("hopper.shared_bytes"))
      facts.push_back(b.getNamedAttr("shared_bytes", shared));
    kernels.push_back(gpu::KernelMetadataAttr::get(
        function.getSymNameAttr(), function.getFunctionType(),
        function.getArgAttrsAttr(), b.getDictionaryAttr(facts)));
  }
  return gpu::KernelTableAttr::get(module.getContext(), kernels);
}

static void reportPtxas(gpu::GPUModuleOp module, const Cubin &cubin) {
  auto options =
      remark::RemarkOpts::name("Ptxas").category(DEBUG_TYPE).subCategory("gpu");
  if (cubin.isSlow)
    remark::missed(module.getLoc(), options) << remark::add(
        "spills or serialised matrix products: {0}", cubin.report);
  else
    remark::analysis(module.getLoc(), options)
        << remark::add("{0}", cubin.report);
}

// Adds machine code if it can be had.
static LogicalResult addCubin(gpu::GPUModuleOp module, StringRef ptx,
                              GpuAttr target, Attribute format,
                              gpu::KernelTableAttr table,
                              SmallVectorImpl<Attribute> &objects) {
  std::string ptxas = findPtxas();
  if (ptxas.empty()) {
    remark::missed(module.getLoc(), remark::RemarkOpts::name("Ptxas")
                                        .category(DEBUG_TYPE)
                                        .subCategory("gpu"))
        << remark::add("no ptxas on the PATH: PTX only");
    return success();
  }
  llvm::Expected<Cubin> cubin = assembleCubin(ptx, target, ptxas);
  if (!cubin)
    return module.emitError(llvm::toString(cubin.takeError()));
  reportPtxas(module, *cubin);
  Builder b(module.getContext());
  StringRef image(cubin->image.data(), cubin->image.size());
  objects.push_back(gpu::ObjectAttr::get(
      module.getContext(), format, gpu::CompilationTarget::Binary,
      b.getStringAttr(image), DictionaryAttr(), table));
  return success();
}

static LogicalResult serialize(gpu::GPUModuleOp module, bool cubin) {
  auto target = dyn_cast_or_null<GpuAttr>(lookupTarget(module));
  if (!target)
    return module.emitError("expected '")
           << kTargetAttrName << "' of the enclosing module to be a #sqa.gpu";
  FailureOr<std::string> ptx = serializePtx(module, target);
  if (failed(ptx))
    return failure();
  MLIRContext *context = module.getContext();
  Attribute format =
      NVVM::NVVMTargetAttr::get(context, /*optLevel=*/2, target.getTriple(),
                                target.getChip(), target.getFeatures());
  gpu::KernelTableAttr table = describeKernels(module);
  SmallVector<Attribute> objects = {gpu::ObjectAttr::get(
      context, format, gpu::CompilationTarget::Assembly,
      StringAttr::get(context, *ptx), DictionaryAttr(), table)};
  if (cubin && failed(addCubin(module, *ptx, target, format, table, objects)))
    return failure();
  OpBuilder b(module);
  gpu::BinaryOp::create(b, module.getLoc(), module.getName(), Attribute(),
                        ArrayRef<Attribute>(objects));
  module.erase();
  return success();
}

namespace {
struct SerializeKernelsPass
    : sqa::impl::SerializeKernelsPassBase<SerializeKernelsPass> {
  using SerializeKernelsPassBase::SerializeKernelsPassBase;

  void runOnOperation() override {
    for (auto module :
         llvm::make_early_inc_range(getOperation().getOps<gpu::GPUModuleOp>()))
      if (failed(serialize(module, cubin)))
        return signalPassFailure();
  }
};
} // namespace
