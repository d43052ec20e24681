//===- call_test.cpp - Calls on a GPU from the C API ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gpu_fixture.h"

#include <thread>

using namespace sqart;
using namespace sqart::test;

namespace {
class Calls : public CudaTest {
protected:
  void SetUp() override {
    CudaTest::SetUp();
    loadAll();
  }
  sqart_status_t misuse(int64_t rule) {
    std::vector<int32_t> x(64);
    GpuView tx(x.data(), {rule});
    return call(Misuse, {&tx}, {});
  }
};
} // namespace

TEST_F(Calls, StridedRows) {
  for (int64_t rows : {1, 3, 64})
    EXPECT_OK(scaledAdd(rows));
  ASSERT_EQ(fake.launches.size(), 3u);
  const cuda::LaunchConfig &config = fake.launches[2].config;
  EXPECT_EQ(config.grid[0], 64u);
  EXPECT_EQ(config.block[0], 128u);
  EXPECT_EQ(config.block[1], 1u);
  EXPECT_EQ(config.stream, nullptr);
  EXPECT_EQ(config.numAttributes, 0u);
}

TEST_F(Calls, NoBlocksNoLaunch) {
  EXPECT_OK(scaledAdd(0));
  EXPECT_OK(misuse(18));
  EXPECT_TRUE(fake.launches.empty());
}

TEST_F(Calls, TensorMapsByValue) {
  std::vector<float> x(64 * 40), y(64 * 36, -1);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(i);
  for (int generic : {0, 1}) {
    if (generic)
      ASSERT_OK(load(gpuPackage({{"sm_80", 1, true, programPtx(1)}})));
    // Twice: the second map comes from the cache.
    for (int round = 0; round < 2; ++round) {
      GpuView tx(x.data(), {64, 36}, {40, 1}), ty(y.data(), {64, 36});
      ASSERT_OK(call(CopyRows, {&tx}, {&ty}));
      for (size_t i = 0; i < y.size(); ++i)
        ASSERT_EQ(y[i], x[i / 36 * 40 + i % 36]);
    }
  }
  EXPECT_EQ(fake.count("cuTensorMapEncodeTiled"), 1);
  EXPECT_EQ(fake.launches[0].config.grid[0], 2u);
  EXPECT_EQ(fake.launches[0].config.grid[1], 8u);
  EXPECT_EQ(fake.launches[0].config.dynamicSharedBytes, 1024u);
  EXPECT_EQ(fake.launches[2].config.grid[0], 64u);
  // Rows that the copy engine cannot address.
  loadAll();
  GpuView tx(x.data(), {64, 36}, {37, 1}), ty(y.data(), {64, 36});
  EXPECT_FAILS(call(CopyRows, {&tx}, {&ty}), SQART_STATUS_INVALID_ARGUMENT,
               "copy_rows: a tensor map needs strides that are multiples of 16 "
               "bytes below 2^40, but got 148");
}

TEST_F(Calls, PlainInvokeTakesBothDevices) {
  std::vector<float> x(8, 2), y(8, 1), z(8);
  for (bool gpu : {false, true}) {
    GpuView tx(x.data(), {2, 4}), ty(y.data(), {2, 4}), tz(z.data(), {2, 4});
    for (GpuView *view : {&tx, &ty, &tz})
      if (!gpu)
        view->device = {kDLCPU, 0};
    const DLTensor *in[] = {&tx, &ty}, *out[] = {&tz};
    z.assign(8, 0);
    ASSERT_OK(sqart_module_invoke(module, ScaledAdd, in, 2, out, 1));
    EXPECT_EQ(z, std::vector<float>(8, 2));
    EXPECT_EQ(fake.launches.size(), size_t(gpu));
  }
}

// The promise of cuda.h: no allocation, no waiting, nothing loaded.
TEST_F(Calls, SecondCallOnlyEnqueues) {
  ASSERT_OK(sumOnes(1000));
  for (bool capturing : {false, true}) {
    fake.calls.clear();
    fake.capturing = capturing;
    ASSERT_OK(sumOnes(1000));
    EXPECT_EQ(fake.calls,
              (std::vector<std::string>{
                  "cuCtxGetCurrent", "cuCtxGetCurrent", "cuCtxPushCurrent",
                  "cuCtxGetDevice", "cuMemsetD32Async", "cuLaunchKernelEx",
                  "cuLaunchKernelEx", "cuCtxPopCurrent"}));
  }
}

