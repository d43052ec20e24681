/*===- attention.c - Call a compiled function from C --------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Usage: sqa-example-c PACKAGE FUNCTION [SYMBOL=SIZE]...
 *
 * Loads a package that was compiled on this machine, asks for the signature of
 * a function, makes inputs of the sizes given (16 where a dimension is dynamic
 * and nothing is said), runs it and prints the first values of each output:
 *
 *   sqa-compile examples/attention.mlir -o attention.sqapkg
 *   sqa-example-c attention.sqapkg attention
 *
 * Everything that can fail returns a status; sqart_last_error() says why.
 */
#include "tensor.h"

/* Makes all tensors of the function and calls it. */
static sqart_status_t call(sqart_module_t *module, uint32_t function,
                           tensor_t *tensors, const DLTensor **pointers,
                           int num_settings, char **settings) {
  const sqart_package_t *package = sqart_module_package(module);
  sqart_function_info_t signature = {.struct_size = sizeof(signature)};
  TRY(sqart_package_get_function(package, function, &signature));
  printf("%s\n", signature.signature);

  uint32_t num_inputs = signature.num_inputs;
  sqart_tensor_info_t info = {.struct_size = sizeof(info)};
  for (uint32_t i = 0; i < num_inputs; ++i) {
    TRY(sqart_package_get_tensor(package, function, i, &info));
    choose_shape(&tensors[i], &info, num_settings, settings);
    if (!allocate(&tensors[i], &info))
      return SQART_STATUS_OUT_OF_MEMORY;
    fill(&tensors[i], i + 1);
    pointers[i] = &tensors[i].dl;
  }
  /* The shapes of outputs follow from those of inputs. */
  for (uint32_t i = 0; i < signature.num_outputs; ++i) {
    tensor_t *output = &tensors[num_inputs + i];
    TRY(sqart_package_get_tensor(package, function, num_inputs + i, &info));
    TRY(sqart_package_output_shape(package, function, pointers, num_inputs, i,
                                   output->shape, info.rank));
    if (!allocate(output, &info))
      return SQART_STATUS_OUT_OF_MEMORY;
    pointers[num_inputs + i] = &output->dl;
  }
  TRY(sqart_module_invoke(module, function, pointers, num_inputs,
                          pointers + num_inputs, signature.num_outputs));
  for (uint32_t i = 0; i < signature.num_outputs; ++i) {
    TRY(sqart_package_get_tensor(package, function, num_inputs + i, &info));
    print_values(&tensors[num_inputs + i], &info);
  }
  return SQART_STATUS_OK;
}

static sqart_status_t run(sqart_runtime_t *runtime, int argc, char **argv,
                          sqart_module_t **out_module) {
  /* Loading runs the package's code, so the caller says why it is trusted:
   * here, because it was built on this machine. For one from elsewhere, use
   * SQART_TRUST_SHA256 with a digest from a source that you trust. */
  sqart_load_options_t options = sqart_load_options_default();
  options.trust = SQART_TRUST_LOCAL_BUILD;
  TRY(sqart_module_load(runtime, argv[1], &options, out_module));
  printf("%s for %s on %d threads\n", argv[1], sqart_module_isa(*out_module),
         sqart_runtime_num_threads(runtime));

  const sqart_package_t *package = sqart_module_package(*out_module);
  uint32_t function = 0;
  TRY(sqart_package_find_function(package, argv[2], &function));
  sqart_function_info_t signature = {.struct_size = sizeof(signature)};
  TRY(sqart_package_get_function(package, function, &signature));

  size_t count = (size_t)signature.num_inputs + signature.num_outputs;
  tensor_t *tensors = calloc(count + 1, sizeof(*tensors));
  const DLTensor **pointers = calloc(count + 1, sizeof(*pointers));
  sqart_status_t status = SQART_STATUS_OUT_OF_MEMORY;
  if (tensors && pointers)
    status = call(*out_module, function, tensors, pointers, argc - 3, argv + 3);
  for (size_t i = 0; tensors && i < count; ++i)
    free(tensors[i].dl.data);
  free(tensors);
  free((void *)pointers);
  return status;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s PACKAGE FUNCTION [SYMBOL=SIZE]...\n", argv[0]);
    return 2;
  }
  sqart_runtime_t *runtime = NULL;
  sqart_module_t *module = NULL;
  sqart_status_t status = sqart_runtime_create(NULL, &runtime);
  if (status == SQART_STATUS_OK)
    status = run(runtime, argc, argv, &module);
  else
    fprintf(stderr, "%s\n", sqart_last_error());
  sqart_module_destroy(module);
  sqart_runtime_destroy(runtime);
  return status == SQART_STATUS_OK ? 0 : 1;
}
