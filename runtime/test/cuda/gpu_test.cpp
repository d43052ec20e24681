//===- gpu_test.cpp - Calls on a real GPU ---------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What the fake driver cannot show: that the declarations of driver_types.h are
// the driver's, that PTX compiles, tensor maps work, graphs capture. Skipped,
// and reported so, where there is no GPU. Part of the bundle of
// scripts/gpu-bundle.

#include "cuda/device.h"

#include "expect_status.h"
#include "gpu_buffer.h"
#include "gpu_package.h"
#include "test_tensor.h"

#include "sqart/cuda.h"

#include <chrono>
#include <cmath>
#include <dlfcn.h>
#include <random>

using namespace sqart;
using namespace sqart::test;

namespace {
// By the code that the package has: all, PTX of program 0, PTX of program 1.
enum class Form { All, Ptx, Generic };

class Gpu : public ::testing::TestWithParam<Form> {
protected:
  void SetUp() override {
    int32_t count = 0;
    if (sqart_cuda_get_device_count(&count) != SQART_STATUS_OK)
      GTEST_SKIP() << sqart_last_error();
    sqart_cuda_device_info_t info = {};
    info.struct_size = sizeof(info);
    ASSERT_OK(sqart_cuda_get_device_info(0, &info));
    if (info.compute_capability < 80)
      GTEST_SKIP() << info.name << " is older than compute capability 8.0";
    if (GetParam() == Form::Ptx && info.compute_capability != 90)
      GTEST_SKIP() << info.name << " does not run code for sm_90a";
    ASSERT_OK(sqart_runtime_create(nullptr, &runtime));
    sqart_load_options_t options = sqart_load_options_default();
    options.trust = SQART_TRUST_LOCAL_BUILD;
    Bytes bytes = gpuPackage(code());
    ASSERT_OK(sqart_module_load_memory(runtime, bytes.data(), bytes.size(),
                                       &options, &module));
    ASSERT_OK(sqart_module_prepare_cuda(module, 0, nullptr));
    ASSERT_OK(sqart_cuda_stream_create(0, &stream));
  }
  void TearDown() override {
    if (stream)
      EXPECT_OK(sqart_cuda_stream_synchronize(0, stream));
    EXPECT_OK(sqart_cuda_stream_destroy(0, stream));
    sqart_module_destroy(module);
    sqart_runtime_destroy(runtime);
  }
  static std::vector<GpuCode> code() {
    if (GetParam() == Form::All)
      return allGpuCode();
    uint32_t program = GetParam() == Form::Generic;
    return {{program ? "sm_80" : "sm_90a", program, true, programPtx(program)}};
  }
  sqart_status_t enqueue(uint32_t function, std::vector<const DLTensor *> in,
                         std::vector<const DLTensor *> out,
                         void *workspace = nullptr, uint64_t bytes = 0) {
    sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
    options.stream = stream;
    options.workspace = workspace;
    options.workspace_bytes = bytes;
    return sqart_module_invoke_cuda(module, function, in.data(),
                                    uint32_t(in.size()), out.data(),
                                    uint32_t(out.size()), &options);
  }
  void wait() { ASSERT_OK(sqart_cuda_stream_synchronize(0, stream)); }

  sqart_runtime_t *runtime = nullptr;
  sqart_module_t *module = nullptr;
  void *stream = nullptr;
  std::mt19937 random{7};
};
} // namespace

static std::vector<float> randoms(std::mt19937 &random, size_t count) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float &value : values)
    value = uniform(random);
  return values;
}

