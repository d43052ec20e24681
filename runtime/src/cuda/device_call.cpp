//===- device_call.cpp - What a call on a GPU offers compiled code --------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Compiled code has no unwind tables: callbacks are noexcept, as those of
// invocation.cpp. What compiled code gets wrong is SQART_STATUS_INTERNAL, for
// it is ours; what depends on the caller's tensors is the caller's.
//
// Wrong if: anything here waits for the device, or allocates device memory
// other than through the pool.

#include "cuda/device_call.h"

#include "invocation.h"

using namespace sqart;
using namespace sqart::cuda;

// Workspace addresses in a plan: aligned, not null, no memory.
static constexpr Pointer planBase = Pointer(1) << 20;

DeviceCall::DeviceCall(Invocation &invocation)
    : invocation(invocation), table() {
  table.struct_size = sizeof(table);
  table.launch = launch;
  table.tensor_map = tensorMap;
  table.workspace = workspace;
  table.fill = fill;
}

const sqart_device_v0_t *DeviceCall::begin(const CallTarget &where) {
  target = where;
  table.program = where.module->program;
  table.compute_capability = where.facts->capability;
  table.multiprocessors = where.facts->multiprocessors;
  table.max_shared_bytes = where.facts->maxSharedBytes;
  table.max_threads_per_multiprocessor =
      where.facts->maxThreadsPerMultiprocessor;
  table.l2_bytes = where.facts->l2Bytes;
  planning = false;
  used = capacity = 0;
  base = 0;
  return &table;
}

void DeviceCall::end() {
  if (hold)
    hold.unlock();
  hold = {};
}

