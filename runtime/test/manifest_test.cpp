//===- manifest_test.cpp - Rules M1..M10 of the manifest ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include "expect_status.h"

#include "sqart/kernel_abi.h"
#include "sqart/manifest_generated.h"

#include <functional>

using namespace sqart;
using namespace sqart::test;

static sqart_status_t inspectBytes(const Bytes &manifest) {
  Bytes bytes = assemble({{SQART_SECTION_KIND_MANIFEST, manifest},
                          {SQART_SECTION_KIND_CPU_CODE, {1}}});
  sqart_package_t *package = nullptr;
  sqart_status_t status =
      sqart_package_inspect_memory(bytes.data(), bytes.size(), &package);
  sqart_package_destroy(package);
  return status;
}

// The small manifest after one edit.
static sqart_status_t inspect(const std::function<void(Manifest &)> &edit) {
  Manifest m = smallManifest();
  edit(m);
  return inspectBytes(serialize(m));
}

static sqart_status_t inspectFunction(std::function<void(Function &)> edit) {
  return inspect([&](Manifest &m) { edit(m.functions[0]); });
}

#define EXPECT_RULE(call, rule)                                                \
  EXPECT_FAILS(call, SQART_STATUS_MALFORMED, "rule " rule ":")

TEST(Manifest, UneditedIsAccepted) {
  EXPECT_OK(inspect([](Manifest &) {}));
}

TEST(Manifest, M1NotAFlatBuffer) {
  EXPECT_RULE(inspectBytes({}), "M1");
  EXPECT_RULE(inspectBytes(Bytes(100, 0xff)), "M1");
  Bytes other = serialize(smallManifest());
  other[4] = 'X'; // the identifier
  EXPECT_RULE(inspectBytes(other), "M1");
}

// A table that a small file repeats many times must not fill memory.
TEST(Manifest, M2SharedTables) {
  namespace fb = sqart::manifest;
  flatbuffers::FlatBufferBuilder b;
  std::vector<flatbuffers::Offset<fb::Dim>> none;
  auto dims = b.CreateVector(none);
  auto remarks = b.CreateString(std::string(60000, 'x'));
  auto tensors = b.CreateVector(std::vector<flatbuffers::Offset<fb::Tensor>>());
  auto symbols =
      b.CreateVector(std::vector<flatbuffers::Offset<flatbuffers::String>>());
  std::vector<flatbuffers::Offset<fb::Function>> functions;
  for (int i = 0; i < 1000; ++i)
    functions.push_back(
        fb::CreateFunction(b, b.CreateString("f" + std::to_string(i)), symbols,
                           tensors, tensors, 0, remarks));
  auto names = b.CreateVectorOfStrings({"manifest", "code"});
  auto text = b.CreateString("x");
  auto functionVector = b.CreateVector(functions);
  auto variants =
      b.CreateVector(std::vector<flatbuffers::Offset<fb::Variant>>());
  b.Finish(fb::CreateManifest(b, text, SQART_KERNEL_ABI_VERSION, text, names,
                              functionVector, variants),
           "SQAM");
  (void)dims;
  EXPECT_RULE(inspectBytes(Bytes(b.GetBufferPointer(),
                                 b.GetBufferPointer() + b.GetSize())),
              "M2");
}

TEST(Manifest, M3Counts) {
  EXPECT_RULE(inspectFunction(
                  [](Function &f) { f.tensors[0].dims.assign(17, fixed(1)); }),
              "M3");
  EXPECT_RULE(inspect([](Manifest &m) {
                for (int i = 0; i < 17; ++i) {
                  m.variants.push_back(m.variants[0]);
                  m.variants.back().isa += std::to_string(i);
                }
              }),
              "M3");
  EXPECT_RULE(inspect([](Manifest &m) {
                for (int i = 0; i < 65; ++i)
                  m.variants[0].features.push_back(std::to_string(i));
              }),
              "M3");
  EXPECT_RULE(inspectFunction([](Function &f) {
                for (int i = 0; i < 64; ++i)
                  f.constraints[0].lhs.push_back({ExprOp::PushConst, 0});
              }),
              "M3");
}

