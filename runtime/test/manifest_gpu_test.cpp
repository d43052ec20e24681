//===- manifest_gpu_test.cpp - Rules M10 and M11 on GPU modules -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include "expect_status.h"

#include <functional>

using namespace sqart;
using namespace sqart::test;

static GpuModule gpuModule(const char *arch, uint32_t program,
                           uint32_t section) {
  GpuModule m;
  m.archName = arch;
  m.program = program;
  m.section = section;
  m.kernels.resize(2);
  m.kernels[0].name = "first";
  m.kernels[0].parameters = {8, 128, 4};
  m.kernels[0].maxThreads = 128;
  m.kernels[0].registers = 40;
  m.kernels[0].dynamicSharedBytes = 200000;
  m.kernels[1].name = "second";
  m.kernels[1].maxThreads = 1024;
  return m;
}

// Cubin and PTX of program 0, PTX of program 1.
static Manifest gpuManifest() {
  Manifest m = smallManifest();
  m.sectionNames = {"manifest", "code", "cubin", "ptx", "generic"};
  m.functions[0].devices = deviceCpu | deviceCuda;
  m.gpuModules = {gpuModule("sm_90a", 0, 2), gpuModule("sm_90a", 0, 3),
                  gpuModule("sm_80", 1, 4)};
  m.gpuModules[2].kernels.pop_back();
  return m;
}

static sqart_status_t inspect(const std::function<void(Manifest &)> &edit,
                              sqart_package_t **out = nullptr) {
  Manifest m = gpuManifest();
  edit(m);
  Bytes bytes = assemble({{SQART_SECTION_KIND_MANIFEST, serialize(m)},
                          {SQART_SECTION_KIND_CPU_CODE, {1}},
                          {SQART_SECTION_KIND_CUBIN, {2}},
                          {SQART_SECTION_KIND_PTX, {3}},
                          {SQART_SECTION_KIND_PTX, {4}}});
  sqart_package_t *package = nullptr;
  sqart_status_t status =
      sqart_package_inspect_memory(bytes.data(), bytes.size(), &package);
  if (out)
    *out = package;
  else
    sqart_package_destroy(package);
  return status;
}

static sqart_status_t inspectKernel(std::function<void(GpuKernel &)> edit) {
  return inspect([&](Manifest &m) {
    for (int i : {0, 1})
      edit(m.gpuModules[size_t(i)].kernels[0]);
  });
}

#define EXPECT_RULE(call, rule)                                                \
  EXPECT_FAILS(call, SQART_STATUS_MALFORMED, "rule " rule ":")

TEST(ManifestGpu, ModulesAreShown) {
  sqart_package_t *package = nullptr;
  ASSERT_OK(inspect([](Manifest &) {}, &package));
  sqart_package_info_t info = {};
  info.struct_size = sizeof(info);
  EXPECT_OK(sqart_package_get_info(package, &info));
  EXPECT_EQ(info.num_gpu_modules, 3u);
  sqart_gpu_module_info_t module = {};
  module.struct_size = sizeof(module);
  EXPECT_OK(sqart_package_get_gpu_module(package, 1, &module));
  EXPECT_STREQ(module.arch, "sm_90a");
  EXPECT_EQ(module.program, 0u);
  EXPECT_EQ(module.section, 3u);
  ASSERT_EQ(module.num_kernels, 2u);
  EXPECT_STREQ(module.kernels[1], "second");
  sqart_section_info_t section = {};
  section.struct_size = sizeof(section);
  EXPECT_OK(sqart_package_get_section(package, 2, &section));
  EXPECT_STREQ(section.kind_name, "cubin");
  EXPECT_OK(sqart_package_get_section(package, 3, &section));
  EXPECT_STREQ(section.kind_name, "ptx");
  sqart_function_info_t function = {};
  function.struct_size = sizeof(function);
  EXPECT_OK(sqart_package_get_function(package, 0, &function));
  EXPECT_EQ(function.devices, uint32_t(SQART_DEVICE_CPU | SQART_DEVICE_CUDA));
  EXPECT_FAILS(sqart_package_get_gpu_module(package, 3, &module),
               SQART_STATUS_NOT_FOUND, "GPU module");
  sqart_package_destroy(package);
}

