/*===- kernels.c - Code that the tests load -----------------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Stands in for what the compiler makes: no imports, no relocations. Ordinals
 * are those of test_package.cpp. */
#include "sqart/kernel_abi.h"

/* add(a: SxDxf32, b: SxDxf32) -> (c: SxDxf32), one tile a row. */
static void addTile(const void *args, int64_t begin, int64_t end,
                    void *scratch) {
  const sqart_tensor_v0_t *t = args;
  for (int64_t i = begin; i < end; ++i)
    for (int64_t j = 0; j < t[0].sizes[1]; ++j)
      ((float *)t[2].data)[i * t[2].strides[0] + j] =
          ((const float *)t[0].data)[i * t[0].strides[0] + j] +
          ((const float *)t[1].data)[i * t[1].strides[0] + j];
}

static int32_t add(const sqart_host_v1_t *host, const sqart_tensor_v0_t *t) {
  return host->dispatch(host, addTile, t, t[0].sizes[0], 256);
}

/* grow(x: Nxi64) -> (y: Nxi64): takes and gives back temporaries of x[i] bytes;
 * y[i] is 1 if there was one, aligned. Some are left for the host to reclaim.
 */
static int32_t grow(const sqart_host_v1_t *host, const sqart_tensor_v0_t *t) {
  for (int64_t i = 0; i < t[0].sizes[0]; ++i) {
    char *p = host->allocate(host, ((const int64_t *)t[0].data)[i]);
    if (!p)
      return 1;
    ((int64_t *)t[1].data)[i] = (uintptr_t)p % SQART_ALLOCATION_ALIGNMENT == 0;
    if (i % 2)
      host->release(host, p);
  }
  return 0;
}

/* refuse() -> (): fails with a message. */
static int32_t refuse(const sqart_host_v1_t *host, const sqart_tensor_v0_t *t) {
  return host->fail(host, "window must not be negative");
}

/* mute() -> (): fails without a message. */
static int32_t mute(const sqart_host_v1_t *host, const sqart_tensor_v0_t *t) {
  return 7;
}

/* halve(x: Nxf32) -> (y: Nxf32): y = x / 2, which is denormal for a small x. */
static void halveTile(const void *args, int64_t begin, int64_t end,
                      void *scratch) {
  const sqart_tensor_v0_t *t = args;
  for (int64_t i = begin; i < end; ++i)
    ((float *)t[1].data)[i] = ((const float *)t[0].data)[i] * 0.5f;
}

static int32_t halve(const sqart_host_v1_t *host, const sqart_tensor_v0_t *t) {
  return host->dispatch(host, halveTile, t, t[0].sizes[0], 0);
}

/* hoard(bytes: i64) -> (): asks for that much scratch. */
static int32_t hoard(const sqart_host_v1_t *host, const sqart_tensor_v0_t *t) {
  return host->dispatch(host, halveTile, t, 1, *(const int64_t *)t[0].data);
}

__attribute__((visibility("default"))) sqart_entry_fn_t
sqart_library_query(uint32_t abi_version, uint32_t ordinal) {
  if (abi_version != SQART_KERNEL_ABI_VERSION)
    return 0;
  if (ordinal == 0)
    return add;
  if (ordinal == 1)
    return grow;
  if (ordinal == 2)
    return refuse;
  if (ordinal == 3)
    return mute;
  if (ordinal == 4)
    return halve;
  if (ordinal == 5)
    return hoard;
  return 0;
}
