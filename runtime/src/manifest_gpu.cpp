//===- manifest_gpu.cpp - What a package says about its GPU code ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Rule M11: GPU modules are as schema/manifest.fbs says. Which section a module
// has is checked in package.cpp (M10). Test: test/manifest_gpu_test.cpp.

#include "manifest_reader.h"

#include <algorithm>

using namespace sqart;

static constexpr size_t maxGpuModules = 64;
static constexpr size_t maxKernels = 4096;
static constexpr size_t maxParameters = 256;
static constexpr uint32_t maxParameterBytes = 4096; // what every GPU takes
static constexpr uint32_t maxBlockThreads = 1024;
static constexpr uint32_t maxRegisters = 255;
static constexpr uint32_t maxSharedBytes = 1u << 20;

// "sm_90a"; false if it is no such name.
static bool parseArch(const std::string &name, GpuArch &out) {
  std::string_view text = name;
  if (text.substr(0, 3) != "sm_")
    return false;
  text.remove_prefix(3);
  if (!text.empty() && (text.back() == 'a' || text.back() == 'f')) {
    out.suffix = text.back();
    text.remove_suffix(1);
  }
  if (text.size() < 2 || text.size() > 3 || text[0] == '0')
    return false;
  for (char c : text) {
    if (c < '0' || c > '9')
      return false;
    out.capability = out.capability * 10 + uint32_t(c - '0');
  }
  return true;
}

sqart_status_t ManifestReader::gpuKernel(const fb::GpuKernel &in,
                                         GpuKernel &out) {
  SQART_TRY(charge(28));
  SQART_TRY(string(in.name(), Charset::Name, "kernel name", out.name));
  SQART_TRY(count(in.parameters()->size(), maxParameters, "parameters"));
  SQART_TRY(charge(4 * in.parameters()->size()));
  uint32_t total = 0;
  for (uint32_t bytes : *in.parameters()) {
    if (bytes == 0 || bytes > maxParameterBytes - total)
      return malformed("M11", "kernel", "parameters of unexpected size");
    total += bytes;
    out.parameters.push_back(bytes);
  }
  out.maxThreads = in.max_threads();
  out.registers = in.registers();
  out.sharedBytes = in.shared_bytes();
  out.dynamicSharedBytes = in.dynamic_shared_bytes();
  if (out.maxThreads == 0 || out.maxThreads > maxBlockThreads)
    return malformed("M11", "kernel", "unexpected number of threads");
  if (out.registers > maxRegisters)
    return malformed("M11", "kernel", "unexpected number of registers");
  if (out.sharedBytes > maxSharedBytes ||
      out.dynamicSharedBytes > maxSharedBytes - out.sharedBytes)
    return malformed("M11", "kernel", "too much shared memory");
  return SQART_STATUS_OK;
}

sqart_status_t ManifestReader::gpuModule(const fb::GpuModule &in,
                                         GpuModule &out) {
  SQART_TRY(charge(24));
  SQART_TRY(string(in.arch(), Charset::Name, "GPU architecture", out.archName));
  if (!parseArch(out.archName, out.arch))
    return malformed("M11", "GPU module", "unknown architecture");
  out.program = in.program();
  out.section = in.section();
  SQART_TRY(count(in.kernels()->size(), maxKernels, "kernels"));
  std::vector<std::string_view> names;
  for (const fb::GpuKernel *kernel : *in.kernels())
    SQART_TRY(gpuKernel(*kernel, out.kernels.emplace_back()));
  for (const GpuKernel &kernel : out.kernels) {
    names.push_back(kernel.name);
    out.kernelNames.push_back(kernel.name.c_str());
  }
  return unique(names, "kernels of a GPU module");
}

// What host code relies on when it drives either of them.
static bool sameInterface(const GpuModule &a, const GpuModule &b) {
  return std::equal(a.kernels.begin(), a.kernels.end(), b.kernels.begin(),
                    b.kernels.end(),
                    [](const GpuKernel &x, const GpuKernel &y) {
                      return x.name == y.name && x.parameters == y.parameters &&
                             x.maxThreads == y.maxThreads;
                    });
}

sqart_status_t ManifestReader::gpuModules(
    const flatbuffers::Vector<flatbuffers::Offset<fb::GpuModule>> &in,
    std::vector<GpuModule> &out) {
  SQART_TRY(count(in.size(), maxGpuModules, "GPU modules"));
  for (const fb::GpuModule *module : in)
    SQART_TRY(gpuModule(*module, out.emplace_back()));
  for (const GpuModule &module : out) {
    auto first = std::find_if(out.begin(), out.end(), [&](const GpuModule &m) {
      return m.program == module.program;
    });
    if (!sameInterface(*first, module))
      return malformed("M11", "GPU module",
                       "not the kernels of another one of its program");
  }
  return SQART_STATUS_OK;
}
