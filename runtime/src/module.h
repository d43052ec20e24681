//===- module.h - A package whose code is in memory -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Test: test/module_test.cpp.

#ifndef SQART_SRC_MODULE_H
#define SQART_SRC_MODULE_H

#include "code_image.h"
#include "invocation.h"
#include "package.h"

struct sqart_module_t {
  // Loads the code of the package of `bytes`; trust has been settled but for a
  // pinned digest, which is compared before anything is mapped.
  static sqart_status_t create(sqart_runtime_t &runtime, sqart::Pages bytes,
                               const sqart_load_options_t &options,
                               sqart_module_t **out);
  ~sqart_module_t();

  sqart_status_t invoke(uint32_t function, const DLTensor *const *inputs,
                        uint32_t numInputs, const DLTensor *const *outputs,
                        uint32_t numOutputs);

  sqart_package_t package;
  const sqart::Variant *variant = nullptr;

private:
  explicit sqart_module_t(sqart_runtime_t &runtime);
  sqart_status_t chooseVariant(const char *isa);
  sqart_status_t mapCode();
  std::unique_ptr<sqart::Invocation> takeInvocation();
  void giveInvocation(std::unique_ptr<sqart::Invocation> invocation);

  sqart_runtime_t &runtime;
  sqart::Pages code;
  std::vector<sqart_entry_fn_t> entries; // of each function
  std::mutex idleLock;
  std::vector<std::unique_ptr<sqart::Invocation>> idle;
};

#endif // SQART_SRC_MODULE_H
