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
  // The name of the code for calls on the CPU, or for GPUs if there is none.
  const char *isa() const {
    const sqart::Variant *used = code.variant ? code.variant : hostCode.variant;
    return used ? used->isa.c_str() : "";
  }

private:
  sqart_module_t(sqart_runtime_t &runtime, uint32_t flags);
  // A variant in memory.
  struct MappedCode {
    const sqart::Variant *variant = nullptr;
    sqart::Pages image;
    sqart_library_query_fn_t query = nullptr;
  };
  sqart_status_t chooseVariant(const char *isa, uint32_t device,
                               MappedCode &out);
  sqart_status_t mapCode(MappedCode &out);
  sqart_status_t askEntries(const MappedCode &from, uint32_t device,
                            std::vector<sqart_entry_fn_t> &out);
  sqart_status_t loadCode(const char *isa);
  sqart_status_t findFunction(uint32_t function, uint32_t devices,
                              const sqart::Function *&out) const;
  sqart_status_t invokeCuda(sqart::Invocation &invocation, uint32_t function,
                            const sqart_cuda_call_options_t &options);
  std::unique_ptr<sqart::Invocation> takeInvocation();
  void giveInvocation(std::unique_ptr<sqart::Invocation> invocation);

  sqart_runtime_t &runtime;
  // For calls on the CPU, and for those on GPUs unless `code` has both.
  MappedCode code, hostCode;
  // Of each function on the CPU and on GPUs; null where it does not run.
  std::vector<sqart_entry_fn_t> entries, cudaEntries;
  sqart::cuda::CodeCache cudaCode;
  sqart::cuda::WorkspacePool workspaces;
  std::mutex idleLock;
  std::vector<std::unique_ptr<sqart::Invocation>> idle;
};

#endif // SQART_SRC_MODULE_H
