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
#include "cuda/code.h"
#include "cuda/workspace.h"
#include "invocation.h"
#include "package.h"

#include "sqart/cuda.h"

struct sqart_module_t {
  // Loads the code of the package of `bytes`; trust has been settled but for a
  // pinned digest, which is compared before anything is mapped.
  static sqart_status_t create(sqart_runtime_t &runtime, sqart::Pages bytes,
                               const sqart_load_options_t &options,
                               sqart_module_t **out);
  ~sqart_module_t();

  // `devices`: where the tensors may be.
  sqart_status_t invoke(uint32_t function, const DLTensor *const *inputs,
                        uint32_t numInputs, const DLTensor *const *outputs,
                        uint32_t numOutputs, uint32_t devices,
                        const sqart_cuda_call_options_t &options);
  sqart_status_t planWorkspace(uint32_t function, const DLTensor *const *inputs,
                               uint32_t numInputs,
                               const DLTensor *const *outputs,
                               uint32_t numOutputs, uint64_t &bytes);
  sqart_status_t prepareCuda(int32_t device, sqart::cuda::Context context);

  sqart_package_t package;
  const sqart::Variant *variant = nullptr;

private:
  sqart_module_t(sqart_runtime_t &runtime, uint32_t flags);
  sqart_status_t chooseVariant(const char *isa);
  sqart_status_t mapCode();
  sqart_status_t findFunction(uint32_t function, uint32_t devices,
                              const sqart::Function *&out) const;
  sqart_status_t invokeCuda(sqart::Invocation &invocation, uint32_t function,
                            const sqart_cuda_call_options_t &options);
  std::unique_ptr<sqart::Invocation> takeInvocation();
  void giveInvocation(std::unique_ptr<sqart::Invocation> invocation);

  sqart_runtime_t &runtime;
  sqart::Pages code;
  // Of each function on the CPU and on GPUs; null where it does not run.
  std::vector<sqart_entry_fn_t> entries, cudaEntries;
  sqart::cuda::CodeCache cudaCode;
  sqart::cuda::WorkspacePool workspaces;
  std::mutex idleLock;
  std::vector<std::unique_ptr<sqart::Invocation>> idle;
};

#endif // SQART_SRC_MODULE_H
