/*===- kernels.c - Well and badly behaved code for sqa-run --------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Stands in for what the compiler makes: no imports, no relocations. Ordinals
 * are those of make_package.cpp. All take x: Nxf32 and w: Nxf32. */
#include "sqart/kernel_abi.h"

typedef const sqart_tensor_v0_t *args_t;

static float *at(args_t t, int i) { return t[i].data; }

/* y = x * w. */
static int32_t scale(const sqart_host_v1_t *host, args_t t) {
  for (int64_t i = 0; i < t[0].sizes[0]; ++i)
    at(t, 2)[i] = at(t, 0)[i] * at(t, 1)[i];
  return 0;
}

/* The same, and one element too many. */
static int32_t overrun(const sqart_host_v1_t *host, args_t t) {
  for (int64_t i = 0; i <= t[0].sizes[0]; ++i)
    at(t, 2)[i] = 1;
  return 0;
}

/* Changes its input. */
static int32_t scribble(const sqart_host_v1_t *host, args_t t) {
  at(t, 0)[0] += 1;
  return scale(host, t);
}

/* Leaves the last element of y as it found it. */
static int32_t skip(const sqart_host_v1_t *host, args_t t) {
  for (int64_t i = 0; i + 1 < t[0].sizes[0]; ++i)
    at(t, 2)[i] = at(t, 0)[i] * at(t, 1)[i];
  return 0;
}

static int32_t refuse(const sqart_host_v1_t *host, args_t t) {
  return host->fail(host, "the window must not be negative");
}

__attribute__((visibility("default"))) sqart_entry_fn_t
sqart_library_query(uint32_t abi_version, uint32_t ordinal) {
  if (abi_version != SQART_KERNEL_ABI_VERSION)
    return 0;
  if (ordinal == 0)
    return scale;
  if (ordinal == 1)
    return overrun;
  if (ordinal == 2)
    return scribble;
  if (ordinal == 3)
    return skip;
  if (ordinal == 4)
    return refuse;
  return 0;
}
