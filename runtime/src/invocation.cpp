//===- invocation.cpp - One call of compiled code -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Compiled code has no unwind tables: nothing may be thrown through it, so each
// callback is noexcept and turns exceptions into a status.

#include "invocation.h"

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
  sqart_status_t status = guarded(
      [&] { return self.runtime.dispatch(fn, args, tiles, scratchBytes); });
  return status == SQART_STATUS_OK ? 0 : self.remember(status, lastMessage());
}

void *Invocation::allocate(const sqart_host_v1_t *host,
                           int64_t bytes) noexcept {
  Invocation &self = of(host);
  void *data = nullptr;
  sqart_status_t status = guarded([&]() -> sqart_status_t {
    data = self.arena.allocate(bytes);
    if (data)
      return SQART_STATUS_OK;
    return sqart::fail(SQART_STATUS_OUT_OF_MEMORY,
                       "no memory for a temporary of %lld bytes",
                       static_cast<long long>(bytes));
  });
  if (status != SQART_STATUS_OK)
    self.remember(status, lastMessage());
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

sqart_status_t Invocation::run(const Function &function,
                               sqart_entry_fn_t entry) {
  status = SQART_STATUS_OK;
  int32_t returned = 0;
  {
    FloatEnv env;
    returned = entry(&host, arguments.tensors());
  }
  arena.reset();
  if (status != SQART_STATUS_OK)
    return sqart::fail(status, "%.120s: %s", function.name.c_str(), message);
  if (returned == 0)
    return SQART_STATUS_OK;
  return sqart::fail(SQART_STATUS_INTERNAL,
                     "%.120s: compiled code returned %d without a reason",
                     function.name.c_str(), returned);
}
