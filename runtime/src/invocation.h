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

namespace cuda {
class DeviceCall;
struct CallTarget;
} // namespace cuda

// Reused from call to call, by one at a time.
class Invocation {
public:
  explicit Invocation(sqart_runtime_t &runtime);
  Invocation(const Invocation &) = delete;
  Invocation &operator=(const Invocation &) = delete;
  ~Invocation();

  // To be filled before run().
  Arguments arguments;

  sqart_status_t run(const Function &function, sqart_entry_fn_t entry);

  // The same on a GPU, or in a plan; `bytes`, if given, receives how much
  // workspace the entry asked for.
  sqart_status_t runOnDevice(const Function &function, sqart_entry_fn_t entry,
                             const cuda::CallTarget &target,
                             uint64_t *bytes = nullptr);

  // For the functions of the host's tables.
  static Invocation &of(const sqart_host_v1_t *host) {
    return *static_cast<Invocation *>(host->self);
  }

  // Runs `body`; 0, or its status, remembered as the reason why the call fails.
  template <typename Body> int32_t attempt(Body &&body) {
    sqart_status_t got = guarded(body);
    return got == SQART_STATUS_OK ? 0 : remember(got, lastMessage());
  }

  // Calls the entry, within a call once more.
  sqart_status_t callEntry();

  std::unique_ptr<cuda::DeviceCall> device; // made by the first such call

private:
  // Of several failures of a call, the first is its reason.
  int32_t remember(sqart_status_t status, const char *message);

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
  sqart_entry_fn_t entry = nullptr; // of the call
  sqart_status_t status = SQART_STATUS_OK;
  char message[512] = "";
};

} // namespace sqart

#endif // SQART_SRC_INVOCATION_H
