//===- test_package.cpp - Packages that the tests make --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include "support/sha256.h"

#include "sqart/kernel_abi.h"
#include "sqart/manifest_generated.h"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace sqart;
using namespace sqart::test;
namespace fb = sqart::manifest;

// Under sanitizers, too much memory is null as it is elsewhere.
static const char sanitizerOptions[] = "allocator_may_return_null=1";
extern "C" const char *__asan_default_options() { return sanitizerOptions; }
extern "C" const char *__tsan_default_options() { return sanitizerOptions; }

static uint8_t dtypeNumber(const DtypeInfo &dtype) {
  for (uint8_t i = 1; i < numDtypes; ++i)
    if (std::string(dtypeInfo(i)->name) == dtype.name)
      return i;
  return 0;
}

namespace {
// One FlatBuffer under construction.
struct Writer {
  flatbuffers::FlatBufferBuilder b;

  auto steps(const Expr &expr) {
    std::vector<fb::ExprStep> out;
    for (const ExprStep &step : expr)
      out.emplace_back(fb::ExprOp(step.op), step.value);
    return b.CreateVectorOfStructs(out);
  }
  auto strings(const std::vector<std::string> &in) {
    std::vector<flatbuffers::Offset<flatbuffers::String>> out;
    for (const std::string &s : in)
      out.push_back(b.CreateString(s));
    return b.CreateVector(out);
  }
  flatbuffers::Offset<flatbuffers::String> optional(const std::string &s) {
    if (s.empty())
      return 0;
    return b.CreateString(s);
  }
  auto tensor(const Tensor &t) {
    std::vector<flatbuffers::Offset<fb::Dim>> dims;
    for (const Dim &d : t.dims)
      dims.push_back(fb::CreateDim(b, fb::DimKind(d.kind), d.value,
                                   d.expr.empty() ? 0 : steps(d.expr)));
    flatbuffers::Offset<flatbuffers::String> parameter = 0;
    if (t.isParameter)
      parameter = b.CreateString(t.parameter);
    auto dimVector = b.CreateVector(dims);
    return fb::CreateTensor(b, b.CreateString(t.name),
                            fb::Dtype(dtypeNumber(t.dtype)), dimVector,
                            parameter);
  }
  auto function(const Function &f) {
    std::vector<flatbuffers::Offset<fb::Tensor>> inputs, outputs;
    for (size_t i = 0; i < f.tensors.size(); ++i)
      (i < f.numInputs ? inputs : outputs).push_back(tensor(f.tensors[i]));
    std::vector<flatbuffers::Offset<fb::Constraint>> constraints;
    for (const Constraint &c : f.constraints) {
      auto lhs = steps(c.lhs), rhs = steps(c.rhs);
      constraints.push_back(
          fb::CreateConstraint(b, lhs, rhs, b.CreateString(c.text)));
    }
    auto name = b.CreateString(f.name);
    auto symbols = strings(f.symbols);
    auto in = b.CreateVector(inputs), out = b.CreateVector(outputs);
    auto rules = b.CreateVector(constraints);
    auto remarks = optional(f.remarks), schedule = optional(f.schedule);
    return fb::CreateFunction(b, name, symbols, in, out, rules, remarks,
                              schedule, f.devices);
  }
  auto gpuModule(const GpuModule &m) {
    std::vector<flatbuffers::Offset<fb::GpuKernel>> kernels;
    for (const GpuKernel &k : m.kernels) {
      auto name = b.CreateString(k.name);
      auto parameters = b.CreateVector(k.parameters);
      kernels.push_back(fb::CreateGpuKernel(b, name, parameters, k.maxThreads,
                                            k.registers, k.sharedBytes,
                                            k.dynamicSharedBytes));
    }
    auto arch = b.CreateString(m.archName);
    return fb::CreateGpuModule(b, arch, m.program, m.section,
                               b.CreateVector(kernels));
  }
};
} // namespace

