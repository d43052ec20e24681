//===- sqa-opt.cpp - Run passes on MLIR files ------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MlirOptMain with our dialects and passes beside all of MLIR's, so that any
// stage can be taken apart and pass and dialect plugins can be loaded.
//
//===----------------------------------------------------------------------===//

#include "sqa/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::sqa::registerAllDialects(registry);
  mlir::registerAllPasses();
  mlir::sqa::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "sqa-mlir optimizer driver\n", registry));
}