// Failure 69.
TEST(Manifest, M4Strings) {
  const std::string bad[] = {
      "",        std::string(256, 'x'),  "a b",     "a\"b",
      "a\\b",    std::string("a\0b", 3), "\x1b[2J", "\xff",
      "\xc3\xa9"};
  for (const std::string &name : bad) {
    EXPECT_RULE(inspect([&](Manifest &m) { m.name = name; }), "M4");
    EXPECT_RULE(inspect([&](Manifest &m) { m.functions[0].name = name; }),
                "M4");
    EXPECT_RULE(inspect([&](Manifest &m) { m.variants[0].isa = name; }), "M4");
    EXPECT_RULE(inspectFunction([&](Function &f) { f.symbols[1] = name; }),
                "M4");
    EXPECT_RULE(inspectFunction([&](Function &f) { f.tensors[1].name = name; }),
                "M4");
    EXPECT_RULE(inspectFunction([&](Function &f) {
                  f.tensors[0].isParameter = true;
                  f.tensors[0].parameter = name;
                }),
                "M4");
  }
  EXPECT_RULE(inspect([](Manifest &m) { m.producer = "a\nb"; }), "M4");
  EXPECT_RULE(
      inspectFunction([](Function &f) { f.remarks = std::string(65536, 'x'); }),
      "M4");
  EXPECT_OK(
      inspectFunction([](Function &f) { f.schedule = "a b\n\t\"c\\\""; }));
}

TEST(Manifest, M5DuplicateNames) {
  EXPECT_RULE(
      inspect([](Manifest &m) { m.functions.push_back(m.functions[0]); }),
      "M5");
  EXPECT_RULE(inspect([](Manifest &m) { m.sectionNames[1] = "manifest"; }),
              "M5");
  EXPECT_RULE(inspectFunction([](Function &f) { f.symbols[1] = "S"; }), "M5");
  EXPECT_RULE(inspectFunction([](Function &f) { f.tensors[2].name = "x"; }),
              "M5");
  EXPECT_RULE(
      inspect([](Manifest &m) { m.variants[0].features = {"avx", "avx"}; }),
      "M5");
}

TEST(Manifest, M6Expressions) {
  EXPECT_RULE(inspectFunction(
                  [](Function &f) { f.tensors[2].dims[0].expr.pop_back(); }),
              "M6");
  EXPECT_RULE(inspectFunction([](Function &f) {
                f.constraints[0].rhs[0] = {ExprOp::PushSymbol, 2};
              }),
              "M6");
  EXPECT_RULE(inspectFunction(
                  [](Function &f) { f.constraints[0].rhs[0].op = ExprOp(77); }),
              "M6");
  EXPECT_RULE(inspectFunction([](Function &f) { f.constraints[0].lhs = {}; }),
              "M6");
}

// Failures 67 and 70.
TEST(Manifest, M7Dimensions) {
  auto dim = [](Dim d) {
    return inspectFunction([&](Function &f) { f.tensors[2].dims[1] = d; });
  };
  EXPECT_RULE(dim(fixed(-1)), "M7");
  EXPECT_RULE(dim(symbol(2)), "M7");
  EXPECT_RULE(dim(symbol(-1)), "M7");
  EXPECT_RULE(dim({DimKind::Expr, 0, {}}), "M7");
  EXPECT_RULE(dim({DimKind::Expr, 1, {{ExprOp::PushConst, 1}}}), "M7");
  EXPECT_RULE(dim({DimKind::Static, 1, {{ExprOp::PushConst, 1}}}), "M7");
  EXPECT_RULE(dim({DimKind(0), 1, {}}), "M7");
  EXPECT_RULE(dim({DimKind(4), 1, {}}), "M7");
}

TEST(Manifest, M7Tensors) {
  EXPECT_RULE(
      inspectFunction([](Function &f) { f.tensors[0].dtype = {"none", {}}; }),
      "M7");
  EXPECT_RULE(inspectFunction([](Function &f) {
                f.tensors[2].isParameter = true;
                f.tensors[2].parameter = "w";
              }),
              "M7");
}

TEST(Manifest, M8UnboundSymbol) {
  EXPECT_RULE(
      inspectFunction([](Function &f) { f.tensors[1].dims[0] = fixed(3); }),
      "M8");
  EXPECT_RULE(inspectFunction([](Function &f) { f.symbols.push_back("U"); }),
              "M8");
}

// Failure 76.
TEST(Manifest, M9KernelAbi) {
  EXPECT_FAILS(inspect([](Manifest &m) { m.kernelAbiVersion = 7; }),
               SQART_STATUS_VERSION,
               "expected kernel ABI version 1, but got 7");
}

TEST(Manifest, M10Sections) {
  EXPECT_RULE(inspect([](Manifest &m) { m.variants[0].section = 0; }), "M10");
  EXPECT_RULE(inspect([](Manifest &m) { m.variants[0].section = 2; }), "M10");
  EXPECT_RULE(inspect([](Manifest &m) { m.variants.clear(); }), "M10");
  EXPECT_RULE(inspect([](Manifest &m) {
                m.variants.push_back(m.variants[0]);
                m.variants[1].isa = "other";
              }),
              "M10");
}
