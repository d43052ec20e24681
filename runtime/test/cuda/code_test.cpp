//===- code_test.cpp - Choosing and loading GPU code ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/code.h"

#include "gpu_fixture.h"

#include <elf.h>

using namespace sqart;
using namespace sqart::test;

namespace {
class Code : public CudaTest {
protected:
  sqart_status_t prepare() {
    return sqart_module_prepare_cuda(module, 0, nullptr);
  }
};

// A module of a package that is only looked at.
struct Offer {
  const char *arch;
  uint32_t program;
  bool isPtx;
};
} // namespace

// The number of the chosen offer; -1 if there is none.
static int choose(const std::vector<Offer> &offers, uint32_t capability,
                  bool allowPtx = true) {
  std::vector<GpuCode> code;
  for (const Offer &o : offers)
    code.push_back({o.arch, o.program, o.isPtx, {1}});
  Bytes bytes = gpuPackage(code);
  sqart_package_t *package = nullptr;
  EXPECT_OK(sqart_package_inspect_memory(bytes.data(), bytes.size(), &package));
  const GpuModule *chosen = nullptr;
  sqart_status_t status =
      cuda::chooseModule(*package, capability, allowPtx, chosen);
  int number = -1;
  if (status == SQART_STATUS_OK)
    number = int(chosen - package->manifest.gpuModules.data());
  else
    EXPECT_EQ(status, SQART_STATUS_UNSUPPORTED);
  sqart_package_destroy(package);
  return number;
}

TEST_F(Code, Choice) {
  const std::vector<Offer> offers = {{"sm_80", 1, true},
                                     {"sm_90a", 0, true},
                                     {"sm_90", 0, false},
                                     {"sm_90a", 0, false}};
  EXPECT_EQ(choose(offers, 90), 3);
  EXPECT_EQ(choose(offers, 90, /*allowPtx=*/false), 3);
  EXPECT_EQ(choose({offers[0], offers[1]}, 90), 1);
  EXPECT_EQ(choose({offers[0], offers[1]}, 90, false), -1);
  EXPECT_EQ(choose({offers[0], offers[2]}, 90), 1);
  // sm_90a is for 9.0 alone, and machine code for what it was made for.
  for (uint32_t newer : {80u, 86u, 89u, 100u, 103u, 120u})
    EXPECT_EQ(choose(offers, newer), 0) << newer;
  EXPECT_EQ(choose(offers, 75), -1);
  // PTX: that of the family before plain, newer before older.
  EXPECT_EQ(choose({{"sm_100f", 0, true}, {"sm_90", 0, true}}, 103), 0);
  EXPECT_EQ(choose({{"sm_100f", 0, true}, {"sm_90", 0, true}}, 120), 1);
  EXPECT_EQ(choose({{"sm_103f", 0, true}, {"sm_90", 0, true}}, 100), 1);
  EXPECT_EQ(choose({{"sm_80", 0, true}, {"sm_90", 0, true}}, 90), 1);
  EXPECT_EQ(choose({{"sm_80", 0, true}, {"sm_90", 0, true}}, 89), 0);
}

TEST_F(Code, ChoiceSaysWhatThereIs) {
  fake.capability = {75};
  loadAll();
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED,
               "gpu_kernels has no code for a GPU of compute capability 7.5");
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED, "sm_80 (PTX)");
  EXPECT_FAILS(sumOnes(5), SQART_STATUS_UNSUPPORTED, "compute capability 7.5");
  ASSERT_OK(load(gpuPackage({{"sm_90a", 0, true, programPtx(0)}}),
                 SQART_LOAD_NO_PTX));
  fake.capability = {90};
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED, "without compiling PTX");
}

TEST_F(Code, TheDriverGetsTheChosenCode) {
  ASSERT_OK(load(gpuPackage({{"sm_90a", 0, true, programPtx(0)},
                             {"sm_80", 1, true, programPtx(1)}})));
  ASSERT_OK(prepare());
  Bytes ptx = programPtx(0);
  EXPECT_EQ(fake.lastImage, std::string(ptx.begin(), ptx.end()));
  fake.capability = {100};
  fake.devices = 2;
  ASSERT_OK(sqart_module_prepare_cuda(module, 1, nullptr));
  ptx = programPtx(0);
  EXPECT_EQ(fake.modules, 2);
}