Bytes test::serialize(const Manifest &m) {
  Writer w;
  std::vector<flatbuffers::Offset<fb::Function>> functions;
  for (const Function &f : m.functions)
    functions.push_back(w.function(f));
  std::vector<flatbuffers::Offset<fb::Variant>> variants;
  for (const Variant &v : m.variants) {
    auto isa = w.b.CreateString(v.isa);
    auto features = w.strings(v.features);
    variants.push_back(fb::CreateVariant(w.b, isa, features, v.section,
                                         v.priority, v.devices));
  }
  auto producer = w.b.CreateString(m.producer);
  auto name = w.b.CreateString(m.name);
  auto sectionNames = w.strings(m.sectionNames);
  auto functionVector = w.b.CreateVector(functions);
  auto variantVector = w.b.CreateVector(variants);
  auto remarks = w.optional(m.remarks), schedule = w.optional(m.schedule);
  std::vector<flatbuffers::Offset<fb::GpuModule>> gpuModules;
  for (const GpuModule &g : m.gpuModules)
    gpuModules.push_back(w.gpuModule(g));
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::GpuModule>>>
      gpuVector = 0;
  if (!gpuModules.empty())
    gpuVector = w.b.CreateVector(gpuModules);
  w.b.Finish(fb::CreateManifest(w.b, producer, m.kernelAbiVersion, name,
                                sectionNames, functionVector, variantVector,
                                remarks, schedule, gpuVector),
             SQART_PACKAGE_MANIFEST_IDENTIFIER);
  return Bytes(w.b.GetBufferPointer(), w.b.GetBufferPointer() + w.b.GetSize());
}

void test::patchDigest(Bytes &package) {
  if (package.size() < SQART_PACKAGE_DIGESTED_FROM)
    return;
  Sha256Digest digest = sha256(package.data() + SQART_PACKAGE_DIGESTED_FROM,
                               package.size() - SQART_PACKAGE_DIGESTED_FROM);
  std::copy(digest.begin(), digest.end(), package.begin() + 16);
}

Bytes test::assemble(const std::vector<Section> &sections) {
  sqart_package_header_t header = {};
  std::memcpy(header.magic, SQART_PACKAGE_MAGIC, 8);
  header.format_version = SQART_PACKAGE_FORMAT_VERSION;
  header.header_size = sizeof(header);
  header.section_count = uint32_t(sections.size());
  header.section_entry_size = sizeof(sqart_package_section_t);
  uint64_t end =
      sizeof(header) + sections.size() * sizeof(sqart_package_section_t);
  std::vector<sqart_package_section_t> table;
  for (const Section &s : sections) {
    uint64_t offset = 0;
    alignUp(end, s.alignment, offset);
    table.push_back({s.kind, uint32_t(table.size()), offset, s.bytes.size(),
                     s.alignment, 0});
    end = offset + s.bytes.size();
  }
  header.total_size = end;
  Bytes out(end, 0);
  std::memcpy(out.data(), &header, sizeof(header));
  if (!table.empty())
    std::memcpy(out.data() + sizeof(header), table.data(),
                table.size() * sizeof(table[0]));
  for (size_t i = 0; i < sections.size(); ++i)
    std::copy(sections[i].bytes.begin(), sections[i].bytes.end(),
              out.begin() + int64_t(table[i].offset));
  patchDigest(out);
  return out;
}

Dim test::fixed(int64_t size) { return {DimKind::Static, size, {}}; }
Dim test::symbol(int64_t number) { return {DimKind::Symbol, number, {}}; }
Dim test::expression(Expr steps) {
  return {DimKind::Expr, 0, std::move(steps)};
}

Tensor test::tensor(const char *name, const char *dtype,
                    std::vector<Dim> dims) {
  Tensor t;
  t.name = name;
  t.dtype = {"?", {}};
  for (uint8_t i = 1; i < numDtypes; ++i)
    if (std::string(dtypeInfo(i)->name) == dtype)
      t.dtype = *dtypeInfo(i);
  t.dims = std::move(dims);
  return t;
}

