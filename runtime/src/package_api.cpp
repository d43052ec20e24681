//===- package_api.cpp - The C API of packages and signatures -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cpu.h"
#include "file.h"
#include "options.h"
#include "package.h"
#include "shapes.h"

#include "arguments.h"

#include <memory>

using namespace sqart;

// SQART_VERSION comes from the build.
extern "C" const char *sqart_version(void) { return SQART_VERSION; }

static sqart_status_t notFound(const char *what, size_t count, uint32_t got) {
  return fail(SQART_STATUS_NOT_FOUND,
              "%s: expected a number below %zu, but got %u", what, count, got);
}

template <typename ReadFn>
static sqart_status_t inspect(sqart_package_t **out_package, ReadFn &&read) {
  return guarded([&]() -> sqart_status_t {
    if (!out_package)
      return failNull("out_package");
    *out_package = nullptr;
    Pages bytes;
    SQART_TRY(read(bytes));
    auto package = std::make_unique<Package>();
    SQART_TRY(parsePackage(std::move(bytes), *package));
    *out_package = package.release();
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t sqart_package_inspect(const char *path,
                                                uint64_t max_bytes,
                                                sqart_package_t **out_package) {
  return inspect(out_package, [&](Pages &bytes) {
    if (!path)
      return failNull("path");
    return readFile(path,
                    max_bytes ? max_bytes : SQART_DEFAULT_MAX_PACKAGE_BYTES,
                    FileRules(), bytes);
  });
}

extern "C" sqart_status_t
sqart_package_inspect_memory(const void *bytes, size_t size,
                             sqart_package_t **out_package) {
  return inspect(out_package, [&](Pages &copy) {
    return copyBytes(bytes, size, UINT64_MAX, copy);
  });
}

extern "C" void sqart_package_destroy(sqart_package_t *package) {
  delete package;
}

extern "C" sqart_status_t
sqart_package_get_info(const sqart_package_t *package,
                       sqart_package_info_t *out_info) {
  if (!package)
    return failNull("package");
  const Manifest &manifest = package->manifest;
  sqart_package_info_t info = {};
  info.name = manifest.name.c_str();
  info.producer = manifest.producer.c_str();
  info.format_version = SQART_PACKAGE_FORMAT_VERSION;
  info.kernel_abi_version = manifest.kernelAbiVersion;
  info.size = package->bytes.size();
  std::copy(package->sha256.begin(), package->sha256.end(), info.sha256);
  info.num_functions = uint32_t(manifest.functions.size());
  info.num_variants = uint32_t(manifest.variants.size());
  info.num_sections = uint32_t(package->sections.size());
  info.remarks = manifest.remarks.c_str();
  info.schedule = manifest.schedule.c_str();
  info.num_gpu_modules = uint32_t(manifest.gpuModules.size());
  return copyOut(info, "out_info", out_info);
}

extern "C" sqart_status_t
sqart_package_get_section(const sqart_package_t *package, uint32_t index,
                          sqart_section_info_t *out_info) {
  if (!package)
    return failNull("package");
  if (index >= package->sections.size())
    return notFound("section", package->sections.size(), index);
  const sqart_package_section_t &section = package->sections[index];
  sqart_section_info_t info = {};
  info.name = package->manifest.sectionNames[section.name].c_str();
  info.kind = section.kind;
  info.kind_name = sectionKindName(section.kind);
  info.offset = section.offset;
  info.size = section.size;
  info.data = sectionBytes(*package, index).data;
  return copyOut(info, "out_info", out_info);
}

extern "C" sqart_status_t
sqart_package_get_variant(const sqart_package_t *package, uint32_t index,
                          sqart_variant_info_t *out_info) {
  if (!package)
    return failNull("package");
  const std::vector<Variant> &variants = package->manifest.variants;
  if (index >= variants.size())
    return notFound("variant", variants.size(), index);
  const Variant &variant = variants[index];
  sqart_variant_info_t info = {};
  info.isa = variant.isa.c_str();
  info.features = variant.featureList.c_str();
  info.priority = variant.priority;
  info.section = variant.section;
  const std::string *missing = firstMissing(variant.features);
  info.runs_here = missing == nullptr;
  info.missing = missing ? missing->c_str() : "";
  info.devices = variant.devices;
  return copyOut(info, "out_info", out_info);
}

extern "C" sqart_status_t
sqart_package_get_gpu_module(const sqart_package_t *package, uint32_t index,
                             sqart_gpu_module_info_t *out_info) {
  if (!package)
    return failNull("package");
  const std::vector<GpuModule> &modules = package->manifest.gpuModules;
  if (index >= modules.size())
    return notFound("GPU module", modules.size(), index);
  const GpuModule &module = modules[index];
  sqart_gpu_module_info_t info = {};
  info.arch = module.archName.c_str();
  info.program = module.program;
  info.section = module.section;
  info.num_kernels = uint32_t(module.kernels.size());
  info.kernels = module.kernelNames.data();
  return copyOut(info, "out_info", out_info);
}

extern "C" sqart_status_t
sqart_package_find_function(const sqart_package_t *package, const char *name,
                            uint32_t *out_function) {
  if (!package)
    return failNull("package");
  if (!name)
    return failNull("name");
  if (!out_function)
    return failNull("out_function");
  const std::vector<Function> &functions = package->manifest.functions;
  for (size_t i = 0; i < functions.size(); ++i)
    if (functions[i].name == name) {
      *out_function = uint32_t(i);
      return SQART_STATUS_OK;
    }
  return fail(SQART_STATUS_NOT_FOUND, "%.120s has no function '%s'",
              package->manifest.name.c_str(), Shown(name).text);
}

extern "C" sqart_status_t
sqart_package_get_function(const sqart_package_t *package, uint32_t function,
                           sqart_function_info_t *out_info) {
  if (!package)
    return failNull("package");
  const std::vector<Function> &functions = package->manifest.functions;
  if (function >= functions.size())
    return notFound("function", functions.size(), function);
  const Function &f = functions[function];
  sqart_function_info_t info = {};
  info.name = f.name.c_str();
  info.num_inputs = uint32_t(f.numInputs);
  info.num_outputs = uint32_t(f.numOutputs());
  info.num_symbols = uint32_t(f.symbols.size());
  info.signature = f.signature.c_str();
  info.remarks = f.remarks.c_str();
  info.schedule = f.schedule.c_str();
  info.devices = f.devices;
  return copyOut(info, "out_info", out_info);
}

extern "C" sqart_status_t
sqart_package_get_tensor(const sqart_package_t *package, uint32_t function,
                         uint32_t tensor, sqart_tensor_info_t *out_info) {
  if (!package)
    return failNull("package");
  const std::vector<Function> &functions = package->manifest.functions;
  if (function >= functions.size())
    return notFound("function", functions.size(), function);
  const std::vector<Tensor> &tensors = functions[function].tensors;
  if (tensor >= tensors.size())
    return notFound("tensor", tensors.size(), tensor);
  const Tensor &t = tensors[tensor];
  sqart_tensor_info_t info = {};
  info.name = t.name.c_str();
  info.dtype = t.dtype.dlpack;
  info.dtype_name = t.dtype.name;
  info.rank = int32_t(t.dims.size());
  info.dims = t.staticDims.data();
  info.dim_texts = t.dimTextPointers.data();
  info.type = t.type.c_str();
  info.parameter = t.isParameter ? t.parameter.c_str() : nullptr;
  return copyOut(info, "out_info", out_info);
}

static sqart_status_t outputShape(const Function &function,
                                  const DLTensor *const *inputs,
                                  uint32_t numInputs, uint32_t output,
                                  int64_t *outDims, int32_t rank) {
  if (output >= function.numOutputs())
    return notFound("output", function.numOutputs(), output);
  size_t tensor = function.numInputs + output;
  size_t expected = function.tensors[tensor].dims.size();
  if (rank < 0 || size_t(rank) != expected)
    return fail(SQART_STATUS_INVALID_ARGUMENT, "rank: expected %zu, but got %d",
                expected, rank);
  if (rank != 0 && !outDims)
    return failNull("out_dims");
  SQART_TRY(checkShapes(function, inputs, numInputs));
  std::vector<const int64_t *> shapes;
  for (uint32_t i = 0; i < numInputs; ++i)
    shapes.push_back(inputs[i]->shape);
  std::vector<int64_t> symbols(function.symbols.size()), dims(expected);
  SQART_TRY(solveSymbols(function, shapes.data(), symbols.data()));
  for (size_t i = 0; i < expected; ++i)
    SQART_TRY(dimValue(function, tensor, i, symbols.data(), dims[i]));
  std::copy(dims.begin(), dims.end(), outDims);
  return SQART_STATUS_OK;
}

extern "C" sqart_status_t
sqart_package_output_shape(const sqart_package_t *package, uint32_t function,
                           const DLTensor *const *inputs, uint32_t num_inputs,
                           uint32_t output, int64_t *out_dims, int32_t rank) {
  return guarded([&]() -> sqart_status_t {
    if (!package)
      return failNull("package");
    const std::vector<Function> &functions = package->manifest.functions;
    if (function >= functions.size())
      return notFound("function", functions.size(), function);
    return outputShape(functions[function], inputs, num_inputs, output,
                       out_dims, rank);
  });
}
