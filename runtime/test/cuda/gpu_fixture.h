//===- gpu_fixture.h - A module on the fake GPU ---------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_TEST_CUDA_GPU_FIXTURE_H
#define SQART_TEST_CUDA_GPU_FIXTURE_H

#include "expect_status.h"
#include "fake_cuda.h"
#include "gpu_package.h"
#include "test_tensor.h"

#include "sqart/cuda.h"

#include <cmath>

namespace sqart::test {

// A view of memory that the fake GPU and the host both see.
struct GpuView : View {
  template <typename T>
  GpuView(T *data, std::vector<int64_t> shape,
          std::vector<int64_t> strides = {}, int32_t gpu = 0)
      : View(data, std::move(shape), std::move(strides)) {
    device = {kDLCUDA, gpu};
  }
};

class CudaTest : public ::testing::Test {
protected:
  void SetUp() override {
    fake.reset();
    sqart_runtime_options_t options = sqart_runtime_options_default();
    options.num_threads = 1;
    ASSERT_OK(sqart_runtime_create(&options, &runtime));
  }
  void TearDown() override {
    unload();
    sqart_runtime_destroy(runtime);
    EXPECT_EQ(fake.depth, 0u) << "a context was left current";
    EXPECT_TRUE(fake.memory.empty());
    EXPECT_EQ(fake.modules, 0);
  }
  void unload() {
    sqart_module_destroy(module);
    module = nullptr;
  }
  sqart_status_t load(const Bytes &package, uint32_t flags = 0) {
    unload();
    sqart_load_options_t options = sqart_load_options_default();
    options.trust = SQART_TRUST_LOCAL_BUILD;
    options.flags = flags;
    return sqart_module_load_memory(runtime, package.data(), package.size(),
                                    &options, &module);
  }
  void loadAll() { ASSERT_OK(load(gpuPackage(allGpuCode()))); }
  sqart_status_t call(uint32_t function, std::vector<const DLTensor *> in,
                      std::vector<const DLTensor *> out,
                      const sqart_cuda_call_options_t *options = nullptr) {
    return sqart_module_invoke_cuda(module, function, in.data(),
                                    uint32_t(in.size()), out.data(),
                                    uint32_t(out.size()), options);
  }
  sqart_status_t workspaceOf(uint32_t function,
                             std::vector<const DLTensor *> in,
                             std::vector<const DLTensor *> out,
                             uint64_t &bytes) {
    return sqart_module_get_workspace_cuda(module, function, in.data(),
                                           uint32_t(in.size()), out.data(),
                                           uint32_t(out.size()), &bytes);
  }
  // z = x / 2 + y on rows with gaps; true if right and the gaps are untouched.
  sqart_status_t scaledAdd(int64_t rows, int32_t gpu = 0,
                           const sqart_cuda_call_options_t *options = nullptr) {
    std::vector<float> x(size_t(rows) * 7), y(size_t(rows) * 5),
        z(size_t(rows) * 6, NAN);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i);
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = float(i) * 1000;
    GpuView tx(x.data(), {rows, 5}, {7, 1}, gpu),
        ty(y.data(), {rows, 5}, {}, gpu), tz(z.data(), {rows, 5}, {6, 1}, gpu);
    sqart_status_t status = call(ScaledAdd, {&tx, &ty}, {&tz}, options);
    for (int64_t r = 0; status == SQART_STATUS_OK && r < rows; ++r) {
      for (int64_t c = 0; c < 5; ++c)
        EXPECT_EQ(z[size_t(r * 6 + c)],
                  x[size_t(r * 7 + c)] / 2 + y[size_t(r * 5 + c)]);
      EXPECT_TRUE(std::isnan(z[size_t(r * 6 + 5)]));
    }
    return status;
  }
  // sum(x) of n ones.
  sqart_status_t sumOnes(int64_t n,
                         const sqart_cuda_call_options_t *options = nullptr) {
    std::vector<int32_t> x(size_t(n), 1);
    int32_t total = -1;
    GpuView tx(x.data(), {n}), tt(&total, {});
    sqart_status_t status = call(Sum, {&tx}, {&tt}, options);
    if (status == SQART_STATUS_OK && !fake.capturing)
      EXPECT_EQ(total, n);
    return status;
  }

  FakeCuda &fake = fakeCuda();
  sqart_runtime_t *runtime = nullptr;
  sqart_module_t *module = nullptr;
};

} // namespace sqart::test

#endif // SQART_TEST_CUDA_GPU_FIXTURE_H
