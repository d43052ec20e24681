//===- Gpu.cpp - Make a call on a GPU -------------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Gpu.h"

#include <algorithm>
#include <numeric>

namespace sqa::run {

/// Calls that are enqueued before the first one is waited for: their times hold
/// no time of the host, unless a call is shorter than its enqueueing.
static constexpr size_t kBatch = 16;

GpuCall::~GpuCall() {
  for (void *event : events)
    (void)sqart_cuda_event_destroy(device, event);
  for (const Twin &twin : twins)
    (void)sqart_cuda_free(device, twin.memory);
  (void)sqart_cuda_stream_destroy(device, stream);
}

Error GpuCall::start(Call &of, sqart_module_t *with) {
  call = &of;
  module = with;
  sqart_cuda_device_info_t info = {};
  info.struct_size = sizeof(info);
  if (sqart_cuda_get_device_info(device, &info) != SQART_STATUS_OK)
    return runtimeError("--device");
  deviceName = std::string(info.name) + ", sm_" +
               std::to_string(info.compute_capability);
  if (sqart_module_prepare_cuda(module, device, nullptr) != SQART_STATUS_OK ||
      sqart_cuda_stream_create(device, &stream) != SQART_STATUS_OK)
    return runtimeError("--device");
  for (std::vector<Argument> *group : {&call->inputs, &call->outputs})
    for (Argument &argument : *group)
      if (Error error = move(argument))
        return error;
  return Error::success();
}

Error GpuCall::move(Argument &argument) {
  // Weights are in a file's mapping, without bands, and not brought back.
  const bool isParameter = !argument.buffer.data();
  auto *data = static_cast<uint8_t *>(argument.tensor.data);
  uint8_t *block = isParameter ? data : argument.buffer.block();
  int64_t bytes = 0;
  if (isParameter)
    if (Error error = io::checkedByteSize(argument.shape,
                                          io::sizeOf(argument.element), bytes))
      return Error("'" + argument.name + "': " + error.str());
  const size_t size =
      isParameter ? static_cast<size_t>(bytes) : argument.buffer.blockSize();
  Twin twin = {nullptr, isParameter ? nullptr : block, size};
  if (sqart_cuda_allocate(device, size, &twin.memory) != SQART_STATUS_OK)
    return runtimeError("'" + argument.name + "'");
  twins.push_back(twin);
  if (sqart_cuda_copy(device, twin.memory, block, size) != SQART_STATUS_OK)
    return runtimeError("'" + argument.name + "'");
  argument.tensor.device = {kDLCUDA, device};
  if (size)
    argument.tensor.data = static_cast<uint8_t *>(twin.memory) + (data - block);
  return Error::success();
}

sqart_status_t GpuCall::fetch() {
  if (sqart_status_t status = sqart_cuda_stream_synchronize(device, stream))
    return status;
  for (const Twin &twin : twins)
    if (twin.host && twin.size)
      if (sqart_status_t status =
              sqart_cuda_copy(device, twin.host, twin.memory, twin.size))
        return status;
  return SQART_STATUS_OK;
}

sqart_status_t GpuCall::run() {
  if (sqart_status_t status = call->enqueue(module, stream))
    return status;
  return fetch();
}

//===----------------------------------------------------------------------===//
// Benchmark
//===----------------------------------------------------------------------===//

sqart_status_t GpuCall::measureBatch(size_t calls, Timing &timing) {
  for (size_t i = 0; i < calls; ++i) {
    if (sqart_status_t status =
            sqart_cuda_event_record(device, events[2 * i], stream))
      return status;
    if (sqart_status_t status = call->enqueue(module, stream))
      return status;
    if (sqart_status_t status =
            sqart_cuda_event_record(device, events[2 * i + 1], stream))
      return status;
  }
  for (size_t i = 0; i < calls; ++i) {
    float milliseconds = 0;
    if (sqart_status_t status = sqart_cuda_event_elapsed(
            device, events[2 * i], events[2 * i + 1], &milliseconds))
      return status;
    timing.seconds.push_back(milliseconds * 1e-3);
  }
  return SQART_STATUS_OK;
}

bool GpuCall::measure(const Options &options, Timing &timing) {
  timing.flops = options.flops;
  timing.device = deviceName;
  while (events.size() < 2 * kBatch) {
    void *event = nullptr;
    if (sqart_cuda_event_create(device, &event) != SQART_STATUS_OK)
      return false;
    events.push_back(event);
  }
  for (int64_t i = 0; i < options.warmup; ++i)
    if (call->enqueue(module, stream) != SQART_STATUS_OK)
      return false;
  if (sqart_cuda_stream_synchronize(device, stream) != SQART_STATUS_OK)
    return false;
  double total = 0;
  while (!isDone(options, timing.seconds.size(), total)) {
    size_t calls = kBatch;
    if (options.repetitions > 0)
      calls = std::min(calls, static_cast<size_t>(options.repetitions) -
                                  timing.seconds.size());
    if (measureBatch(calls, timing) != SQART_STATUS_OK)
      return false;
    total = std::accumulate(timing.seconds.begin(), timing.seconds.end(), 0.0);
  }
  std::sort(timing.seconds.begin(), timing.seconds.end());
  return true;
}

} // namespace sqa::run
