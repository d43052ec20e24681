//===- context_test.cpp - Which device and context a call runs in ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/driver.h"

#include "gpu_fixture.h"

using namespace sqart;
using namespace sqart::test;

namespace {
class Contexts : public CudaTest {
protected:
  void SetUp() override {
    CudaTest::SetUp();
    loadAll();
  }
};
} // namespace

// A1: a device the function has code for, the same for all.
TEST_F(Contexts, A1Devices) {
  std::vector<float> x(8), y(8);
  GpuView tx(x.data(), {2, 4}), ty(y.data(), {2, 4});
  auto plain = [&](uint32_t function, std::vector<const DLTensor *> in) {
    const DLTensor *out[] = {&ty};
    return sqart_module_invoke(module, function, in.data(), uint32_t(in.size()),
                               out, 1);
  };
  tx.device = {kDLCPU, 0};
  EXPECT_FAILS(plain(CopyRows, {&tx}), SQART_STATUS_INVALID_ARGUMENT,
               "copy_rows: input 0 'x': expected memory of a GPU (device type "
               "2), but got device type 1, id 0 (rule A1)");
  EXPECT_FAILS(call(ScaledAdd, {&tx, &tx}, {&ty}),
               SQART_STATUS_INVALID_ARGUMENT,
               "scaled_add: input 0 'x': expected memory of a GPU");
  EXPECT_FAILS(plain(ScaledAdd, {&tx, &ty}), SQART_STATUS_INVALID_ARGUMENT,
               "scaled_add: input 1 'y': expected memory of device type 1, id "
               "0, as 'x', but got device type 2, id 0 (rule A1)");
  tx.device = {kDLCUDA, 1};
  EXPECT_FAILS(plain(CopyRows, {&tx}), SQART_STATUS_INVALID_ARGUMENT,
               "output 0 'y': expected memory of device type 2, id 1");
  for (DLDevice other :
       {DLDevice{kDLCUDAHost, 0}, DLDevice{kDLCUDA, -1}, DLDevice{kDLCPU, 1}}) {
    tx.device = other;
    EXPECT_FAILS(plain(ScaledAdd, {&tx, &tx}), SQART_STATUS_INVALID_ARGUMENT,
                 "expected memory of the CPU or a GPU");
  }
  tx.device = ty.device = {kDLCUDA, 1};
  EXPECT_FAILS(plain(CopyRows, {&tx}), SQART_STATUS_INVALID_ARGUMENT,
               "expected a GPU number below 1, but got 1");
}

TEST_F(Contexts, FunctionsForTheCpuAlone) {
  ASSERT_OK(load(kernelPackage()));
  std::vector<float> x(8);
  GpuView t(x.data(), {2, 4});
  const DLTensor *in[] = {&t, &t}, *out[] = {&t};
  EXPECT_FAILS(sqart_module_invoke(module, Add, in, 2, out, 1),
               SQART_STATUS_INVALID_ARGUMENT,
               "add: input 0 'a': expected memory of the CPU (device type 1, "
               "id 0), but got device type 2, id 0 (rule A1)");
  EXPECT_FAILS(call(Add, {&t, &t}, {&t}), SQART_STATUS_UNSUPPORTED,
               "add: has no code for GPUs");
  EXPECT_FAILS(sqart_module_prepare_cuda(module, 0, nullptr),
               SQART_STATUS_UNSUPPORTED, "it has none");
}

// Stream, then current context, then primary; given before all.
TEST_F(Contexts, Choice) {
  fake.devices = 2;
  auto last = [&] { return fake.launches.back().context; };
  sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
  ASSERT_OK(scaledAdd(1, 1));
  EXPECT_EQ(last(), fakePrimaryContext(1));
  options.context = fakeOtherContext(1);
  ASSERT_OK(scaledAdd(1, 1, &options));
  EXPECT_EQ(last(), fakeOtherContext(1));
  options.context = nullptr;
  options.stream = fakeStream(fakeOtherContext(0));
  ASSERT_OK(scaledAdd(1, 0, &options));
  EXPECT_EQ(last(), fakeOtherContext(0));
  EXPECT_EQ(fake.launches.back().config.stream, options.stream);
  EXPECT_FAILS(scaledAdd(1, 1, &options), SQART_STATUS_INVALID_ARGUMENT,
               "scaled_add: input 0 'x': expected memory of GPU 0, where the "
               "stream or the context is, but got memory of GPU 1 (rule A1)");
  // The default streams belong to the current context.
  for (uintptr_t handle : {0, 1, 2}) {
    options.stream = reinterpret_cast<void *>(handle);
    ASSERT_OK(scaledAdd(1, 0, &options));
    EXPECT_EQ(last(), fakePrimaryContext(0));
  }
}

TEST_F(Contexts, CurrentOneIsUsedAndKept) {
  cuda::Driver driver;
  ASSERT_OK(cuda::Driver::load("libcuda.so.1", driver));
  cuda::Context current = nullptr;
  driver.cuCtxPushCurrent(fakeOtherContext(0));
  fake.devices = 2;
  EXPECT_OK(scaledAdd(1, 0));
  EXPECT_EQ(fake.launches.back().context, fakeOtherContext(0));
  EXPECT_OK(scaledAdd(1, 1));
  EXPECT_EQ(fake.launches.back().context, fakePrimaryContext(1));
  driver.cuCtxGetCurrent(&current);
  EXPECT_EQ(current, fakeOtherContext(0));
  unload();
  driver.cuCtxPopCurrent(&current);
}
