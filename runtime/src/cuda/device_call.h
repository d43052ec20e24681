//===- device_call.h - What a call on a GPU offers compiled code ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// sqart_device_v0_t of kernel_abi.h for the length of a call. A plan goes the
// same way and checks the same things, but asks nothing of the driver.
// Test: test/cuda/call_test.cpp.

#ifndef SQART_SRC_CUDA_DEVICE_CALL_H
#define SQART_SRC_CUDA_DEVICE_CALL_H

#include "cuda/code.h"
#include "cuda/tensor_map.h"
#include "cuda/workspace.h"

namespace sqart {
class Invocation;
}

namespace sqart::cuda {

// Where a call runs. In a plan only `facts` and `module` are set.
struct CallTarget {
  const Driver *driver = nullptr;
  const DeviceFacts *facts = nullptr;
  const GpuModule *module = nullptr;
  const LoadedCode *code = nullptr;
  Stream stream = nullptr;
  // The caller's workspace; if there is none, the pool's.
  Pointer workspace = 0;
  uint64_t workspaceBytes = 0;
  WorkspacePool *pool = nullptr;
};

// Reused from call to call, by one at a time.
class DeviceCall {
public:
  explicit DeviceCall(Invocation &invocation);
  DeviceCall(const DeviceCall &) = delete;
  DeviceCall &operator=(const DeviceCall &) = delete;

  // The table for a call; lives until end().
  const sqart_device_v0_t *begin(const CallTarget &target);
  void end();

  // Bytes that the entry asked for since begin(), which is what a plan finds.
  uint64_t workspaceBytes() const { return used; }
  bool isPlan() const { return planning || !target.driver; }

private:
  static DeviceCall &of(const sqart_host_v1_t *host);
  static int32_t launch(const sqart_host_v1_t *host,
                        const sqart_launch_v0_t *launch) noexcept;
  static int32_t tensorMap(const sqart_host_v1_t *host,
                           const sqart_tensor_map_v0_t *description,
                           void *out) noexcept;
  static void *workspace(const sqart_host_v1_t *host, int64_t bytes) noexcept;
  static int32_t fill(const sqart_host_v1_t *host, void *to, uint32_t value,
                      int64_t count) noexcept;

  sqart_status_t checkLaunch(const sqart_launch_v0_t &launch, bool &isEmpty);
  sqart_status_t enqueue(const sqart_launch_v0_t &launch);
  sqart_status_t allocate(int64_t bytes, void *&out);
  sqart_status_t findWorkspace();
  sqart_status_t plan(uint64_t &bytes);

  Invocation &invocation;
  sqart_device_v0_t table;
  CallTarget target;
  TensorMapCache maps;
  bool planning = false; // within a call
  uint64_t used = 0;     // of the workspace
  Pointer base = 0;      // of the workspace; 0 until one is asked for
  uint64_t capacity = 0;
  std::unique_lock<std::mutex> hold;
};

} // namespace sqart::cuda

#endif // SQART_SRC_CUDA_DEVICE_CALL_H
