//===- workspace_test.cpp - Device memory for a call's kernels ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gpu_fixture.h"

#include <cstdlib>
#include <memory>

using namespace sqart;
using namespace sqart::test;

namespace {
class Workspace : public CudaTest {
protected:
  void SetUp() override {
    CudaTest::SetUp();
    loadAll();
    ASSERT_OK(sqart_module_prepare_cuda(module, 0, nullptr));
  }
  sqart_status_t query(int64_t n, uint64_t &bytes) {
    GpuView x(static_cast<int32_t *>(nullptr), {n});
    GpuView total(static_cast<int32_t *>(nullptr), {});
    return workspaceOf(Sum, {&x}, {&total}, bytes);
  }
};
} // namespace

// One partial sum of 4 bytes for 128 elements, rounded up to 256 bytes.
TEST_F(Workspace, QueryLaunchesNothing) {
  size_t before = fake.calls.size();
  uint64_t bytes = 0;
  ASSERT_OK(query(100000, bytes));
  EXPECT_EQ(bytes, 3328u);
  ASSERT_OK(query(1, bytes));
  EXPECT_EQ(bytes, 256u);
  ASSERT_OK(query(0, bytes));
  EXPECT_EQ(bytes, 256u) << "a request for nothing gives an address too";
  for (size_t i = before; i < fake.calls.size(); ++i)
    EXPECT_EQ(fake.calls[i].substr(0, 8), "cuDevice") << fake.calls[i];
  EXPECT_TRUE(fake.launches.empty());
  GpuView x(static_cast<float *>(nullptr), {4, 8});
  ASSERT_OK(workspaceOf(ScaledAdd, {&x, &x}, {&x}, bytes));
  EXPECT_EQ(bytes, 0u);
}

TEST_F(Workspace, QueryChecksItsArguments) {
  uint64_t bytes = 0;
  GpuView x(static_cast<float *>(nullptr), {4});
  GpuView total(static_cast<int32_t *>(nullptr), {});
  EXPECT_FAILS(workspaceOf(Sum, {&x}, {&total}, bytes),
               SQART_STATUS_INVALID_ARGUMENT, "expected element type i32");
  EXPECT_FAILS(workspaceOf(9, {}, {}, bytes), SQART_STATUS_NOT_FOUND, "9");
  EXPECT_FAILS(sqart_module_get_workspace_cuda(module, Sum, nullptr, 0, nullptr,
                                               0, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_bytes");
  EXPECT_FAILS(sqart_module_get_workspace_cuda(nullptr, Sum, nullptr, 0,
                                               nullptr, 0, &bytes),
               SQART_STATUS_INVALID_ARGUMENT, "module");
  x.device.device_id = total.device.device_id = 3;
  x.dtype = total.dtype;
  EXPECT_FAILS(workspaceOf(Sum, {&x}, {&total}, bytes),
               SQART_STATUS_INVALID_ARGUMENT, "GPU number below 1, but got 3");
}

TEST_F(Workspace, OfTheCaller) {
  std::unique_ptr<void, decltype(&std::free)> memory(
      std::aligned_alloc(256, 4096), std::free);
  sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
  options.workspace = memory.get();
  options.workspace_bytes = 3328;
  ASSERT_OK(sumOnes(100000, &options));
  EXPECT_EQ(fake.count("cuMemAlloc"), 0);
  options.workspace_bytes = 3327;
  EXPECT_FAILS(sumOnes(100000, &options), SQART_STATUS_INVALID_ARGUMENT,
               "sum: workspace: expected at least 3328 bytes, but got 3327");
  options.workspace = static_cast<char *>(memory.get()) + 64;
  EXPECT_FAILS(sumOnes(1, &options), SQART_STATUS_INVALID_ARGUMENT,
               "aligned to 256 bytes");
  options.workspace = nullptr;
  EXPECT_FAILS(sumOnes(1, &options), SQART_STATUS_INVALID_ARGUMENT,
               "but got null with 3327 bytes");
}

TEST_F(Workspace, OfTheModuleGrowsAndStays) {
  ASSERT_OK(sumOnes(1000));
  EXPECT_EQ(fake.memory.size(), 1u);
  ASSERT_OK(sumOnes(500));
  EXPECT_EQ(fake.memory.size(), 1u) << "large enough";
  ASSERT_OK(sumOnes(100000));
  EXPECT_EQ(fake.memory.size(), 2u) << "kernels may still use the first one";
  ASSERT_OK(sumOnes(110000));
  EXPECT_EQ(fake.memory.size(), 3u);
  ASSERT_OK(sumOnes(200000));
  EXPECT_EQ(fake.memory.size(), 3u) << "it had doubled";
  unload();
  EXPECT_TRUE(fake.memory.empty());
}

TEST_F(Workspace, OneForEachStream) {
  cuda::Context context = fakePrimaryContext(0);
  cuda::Stream streams[] = {fakeStream(context), fakeStream(context)};
  for (cuda::Stream stream : streams) {
    sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
    options.stream = stream;
    ASSERT_OK(sumOnes(1000, &options));
    ASSERT_OK(sumOnes(1000, &options));
  }
  EXPECT_EQ(fake.memory.size(), 2u);
  EXPECT_EQ(fake.launches.size(), 8u);
}

TEST_F(Workspace, NoMemory) {
  fake.failures["cuMemAlloc"] = {cuda::errorOutOfMemory};
  EXPECT_FAILS(sumOnes(1000), SQART_STATUS_OUT_OF_MEMORY,
               "sum: no device memory for a workspace of 256 bytes");
  fake.failures["cuMemAlloc"] = {cuda::errorInvalidValue};
  EXPECT_FAILS(sumOnes(1000), SQART_STATUS_DEVICE, "cuMemAlloc");
  fake.failures.clear();
  EXPECT_OK(sumOnes(1000));
  fake.failures["cuStreamIsCapturing"] = {cuda::errorInvalidValue};
  EXPECT_FAILS(sumOnes(100000), SQART_STATUS_DEVICE, "cuStreamIsCapturing");
}

TEST_F(Workspace, CaptureUsesWhatIsThere) {
  fake.capturing = true;
  EXPECT_FAILS(sumOnes(1000), SQART_STATUS_INVALID_ARGUMENT,
               "the stream is being captured: give the call a workspace, or "
               "make it once before that");
  fake.capturing = false;
  ASSERT_OK(sumOnes(1000));
  fake.capturing = true;
  EXPECT_OK(sumOnes(1000));
  EXPECT_EQ(fake.memory.size(), 1u);
}