TEST_F(Calls, FailuresOfTheDriver) {
  ASSERT_OK(sumOnes(1000));
  sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
  options.stream = fakeStream(fakePrimaryContext(0));
  ASSERT_OK(sumOnes(1000, &options));
  for (const char *name :
       {"cuStreamGetCtx", "cuCtxGetCurrent", "cuCtxPushCurrent",
        "cuCtxGetDevice", "cuMemsetD32Async", "cuLaunchKernelEx"}) {
    fake.failures[name] = {cuda::errorInvalidValue};
    EXPECT_FAILS(sumOnes(1000, &options), SQART_STATUS_DEVICE, name);
    fake.failures.clear();
    EXPECT_EQ(fake.depth, 0u) << name;
    EXPECT_OK(sumOnes(1000, &options));
  }
  // The second launch; its kernel is named.
  fake.failures["cuLaunchKernelEx"] = {cuda::errorLaunchOutOfResources, 1};
  EXPECT_FAILS(sumOnes(1000), SQART_STATUS_DEVICE,
               "sum: total_of: cuLaunchKernelEx: CUDA error 701");
  fake.failures.clear();
  EXPECT_OK(sumOnes(1000));
}

TEST_F(Calls, PrimaryContextThatCannotBeMade) {
  fake.devices = 8;
  fake.failures["cuDevicePrimaryCtxRetain"] = {cuda::errorOutOfMemory};
  EXPECT_FAILS(scaledAdd(1, 7), SQART_STATUS_OUT_OF_MEMORY,
               "cuDevicePrimaryCtxRetain");
  fake.failures.clear();
  EXPECT_OK(scaledAdd(1, 7));
}

TEST_F(Calls, WhatKernelsDidIsReportedByTheNextCall) {
  ASSERT_OK(scaledAdd(1));
  fake.failures["cuLaunchKernelEx"] = {cuda::errorIllegalAddress};
  EXPECT_FAILS(scaledAdd(1), SQART_STATUS_DEVICE,
               "scaled_add: work enqueued earlier on this GPU failed: "
               "CUDA_ERROR_ILLEGAL_ADDRESS");
}

TEST_F(Calls, MisuseByCompiledCode) {
  const char *reasons[] = {
      "struct_size 8",
      "kernel 5 of 5",
      "kernel fault: flags: expected at most 3, but got 4",
      "kernel fault: threads: expected at most 1, but got 2",
      "dynamic shared memory: expected at most 0, but got 1",
      "kernel fault: expected 0 arguments, but got 1",
      "kernel total_of: argument 0: expected 8 bytes, but got 4",
  };
  for (size_t i = 0; i < std::size(reasons); ++i)
    EXPECT_FAILS(misuse(int64_t(i) + 1), SQART_STATUS_INTERNAL, reasons[i]);
  EXPECT_FAILS(misuse(8), SQART_STATUS_LIMIT,
               "grid of at most 65535 blocks in dimension 1, but got 65536");
  EXPECT_FAILS(misuse(9), SQART_STATUS_LIMIT, "but got -1");
  EXPECT_FAILS(misuse(10), SQART_STATUS_INTERNAL, "blocks outside of clusters");
  EXPECT_FAILS(misuse(11), SQART_STATUS_INVALID_ARGUMENT, "aligned to 4 bytes");
  EXPECT_FAILS(misuse(12), SQART_STATUS_INTERNAL, "fills -1 words");
  for (int64_t rule : {13, 14})
    EXPECT_FAILS(misuse(rule), SQART_STATUS_OUT_OF_MEMORY,
                 "misuse: no device memory for a workspace");
  EXPECT_FAILS(misuse(15), SQART_STATUS_KERNEL,
               "misuse: the window must not be negative");
  EXPECT_FAILS(misuse(16), SQART_STATUS_INTERNAL,
               "misuse: compiled code returned 7 without a reason");
  EXPECT_FAILS(misuse(17), SQART_STATUS_INTERNAL, "a tensor map with rank 0");
  EXPECT_TRUE(fake.launches.empty());
  ASSERT_OK(misuse(19));
  ASSERT_EQ(fake.launches[0].attributes.size(), 3u);
  EXPECT_EQ(fake.launches[0].attributes[0].value.cluster[1], 2u);
}

TEST_F(Calls, NullArguments) {
  EXPECT_FAILS(
      sqart_module_invoke_cuda(nullptr, 0, nullptr, 0, nullptr, 0, nullptr),
      SQART_STATUS_INVALID_ARGUMENT, "module");
  EXPECT_FAILS(sqart_module_prepare_cuda(nullptr, 0, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "module");
  sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
  options.struct_size = 1;
  EXPECT_FAILS(scaledAdd(1, 0, &options), SQART_STATUS_INVALID_ARGUMENT,
               "options: unexpected struct_size 1");
}

TEST_F(Calls, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        ASSERT_OK(sumOnes(1000 + i * 100));
        ASSERT_OK(scaledAdd(3));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(fake.launches.size(), 4u * 50 * 3);
  EXPECT_EQ(fake.count("cuModuleLoadDataEx"), 1);
}
