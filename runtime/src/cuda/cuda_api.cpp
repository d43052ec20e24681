//===- cuda_api.cpp - The C API of devices, memory, streams and events ----===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Test: test/cuda/device_test.cpp.

#include "cuda/device.h"
#include "options.h"

#include "sqart/cuda.h"

using namespace sqart;
using namespace sqart::cuda;

// Runs `body` in the primary context of a device.
template <typename Body>
static sqart_status_t onDevice(int32_t device, Body &&body) {
  return guarded([&]() -> sqart_status_t {
    const Driver *driver = nullptr;
    SQART_TRY(getDriver(driver));
    Context context = nullptr;
    SQART_TRY(getPrimaryContext(*driver, device, context));
    ContextScope scope(*driver);
    SQART_TRY(scope.enter(context));
    return body(*driver);
  });
}

static Pointer addressOf(const void *pointer) {
  return Pointer(reinterpret_cast<uintptr_t>(pointer));
}

extern "C" sqart_status_t sqart_cuda_get_device_count(int32_t *out_count) {
  return guarded([&]() -> sqart_status_t {
    if (!out_count)
      return failNull("out_count");
    const Driver *driver = nullptr;
    SQART_TRY(getDriver(driver));
    int count = 0;
    SQART_CUDA_TRY(*driver, cuDeviceGetCount, &count);
    *out_count = count;
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t
sqart_cuda_get_device_info(int32_t device, sqart_cuda_device_info_t *out_info) {
  return guarded([&]() -> sqart_status_t {
    const Driver *driver = nullptr;
    SQART_TRY(getDriver(driver));
    DeviceFacts facts;
    SQART_TRY(getFacts(*driver, device, facts));
    Device handle = 0;
    SQART_CUDA_TRY(*driver, cuDeviceGet, &handle, device);
    sqart_cuda_device_info_t info = {};
    size_t memory = 0;
    SQART_CUDA_TRY(*driver, cuDeviceTotalMem, &memory, handle);
    SQART_CUDA_TRY(*driver, cuDeviceGetName, info.name,
                   int(sizeof(info.name)) - 1, handle);
    info.compute_capability = facts.capability;
    info.multiprocessors = facts.multiprocessors;
    info.memory_bytes = memory;
    info.l2_bytes = facts.l2Bytes;
    info.max_shared_bytes = facts.maxSharedBytes;
    info.driver_version = driver->version;
    return copyOut(info, "out_info", out_info);
  });
}

extern "C" sqart_status_t sqart_cuda_allocate(int32_t device, uint64_t bytes,
                                              void **out_pointer) {
  if (!out_pointer)
    return failNull("out_pointer");
  *out_pointer = nullptr;
  return onDevice(device, [&](const Driver &driver) -> sqart_status_t {
    if (bytes == 0)
      return SQART_STATUS_OK;
    Pointer pointer = 0;
    SQART_CUDA_TRY(driver, cuMemAlloc, &pointer, size_t(bytes));
    *out_pointer = reinterpret_cast<void *>(uintptr_t(pointer));
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t sqart_cuda_free(int32_t device, void *pointer) {
  if (!pointer)
    return SQART_STATUS_OK;
  return onDevice(device, [&](const Driver &driver) {
    return driver.check(driver.cuMemFree(addressOf(pointer)), "cuMemFree");
  });
}

extern "C" sqart_status_t sqart_cuda_copy(int32_t device, void *to,
                                          const void *from, uint64_t bytes) {
  return onDevice(device, [&](const Driver &driver) -> sqart_status_t {
    if (bytes == 0)
      return SQART_STATUS_OK;
    if (!to || !from)
      return failNull(to ? "from" : "to");
    SQART_CUDA_TRY(driver, cuMemcpy, addressOf(to), addressOf(from),
                   size_t(bytes));
    // From pageable memory it returns when the bytes are staged, before they
    // have arrived, and other streams do not wait for the default one.
    return driver.check(driver.cuStreamSynchronize(legacyStream),
                        "cuStreamSynchronize");
  });
}

extern "C" sqart_status_t sqart_cuda_stream_create(int32_t device,
                                                   void **out_stream) {
  constexpr unsigned nonBlocking = 1; // CU_STREAM_NON_BLOCKING
  if (!out_stream)
    return failNull("out_stream");
  *out_stream = nullptr;
  return onDevice(device, [&](const Driver &driver) -> sqart_status_t {
    Stream stream = nullptr;
    SQART_CUDA_TRY(driver, cuStreamCreate, &stream, nonBlocking);
    *out_stream = stream;
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t sqart_cuda_stream_destroy(int32_t device,
                                                    void *stream) {
  if (!stream)
    return SQART_STATUS_OK;
  return onDevice(device, [&](const Driver &driver) {
    return driver.check(driver.cuStreamDestroy(static_cast<Stream>(stream)),
                        "cuStreamDestroy");
  });
}

extern "C" sqart_status_t sqart_cuda_stream_synchronize(int32_t device,
                                                        void *stream) {
  return onDevice(device, [&](const Driver &driver) {
    return driver.check(driver.cuStreamSynchronize(static_cast<Stream>(stream)),
                        "cuStreamSynchronize");
  });
}

extern "C" sqart_status_t sqart_cuda_event_create(int32_t device,
                                                  void **out_event) {
  if (!out_event)
    return failNull("out_event");
  *out_event = nullptr;
  return onDevice(device, [&](const Driver &driver) -> sqart_status_t {
    Event event = nullptr;
    SQART_CUDA_TRY(driver, cuEventCreate, &event, 0);
    *out_event = event;
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t sqart_cuda_event_destroy(int32_t device,
                                                   void *event) {
  if (!event)
    return SQART_STATUS_OK;
  return onDevice(device, [&](const Driver &driver) {
    return driver.check(driver.cuEventDestroy(static_cast<Event>(event)),
                        "cuEventDestroy");
  });
}

extern "C" sqart_status_t sqart_cuda_event_record(int32_t device, void *event,
                                                  void *stream) {
  if (!event)
    return failNull("event");
  return onDevice(device, [&](const Driver &driver) {
    return driver.check(driver.cuEventRecord(static_cast<Event>(event),
                                             static_cast<Stream>(stream)),
                        "cuEventRecord");
  });
}

extern "C" sqart_status_t sqart_cuda_event_elapsed(int32_t device, void *start,
                                                   void *end,
                                                   float *out_milliseconds) {
  if (!start || !end || !out_milliseconds)
    return failNull(!start ? "start" : !end ? "end" : "out_milliseconds");
  return onDevice(device, [&](const Driver &driver) -> sqart_status_t {
    auto last = static_cast<Event>(end);
    SQART_CUDA_TRY(driver, cuEventSynchronize, last);
    float milliseconds = 0;
    SQART_CUDA_TRY(driver, cuEventElapsedTime, &milliseconds,
                   static_cast<Event>(start), last);
    *out_milliseconds = milliseconds;
    return SQART_STATUS_OK;
  });
}
