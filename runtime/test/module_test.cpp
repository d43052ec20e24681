//===- module_test.cpp - Loading code -------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test_package.h"

#include "expect_status.h"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace sqart;
using namespace sqart::test;

namespace {
class Module : public ::testing::Test {
protected:
  void SetUp() override {
    sqart_runtime_options_t threads = sqart_runtime_options_default();
    threads.num_threads = 1;
    ASSERT_OK(sqart_runtime_create(&threads, &runtime));
    options.trust = SQART_TRUST_LOCAL_BUILD;
  }
  void TearDown() override {
    sqart_module_destroy(module);
    sqart_runtime_destroy(runtime);
  }
  sqart_status_t load(const Bytes &bytes) {
    sqart_module_destroy(module);
    module = nullptr;
    return sqart_module_load_memory(runtime, bytes.data(), bytes.size(),
                                    &options, &module);
  }
  // The kernels under an edited manifest.
  sqart_status_t load(const Manifest &m, Bytes image = kernelImage()) {
    std::vector<Section> sections = {
        {SQART_SECTION_KIND_MANIFEST, serialize(m)}};
    for (size_t i = 1; i < m.sectionNames.size(); ++i)
      sections.push_back({SQART_SECTION_KIND_CPU_CODE, image, 4096});
    return load(assemble(sections));
  }
  sqart_runtime_t *runtime = nullptr;
  sqart_module_t *module = nullptr;
  sqart_load_options_t options = sqart_load_options_default();
};
} // namespace

TEST_F(Module, NothingIsTrustedByDefault) {
  Bytes package = kernelPackage();
  options = sqart_load_options_default();
  EXPECT_FAILS(load(package), SQART_STATUS_PERMISSION, "options.trust");
  options.trust = 77;
  EXPECT_FAILS(load(package), SQART_STATUS_PERMISSION, "options.trust");
  EXPECT_FAILS(sqart_module_load_memory(runtime, package.data(), package.size(),
                                        nullptr, &module),
               SQART_STATUS_PERMISSION, "options.trust");
  EXPECT_FAILS(sqart_module_load(runtime, SQART_TEST_KERNELS, nullptr, &module),
               SQART_STATUS_PERMISSION, "options.trust");
}

TEST_F(Module, PinnedDigest) {
  Bytes package = kernelPackage();
  options.trust = SQART_TRUST_SHA256;
  EXPECT_FAILS(load(package), SQART_STATUS_INTEGRITY, "pinned");
  sqart_package_t *inspected = nullptr;
  ASSERT_OK(
      sqart_package_inspect_memory(package.data(), package.size(), &inspected));
  sqart_package_info_t info = {};
  info.struct_size = sizeof(info);
  ASSERT_OK(sqart_package_get_info(inspected, &info));
  std::copy_n(info.sha256, 32, options.sha256);
  sqart_package_destroy(inspected);
  EXPECT_OK(load(package));
}

TEST_F(Module, FilesFollowTheRules) {
  char directory[] = SQART_TEST_DIRECTORY "/module-XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  std::string path = std::string(directory) + "/p.sqapkg";
  Bytes package = kernelPackage();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(package.data()),
             std::streamsize(package.size()));
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  auto loadFile = [&] {
    sqart_module_destroy(module);
    module = nullptr;
    return sqart_module_load(runtime, path.c_str(), &options, &module);
  };
  EXPECT_FAILS(loadFile(), SQART_STATUS_PERMISSION, "mode 666");
  options.flags = SQART_LOAD_ALLOW_GROUP_WRITABLE;
  EXPECT_FAILS(loadFile(), SQART_STATUS_PERMISSION, "mode 666");
  options.flags = SQART_LOAD_ALLOW_ANY_OWNER;
  EXPECT_OK(loadFile());
  options.flags = 8;
  EXPECT_FAILS(loadFile(), SQART_STATUS_INVALID_ARGUMENT, "unknown flag");
  options.flags = SQART_LOAD_ALLOW_ANY_OWNER;
  options.max_bytes = 100;
  EXPECT_FAILS(loadFile(), SQART_STATUS_LIMIT, "at most 100 bytes");
  ::unlink(path.c_str());
  ::rmdir(directory);
}

