//===- device_test.cpp - Devices, memory, streams and events --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gpu_fixture.h"

#include <functional>

using namespace sqart;
using namespace sqart::test;

namespace {
class Devices : public CudaTest {};
} // namespace

TEST_F(Devices, Info) {
  fake.devices = 2;
  fake.capability = {80, 90};
  int32_t count = 0;
  ASSERT_OK(sqart_cuda_get_device_count(&count));
  EXPECT_EQ(count, 2);
  sqart_cuda_device_info_t info = {};
  info.struct_size = sizeof(info);
  ASSERT_OK(sqart_cuda_get_device_info(1, &info));
  EXPECT_STREQ(info.name, "Fake GPU 1");
  EXPECT_EQ(info.compute_capability, 90u);
  EXPECT_EQ(info.multiprocessors, 132u);
  EXPECT_EQ(info.memory_bytes, uint64_t(8) << 30);
  EXPECT_EQ(info.max_shared_bytes, 232448u);
  EXPECT_EQ(info.l2_bytes, uint64_t(60) << 20);
  EXPECT_GE(info.driver_version, 12000);
}

TEST_F(Devices, NumbersOutOfRange) {
  sqart_cuda_device_info_t info = {};
  info.struct_size = sizeof(info);
  void *pointer = nullptr;
  for (int32_t device : {-1, 9, INT32_MAX}) {
    EXPECT_FAILS(sqart_cuda_get_device_info(device, &info),
                 SQART_STATUS_INVALID_ARGUMENT,
                 "device: expected a GPU number below 1");
    EXPECT_FAILS(sqart_cuda_allocate(device, 1, &pointer),
                 SQART_STATUS_INVALID_ARGUMENT, "device");
  }
}

TEST_F(Devices, NullPointers) {
  float time = 0;
  int event = 0;
  EXPECT_FAILS(sqart_cuda_get_device_count(nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_count");
  EXPECT_FAILS(sqart_cuda_get_device_info(0, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_info");
  EXPECT_FAILS(sqart_cuda_allocate(0, 1, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_pointer");
  EXPECT_FAILS(sqart_cuda_copy(0, nullptr, &time, 4),
               SQART_STATUS_INVALID_ARGUMENT, "to");
  EXPECT_FAILS(sqart_cuda_copy(0, &time, nullptr, 4),
               SQART_STATUS_INVALID_ARGUMENT, "from");
  EXPECT_FAILS(sqart_cuda_stream_create(0, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_stream");
  EXPECT_FAILS(sqart_cuda_event_create(0, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_event");
  EXPECT_FAILS(sqart_cuda_event_record(0, nullptr, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "event");
  EXPECT_FAILS(sqart_cuda_event_elapsed(0, &event, nullptr, &time),
               SQART_STATUS_INVALID_ARGUMENT, "end");
  EXPECT_OK(sqart_cuda_free(0, nullptr));
  EXPECT_OK(sqart_cuda_copy(0, nullptr, nullptr, 0));
  EXPECT_OK(sqart_cuda_stream_destroy(0, nullptr));
  EXPECT_OK(sqart_cuda_event_destroy(0, nullptr));
  EXPECT_OK(sqart_cuda_stream_synchronize(0, nullptr));
}

TEST_F(Devices, MemoryStreamsAndEvents) {
  void *memory = nullptr, *none = &memory, *stream = nullptr;
  ASSERT_OK(sqart_cuda_allocate(0, 1000, &memory));
  ASSERT_OK(sqart_cuda_allocate(0, 0, &none));
  EXPECT_EQ(none, nullptr);
  int64_t in = 42, out = 0;
  ASSERT_OK(sqart_cuda_copy(0, memory, &in, sizeof(in)));
  ASSERT_OK(sqart_cuda_copy(0, &out, memory, sizeof(out)));
  EXPECT_EQ(out, 42);
  ASSERT_OK(sqart_cuda_stream_create(0, &stream));
  void *start = nullptr, *end = nullptr;
  ASSERT_OK(sqart_cuda_event_create(0, &start));
  ASSERT_OK(sqart_cuda_event_create(0, &end));
  ASSERT_OK(sqart_cuda_event_record(0, start, stream));
  ASSERT_OK(sqart_cuda_event_record(0, end, stream));
  float time = 0;
  ASSERT_OK(sqart_cuda_event_elapsed(0, start, end, &time));
  EXPECT_EQ(time, 0.25f);
  ASSERT_OK(sqart_cuda_stream_synchronize(0, stream));
  EXPECT_OK(sqart_cuda_event_destroy(0, start));
  EXPECT_OK(sqart_cuda_event_destroy(0, end));
  EXPECT_OK(sqart_cuda_stream_destroy(0, stream));
  EXPECT_OK(sqart_cuda_free(0, memory));
  EXPECT_EQ(fake.streams, 0);
  EXPECT_EQ(fake.events, 0);
}

// Each function of the driver fails once; the message names it.
TEST_F(Devices, EveryFailureIsReported) {
  void *handle = nullptr, *event = nullptr;
  ASSERT_OK(sqart_cuda_event_create(0, &event));
  float time = 0;
  int64_t host = 0;
  int32_t count = 0;
  sqart_cuda_device_info_t info = {};
  info.struct_size = sizeof(info);
  struct Case {
    const char *name;
    std::function<sqart_status_t()> call;
  };
  auto describe = [&] { return sqart_cuda_get_device_info(0, &info); };
  const Case cases[] = {
      {"cuDeviceGetCount", [&] { return sqart_cuda_get_device_count(&count); }},
      {"cuDeviceGetCount", describe},
      {"cuDeviceGet", describe},
      {"cuDeviceGetAttribute", describe},
      {"cuDeviceTotalMem", describe},
      {"cuDeviceGetName", describe},
      {"cuCtxGetCurrent", [&] { return sqart_cuda_allocate(0, 8, &handle); }},
      {"cuCtxPushCurrent", [&] { return sqart_cuda_allocate(0, 8, &handle); }},
      {"cuMemAlloc", [&] { return sqart_cuda_allocate(0, 8, &handle); }},
      {"cuMemFree", [&] { return sqart_cuda_free(0, &host); }},
      {"cuMemcpy", [&] { return sqart_cuda_copy(0, &host, &host, 8); }},
      {"cuStreamSynchronize",
       [&] { return sqart_cuda_copy(0, &host, &host, 8); }},
      {"cuStreamCreate", [&] { return sqart_cuda_stream_create(0, &handle); }},
      {"cuStreamDestroy", [&] { return sqart_cuda_stream_destroy(0, event); }},
      {"cuStreamSynchronize",
       [&] { return sqart_cuda_stream_synchronize(0, nullptr); }},
      {"cuEventCreate", [&] { return sqart_cuda_event_create(0, &handle); }},
      {"cuEventDestroy", [&] { return sqart_cuda_event_destroy(0, event); }},
      {"cuEventRecord",
       [&] { return sqart_cuda_event_record(0, event, nullptr); }},
      {"cuEventSynchronize",
       [&] { return sqart_cuda_event_elapsed(0, event, event, &time); }},
      {"cuEventElapsedTime",
       [&] { return sqart_cuda_event_elapsed(0, event, event, &time); }},
  };
  for (const Case &c : cases) {
    fake.failures[c.name] = {cuda::errorInvalidValue};
    EXPECT_FAILS(c.call(), SQART_STATUS_DEVICE, c.name);
    fake.failures.clear();
    EXPECT_EQ(fake.depth, 0u) << c.name;
    EXPECT_EQ(handle, nullptr) << c.name;
  }
  EXPECT_OK(sqart_cuda_event_destroy(0, event));
}