TEST_F(Code, LoadedOnceForEachContext) {
  loadAll();
  EXPECT_EQ(fake.count("cuModuleLoadDataEx"), 0) << "load touches no GPU";
  ASSERT_OK(prepare());
  ASSERT_OK(prepare());
  ASSERT_OK(sumOnes(5));
  EXPECT_EQ(fake.count("cuModuleLoadDataEx"), 1);
  // All kernels at once, and 1 KB of dynamic shared memory opted in.
  EXPECT_EQ(fake.count("cuModuleGetFunction"), 5);
  EXPECT_EQ(fake.count("cuFuncLoad"), 5);
  EXPECT_EQ(fake.count("cuFuncSetAttribute"), 1);
  ASSERT_OK(sqart_module_prepare_cuda(module, 0, fakeOtherContext(0)));
  EXPECT_EQ(fake.modules, 2);
  unload();
  EXPECT_EQ(fake.modules, 0);
}

TEST_F(Code, FailuresOfLoadingLeaveNothing) {
  loadAll();
  for (const char *name :
       {"cuModuleLoadDataEx", "cuModuleGetFunction", "cuFuncLoad",
        "cuFuncGetAttribute", "cuFuncSetAttribute", "cuDeviceGetAttribute",
        "cuCtxGetDevice", "cuCtxPushCurrent", "cuCtxGetCurrent"}) {
    fake.failures[name] = {cuda::errorInvalidValue};
    EXPECT_FAILS(prepare(), SQART_STATUS_DEVICE, name);
    EXPECT_FAILS(sumOnes(5), SQART_STATUS_DEVICE, name);
    fake.failures.clear();
    EXPECT_EQ(fake.modules, 0) << name;
    EXPECT_EQ(fake.depth, 0u) << name;
  }
  EXPECT_OK(sumOnes(5));
}

TEST_F(Code, CompilerOfTheDriver) {
  ASSERT_OK(load(gpuPackage({{"sm_80", 1, true, programPtx(1)}})));
  fake.failures["cuModuleLoadDataEx"] = {cuda::errorInvalidPtx};
  fake.ptxLog = "ptxas: line 3: no such instruction";
  EXPECT_FAILS(prepare(), SQART_STATUS_DEVICE, "no such instruction");
  fake.ptxLog = "";
  fake.failures["cuModuleLoadDataEx"] = {cuda::errorUnsupportedPtxVersion};
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED, "compiling PTX");
  fake.failures["cuModuleLoadDataEx"] = {cuda::errorJitCompilationDisabled};
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED, "223");
}

TEST_F(Code, KernelsThatTheDeviceCannotRun) {
  loadAll();
  fake.kernelThreads = 200;
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED,
               "kernel copy_rows needs blocks of 256 threads, but this GPU "
               "runs 200 at most");
  fake.reset();
  fake.maxShared = 1151;
  EXPECT_FAILS(prepare(), SQART_STATUS_UNSUPPORTED,
               "kernel copy_rows needs 1152 bytes of shared memory, but this "
               "GPU has 1151");
}

TEST_F(Code, ManifestThatDoesNotFitTheCode) {
  loadAll();
  fake.wrongParameters = true;
  EXPECT_FAILS(prepare(), SQART_STATUS_MALFORMED,
               "kernel scaled_add: parameter 0");
  fake.reset();
  ASSERT_OK(
      load(gpuPackage({{"sm_80", 1, true, programPtx(1)}}, [](Manifest &m) {
        m.gpuModules[0].kernels[4].parameters.push_back(4);
      })));
  EXPECT_FAILS(prepare(), SQART_STATUS_MALFORMED, "kernel fault: parameter 0");
  ASSERT_OK(
      load(gpuPackage({{"sm_80", 1, true, programPtx(1)}}, [](Manifest &m) {
        m.gpuModules[0].kernels[4].name = "missing";
      })));
  EXPECT_FAILS(prepare(), SQART_STATUS_DEVICE,
               "missing: cuModuleGetFunction: CUDA error 500");
}