TEST_P(Gpu, ScaledAddOfStridedRows) {
  for (auto [rows, cols] : {std::pair(1, 1), {3, 5}, {64, 127}, {1000, 300}}) {
    int64_t r = rows, c = cols, sx = c + 3, sz = c + 1;
    GpuBuffer<float> x(randoms(random, size_t(r * sx)));
    GpuBuffer<float> y(randoms(random, size_t(r * c)));
    GpuBuffer<float> z(std::vector<float>(size_t(r * sz), NAN));
    ASSERT_OK(enqueue(ScaledAdd, {x.view({r, c}, {sx, 1}), y.view({r, c})},
                      {z.view({r, c}, {sz, 1})}));
    wait();
    std::vector<float> got = z.read();
    for (int64_t i = 0; i < r; ++i) {
      for (int64_t j = 0; j < c; ++j)
        ASSERT_EQ(got[size_t(i * sz + j)],
                  std::fma(0.5f, x.host[size_t(i * sx + j)],
                           y.host[size_t(i * c + j)]));
      ASSERT_TRUE(std::isnan(got[size_t(i * sz + c)]));
    }
    EXPECT_TRUE(z.intact());
  }
}

TEST_P(Gpu, CopyEngineWithRaggedEdges) {
  for (auto [rows, cols] : {std::pair(8, 32), {1, 1}, {13, 36}, {257, 1000}}) {
    int64_t r = rows, c = cols, sx = (c + 7) / 4 * 4, sy = c + 1;
    GpuBuffer<float> x(randoms(random, size_t(r * sx)));
    GpuBuffer<float> y(std::vector<float>(size_t(r * sy), NAN));
    ASSERT_OK(enqueue(CopyRows, {x.view({r, c}, {sx, 1})},
                      {y.view({r, c}, {sy, 1})}));
    wait();
    std::vector<float> got = y.read();
    for (int64_t i = 0; i < r; ++i) {
      for (int64_t j = 0; j < c; ++j)
        ASSERT_EQ(got[size_t(i * sy + j)], x.host[size_t(i * sx + j)]);
      ASSERT_TRUE(std::isnan(got[size_t(i * sy + c)]));
    }
    EXPECT_TRUE(y.intact());
  }
}

TEST_P(Gpu, EmptyTensors) {
  GpuBuffer<float> x({1});
  EXPECT_OK(enqueue(CopyRows, {x.view({0, 4})}, {x.view({0, 4})}));
  EXPECT_OK(enqueue(CopyRows, {x.view({4, 0})}, {x.view({4, 0})}));
  EXPECT_OK(
      enqueue(ScaledAdd, {x.view({0, 4}), x.view({0, 4})}, {x.view({0, 4})}));
  wait();
}

TEST_P(Gpu, WorkspaceOfTheModuleAndOfTheCaller) {
  for (int64_t n : {1, 128, 1000, 1 << 20}) {
    std::vector<int32_t> ones(size_t(n), 1);
    GpuBuffer<int32_t> x(ones), total({-1}), other({-1});
    const DLTensor *in[] = {x.view({n})}, *out[] = {total.view({})};
    uint64_t bytes = 0;
    ASSERT_OK(
        sqart_module_get_workspace_cuda(module, Sum, in, 1, out, 1, &bytes));
    GpuBuffer<uint8_t> workspace(std::vector<uint8_t>(bytes, 0xff));
    // Back to back on one stream, without waiting in between.
    ASSERT_OK(enqueue(Sum, {in[0]}, {out[0]}));
    ASSERT_OK(enqueue(Sum, {in[0]}, {other.view({})}, workspace.data(), bytes));
    wait();
    EXPECT_EQ(total.read()[0], n);
    EXPECT_EQ(other.read()[0], n);
    EXPECT_TRUE(workspace.intact());
  }
}

namespace {
// Graphs, which the runtime itself has no use for.
struct Graphs {
  template <typename Fn> static Fn *find(const char *name) {
    void *library = ::dlopen("libcuda.so.1", RTLD_NOW);
    return reinterpret_cast<Fn *>(::dlsym(library, name));
  }
  int (*begin)(void *, int) = find<int(void *, int)>("cuStreamBeginCapture_v2");
  int (*end)(void *,
             void **) = find<int(void *, void **)>("cuStreamEndCapture");
  int (*instantiate)(void **, void *, unsigned long long) =
      find<int(void **, void *, unsigned long long)>(
          "cuGraphInstantiateWithFlags");
  int (*launch)(void *, void *) = find<int(void *, void *)>("cuGraphLaunch");
};
} // namespace

