//===- module_cuda.cpp - Calls of a module on a GPU -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What a call costs on top of its launches: three or four questions to the
// driver about contexts, all answered without the device.
// Test: test/cuda/call_test.cpp.

#include "cuda/device_call.h"
#include "module.h"
#include "options.h"

using namespace sqart;
using namespace sqart::cuda;

// The current context must be on the device of the tensors.
static sqart_status_t checkDevice(const Driver &driver, const char *what,
                                  int32_t ordinal) {
  Device device = -1;
  SQART_CUDA_TRY(driver, cuCtxGetDevice, &device);
  if (device == ordinal)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%s: expected memory of GPU %d, where the stream or the context "
              "is, but got memory of GPU %d (rule A1)",
              what, device, ordinal);
}

static sqart_status_t checkWorkspace(const sqart_cuda_call_options_t &options) {
  auto address = reinterpret_cast<uintptr_t>(options.workspace);
  if (address % SQART_WORKSPACE_ALIGNMENT != 0)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "workspace: expected memory aligned to %d bytes",
                SQART_WORKSPACE_ALIGNMENT);
  if (!options.workspace && options.workspace_bytes != 0)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "workspace: expected a pointer, but got null with %llu bytes",
                static_cast<unsigned long long>(options.workspace_bytes));
  return SQART_STATUS_OK;
}

sqart_status_t
sqart_module_t::invokeCuda(Invocation &invocation, uint32_t function,
                           const sqart_cuda_call_options_t &options) {
  const Function &callee = package.manifest.functions[function];
  SQART_TRY(checkWorkspace(options));
  CallTarget target;
  SQART_TRY(getDriver(target.driver));
  const Driver &driver = *target.driver;
  int32_t ordinal = invocation.arguments.device().device_id;
  target.stream = static_cast<Stream>(options.stream);

  Context context = nullptr;
  SQART_TRY(chooseContext(driver, ordinal,
                          static_cast<Context>(options.context), target.stream,
                          context));
  ContextScope scope(driver);
  SQART_TRY(scope.enter(context));
  SQART_TRY(checkDevice(driver, TensorText(callee, 0).text, ordinal));
  target.code = cudaCode.find(context);
  if (!target.code) {
    SQART_TRY(checkNotCapturing(driver, target.stream,
                                "call sqart_module_prepare_cuda"));
    SQART_TRY(cudaCode.load(driver, context, ordinal, target.code));
  }
  target.facts = &target.code->facts;
  target.module = target.code->module;
  target.workspace = Pointer(reinterpret_cast<uintptr_t>(options.workspace));
  target.workspaceBytes = options.workspace_bytes;
  target.pool = &workspaces;
  return invocation.runOnDevice(callee, cudaEntries[function], target);
}

sqart_status_t sqart_module_t::planWorkspace(
    uint32_t function, const DLTensor *const *inputs, uint32_t numInputs,
    const DLTensor *const *outputs, uint32_t numOutputs, uint64_t &bytes) {
  SQART_TRY(runtime.checkProcess());
  const Function *callee = nullptr;
  SQART_TRY(findFunction(function, deviceCuda, callee));
  std::unique_ptr<Invocation> invocation = takeInvocation();
  auto plan = [&]() -> sqart_status_t {
    SQART_TRY(invocation->arguments.check(*callee, inputs, numInputs, outputs,
                                          numOutputs, deviceCuda,
                                          /*needMemory=*/false));
    const Driver *driver = nullptr;
    SQART_TRY(getDriver(driver));
    DeviceFacts facts;
    SQART_TRY(
        getFacts(*driver, invocation->arguments.device().device_id, facts));
    CallTarget target;
    target.facts = &facts;
    SQART_TRY(chooseModule(package, facts.capability, cudaCode.allowPtx,
                           target.module));
    return invocation->runOnDevice(*callee, cudaEntries[function], target,
                                   &bytes);
  };
  sqart_status_t status = plan();
  giveInvocation(std::move(invocation));
  return status;
}

sqart_status_t sqart_module_t::prepareCuda(int32_t device, Context given) {
  const Driver *driver = nullptr;
  SQART_TRY(getDriver(driver));
  DeviceFacts facts;
  SQART_TRY(getFacts(*driver, device, facts));
  Context context = nullptr;
  SQART_TRY(chooseContext(*driver, device, given, nullptr, context));
  ContextScope scope(*driver);
  SQART_TRY(scope.enter(context));
  SQART_TRY(checkDevice(*driver, "device", device));
  const LoadedCode *code = nullptr;
  return cudaCode.load(*driver, context, device, code);
}

extern "C" sqart_status_t sqart_module_prepare_cuda(sqart_module_t *module,
                                                    int32_t device,
                                                    void *context) {
  return guarded([&]() -> sqart_status_t {
    if (!module)
      return failNull("module");
    return module->prepareCuda(device, static_cast<Context>(context));
  });
}

extern "C" sqart_status_t sqart_module_get_workspace_cuda(
    sqart_module_t *module, uint32_t function, const DLTensor *const *inputs,
    uint32_t num_inputs, const DLTensor *const *outputs, uint32_t num_outputs,
    uint64_t *out_bytes) {
  return guarded([&]() -> sqart_status_t {
    if (!module || !out_bytes)
      return failNull(module ? "out_bytes" : "module");
    uint64_t bytes = 0;
    SQART_TRY(module->planWorkspace(function, inputs, num_inputs, outputs,
                                    num_outputs, bytes));
    *out_bytes = bytes;
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t
sqart_module_invoke_cuda(sqart_module_t *module, uint32_t function,
                         const DLTensor *const *inputs, uint32_t num_inputs,
                         const DLTensor *const *outputs, uint32_t num_outputs,
                         const sqart_cuda_call_options_t *options) {
  return guarded([&]() -> sqart_status_t {
    if (!module)
      return failNull("module");
    sqart_cuda_call_options_t known = sqart_cuda_call_options_default();
    if (options)
      SQART_TRY(copyIn(options, "options", known));
    return module->invoke(function, inputs, num_inputs, outputs, num_outputs,
                          deviceCuda, known);
  });
}
