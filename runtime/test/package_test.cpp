//===- package_test.cpp - Rules F1..F8 of the package format --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include "expect_status.h"

using namespace sqart;
using namespace sqart::test;

static sqart_status_t inspect(const Bytes &bytes) {
  sqart_package_t *package = nullptr;
  sqart_status_t status =
      sqart_package_inspect_memory(bytes.data(), bytes.size(), &package);
  EXPECT_EQ(package != nullptr, status == SQART_STATUS_OK);
  sqart_package_destroy(package);
  return status;
}

// A small package with bytes of its header or table replaced, digest and all.
template <typename T> static Bytes with(size_t offset, T value) {
  Bytes bytes = smallPackage();
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
  patchDigest(bytes);
  return bytes;
}

static constexpr size_t table = sizeof(sqart_package_header_t);
static constexpr size_t entry = sizeof(sqart_package_section_t);

TEST(Package, WellFormedIsAccepted) { EXPECT_OK(inspect(smallPackage())); }

TEST(Package, F1Magic) {
  EXPECT_FAILS(inspect(with<uint8_t>(3, 'X')), SQART_STATUS_MALFORMED, "F1");
  EXPECT_FAILS(inspect({}), SQART_STATUS_MALFORMED, "F1");
}

// Failure 76: the message has both versions.
TEST(Package, F1Version) {
  EXPECT_FAILS(inspect(with<uint32_t>(8, 3)), SQART_STATUS_VERSION,
               "expected format version 0, but got 3");
}

TEST(Package, F1Sizes) {
  EXPECT_FAILS(inspect(with<uint32_t>(12, 88)), SQART_STATUS_MALFORMED,
               "F1: byte 12");
  EXPECT_FAILS(inspect(with<uint32_t>(60, 40)), SQART_STATUS_MALFORMED,
               "F1: byte 60");
  EXPECT_FAILS(inspect(with<uint32_t>(56, 0)), SQART_STATUS_MALFORMED,
               "F1: byte 56");
  EXPECT_FAILS(inspect(with<uint32_t>(56, 257)), SQART_STATUS_MALFORMED,
               "F1: byte 56");
}

// Failure 63.
TEST(Package, F2TotalSize) {
  Bytes longer = smallPackage();
  longer.push_back(0);
  patchDigest(longer);
  EXPECT_FAILS(inspect(longer), SQART_STATUS_MALFORMED, "F2");
  EXPECT_FAILS(inspect(with<uint64_t>(48, UINT64_MAX)), SQART_STATUS_MALFORMED,
               "F2");
}

// Failure 73.
TEST(Package, F3Digest) {
  Bytes bytes = smallPackage();
  bytes.back() ^= 1;
  EXPECT_FAILS(inspect(bytes), SQART_STATUS_INTEGRITY, "F3");
}

TEST(Package, F4Reserved) {
  EXPECT_FAILS(inspect(with<uint64_t>(64, 1)), SQART_STATUS_MALFORMED, "F4");
  EXPECT_FAILS(inspect(with<uint64_t>(72, 1)), SQART_STATUS_MALFORMED, "F4");
  EXPECT_FAILS(inspect(with<uint32_t>(table + 28, 1)), SQART_STATUS_MALFORMED,
               "F4");
}

// Failure 67.
TEST(Package, F4SectionKinds) {
  for (uint32_t kind : {0u, 9u, 0x01000002u})
    EXPECT_FAILS(inspect(with<uint32_t>(table + entry, kind)),
                 SQART_STATUS_MALFORMED, "F4");
}

TEST(Package, F5Alignment) {
  for (uint32_t alignment : {0u, 1u, 8u, 24u, 8192u})
    EXPECT_FAILS(inspect(with<uint32_t>(table + entry + 24, alignment)),
                 SQART_STATUS_MALFORMED, "F5");
}

// Failures 64 and 66: any other place than the canonical one.
TEST(Package, F6Offsets) {
  Bytes good = smallPackage();
  uint64_t offset = 0;
  std::memcpy(&offset, good.data() + table + entry + 8, 8);
  for (uint64_t other : {uint64_t(0), offset - 64, offset + 64, offset + 1,
                         UINT64_MAX - 63, UINT64_MAX})
    EXPECT_FAILS(inspect(with<uint64_t>(table + entry + 8, other)),
                 SQART_STATUS_MALFORMED, "F6");
}

TEST(Package, F6Sizes) {
  for (uint64_t size :
       {uint64_t(0), uint64_t(19), uint64_t(21), UINT64_MAX, UINT64_MAX - 200})
    EXPECT_FAILS(inspect(with<uint64_t>(table + entry + 16, size)),
                 SQART_STATUS_MALFORMED, "F6");
  // The table itself does not fit.
  EXPECT_FAILS(inspect(with<uint32_t>(56, 256)), SQART_STATUS_MALFORMED, "F6");
}

TEST(Package, F6Padding) {
  Bytes bytes = smallPackage();
  uint64_t code = 0;
  std::memcpy(&code, bytes.data() + table + entry + 8, 8);
  bytes[code - 1] = 1;
  patchDigest(bytes);
  EXPECT_FAILS(inspect(bytes), SQART_STATUS_MALFORMED, "padding");
}