TEST(ManifestGpu, M7Devices) {
  EXPECT_RULE(inspect([](Manifest &m) { m.functions[0].devices = 0; }), "M7");
  EXPECT_RULE(inspect([](Manifest &m) { m.functions[0].devices = 4; }), "M7");
}

TEST(ManifestGpu, M10Sections) {
  for (uint32_t section : {0u, 1u, 3u, 9u})
    EXPECT_RULE(
        inspect([&](Manifest &m) { m.gpuModules[0].section = section; }),
        "M10");
  EXPECT_RULE(inspect([](Manifest &m) { m.variants[0].section = 2; }), "M10");
  EXPECT_RULE(inspect([](Manifest &m) { m.gpuModules.pop_back(); }), "M10");
}

TEST(ManifestGpu, M11FunctionWithoutModules) {
  EXPECT_RULE(inspect([](Manifest &m) { m.gpuModules.clear(); }), "M11");
}

TEST(ManifestGpu, M11Architectures) {
  for (const char *arch : {"sm_80", "sm_120f", "sm_103a"})
    EXPECT_OK(inspect([&](Manifest &m) { m.gpuModules[2].archName = arch; }));
  for (const char *arch :
       {"sm_", "sm_9", "sm_90b", "sm_90aa", "sm_9a", "gfx942", "sm_090",
        "sm_1000", "compute_90", "sm_-1"})
    EXPECT_RULE(inspect([&](Manifest &m) { m.gpuModules[2].archName = arch; }),
                "M11");
}

TEST(ManifestGpu, M11Kernels) {
  auto parameters = [](std::vector<uint32_t> bytes) {
    return inspectKernel([&](GpuKernel &k) { k.parameters = bytes; });
  };
  EXPECT_OK(parameters({4096}));
  EXPECT_RULE(parameters({4090, 8}), "M11");
  EXPECT_RULE(parameters({UINT32_MAX, 8}), "M11");
  EXPECT_RULE(parameters({0}), "M11");
  EXPECT_RULE(parameters(std::vector<uint32_t>(257, 1)), "M3");
  for (uint32_t threads : {0u, 1025u})
    EXPECT_RULE(inspectKernel([&](GpuKernel &k) { k.maxThreads = threads; }),
                "M11");
  EXPECT_RULE(inspectKernel([](GpuKernel &k) { k.registers = 256; }), "M11");
  EXPECT_RULE(inspectKernel([](GpuKernel &k) { k.sharedBytes = UINT32_MAX; }),
              "M11");
  EXPECT_RULE(
      inspectKernel([](GpuKernel &k) { k.dynamicSharedBytes = UINT32_MAX; }),
      "M11");
  EXPECT_RULE(inspectKernel([](GpuKernel &k) { k.name = "second"; }), "M5");
  EXPECT_RULE(inspectKernel([](GpuKernel &k) { k.name = "a b"; }), "M4");
}

// Host code must not have to know which module of a program is loaded.
TEST(ManifestGpu, M11ProgramsHaveOneInterface) {
  auto second = [](std::function<void(GpuModule &)> edit) {
    return inspect([&](Manifest &m) { edit(m.gpuModules[1]); });
  };
  EXPECT_OK(second([](GpuModule &m) { m.kernels[0].registers = 41; }));
  EXPECT_RULE(second([](GpuModule &m) { m.kernels.pop_back(); }), "M11");
  EXPECT_RULE(second([](GpuModule &m) { m.kernels[0].name = "x"; }), "M11");
  EXPECT_RULE(second([](GpuModule &m) { m.kernels[0].maxThreads = 64; }),
              "M11");
  EXPECT_RULE(second([](GpuModule &m) { m.kernels[0].parameters[2] = 8; }),
              "M11");
}
