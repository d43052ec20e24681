//===- gpu_package.cpp - The package of the GPU tests ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gpu_package.h"

#include "sqart/kernel_abi.h"

#include <elf.h>

using namespace sqart;
using namespace sqart::test;

// From gpu_code.S: a program that moves to another machine has no files.
extern "C" const unsigned char sqart_gpu_host_code[], sqart_gpu_ptx_0[],
    sqart_gpu_ptx_1[], sqart_gpu_cubin_0[];
extern "C" const size_t sqart_gpu_host_code_size, sqart_gpu_ptx_0_size,
    sqart_gpu_ptx_1_size, sqart_gpu_cubin_0_size;

Bytes test::programPtx(uint32_t program) {
  if (program == 0)
    return Bytes(sqart_gpu_ptx_0, sqart_gpu_ptx_0 + sqart_gpu_ptx_0_size);
  return Bytes(sqart_gpu_ptx_1, sqart_gpu_ptx_1 + sqart_gpu_ptx_1_size);
}

Bytes test::programCubin() {
  return Bytes(sqart_gpu_cubin_0, sqart_gpu_cubin_0 + sqart_gpu_cubin_0_size);
}

Bytes test::emptyCubin() {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = 190;
  const auto *bytes = reinterpret_cast<const uint8_t *>(&header);
  return Bytes(bytes, bytes + sizeof(header));
}

std::vector<GpuCode> test::allGpuCode() {
  std::vector<GpuCode> code;
  if (Bytes cubin = programCubin(); !cubin.empty())
    code.push_back({"sm_90a", 0, false, cubin});
  code.push_back({"sm_90a", 0, true, programPtx(0)});
  code.push_back({"sm_80", 1, true, programPtx(1)});
  return code;
}

static GpuKernel kernel(const char *name, std::vector<uint32_t> parameters,
                        uint32_t threads) {
  GpuKernel k;
  k.name = name;
  k.parameters = std::move(parameters);
  k.maxThreads = threads;
  return k;
}

static std::vector<GpuKernel> programKernels(uint32_t program) {
  std::vector<GpuKernel> kernels = {
      kernel("scaled_add", {8, 8, 8, 8, 8, 8, 8, 4}, 128),
      kernel("copy_rows", {8, 8, 8, 8, 8}, 256),
      kernel("partial_sums", {8, 8, 8}, 128),
      kernel("total_of", {8, 8, 8}, 1),
      kernel("fault", {}, 1),
  };
  if (program == 0) {
    kernels[CopyRows].parameters[0] = SQART_TENSOR_MAP_BYTES;
    kernels[CopyRows].sharedBytes = 128;
    kernels[CopyRows].dynamicSharedBytes = 1024;
  }
  return kernels;
}

static std::vector<Function> gpuFunctions() {
  auto matrix = [](const char *name) {
    return tensor(name, "f32", {symbol(0), symbol(1)});
  };
  Tensor vector = tensor("x", "i32", {symbol(0)});
  std::vector<Function> functions = {
      function("scaled_add", {"S", "D"}, {matrix("x"), matrix("y")},
               {matrix("z")}),
      function("copy_rows", {"S", "D"}, {matrix("x")}, {matrix("y")}),
      function("sum", {"N"}, {vector}, {tensor("total", "i32", {})}),
      function("fault", {"N"}, {vector}, {}),
      function("misuse", {"N"}, {vector}, {}),
  };
  for (Function &f : functions)
    f.devices = deviceCuda;
  functions[ScaledAdd].devices |= deviceCpu;
  return functions;
}

Bytes test::gpuPackage(const std::vector<GpuCode> &code,
                       void (*edit)(Manifest &)) {
  Manifest m;
  m.kernelAbiVersion = SQART_KERNEL_ABI_VERSION;
  m.producer = "test 1";
  m.name = "gpu_kernels";
  m.sectionNames = {"manifest", "code"};
  m.functions = gpuFunctions();
  Variant v;
  v.isa = "x86-64";
  v.features = {"sse2"};
  v.section = 1;
  m.variants = {v};
  Bytes host(sqart_gpu_host_code,
             sqart_gpu_host_code + sqart_gpu_host_code_size);
  std::vector<Section> sections = {{SQART_SECTION_KIND_MANIFEST, {}},
                                   {SQART_SECTION_KIND_CPU_CODE, host, 4096}};
  for (const GpuCode &c : code) {
    GpuModule module;
    module.archName = c.arch;
    module.program = c.program;
    module.section = uint32_t(sections.size());
    module.kernels = programKernels(c.program);
    m.gpuModules.push_back(module);
    m.sectionNames.push_back("gpu." + std::to_string(sections.size()));
    sections.push_back({c.isPtx ? uint32_t(SQART_SECTION_KIND_PTX)
                                : uint32_t(SQART_SECTION_KIND_CUBIN),
                        c.bytes});
  }
  if (edit)
    edit(m);
  sections[0].bytes = serialize(m);
  return assemble(sections);
}
