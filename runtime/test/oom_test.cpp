//===- oom_test.cpp - Memory that runs out at every allocation ------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Failure 48: operator new fails at call n, for every n; each API call then
// fails with a status, leaks nothing (the preset asan looks) and works again
// when there is memory.

#include "test_package.h"
#include "test_tensor.h"

#include "expect_status.h"

#include <cstdlib>
#include <new>

using namespace sqart::test;

// Allocations left before failure; negative: unlimited.
static thread_local long allowed = -1;

static void *allocate(size_t size) {
  if (allowed == 0)
    return nullptr;
  if (allowed > 0)
    --allowed;
  return std::malloc(size ? size : 1);
}

void *operator new(size_t size) {
  if (void *p = allocate(size))
    return p;
  throw std::bad_alloc();
}
void *operator new(size_t size, std::align_val_t alignment) {
  size_t rounded = (size + size_t(alignment) - 1) & ~(size_t(alignment) - 1);
  if (allowed != 0)
    if (void *p = std::aligned_alloc(size_t(alignment), rounded)) {
      allowed -= allowed > 0;
      return p;
    }
  throw std::bad_alloc();
}
void operator delete(void *p) noexcept { std::free(p); }
void operator delete(void *p, size_t) noexcept { std::free(p); }
void operator delete(void *p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void *p, size_t, std::align_val_t) noexcept {
  std::free(p);
}

// Calls `body` with 0, 1, 2, ... allocations until it succeeds.
template <typename Fn> static void failAtEveryAllocation(Fn &&body) {
  for (long n = 0; n < 100000; ++n) {
    allowed = n;
    sqart_status_t status = body();
    allowed = -1;
    if (status == SQART_STATUS_OK)
      return;
    ASSERT_EQ(status, SQART_STATUS_OUT_OF_MEMORY)
        << n << ": " << sqart_last_error();
  }
  FAIL() << "never succeeded";
}

TEST(OutOfMemory, Inspect) {
  Bytes bytes = kernelPackage();
  sqart_package_t *package = nullptr;
  failAtEveryAllocation([&] {
    return sqart_package_inspect_memory(bytes.data(), bytes.size(), &package);
  });
  sqart_package_destroy(package);
}

TEST(OutOfMemory, LoadAndInvoke) {
  Bytes bytes = kernelPackage();
  sqart_runtime_t *runtime = nullptr;
  sqart_runtime_options_t options = sqart_runtime_options_default();
  options.num_threads = 3;
  failAtEveryAllocation(
      [&] { return sqart_runtime_create(&options, &runtime); });
  sqart_load_options_t load = sqart_load_options_default();
  load.trust = SQART_TRUST_LOCAL_BUILD;
  sqart_module_t *module = nullptr;
  failAtEveryAllocation([&] {
    return sqart_module_load_memory(runtime, bytes.data(), bytes.size(), &load,
                                    &module);
  });
  std::vector<float> a(300, 1), b(300, 2), c(300);
  View ta(a.data(), {100, 3}), tb(b.data(), {100, 3}), tc(c.data(), {100, 3});
  const DLTensor *in[] = {&ta, &tb}, *out[] = {&tc};
  auto add = [&] { return sqart_module_invoke(module, Add, in, 2, out, 1); };
  failAtEveryAllocation(add);
  EXPECT_EQ(c, std::vector<float>(300, 3));
  std::vector<int64_t> x = {1, 2, 3}, y(3);
  View tx(x.data(), {3}), ty(y.data(), {3});
  const DLTensor *in2[] = {&tx}, *out2[] = {&ty};
  failAtEveryAllocation(
      [&] { return sqart_module_invoke(module, Grow, in2, 1, out2, 1); });
  // A second call of the same shapes needs no memory at all.
  allowed = 0;
  sqart_status_t status = add();
  allowed = -1;
  EXPECT_OK(status);
  sqart_module_destroy(module);
  sqart_runtime_destroy(runtime);
}

TEST(OutOfMemory, Parameters) {
  std::string header =
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1],\"data_offsets\":[0,1]},"
      "\"a name that does not fit into the string object itself\":"
      "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}";
  uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char *>(&length), 8);
  bytes += header + "xy";
  sqart_parameters_t *parameters = nullptr;
  failAtEveryAllocation([&] {
    return sqart_parameters_open_memory(bytes.data(), bytes.size(),
                                        &parameters);
  });
  sqart_parameters_close(parameters);
}