TEST_P(Gpu, CapturedIntoAGraph) {
  constexpr int64_t n = 10000;
  GpuBuffer<int32_t> x(std::vector<int32_t>(n, 1)), total({-1});
  GpuBuffer<float> rows(randoms(random, 64 * 32)),
      copy(randoms(random, 64 * 32));
  // The module's workspace must be there before the capture.
  ASSERT_OK(enqueue(Sum, {x.view({n})}, {total.view({})}));
  wait();
  Graphs graphs;
  ASSERT_TRUE(graphs.begin && graphs.end && graphs.instantiate &&
              graphs.launch);
  // Unlike ours, the driver's calls need a current context.
  const cuda::Driver *driver = nullptr;
  cuda::Context context = nullptr;
  ASSERT_OK(cuda::getDriver(driver));
  ASSERT_OK(cuda::getPrimaryContext(*driver, 0, context));
  cuda::ContextScope scope(*driver);
  ASSERT_OK(scope.enter(context));
  void *graph = nullptr, *executable = nullptr;
  constexpr int global = 0; // CU_STREAM_CAPTURE_MODE_GLOBAL: the strictest
  ASSERT_EQ(graphs.begin(stream, global), 0);
  EXPECT_OK(enqueue(Sum, {x.view({n})}, {total.view({})}));
  EXPECT_OK(enqueue(CopyRows, {rows.view({64, 32})}, {copy.view({64, 32})}));
  ASSERT_EQ(graphs.end(stream, &graph), 0);
  ASSERT_EQ(graphs.instantiate(&executable, graph, 0), 0);
  for (int32_t value : {1, 2, 5}) {
    x.write(std::vector<int32_t>(n, value));
    rows.write(randoms(random, 64 * 32));
    ASSERT_EQ(graphs.launch(executable, stream), 0);
    wait();
    EXPECT_EQ(total.read()[0], value * n);
    EXPECT_EQ(copy.read(), rows.host);
  }
}

TEST_P(Gpu, CostOfACall) {
  GpuBuffer<float> x(randoms(random, 64)), y(randoms(random, 64));
  const DLTensor *a = x.view({8, 8}), *b = y.view({8, 8});
  for (uint32_t function : {uint32_t(ScaledAdd), uint32_t(CopyRows)}) {
    std::vector<const DLTensor *> in(function == ScaledAdd ? 2 : 1, a);
    constexpr int calls = 2000;
    for (int i = 0; i < 100; ++i)
      ASSERT_OK(enqueue(function, in, {b}));
    wait();
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i)
      ASSERT_OK(enqueue(function, in, {b}));
    std::chrono::duration<double, std::micro> host =
        std::chrono::steady_clock::now() - start;
    wait();
    std::printf("[   TIME   ] %s: %.2f us of host time a call\n",
                function == ScaledAdd ? "scaled_add" : "copy_rows",
                host.count() / calls);
  }
}

// In a process of its own: the context does not survive it.
TEST_P(Gpu, FaultIsReportedByTheNextCall) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto faultThenCall = [&] {
    GpuBuffer<int32_t> x({1, 2}), total({0});
    sqart_status_t first = enqueue(Fault, {x.view({2})}, {}), next = first;
    // It may take a moment until the driver knows.
    for (int i = 0; i < 100000 && next == SQART_STATUS_OK; ++i)
      next = enqueue(Sum, {x.view({2})}, {total.view({})});
    std::fprintf(stderr, "%d %s\n", int(first), sqart_last_error());
    std::_Exit(next == SQART_STATUS_DEVICE ? 0 : 1);
  };
  EXPECT_EXIT(faultThenCall(), ::testing::ExitedWithCode(0),
              "0 sum: work enqueued earlier on this GPU failed: "
              "CUDA_ERROR_ILLEGAL_ADDRESS");
}

INSTANTIATE_TEST_SUITE_P(Code, Gpu,
                         ::testing::Values(Form::All, Form::Ptx, Form::Generic),
                         [](const auto &info) {
                           return std::string(info.param == Form::All ? "All"
                                              : info.param == Form::Ptx
                                                  ? "Ptx"
                                                  : "Generic");
                         });
