//===- InitAll.cpp - Register everything sqa-mlir has ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/InitAll.h"
#include "dialects/Attn/AttnOps.h"
#include "dialects/Hopper/HopperOps.h"
#include "dialects/Host/HostOps.h"
#include "dialects/Target/TargetDialect.h"
#include "sqa/Conversion/Passes.h"
#include "sqa/Pipelines/Pipelines.h"
#include "sqa/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"

void mlir::sqa::registerAllDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  registry.insert<attn::AttnDialect, hopper::HopperDialect, host::HostDialect,
                  SqaDialect>();
  attn::registerBufferizableOpInterfaceExternalModels(registry);
}

void mlir::sqa::registerAllPasses() {
  registerSqaTransformsPasses();
  registerSqaConversionPasses();
  registerPipelines();
}
