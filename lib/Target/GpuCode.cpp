//===- GpuCode.cpp - Serialized kernels for a package ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel table is sorted by name, which is how launches number kernels.
// Test: test/Tools/sqa-compile/gpu.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/GpuCode.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;

// Bytes of a parameter as the driver lays them out.
static uint32_t bytesOf(Type type, DictionaryAttr attrs) {
  if (auto byValue =
          attrs ? attrs.getAs<TypeAttr>(LLVM::LLVMDialect::getByValAttrName())
                : TypeAttr()) {
    auto array = cast<LLVM::LLVMArrayType>(byValue.getValue());
    return array.getNumElements() *
           llvm::divideCeil(array.getElementType().getIntOrFloatBitWidth(), 8);
  }
  if (isa<LLVM::LLVMPointerType>(type))
    return sizeof(uint64_t);
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

static PackageKernel describe(gpu::KernelMetadataAttr metadata) {
  PackageKernel kernel;
  kernel.name = metadata.getName().str();
  auto type = cast<LLVM::LLVMFunctionType>(metadata.getFunctionType());
  for (auto [index, param] : llvm::enumerate(type.getParams()))
    kernel.parameters.push_back(bytesOf(param, metadata.getArgAttrDict(index)));
  auto number = [&](StringRef name) -> uint32_t {
    auto value = metadata.getAttr<IntegerAttr>(name);
    return value ? value.getInt() : 0;
  };
  kernel.threads = number("block_threads");
  kernel.registers = number("registers");
  kernel.dynamicSharedBytes = number("shared_bytes");
  return kernel;
}

std::vector<PackageGpuModule> mlir::sqa::takeGpuCode(ModuleOp module) {
  std::vector<PackageGpuModule> modules;
  for (auto binary :
       llvm::make_early_inc_range(module.getOps<gpu::BinaryOp>())) {
    for (auto object : binary.getObjects().getAsRange<gpu::ObjectAttr>()) {
      PackageGpuModule &out = modules.emplace_back();
      out.arch = cast<NVVM::NVVMTargetAttr>(object.getTarget()).getChip().str();
      out.isPtx = object.getFormat() == gpu::CompilationTarget::Assembly;
      out.code = object.getObject().getValue().str();
      for (gpu::KernelMetadataAttr kernel : object.getKernels())
        out.kernels.push_back(describe(kernel));
    }
    binary.erase();
  }
  return modules;
}