// Failure 51.
TEST_F(Module, BestVariantOfThisCpu) {
  Manifest m = kernelManifest();
  m.sectionNames = {"manifest", "a", "b", "c"};
  m.variants.resize(3, m.variants[0]);
  const char *names[] = {"low", "high", "impossible"};
  for (uint32_t i = 0; i < 3; ++i) {
    m.variants[i].isa = names[i];
    m.variants[i].section = i + 1;
    m.variants[i].priority = int32_t(i);
  }
  m.variants[2].features.push_back("warp-drive");
  ASSERT_OK(load(m));
  EXPECT_STREQ(sqart_module_isa(module), "high");
  options.isa = "low";
  ASSERT_OK(load(m));
  EXPECT_STREQ(sqart_module_isa(module), "low");
  options.isa = "impossible";
  EXPECT_FAILS(load(m), SQART_STATUS_UNSUPPORTED,
               "impossible needs warp-drive");
  options.isa = "x86-64-v9";
  EXPECT_FAILS(load(m), SQART_STATUS_UNSUPPORTED, "no variant x86-64-v9");
}

// Code for one kind of device is not taken for the other.
TEST_F(Module, VariantsByDevice) {
  Manifest m = kernelManifest();
  m.sectionNames = {"manifest", "a", "b"};
  m.variants.resize(2, m.variants[0]);
  m.variants[1].isa = "launches";
  m.variants[1].section = 2;
  m.variants[1].priority = m.variants[0].priority + 1;
  m.variants[1].devices = deviceCuda;
  m.variants[0].isa = "computes";
  m.variants[0].devices = deviceCpu;
  ASSERT_OK(load(m));
  EXPECT_STREQ(sqart_module_isa(module), "computes");
  // A name of the other kind leaves the choice open.
  options.isa = "launches";
  ASSERT_OK(load(m));
  EXPECT_STREQ(sqart_module_isa(module), "computes");
  m.variants[0].devices = deviceCuda;
  EXPECT_FAILS(load(m), SQART_STATUS_UNSUPPORTED, "no code for any CPU");
  m.variants[0].devices = 4;
  EXPECT_FAILS(load(m), SQART_STATUS_MALFORMED, "M7");
}

TEST_F(Module, NoCodeAtAll) {
  Manifest m = kernelManifest();
  m.variants.clear();
  m.sectionNames.resize(1);
  EXPECT_FAILS(load(m), SQART_STATUS_UNSUPPORTED, "no code for any CPU");
}

TEST_F(Module, FunctionsMustExist) {
  Manifest m = kernelManifest();
  m.functions.push_back(function("seventh", {}, {}, {}));
  EXPECT_FAILS(load(m), SQART_STATUS_VERSION, "no function 6 'seventh'");
}

// Failure 71.
TEST_F(Module, BadCodeIsNotMapped) {
  Bytes image = kernelImage();
  image[0] = 0;
  EXPECT_FAILS(load(kernelManifest(), image), SQART_STATUS_MALFORMED,
               "code rule E1");
  EXPECT_EQ(module, nullptr);
}

TEST_F(Module, NullsAreStatuses) {
  Bytes package = kernelPackage();
  EXPECT_FAILS(sqart_module_load(nullptr, "x", &options, &module),
               SQART_STATUS_INVALID_ARGUMENT, "runtime");
  EXPECT_FAILS(sqart_module_load(runtime, nullptr, &options, &module),
               SQART_STATUS_INVALID_ARGUMENT, "path");
  EXPECT_FAILS(sqart_module_load(runtime, "x", &options, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_module");
  EXPECT_FAILS(sqart_module_load_memory(runtime, nullptr, 9, &options, &module),
               SQART_STATUS_INVALID_ARGUMENT, "bytes");
  EXPECT_FAILS(sqart_module_invoke(nullptr, 0, nullptr, 0, nullptr, 0),
               SQART_STATUS_INVALID_ARGUMENT, "module");
  EXPECT_EQ(sqart_module_package(nullptr), nullptr);
  EXPECT_STREQ(sqart_module_isa(nullptr), "");
  ASSERT_OK(load(package));
  EXPECT_NE(sqart_module_package(module), nullptr);
  EXPECT_FAILS(sqart_module_invoke(module, 99, nullptr, 0, nullptr, 0),
               SQART_STATUS_NOT_FOUND, "function: expected a number below 6");
}
