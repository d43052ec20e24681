//===- driver_test.cpp - Opening libcuda, and how its failures read -------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/driver.h"

#include "expect_status.h"
#include "fake_cuda.h"

using namespace sqart;
using namespace sqart::cuda;
using namespace sqart::test;

namespace {
class DriverTest : public ::testing::Test {
protected:
  void SetUp() override { fake.reset(); }
  sqart_status_t load() { return Driver::load("libcuda.so.1", driver); }
  FakeCuda &fake = fakeCuda();
  Driver driver;
};
} // namespace

TEST_F(DriverTest, Loads) {
  ASSERT_OK(load());
  EXPECT_EQ(driver.version, 12040);
  EXPECT_NE(driver.cuLaunchKernelEx, nullptr);
  EXPECT_NE(driver.cuFuncLoad, nullptr);
}

TEST_F(DriverTest, NoLibrary) {
  EXPECT_FAILS(Driver::load("libcuda-none.so.1", driver),
               SQART_STATUS_UNSUPPORTED, "no NVIDIA driver: libcuda-none.so.1");
}

TEST_F(DriverTest, OldLibrary) {
  EXPECT_FAILS(Driver::load(SQART_OLD_CUDA, driver), SQART_STATUS_UNSUPPORTED,
               "too old: expected one for CUDA 12.0 or newer, but got one for "
               "CUDA 11.4");
  fake.version = 11080;
  EXPECT_FAILS(load(), SQART_STATUS_UNSUPPORTED, "but got one for CUDA 11.8");
}

TEST_F(DriverTest, MissingFunctions) {
#define SQART_MISSING(name, parameters)                                        \
  fake.reset();                                                                \
  fake.missing = {#name};                                                      \
  EXPECT_FAILS(load(), SQART_STATUS_UNSUPPORTED, "has no function " #name);
  SQART_CUDA_REQUIRED(SQART_MISSING)
#undef SQART_MISSING
  fake.reset();
  fake.version = 12000;
  ASSERT_OK(load());
  EXPECT_EQ(driver.cuFuncLoad, nullptr);
  EXPECT_EQ(driver.cuFuncGetParamInfo, nullptr);
}

TEST_F(DriverTest, FailureToStart) {
  fake.failures["cuInit"] = {errorNoDevice};
  EXPECT_FAILS(load(), SQART_STATUS_UNSUPPORTED, "no usable GPU: cuInit");
  fake.failures["cuInit"] = {errorSystemDriverMismatch};
  EXPECT_FAILS(load(), SQART_STATUS_UNSUPPORTED, "803");
  fake.failures["cuInit"] = {errorOutOfMemory};
  EXPECT_FAILS(load(), SQART_STATUS_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY");
  fake.reset();
  fake.failures["cuDriverGetVersion"] = {errorInvalidValue};
  EXPECT_FAILS(load(), SQART_STATUS_DEVICE, "cuDriverGetVersion");
  fake.reset();
  fake.failures["cuDeviceGetCount"] = {errorInvalidValue};
  EXPECT_FAILS(load(), SQART_STATUS_DEVICE, "cuDeviceGetCount");
  fake.reset();
  fake.devices = 0;
  EXPECT_FAILS(load(), SQART_STATUS_UNSUPPORTED,
               "the NVIDIA driver (CUDA 12.4) has no device");
}

TEST_F(DriverTest, Statuses) {
  ASSERT_OK(load());
  EXPECT_OK(driver.check(success, "cuX"));
  EXPECT_FAILS(driver.check(errorOutOfMemory, "cuX", "the thing"),
               SQART_STATUS_OUT_OF_MEMORY,
               "the thing: cuX: CUDA_ERROR_OUT_OF_MEMORY 2 (as the fake was "
               "told)");
  for (Result result :
       {errorNoBinaryForGpu, errorUnsupportedPtxVersion,
        errorJitCompilerNotFound, errorJitCompilationDisabled, errorStubLibrary,
        errorSystemNotReady, errorCompatNotSupported, errorDeviceUnavailable})
    EXPECT_FAILS(driver.check(result, "cuX"), SQART_STATUS_UNSUPPORTED, "cuX");
  EXPECT_FAILS(driver.check(errorInvalidValue, "cuX"), SQART_STATUS_DEVICE,
               "cuX: CUDA error 1");
  EXPECT_FAILS(driver.check(errorLaunchOutOfResources, "cuX"),
               SQART_STATUS_DEVICE, "cuX: CUDA error 701");
  EXPECT_FAILS(driver.check(errorNotInitialized, "cuX"), SQART_STATUS_DEVICE,
               "fork()");
  // What kernels did shows up in whatever call comes next.
  for (Result result :
       {errorIllegalAddress, errorLaunchTimeout, errorAssert,
        errorHardwareStack, errorIllegalInstruction, errorMisalignedAddress,
        errorInvalidAddressSpace, errorInvalidPc, errorLaunchFailed,
        errorEccUncorrectable, errorNvlinkUncorrectable})
    EXPECT_FAILS(driver.check(result, "cuX"), SQART_STATUS_DEVICE,
                 "work enqueued earlier on this GPU failed");
  fake.failures["cuGetErrorString"] = {errorInvalidValue};
  EXPECT_FAILS(driver.check(errorInvalidValue, "cuX"), SQART_STATUS_DEVICE,
               "(unknown)");
}
