//===- write_corpus.cpp - Seeds of the fuzz target -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include <fstream>

using namespace sqart::test;

// Usage: sqart_write_corpus DIRECTORY
int main(int argc, char **argv) {
  if (argc != 2)
    return 1;
  int number = 0;
  for (const Bytes &bytes : {smallPackage(), kernelPackage()}) {
    std::ofstream file(std::string(argv[1]) + "/seed" + std::to_string(number),
                       std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes.data()),
               std::streamsize(bytes.size()));
    if (!file)
      return 1;
    ++number;
  }
  return 0;
}
