//===- make_package.cpp - A package for the tests of sqa-run --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   sqa-run-test-package OUT.sqapkg: the functions of kernels.c.
//   sqa-run-test-package OUT.sqapkg scale: its first function alone.
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include "sqart/kernel_abi.h"

#include <cstdio>
#include <fstream>
#include <iterator>

using namespace sqart;
using namespace sqart::test;

static Function vectorFunction(const char *name) {
  Function f = function(
      name, {"N"},
      {tensor("x", "f32", {symbol(0)}), tensor("w", "f32", {symbol(0)})},
      {tensor("y", "f32", {symbol(0)})});
  f.tensors[1].isParameter = true;
  f.tensors[1].parameter = "layer.weight";
  return f;
}

static Manifest makeManifest(bool all) {
  Manifest m;
  m.kernelAbiVersion = SQART_KERNEL_ABI_VERSION;
  m.producer = "sqa-run test";
  m.name = "vectors";
  m.sectionNames = {"manifest", "x86-64"};
  m.functions = {vectorFunction("scale")};
  m.functions[0].remarks = "one loop\nnot vectorised";
  if (all)
    for (const char *name : {"overrun", "scribble", "skip", "refuse"})
      m.functions.push_back(vectorFunction(name));
  Variant v;
  v.isa = "x86-64";
  v.features = {"sse2"};
  v.section = 1;
  m.variants = {v};
  return m;
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 2;
  std::ifstream code(SQA_RUN_TEST_KERNELS, std::ios::binary);
  const Bytes image(std::istreambuf_iterator<char>(code), {});
  const Bytes package = assemble(
      {{SQART_SECTION_KIND_MANIFEST, serialize(makeManifest(argc == 2))},
       {SQART_SECTION_KIND_CPU_CODE, image, SQART_PACKAGE_CODE_ALIGNMENT}});
  std::ofstream file(argv[1], std::ios::binary);
  file.write(reinterpret_cast<const char *>(package.data()),
             static_cast<std::streamsize>(package.size()));
  return file.good() ? 0 : 1;
}
