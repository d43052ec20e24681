//===- write_gpu_package.cpp - The package of the GPU tests as a file -----===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gpu_package.h"

#include <fstream>

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  const sqart::test::Bytes bytes =
      sqart::test::gpuPackage(sqart::test::allGpuCode());
  std::ofstream file(argv[1], std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good() ? 0 : 1;
}
