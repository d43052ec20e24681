//===- invocation.cpp - One call of compiled code -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Compiled code has no unwind tables: nothing may be thrown through it, so each
// callback is noexcept and turns exceptions into a status.

#include "invocation.h"

#include "cuda/device_call.h"
#include "float_env.h"

#include <cstdio>

using namespace sqart;

Invocation::Invocation(sqart_runtime_t &runtime)
    : runtime(runtime), host{sizeof(sqart_host_v1_t),
                             SQART_KERNEL_ABI_VERSION,
                             this,
                             dispatch,
                             allocate,
                             release,
                             fail,
                             nullptr} {}

Invocation::~Invocation() = default;

int32_t Invocation::remember(sqart_status_t newStatus, const char *text) {
  if (status == SQART_STATUS_OK) {
    status = newStatus;
    std::snprintf(message, sizeof(message), "%s", text);
  }
  return newStatus;
}

int32_t Invocation::dispatch(const sqart_host_v1_t *host, sqart_tile_fn_t fn,
                             const void *args, int64_t tiles,
                             int64_t scratchBytes) noexcept {
  Invocation &self = of(host);
  return self.attempt(
      [&] { return self.runtime.dispatch(fn, args, tiles, scratchBytes); });
}

void *Invocation::allocate(const sqart_host_v1_t *host,
                           int64_t bytes) noexcept {
  Invocation &self = of(host);
  void *data = nullptr;
  self.attempt([&]() -> sqart_status_t {
    data = self.arena.allocate(bytes);
    if (data)
      return SQART_STATUS_OK;
    return sqart::fail(SQART_STATUS_OUT_OF_MEMORY,
                       "no memory for a temporary of %lld bytes",
                       static_cast<long long>(bytes));
  });
  return data;
}

void Invocation::release(const sqart_host_v1_t *host, void *pointer) noexcept {
  Invocation &self = of(host);
  if (pointer && !self.arena.release(pointer))
    self.remember(SQART_STATUS_INTERNAL,
                  "compiled code released memory that is not its own");
}

int32_t Invocation::fail(const sqart_host_v1_t *host,
                         const char *message) noexcept {
  return of(host).remember(SQART_STATUS_KERNEL, message ? message : "failed");
}

sqart_status_t Invocation::callEntry() {
  int32_t returned = entry(&host, arguments.tensors());
  if (status == SQART_STATUS_OK && returned != 0)
    return sqart::fail(SQART_STATUS_INTERNAL,
                       "compiled code returned %d without a reason", returned);
  return status == SQART_STATUS_OK ? status
                                   : sqart::fail(status, "%s", message);
}

sqart_status_t Invocation::run(const Function &function,
                               sqart_entry_fn_t called) {
  status = SQART_STATUS_OK;
  entry = called;
  sqart_status_t result;
  {
    FloatEnv env;
    result = callEntry();
  }
  arena.reset();
  if (result == SQART_STATUS_OK)
    return result;
  std::snprintf(message, sizeof(message), "%s", lastMessage());
  return sqart::fail(result, "%.120s: %s", function.name.c_str(), message);
}

sqart_status_t Invocation::runOnDevice(const Function &function,
                                       sqart_entry_fn_t called,
                                       const cuda::CallTarget &target,
                                       uint64_t *bytes) {
  if (!device)
    device = std::make_unique<cuda::DeviceCall>(*this);
  host.device = device->begin(target);
  sqart_status_t result = run(function, called);
  host.device = nullptr;
  if (bytes)
    *bytes = device->workspaceBytes();
  device->end();
  return result;
}
