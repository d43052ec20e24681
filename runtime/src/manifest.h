//===- manifest.h - What a package says, as plain data --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The manifest copied out of its FlatBuffer once, verified; nothing after this
// reads the file again. The rules are those of schema/manifest.fbs.
// Test: test/manifest_test.cpp.

#ifndef SQART_SRC_MANIFEST_H
#define SQART_SRC_MANIFEST_H

#include "bytes.h"
#include "dtype.h"
#include "expr.h"

#include <string>
#include <vector>

namespace sqart {

enum class DimKind : uint8_t { Static = 1, Symbol, Expr };

struct Dim {
  DimKind kind;
  int64_t value; // the number, or the symbol
  Expr expr;
};

struct Tensor {
  std::string name;
  DtypeInfo dtype;
  std::vector<Dim> dims;
  bool isParameter = false;
  std::string parameter;
  // The signature as the C API shows it.
  std::vector<int64_t> staticDims;
  std::vector<std::string> dimTexts;
  std::vector<const char *> dimTextPointers;
  std::string type;
};

struct Constraint {
  Expr lhs, rhs;
  std::string text;
};

// Bits of Function::devices.
constexpr uint32_t deviceCpu = 1;
constexpr uint32_t deviceCuda = 2;

struct Function {
  std::string name, remarks, schedule, signature;
  std::vector<std::string> symbols;
  std::vector<Tensor> tensors; // inputs, then outputs
  size_t numInputs = 0;
  std::vector<Constraint> constraints;
  uint32_t devices = deviceCpu;

  size_t numOutputs() const { return tensors.size() - numInputs; }
};

struct Variant {
  std::string isa;
  std::vector<std::string> features;
  std::string featureList; // "avx2,fma"
  uint32_t section = 0;
  int32_t priority = 0;
  uint32_t devices = deviceCpu | deviceCuda; // that it has code for
};

// "sm_90a": what a GPU must be to run a module.
struct GpuArch {
  uint32_t capability = 0; // 10 * major + minor
  char suffix = 0;         // 'a', 'f' or 0
};

struct GpuKernel {
  std::string name;
  std::vector<uint32_t> parameters; // bytes of each
  uint32_t maxThreads = 0, registers = 0, sharedBytes = 0;
  uint32_t dynamicSharedBytes = 0;
};

struct GpuModule {
  std::string archName;
  GpuArch arch;
  uint32_t program = 0, section = 0;
  std::vector<GpuKernel> kernels;
  std::vector<const char *> kernelNames; // as the C API shows them
};

struct Manifest {
  std::string producer, name, remarks, schedule;
  uint32_t kernelAbiVersion = 0;
  std::vector<std::string> sectionNames;
  std::vector<Function> functions;
  std::vector<Variant> variants;
  std::vector<GpuModule> gpuModules;
};

constexpr size_t maxRank = 16;

// Parses and verifies section 0 of a package.
sqart_status_t parseManifest(ByteView bytes, Manifest &out);

// Fills the texts of `function` that the C API shows.
void describe(Function &function);

} // namespace sqart

#endif // SQART_SRC_MANIFEST_H
