//===- write_corpus.cpp - Write the tests' packages to files --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Seeds of the fuzz target, and what the C example is tested on.

#include "test_package.h"

#include <fstream>

using namespace sqart::test;

static bool write(const std::string &path, const Bytes &bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()),
             std::streamsize(bytes.size()));
  return bool(file);
}

// Usage: sqart_write_corpus DIRECTORY
int main(int argc, char **argv) {
  if (argc != 2)
    return 1;
  std::string directory = argv[1];
  return write(directory + "/small.sqapkg", smallPackage()) &&
                 write(directory + "/small_gpu.sqapkg", smallGpuPackage()) &&
                 write(directory + "/kernels.sqapkg", kernelPackage())
             ? 0
             : 1;
}
