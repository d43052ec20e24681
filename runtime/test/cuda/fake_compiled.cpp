//===- fake_compiled.cpp - Kernels that the fake knows from PTX only ------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Compiled packages have kernels of any name. Their parameters are read from
// the PTX, and a launch is written to the file FAKE_CUDA_LOG: what the host
// code computed, without what it points to.

#include "fake_objects.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace sqart::cuda;
using namespace sqart::test;

// ".param .align 64 .b8 name[128]," or ".param .u64 .ptr ... name,"
static uint32_t parameterBytes(const std::string &line) {
  size_t bracket = line.find('[');
  if (bracket != std::string::npos)
    return uint32_t(std::atoi(line.c_str() + bracket + 1));
  return line.find("64 ") != std::string::npos ? 8 : 4;
}

const FakeKernel *sqart::test::findCompiledKernel(const std::string &ptx,
                                                  const std::string &name) {
  static std::map<std::string, std::unique_ptr<FakeKernel>> known;
  size_t entry = ptx.find(".entry " + name + "(");
  if (entry == std::string::npos)
    return nullptr;
  std::unique_ptr<FakeKernel> &kernel = known[name];
  kernel = std::make_unique<FakeKernel>();
  kernel->name = name;
  size_t end = ptx.find("\n)", entry);
  for (size_t at = ptx.find(".param", entry); at < end;
       at = ptx.find(".param", at + 1)) {
    std::string line = ptx.substr(at, ptx.find('\n', at) - at);
    kernel->parameters.push_back(parameterBytes(line));
    kernel->isFloat.push_back(line.find(".f32") != std::string::npos);
  }
  return kernel.get();
}

//===----------------------------------------------------------------------===//
// Log
//===----------------------------------------------------------------------===//

static void printMap(FILE *file, const TensorMap &map) {
  const uint64_t *w = map.words;
  uint64_t rank = w[6] & 255;
  std::fprintf(file, " map(");
  if (rank == 0)
    std::fprintf(file, "empty");
  for (uint64_t i = 0; i < rank; ++i)
    std::fprintf(file, "%s%" PRIu64, i ? "x" : "", fakeMapSize(map, i));
  for (uint64_t i = 1; i < rank; ++i)
    std::fprintf(file, "%s%" PRIu64, i == 1 ? " by " : ",",
                 fakeMapStride(map, i));
  if (rank)
    std::fprintf(file, " swizzle %" PRIu64, w[6] >> 8);
  std::fprintf(file, ")");
}

static void printParameter(FILE *file, const FakeKernel &kernel, size_t index,
                           const void *value) {
  uint64_t bits = 0;
  switch (kernel.parameters[index]) {
  case sizeof(TensorMap): {
    TensorMap map;
    std::memcpy(&map, value, sizeof(map));
    return printMap(file, map);
  }
  case 8:
    std::memcpy(&bits, value, 8);
    if (fakeCuda().memory.count(uintptr_t(bits)))
      std::fprintf(file, " memory");
    else
      std::fprintf(file, " %" PRId64, int64_t(bits));
    return;
  default:
    std::memcpy(&bits, value, 4);
    if (index < kernel.isFloat.size() && kernel.isFloat[index]) {
      float number;
      std::memcpy(&number, value, 4);
      std::fprintf(file, " %g", double(number));
    } else {
      std::fprintf(file, " %" PRId32, int32_t(bits));
    }
  }
}

void fake::logLaunch(const FakeKernel &kernel, const LaunchConfig &config,
                     void **parameters) {
  const char *path = std::getenv("FAKE_CUDA_LOG");
  FILE *file = path ? std::fopen(path, "a") : nullptr;
  if (!file)
    return;
  std::fprintf(file,
               "%s grid %ux%ux%u threads %u shared %u:", kernel.name.c_str(),
               config.grid[0], config.grid[1], config.grid[2], config.block[0],
               config.dynamicSharedBytes);
  for (size_t i = 0; i < kernel.parameters.size(); ++i)
    printParameter(file, kernel, i, parameters[i]);
  std::fprintf(file, "\n");
  std::fclose(file);
}