TEST_F(Code, NotWhileCapturing) {
  loadAll();
  fake.capturing = true;
  EXPECT_FAILS(sumOnes(5), SQART_STATUS_INVALID_ARGUMENT,
               "the stream is being captured: call sqart_module_prepare_cuda "
               "before that");
}

TEST_F(Code, G1MachineCode) {
  auto check = [](const Bytes &image) {
    return cuda::checkCubin({image.data(), image.size()});
  };
  ASSERT_OK(check(emptyCubin()));
  if (Bytes real = programCubin(); !real.empty()) {
    EXPECT_OK(check(real));
    real.resize(real.size() / 2);
    EXPECT_FAILS(check(real), SQART_STATUS_MALFORMED, "G1");
  }
  auto with = [&](size_t offset, std::vector<uint8_t> bytes) {
    Bytes image = emptyCubin();
    std::copy(bytes.begin(), bytes.end(), image.begin() + int64_t(offset));
    return check(image);
  };
  EXPECT_FAILS(check({}), SQART_STATUS_MALFORMED, "G1");
  EXPECT_FAILS(check(Bytes(63)), SQART_STATUS_MALFORMED, "G1");
  EXPECT_FAILS(with(0, {0}), SQART_STATUS_MALFORMED, "G1");
  EXPECT_FAILS(with(EI_CLASS, {1}), SQART_STATUS_MALFORMED, "G1");
  EXPECT_FAILS(with(offsetof(Elf64_Ehdr, e_machine), {62}),
               SQART_STATUS_MALFORMED, "not for a GPU");
  EXPECT_FAILS(with(offsetof(Elf64_Ehdr, e_phnum), {1}), SQART_STATUS_MALFORMED,
               "headers");
  // A section header and a program header at byte 64.
  Bytes tables = emptyCubin();
  tables.resize(64 + sizeof(Elf64_Shdr));
  tables[offsetof(Elf64_Ehdr, e_shoff)] = 64;
  tables[offsetof(Elf64_Ehdr, e_shentsize)] = sizeof(Elf64_Shdr);
  tables[offsetof(Elf64_Ehdr, e_shnum)] = 1;
  EXPECT_OK(check(tables));
  tables[64 + offsetof(Elf64_Shdr, sh_size)] = 129;
  EXPECT_FAILS(check(tables), SQART_STATUS_MALFORMED, "a section outside");
  tables[64 + offsetof(Elf64_Shdr, sh_type)] = SHT_NOBITS;
  EXPECT_OK(check(tables));
  std::fill(tables.begin() + 64, tables.end(), uint8_t(0));
  tables[offsetof(Elf64_Ehdr, e_shnum)] = 0;
  tables[offsetof(Elf64_Ehdr, e_phoff)] = 64;
  tables[offsetof(Elf64_Ehdr, e_phentsize)] = sizeof(Elf64_Phdr);
  tables[offsetof(Elf64_Ehdr, e_phnum)] = 1;
  EXPECT_OK(check(tables));
  tables[64 + offsetof(Elf64_Phdr, p_filesz)] = 129;
  EXPECT_FAILS(check(tables), SQART_STATUS_MALFORMED, "a segment outside");
  EXPECT_FAILS(with(offsetof(Elf64_Ehdr, e_shoff), {65}),
               SQART_STATUS_MALFORMED, "headers");
  // A bad image never reaches the driver.
  ASSERT_OK(load(gpuPackage({{"sm_90a", 0, false, {1, 2, 3}}})));
  EXPECT_FAILS(prepare(), SQART_STATUS_MALFORMED, "G1");
  EXPECT_EQ(fake.count("cuModuleLoadDataEx"), 0);
}
