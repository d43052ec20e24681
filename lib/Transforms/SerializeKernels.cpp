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
// there is a ptxas that knows the PTX. A kernel's metadata says what a launch
// must know: threads of a block, bytes of dynamic shared memory and, once they
// are known, registers of a thread.
//
// Requires: the LLVM and NVVM dialects only (--sqa-pipeline-nvvm), `sqa.target`
// a #sqa.gpu.
// Without ptxas, or with an old one, there is PTX alone (a remark says so): the
// driver compiles it.
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

static gpu::KernelTableAttr
describeKernels(gpu::GPUModuleOp module,
                const llvm::StringMap<int64_t> &registers = {}) {
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
    if (int64_t count = registers.lookup(function.getSymName()))
      facts.push_back(b.getNamedAttr("registers", b.getI64IntegerAttr(count)));
    kernels.push_back(gpu::KernelMetadataAttr::get(
        function.getSymNameAttr(), function.getFunctionType(),
        function.getArgAttrsAttr(), b.getDictionaryAttr(facts)));
  }
  return gpu::KernelTableAttr::get(module.getContext(), kernels);
}

static remark::RemarkOpts remarkOptions() {
  return remark::RemarkOpts::name("Ptxas")
      .category(DEBUG_TYPE)
      .subCategory("gpu");
}

static void reportPtxas(gpu::GPUModuleOp module, const Cubin &cubin) {
  if (cubin.isSlow)
    remark::missed(module.getLoc(), remarkOptions()) << remark::add(
        "spills or serialised matrix products: {0}", cubin.report);
  else
    remark::analysis(module.getLoc(), remarkOptions())
        << remark::add("{0}", cubin.report);
}

static void reportPtxOnly(gpu::GPUModuleOp module, StringRef why) {
  remark::analysis(module.getLoc(), remarkOptions()) << remark::add(
      "{0}: PTX only, which the driver compiles when it is loaded", why);
}

// Adds machine code if it can be had.
static LogicalResult addCubin(gpu::GPUModuleOp module, StringRef ptx,
                              GpuAttr target, Attribute format,
                              std::string ptxas,
                              SmallVectorImpl<Attribute> &objects) {
  if (ptxas.empty())
    ptxas = findPtxas();
  if (ptxas.empty()) {
    reportPtxOnly(module, "no ptxas found");
    return success();
  }
  llvm::Expected<Cubin> cubin = assembleCubin(ptx, target, ptxas);
  if (!cubin)
    return module.emitError(llvm::toString(cubin.takeError()));
  if (cubin->isTooOld) {
    reportPtxOnly(module, "ptxas is too old for this PTX");
    return success();
  }
  reportPtxas(module, *cubin);
  Builder b(module.getContext());
  StringRef image(cubin->image.data(), cubin->image.size());
  objects.push_back(gpu::ObjectAttr::get(
      module.getContext(), format, gpu::CompilationTarget::Binary,
      b.getStringAttr(image), DictionaryAttr(),
      describeKernels(module, cubin->registers)));
  return success();
}

static LogicalResult serialize(gpu::GPUModuleOp module, bool cubin,
                               const std::string &ptxas) {
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
  SmallVector<Attribute> objects = {
      gpu::ObjectAttr::get(context, format, gpu::CompilationTarget::Assembly,
                           StringAttr::get(context, *ptx), DictionaryAttr(),
                           describeKernels(module))};
  if (cubin && failed(addCubin(module, *ptx, target, format, ptxas, objects)))
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
      if (failed(serialize(module, cubin, ptxas)))
        return signalPassFailure();
  }
};
} // namespace
