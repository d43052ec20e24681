/*===- kernel_abi.h - What compiled code and the runtime agree on --*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Stand-alone (C11 and C++17). The compiler writes code against these layouts,
 * the runtime calls it. Any change of a layout or of a rule below is a change
 * of SQART_KERNEL_ABI_VERSION; the size assertions make it visible.
 *
 * A library is one position-independent ELF image without imports, relocations
 * or constructors. It exports one symbol, SQART_LIBRARY_QUERY_NAME.
 */
#ifndef SQART_KERNEL_ABI_H
#define SQART_KERNEL_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define SQART_ABI_ASSERT(cond, message) static_assert(cond, message)
#else
#define SQART_ABI_ASSERT(cond, message) _Static_assert(cond, message)
#endif

/* Version of everything in this header. A library states none itself: its
 * query function answers NULL to a version it was not built for. */
#define SQART_KERNEL_ABI_VERSION 0u

#define SQART_LIBRARY_QUERY_NAME "sqart_library_query"

/* Alignment in bytes of every pointer the host hands to compiled code for
 * scratch or temporaries. One cache line, and a whole 512-bit vector. */
#define SQART_ALLOCATION_ALIGNMENT 64

/* One tensor argument. Element (i0, i1, ...) lives at
 * data + (i0*strides[0] + i1*strides[1] + ...) * sizeof(element).
 * `data` is null only if the tensor has no elements. `sizes` and `strides`
 * have as many entries as the manifest's rank (both null for rank 0); strides
 * count elements and the innermost one is 1. Booleans are one byte, 0 or 1. */
typedef struct sqart_tensor_v0_t {
  void *data;
  const int64_t *sizes;
  const int64_t *strides;
} sqart_tensor_v0_t;
SQART_ABI_ASSERT(sizeof(sqart_tensor_v0_t) == 24, "ABI change");

/* Work of one kernel on the tiles [begin, end). Called from any thread, many
 * at a time on disjoint ranges; `scratch` belongs to the calling thread for
 * the length of the call, holds at least the dispatched number of bytes and is
 * not initialised. Never fails, never calls the host. */
typedef void (*sqart_tile_fn_t)(const void *args, int64_t begin, int64_t end,
                                void *scratch);

/* What the host offers compiled code during one invocation. The table and
 * everything reached through it live until the entry function returns. */
typedef struct sqart_host_v0_t {
  uint32_t struct_size; /* sizeof in the runtime that made the table */
  uint32_t abi_version;
  void *self; /* the runtime's own; compiled code passes the table, not this */

  /* Runs `fn` over the tiles [0, tiles), in parallel, and returns when all are
   * done. 0, or a status to return from the entry function at once. `args` is
   * read only until it returns. Tiles or scratch below 0 fail. */
  int32_t (*dispatch)(const struct sqart_host_v0_t *host, sqart_tile_fn_t fn,
                      const void *args, int64_t tiles, int64_t scratch_bytes);

  /* A temporary of `bytes` >= 0 bytes, aligned to SQART_ALLOCATION_ALIGNMENT,
   * not initialised; never null for 0 bytes. Null on failure, after which the
   * entry function returns; the host remembers the reason. */
  void *(*allocate)(const struct sqart_host_v0_t *host, int64_t bytes);

  /* Gives a temporary back early. What is not given back is reclaimed when the
   * entry function returns. */
  void (*release)(const struct sqart_host_v0_t *host, void *pointer);

  /* Records why this invocation fails (a NUL-terminated message, copied) and
   * returns the non-zero status the entry function must return. */
  int32_t (*fail)(const struct sqart_host_v0_t *host, const char *message);
} sqart_host_v0_t;
SQART_ABI_ASSERT(sizeof(sqart_host_v0_t) == 48, "ABI change");

/* One function of the package: `tensors` holds the inputs in order, then the
 * outputs. Arguments were checked against the manifest before the call.
 * Returns 0, or the status of a host call that failed. Re-entrant. */
typedef int32_t (*sqart_entry_fn_t)(const sqart_host_v0_t *host,
                                    const sqart_tensor_v0_t *tensors);

/* The exported symbol: the entry of function number `ordinal` of the manifest,
 * or null if the version or the ordinal is unknown to this library. */
typedef sqart_entry_fn_t (*sqart_library_query_fn_t)(uint32_t abi_version,
                                                     uint32_t ordinal);

#ifdef __cplusplus
}
#endif

#endif /* SQART_KERNEL_ABI_H */