DeviceCall &DeviceCall::of(const sqart_host_v1_t *host) {
  return *Invocation::of(host).device;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

static sqart_status_t wrong(const GpuKernel &kernel, const char *what,
                            int64_t expected, int64_t got) {
  return fail(SQART_STATUS_INTERNAL,
              "kernel %.120s: %s: expected at most %lld, but got %lld",
              kernel.name.c_str(), what, static_cast<long long>(expected),
              static_cast<long long>(got));
}

static sqart_status_t checkParameters(const GpuKernel &kernel,
                                      const sqart_launch_v0_t &launch) {
  size_t count = kernel.parameters.size();
  if (launch.num_args != count)
    return fail(SQART_STATUS_INTERNAL,
                "kernel %.120s: expected %zu arguments, but got %u",
                kernel.name.c_str(), count, launch.num_args);
  for (size_t i = 0; i < count; ++i)
    if (launch.arg_sizes[i] != kernel.parameters[i])
      return fail(SQART_STATUS_INTERNAL,
                  "kernel %.120s: argument %zu: expected %u bytes, but got %u",
                  kernel.name.c_str(), i, kernel.parameters[i],
                  launch.arg_sizes[i]);
  return SQART_STATUS_OK;
}

sqart_status_t DeviceCall::checkLaunch(const sqart_launch_v0_t &launch,
                                       bool &isEmpty) {
  const std::vector<GpuKernel> &kernels = target.module->kernels;
  if (launch.struct_size != sizeof(launch) || launch.kernel >= kernels.size())
    return fail(SQART_STATUS_INTERNAL,
                "compiled code launches kernel %u of %zu (struct_size %u)",
                launch.kernel, kernels.size(), launch.struct_size);
  const GpuKernel &kernel = kernels[launch.kernel];
  constexpr uint32_t known = SQART_LAUNCH_COOPERATIVE | SQART_LAUNCH_OVERLAP;
  if (launch.flags & ~known)
    return wrong(kernel, "flags", known, launch.flags);
  if (launch.block_threads < 1 || launch.block_threads > kernel.maxThreads)
    return wrong(kernel, "threads", kernel.maxThreads, launch.block_threads);
  if (launch.dynamic_shared_bytes < 0 ||
      launch.dynamic_shared_bytes > kernel.dynamicSharedBytes)
    return wrong(kernel, "bytes of dynamic shared memory",
                 kernel.dynamicSharedBytes, launch.dynamic_shared_bytes);
  SQART_TRY(checkParameters(kernel, launch));
  isEmpty = false;
  for (int i = 0; i < 3; ++i) {
    int64_t blocks = launch.grid[i], most = target.facts->maxGrid[i];
    // The tensors are larger than the kernel's grid can be.
    if (blocks < 0 || blocks > most)
      return fail(SQART_STATUS_LIMIT,
                  "kernel %.120s: expected a grid of at most %lld blocks in "
                  "dimension %d, but got %lld",
                  kernel.name.c_str(), static_cast<long long>(most), i,
                  static_cast<long long>(blocks));
    if (launch.cluster[i] > 1 && blocks % launch.cluster[i] != 0)
      return wrong(kernel, "blocks outside of clusters", 0,
                   blocks % launch.cluster[i]);
    isEmpty |= blocks == 0;
  }
  return SQART_STATUS_OK;
}

sqart_status_t DeviceCall::enqueue(const sqart_launch_v0_t &launch) {
  LaunchAttribute attributes[3] = {};
  LaunchConfig config = {};
  config.attributes = attributes;
  auto add = [&](LaunchAttribute::Id id) -> LaunchAttribute & {
    LaunchAttribute &attribute = attributes[config.numAttributes++];
    attribute.id = id;
    return attribute;
  };
  bool clustered = false;
  for (int i = 0; i < 3; ++i) {
    config.grid[i] = uint32_t(launch.grid[i]);
    config.block[i] = i == 0 ? uint32_t(launch.block_threads) : 1;
    clustered |= launch.cluster[i] > 1;
  }
  if (clustered) {
    LaunchAttribute &attribute = add(LaunchAttribute::clusterDimension);
    for (int i = 0; i < 3; ++i)
      attribute.value.cluster[i] = launch.cluster[i] ? launch.cluster[i] : 1;
  }
  if (launch.flags & SQART_LAUNCH_COOPERATIVE)
    add(LaunchAttribute::cooperative).value.flag = 1;
  // Earlier GPUs have no such overlap; the kernel's wait does nothing there.
  if (launch.flags & SQART_LAUNCH_OVERLAP && target.facts->capability >= 90)
    add(LaunchAttribute::overlap).value.flag = 1;
  config.dynamicSharedBytes = uint32_t(launch.dynamic_shared_bytes);
  config.stream = target.stream;
  // The driver only reads what the pointers point to.
  auto **parameters = const_cast<void **>(launch.args);
  return target.driver->check(
      target.driver->cuLaunchKernelEx(
          &config, target.code->kernels[launch.kernel], parameters, nullptr),
      "cuLaunchKernelEx", target.module->kernels[launch.kernel].name.c_str());
}

int32_t DeviceCall::launch(const sqart_host_v1_t *host,
                           const sqart_launch_v0_t *launch) noexcept {
  DeviceCall &self = of(host);
  return self.invocation.attempt([&]() -> sqart_status_t {
    bool isEmpty = false;
    SQART_TRY(self.checkLaunch(*launch, isEmpty));
    if (isEmpty || self.isPlan())
      return SQART_STATUS_OK;
    return self.enqueue(*launch);
  });
}

//===----------------------------------------------------------------------===//
// Tensor maps and fills
//===----------------------------------------------------------------------===//

int32_t DeviceCall::tensorMap(const sqart_host_v1_t *host,
                              const sqart_tensor_map_v0_t *description,
                              void *out) noexcept {
  DeviceCall &self = of(host);
  return self.invocation.attempt([&]() -> sqart_status_t {
    if (!self.isPlan())
      return self.maps.get(*self.target.driver, *description, out);
    std::memset(out, 0, SQART_TENSOR_MAP_BYTES);
    return SQART_STATUS_OK;
  });
}

int32_t DeviceCall::fill(const sqart_host_v1_t *host, void *to, uint32_t value,
                         int64_t count) noexcept {
  DeviceCall &self = of(host);
  return self.invocation.attempt([&]() -> sqart_status_t {
    if (count < 0 || count > INT64_MAX / 4)
      return sqart::fail(SQART_STATUS_INTERNAL,
                         "compiled code fills %lld words",
                         static_cast<long long>(count));
    if (count == 0 || self.isPlan())
      return SQART_STATUS_OK;
    auto address = Pointer(reinterpret_cast<uintptr_t>(to));
    if (address % 4 != 0)
      return sqart::fail(SQART_STATUS_INVALID_ARGUMENT,
                         "memory to be filled is not aligned to 4 bytes");
    return self.target.driver->check(
        self.target.driver->cuMemsetD32Async(address, value, size_t(count),
                                             self.target.stream),
        "cuMemsetD32Async");
  });
}

//===----------------------------------------------------------------------===//
// Workspace
//===----------------------------------------------------------------------===//

// What the whole call will ask for, as the entry's code says.
sqart_status_t DeviceCall::plan(uint64_t &bytes) {
  uint64_t before = used;
  planning = true;
  used = 0;
  sqart_status_t status = invocation.callEntry();
  bytes = used;
  planning = false;
  used = before;
  return status;
}

// At the first request of a call.
sqart_status_t DeviceCall::findWorkspace() {
  if (isPlan()) {
    base = planBase;
    return SQART_STATUS_OK;
  }
  if (target.workspace) {
    base = target.workspace;
    capacity = target.workspaceBytes;
    return SQART_STATUS_OK;
  }
  uint64_t bytes = 0;
  SQART_TRY(plan(bytes));
  WorkspaceBlock *block = nullptr;
  SQART_TRY(target.pool->take(*target.driver, target.code->context,
                              target.stream, bytes, block, hold));
  base = block->data;
  capacity = block->size;
  return SQART_STATUS_OK;
}

sqart_status_t DeviceCall::allocate(int64_t bytes, void *&out) {
  uint64_t size = 0, end = 0;
  if (bytes < 0 ||
      !alignUp(uint64_t(bytes) + (bytes == 0), SQART_WORKSPACE_ALIGNMENT,
               size) ||
      __builtin_add_overflow(used, size, &end) || end > uint64_t(INT64_MAX))
    return sqart::fail(SQART_STATUS_OUT_OF_MEMORY,
                       "no device memory for a workspace of %lld bytes",
                       static_cast<long long>(bytes));
  if (isPlan()) {
    out = reinterpret_cast<void *>(uintptr_t(planBase + used));
    used = end;
    return SQART_STATUS_OK;
  }
  if (!base)
    SQART_TRY(findWorkspace());
  if (end > capacity) {
    uint64_t needed = 0;
    SQART_TRY(plan(needed));
    return sqart::fail(target.workspace ? SQART_STATUS_INVALID_ARGUMENT
                                        : SQART_STATUS_INTERNAL,
                       "workspace: expected at least %llu bytes, but got %llu",
                       static_cast<unsigned long long>(needed),
                       static_cast<unsigned long long>(capacity));
  }
  out = reinterpret_cast<void *>(uintptr_t(base + used));
  used = end;
  return SQART_STATUS_OK;
}

void *DeviceCall::workspace(const sqart_host_v1_t *host,
                            int64_t bytes) noexcept {
  DeviceCall &self = of(host);
  void *out = nullptr;
  int32_t status = self.invocation.attempt(
      [&]() -> sqart_status_t { return self.allocate(bytes, out); });
  return status == 0 ? out : nullptr;
}