Function test::function(const char *name, std::vector<std::string> symbols,
                        std::vector<Tensor> inputs,
                        std::vector<Tensor> outputs) {
  Function f;
  f.name = name;
  f.symbols = std::move(symbols);
  f.numInputs = inputs.size();
  f.tensors = std::move(inputs);
  f.tensors.insert(f.tensors.end(), outputs.begin(), outputs.end());
  return f;
}

Manifest test::smallManifest() {
  Manifest m;
  m.kernelAbiVersion = SQART_KERNEL_ABI_VERSION;
  m.producer = "test 1";
  m.name = "small";
  m.sectionNames = {"manifest", "code"};
  m.functions = {function("f", {"S", "P"},
                          {tensor("x", "f32", {symbol(0), fixed(4)}),
                           tensor("p", "i32", {symbol(1)})},
                          {tensor("y", "f32",
                                  {expression({{ExprOp::PushSymbol, 0},
                                               {ExprOp::PushSymbol, 1},
                                               {ExprOp::Add, 0}}),
                                   fixed(4)})})};
  m.functions[0].remarks = "none";
  m.functions[0].constraints = {
      {{{ExprOp::PushSymbol, 0}, {ExprOp::PushConst, 2}, {ExprOp::Mod, 0}},
       {{ExprOp::PushConst, 0}},
       "S % 2 == 0"}};
  Variant v;
  v.isa = "x86-64";
  v.features = {"sse2"};
  v.section = 1;
  m.variants = {v};
  return m;
}

Bytes test::smallPackage() {
  return assemble({{SQART_SECTION_KIND_MANIFEST, serialize(smallManifest())},
                   {SQART_SECTION_KIND_CPU_CODE, Bytes(20, 0xcc), 64}});
}

Bytes test::smallGpuPackage() {
  Manifest m = smallManifest();
  m.sectionNames.push_back("ptx");
  m.functions[0].devices = deviceCpu | deviceCuda;
  GpuModule &module = m.gpuModules.emplace_back();
  module.archName = "sm_90a";
  module.section = 2;
  GpuKernel &kernel = module.kernels.emplace_back();
  kernel.name = "k";
  kernel.parameters = {8, 128};
  kernel.maxThreads = 128;
  return assemble({{SQART_SECTION_KIND_MANIFEST, serialize(m)},
                   {SQART_SECTION_KIND_CPU_CODE, Bytes(20, 0xcc), 64},
                   {SQART_SECTION_KIND_PTX, Bytes(20, 'x')}});
}

Manifest test::kernelManifest() {
  auto matrix = [](const char *name) {
    return tensor(name, "f32", {symbol(0), symbol(1)});
  };
  Manifest m;
  m.kernelAbiVersion = SQART_KERNEL_ABI_VERSION;
  m.producer = "test 1";
  m.name = "kernels";
  m.sectionNames = {"manifest", "code"};
  m.functions = {
      function("add", {"S", "D"}, {matrix("a"), matrix("b")}, {matrix("c")}),
      function("grow", {"N"}, {tensor("x", "i64", {symbol(0)})},
               {tensor("y", "i64", {symbol(0)})}),
      function("refuse", {}, {}, {}),
      function("mute", {}, {}, {}),
      function("halve", {"N"}, {tensor("x", "f32", {symbol(0)})},
               {tensor("y", "f32", {symbol(0)})}),
      function("hoard", {}, {tensor("bytes", "i64", {})}, {}),
  };
  Variant v;
  v.isa = "x86-64";
  v.features = {"sse2"};
  v.section = 1;
  m.variants = {v};
  return m;
}

Bytes test::kernelImage() {
  std::ifstream file(SQART_TEST_KERNELS, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

Bytes test::kernelPackage() {
  return assemble({{SQART_SECTION_KIND_MANIFEST, serialize(kernelManifest())},
                   {SQART_SECTION_KIND_CPU_CODE, kernelImage(), 4096}});
}