TEST(Package, F6EmptySectionsAreFine) {
  Manifest m = smallManifest();
  m.sectionNames = {"manifest", "code", "empty", "too"};
  EXPECT_OK(inspect(assemble({{SQART_SECTION_KIND_MANIFEST, serialize(m)},
                              {SQART_SECTION_KIND_CPU_CODE, {1}},
                              {SQART_SECTION_KIND_CONSTANTS, {}, 4096},
                              {SQART_SECTION_KIND_SOURCE, {}, 16}})));
}

TEST(Package, F7ManifestIsFirstAndOnly) {
  Bytes manifest = serialize(smallManifest());
  EXPECT_FAILS(inspect(assemble({{SQART_SECTION_KIND_MANIFEST, manifest},
                                 {SQART_SECTION_KIND_MANIFEST, manifest}})),
               SQART_STATUS_MALFORMED, "F7");
  EXPECT_FAILS(inspect(assemble({{SQART_SECTION_KIND_CPU_CODE, {1}},
                                 {SQART_SECTION_KIND_MANIFEST, manifest}})),
               SQART_STATUS_MALFORMED, "F7");
}

TEST(Package, F8Names) {
  EXPECT_FAILS(inspect(with<uint32_t>(table + entry + 4, 0)),
               SQART_STATUS_MALFORMED, "F8");
  EXPECT_FAILS(inspect(with<uint32_t>(table + entry + 4, 2)),
               SQART_STATUS_MALFORMED, "F8");
  Manifest m = smallManifest();
  m.sectionNames.push_back("more");
  EXPECT_FAILS(inspect(assemble({{SQART_SECTION_KIND_MANIFEST, serialize(m)},
                                 {SQART_SECTION_KIND_CPU_CODE, {1}}})),
               SQART_STATUS_MALFORMED, "F8");
}

TEST(Package, SizeLimitIsTheCallers) {
  sqart_package_t *package = nullptr;
  EXPECT_FAILS(sqart_package_inspect(SQART_TEST_KERNELS, 100, &package),
               SQART_STATUS_LIMIT, "at most 100 bytes");
  EXPECT_FAILS(sqart_package_inspect(SQART_TEST_KERNELS, 0, &package),
               SQART_STATUS_MALFORMED, "F1");
}

TEST(Package, SaysWhatItHas) {
  Bytes bytes = smallPackage();
  sqart_package_t *package = nullptr;
  ASSERT_OK(sqart_package_inspect_memory(bytes.data(), bytes.size(), &package));
  sqart_package_info_t info = {};
  EXPECT_FAILS(sqart_package_get_info(package, &info),
               SQART_STATUS_INVALID_ARGUMENT, "struct_size");
  info.struct_size = sizeof(info);
  ASSERT_OK(sqart_package_get_info(package, &info));
  EXPECT_STREQ(info.name, "small");
  EXPECT_STREQ(info.producer, "test 1");
  EXPECT_EQ(info.size, bytes.size());
  EXPECT_EQ(info.num_sections, 2u);
  EXPECT_STREQ(info.schedule, "");

  sqart_section_info_t section = {};
  section.struct_size = sizeof(section);
  ASSERT_OK(sqart_package_get_section(package, 1, &section));
  EXPECT_STREQ(section.name, "code");
  EXPECT_STREQ(section.kind_name, "cpu code");
  EXPECT_EQ(section.size, 20u);
  EXPECT_EQ(*static_cast<const uint8_t *>(section.data), 0xcc);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(section.data) % 64, 0u);
  EXPECT_FAILS(sqart_package_get_section(package, 2, &section),
               SQART_STATUS_NOT_FOUND, "below 2, but got 2");

  sqart_variant_info_t variant = {};
  variant.struct_size = sizeof(variant);
  ASSERT_OK(sqart_package_get_variant(package, 0, &variant));
  EXPECT_STREQ(variant.features, "sse2");
  EXPECT_EQ(variant.runs_here, 1);
  EXPECT_STREQ(variant.missing, "");

  uint32_t number = 9;
  ASSERT_OK(sqart_package_find_function(package, "f", &number));
  EXPECT_EQ(number, 0u);
  EXPECT_FAILS(sqart_package_find_function(package, "g", &number),
               SQART_STATUS_NOT_FOUND, "'g'");
  sqart_function_info_t function = {};
  function.struct_size = sizeof(function);
  ASSERT_OK(sqart_package_get_function(package, 0, &function));
  EXPECT_STREQ(function.signature,
               "f(x: Sx4xf32, p: Pxi32) -> (y: (S + P)x4xf32)");
  EXPECT_STREQ(function.remarks, "none");

  sqart_tensor_info_t tensor = {};
  tensor.struct_size = sizeof(tensor);
  ASSERT_OK(sqart_package_get_tensor(package, 0, 2, &tensor));
  EXPECT_STREQ(tensor.name, "y");
  EXPECT_EQ(tensor.rank, 2);
  EXPECT_EQ(tensor.dims[0], SQART_DYNAMIC_DIM);
  EXPECT_EQ(tensor.dims[1], 4);
  EXPECT_STREQ(tensor.dim_texts[0], "S + P");
  EXPECT_EQ(tensor.parameter, nullptr);
  EXPECT_FAILS(sqart_package_get_tensor(package, 0, 3, &tensor),
               SQART_STATUS_NOT_FOUND, "tensor");
  sqart_package_destroy(package);
}
