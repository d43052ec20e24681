/*===- attention_cuda.c - Call a compiled function on a GPU -------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Usage: sqa-example-cuda PACKAGE FUNCTION [SYMBOL=SIZE]...
 *
 * What attention.c does, on the first NVIDIA GPU: inputs are copied there, the
 * function is enqueued on a stream with a workspace of its own, and the first
 * values of each output are printed. It needs no CUDA to build, and says so
 * where there is no GPU (exit code 77):
 *
 *   sqa-example-cuda attention.sqapkg attention S=1024
 *
 * A program that has CUDA passes its own pointers, cudaStream_t and workspace.
 */
#include "tensor.h"

#include "sqart/cuda.h"

enum { DEVICE = 0, NO_GPU = 77 };

/* All that is to be given back. */
typedef struct {
  sqart_runtime_t *runtime;
  sqart_module_t *module;
  tensor_t *tensors; /* inputs, then outputs; `dl` is on the GPU */
  void **hosts;      /* the memory of each on the host */
  const DLTensor **pointers;
  size_t count;
  void *stream, *workspace;
} session_t;

/* Moves a tensor whose memory is on the host to the GPU. */
static sqart_status_t move(session_t *session, size_t index) {
  tensor_t *tensor = &session->tensors[index];
  uint64_t bytes = (uint64_t)tensor->elements * (tensor->dl.dtype.bits / 8);
  session->hosts[index] = tensor->dl.data;
  tensor->dl.data = NULL;
  tensor->dl.device.device_type = kDLCUDA;
  tensor->dl.device.device_id = DEVICE;
  session->pointers[index] = &tensor->dl;
  TRY(sqart_cuda_allocate(DEVICE, bytes, &tensor->dl.data));
  return sqart_cuda_copy(DEVICE, tensor->dl.data, session->hosts[index], bytes);
}

static sqart_status_t make_tensors(session_t *session, uint32_t function,
                                   uint32_t num_inputs, int num_settings,
                                   char **settings) {
  const sqart_package_t *package = sqart_module_package(session->module);
  sqart_tensor_info_t info = {.struct_size = sizeof(info)};
  for (uint32_t i = 0; i < session->count; ++i) {
    tensor_t *tensor = &session->tensors[i];
    TRY(sqart_package_get_tensor(package, function, i, &info));
    if (i < num_inputs)
      choose_shape(tensor, &info, num_settings, settings);
    else
      TRY(sqart_package_output_shape(package, function, session->pointers,
                                     num_inputs, i - num_inputs, tensor->shape,
                                     info.rank));
    if (!allocate(tensor, &info))
      return SQART_STATUS_OUT_OF_MEMORY;
    if (i < num_inputs)
      fill(tensor, i + 1);
    TRY(move(session, i));
  }
  return SQART_STATUS_OK;
}

/* Enqueues the function and waits for it. */
static sqart_status_t call(session_t *session, uint32_t function,
                           uint32_t num_inputs) {
  const DLTensor **outputs = session->pointers + num_inputs;
  uint32_t num_outputs = (uint32_t)session->count - num_inputs;
  sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
  TRY(sqart_module_get_workspace_cuda(session->module, function,
                                      session->pointers, num_inputs, outputs,
                                      num_outputs, &options.workspace_bytes));
  TRY(sqart_cuda_allocate(DEVICE, options.workspace_bytes,
                          &session->workspace));
  TRY(sqart_cuda_stream_create(DEVICE, &session->stream));
  options.workspace = session->workspace;
  options.stream = session->stream;
  TRY(sqart_module_invoke_cuda(session->module, function, session->pointers,
                               num_inputs, outputs, num_outputs, &options));
  return sqart_cuda_stream_synchronize(DEVICE, session->stream);
}

static sqart_status_t print_outputs(session_t *session, uint32_t function,
                                    uint32_t num_inputs) {
  const sqart_package_t *package = sqart_module_package(session->module);
  sqart_tensor_info_t info = {.struct_size = sizeof(info)};
  for (uint32_t i = num_inputs; i < session->count; ++i) {
    tensor_t *tensor = &session->tensors[i];
    TRY(sqart_package_get_tensor(package, function, i, &info));
    TRY(sqart_cuda_copy(DEVICE, session->hosts[i], tensor->dl.data,
                        (uint64_t)tensor->elements * (info.dtype.bits / 8)));
    tensor_t copy = *tensor;
    copy.dl.data = session->hosts[i];
    print_values(&copy, &info);
  }
  return SQART_STATUS_OK;
}

static sqart_status_t run(session_t *session, int argc, char **argv) {
  TRY(sqart_runtime_create(NULL, &session->runtime));
  sqart_load_options_t options = sqart_load_options_default();
  options.trust = SQART_TRUST_LOCAL_BUILD; /* see attention.c */
  TRY(sqart_module_load(session->runtime, argv[1], &options, &session->module));
  TRY(sqart_module_prepare_cuda(session->module, DEVICE, NULL));

  const sqart_package_t *package = sqart_module_package(session->module);
  uint32_t function = 0;
  TRY(sqart_package_find_function(package, argv[2], &function));
  sqart_function_info_t signature = {.struct_size = sizeof(signature)};
  TRY(sqart_package_get_function(package, function, &signature));
  printf("%s\n", signature.signature);

  size_t count = (size_t)signature.num_inputs + signature.num_outputs;
  session->tensors = calloc(count + 1, sizeof(*session->tensors));
  session->hosts = calloc(count + 1, sizeof(*session->hosts));
  session->pointers = calloc(count + 1, sizeof(*session->pointers));
  if (!session->tensors || !session->hosts || !session->pointers)
    return SQART_STATUS_OUT_OF_MEMORY;
  session->count = count;
  TRY(make_tensors(session, function, signature.num_inputs, argc - 3,
                   argv + 3));
  TRY(call(session, function, signature.num_inputs));
  return print_outputs(session, function, signature.num_inputs);
}

static void end(session_t *session) {
  for (size_t i = 0; i < session->count; ++i) {
    sqart_cuda_free(DEVICE, session->tensors[i].dl.data);
    free(session->hosts[i]);
  }
  sqart_cuda_free(DEVICE, session->workspace);
  sqart_cuda_stream_destroy(DEVICE, session->stream);
  sqart_module_destroy(session->module);
  sqart_runtime_destroy(session->runtime);
  free(session->tensors);
  free(session->hosts);
  free((void *)session->pointers);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s PACKAGE FUNCTION [SYMBOL=SIZE]...\n", argv[0]);
    return 2;
  }
  sqart_cuda_device_info_t info = {.struct_size = sizeof(info)};
  if (sqart_cuda_get_device_info(DEVICE, &info) != SQART_STATUS_OK) {
    printf("no GPU to run on: %s\n", sqart_last_error());
    return NO_GPU;
  }
  printf("%s (compute capability %u.%u)\n", info.name,
         info.compute_capability / 10, info.compute_capability % 10);
  session_t session = {0};
  sqart_status_t status = run(&session, argc, argv);
  end(&session);
  return status == SQART_STATUS_OK ? 0 : 1;
}
