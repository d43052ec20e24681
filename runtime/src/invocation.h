//===- invocation.h - One call of compiled code ---------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The host side of kernel_abi.h for the length of a call. Test:
// test/invoke_test.cpp.

#ifndef SQART_SRC_INVOCATION_H
#define SQART_SRC_INVOCATION_H

#include "arena.h"
#include "arguments.h"
#include "runtime.h"

namespace sqart {

// Reused from call to call, by one at a time.
class Invocation {
public:
  explicit Invocation(sqart_runtime_t &runtime);
  Invocation(const Invocation &) = delete;
  Invocation &operator=(const Invocation &) = delete;

  // To be filled before run().
  Arguments arguments;

  sqart_status_t run(const Function &function, sqart_entry_fn_t entry);

private:
  // Of several failures of a call, the first is its reason.
  int32_t remember(sqart_status_t status, const char *message);

  static Invocation &of(const sqart_host_v1_t *host) {
    return *static_cast<Invocation *>(host->self);
  }
  static int32_t dispatch(const sqart_host_v1_t *host, sqart_tile_fn_t fn,
                          const void *args, int64_t tiles,
                          int64_t scratchBytes) noexcept;
  static void *allocate(const sqart_host_v1_t *host, int64_t bytes) noexcept;
  static void release(const sqart_host_v1_t *host, void *pointer) noexcept;
  static int32_t fail(const sqart_host_v1_t *host,
                      const char *message) noexcept;

  sqart_runtime_t &runtime;
  sqart_host_v1_t host;
  Arena arena;
  sqart_status_t status = SQART_STATUS_OK;
  char message[512] = "";
};

} // namespace sqart

#endif // SQART_SRC_INVOCATION_H
