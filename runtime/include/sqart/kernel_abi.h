/*===- kernel_abi.h - What compiled code and the runtime agree on --*- C
-*-===*\
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
#define SQART_KERNEL_ABI_VERSION 1u

#define SQART_LIBRARY_QUERY_NAME "sqart_library_query"

/* Set in the ordinal given to the query function to ask for the function's host
 * code for a GPU; without it, for its code for the CPU. */
#define SQART_ORDINAL_CUDA UINT32_C(0x80000000)

/* Alignment in bytes of every pointer the host hands to compiled code for
 * scratch or temporaries. One cache line, and a whole 512-bit vector. */
#define SQART_ALLOCATION_ALIGNMENT 64

/* Alignment in bytes of every piece of a GPU workspace. */
#define SQART_WORKSPACE_ALIGNMENT 256

/* One tensor argument. Element (i0, i1, ...) lives at
 * data + (i0*strides[0] + i1*strides[1] + ...) * sizeof(element).
 * `data` is null only if the tensor has no elements. `sizes` and `strides`
 * have as many entries as the manifest's rank (both null for rank 0); strides
 * count elements and the innermost one is 1. Booleans are one byte, 0 or 1.
 * For a GPU, `data` is an address of the device, which host code passes on and
 * may compare and test for alignment, but not read. */
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
typedef struct sqart_host_v1_t {
  uint32_t struct_size; /* sizeof in the runtime that made the table */
  uint32_t abi_version;
  void *self; /* the runtime's own; compiled code passes the table, not this */

  /* Runs `fn` over the tiles [0, tiles), in parallel, and returns when all are
   * done. 0, or a status to return from the entry function at once. `args` is
   * read only until it returns. Tiles or scratch below 0 fail. */
  int32_t (*dispatch)(const struct sqart_host_v1_t *host, sqart_tile_fn_t fn,
                      const void *args, int64_t tiles, int64_t scratch_bytes);

  /* A temporary of `bytes` >= 0 bytes, aligned to SQART_ALLOCATION_ALIGNMENT,
   * not initialised; never null for 0 bytes. Null on failure, after which the
   * entry function returns; the host remembers the reason. */
  void *(*allocate)(const struct sqart_host_v1_t *host, int64_t bytes);

  /* Gives a temporary back early. What is not given back is reclaimed when the
   * entry function returns. */
  void (*release)(const struct sqart_host_v1_t *host, void *pointer);

  /* Records why this invocation fails (a NUL-terminated message, copied) and
   * returns the non-zero status the entry function must return. */
  int32_t (*fail)(const struct sqart_host_v1_t *host, const char *message);

  /* The GPU of this call; null in a call on the CPU. */
  const struct sqart_device_v0_t *device;
} sqart_host_v1_t;
SQART_ABI_ASSERT(sizeof(sqart_host_v1_t) == 56, "ABI change");

/*===----------------------------------------------------------------------===
 * GPU
 *
 * A function for a GPU is an entry function too: CPU code that computes launch
 * parameters from sizes, strides, alignment and the facts in sqart_device_v0_t,
 * and enqueues work on the caller's stream through that table. It does not wait
 * for the device and never sees its memory.
 *
 * The same code answers how much workspace a call needs: the runtime runs it in
 * a plan, in which nothing is encoded, filled or launched, and `workspace`
 * gives addresses of no memory. So what an entry does must depend on nothing
 * but the above. A plan may also run within a call. Tensors may have null data
 * in it.
 *
 * Every function takes the host's table first and may be called by the entry's
 * thread only. 0 is success; anything else is returned from the entry at once.
 *===----------------------------------------------------------------------===*/

/* Bytes and alignment of a tensor map (CUtensorMap). */
#define SQART_TENSOR_MAP_BYTES 128
#define SQART_TENSOR_MAP_ALIGNMENT 64
#define SQART_TENSOR_MAP_MAX_RANK 5

/* sqart_launch_v0_t::flags. */
/* All blocks run at the same time and may wait for each other. */
#define SQART_LAUNCH_COOPERATIVE UINT32_C(1)
/* May start before the kernel in front of it in the stream has ended: the
 * kernel waits by griddepcontrol.wait before it touches that one's results. */
#define SQART_LAUNCH_OVERLAP UINT32_C(2)

/* One launch of kernel number `kernel` of the program in use. */
typedef struct sqart_launch_v0_t {
  uint32_t struct_size; /* sizeof in the compiler */
  uint32_t kernel;      /* position in the manifest's GpuModule.kernels */
  /* Blocks. If one is 0 there is nothing to do: nothing is launched and the
   * call succeeds. Below 0 or above the device's limits fails. */
  int64_t grid[3];
  int64_t block_threads;        /* 1..GpuKernel.max_threads, all in x */
  int64_t dynamic_shared_bytes; /* 0..GpuKernel.dynamic_shared_bytes */
  uint32_t cluster[3];          /* blocks of a cluster; 0 is 1 */
  uint32_t flags;               /* SQART_LAUNCH_*, or-ed */
  /* Parameter i is the arg_sizes[i] bytes at args[i], which are read before
   * launch() returns. As many and as large as GpuKernel.parameters says. Device
   * addresses are 8 bytes; a tensor map is its 128 bytes (grid_constant). */
  const void *const *args;
  const uint32_t *arg_sizes;
  uint32_t num_args;
  uint32_t reserved; /* 0 */
} sqart_launch_v0_t;
SQART_ABI_ASSERT(sizeof(sqart_launch_v0_t) == 88, "ABI change");

/* Element types, swizzles, promotions and fills have the numbers of the CUDA
 * driver API (cuTensorMapEncodeTiled, cuda.h 12.0). Interleave is none and
 * element strides are 1. */
typedef enum sqart_tensor_map_element_t {
  SQART_TENSOR_MAP_UINT8 = 0,
  SQART_TENSOR_MAP_UINT16 = 1,
  SQART_TENSOR_MAP_UINT32 = 2,
  SQART_TENSOR_MAP_INT32 = 3,
  SQART_TENSOR_MAP_UINT64 = 4,
  SQART_TENSOR_MAP_INT64 = 5,
  SQART_TENSOR_MAP_FLOAT16 = 6,
  SQART_TENSOR_MAP_FLOAT32 = 7,
  SQART_TENSOR_MAP_FLOAT64 = 8,
  SQART_TENSOR_MAP_BFLOAT16 = 9
} sqart_tensor_map_element_t;

/* Dimension 0 is the innermost one. */
typedef struct sqart_tensor_map_v0_t {
  uint32_t struct_size; /* sizeof in the compiler */
  uint32_t rank;        /* 1..SQART_TENSOR_MAP_MAX_RANK */
  void *base;           /* address of the device, a multiple of 16 bytes */
  /* Elements, below 2^32. If one is 0 the tensor is empty: the map is 128 zero
   * bytes then, which no kernel may use. */
  int64_t sizes[SQART_TENSOR_MAP_MAX_RANK];
  /* Bytes from one index of dimension i to the next, a multiple of 16, below
   * 2^40. strides[0] is not read: dimension 0 has no gaps. In a dimension of
   * size 1 any stride will do. */
  int64_t strides[SQART_TENSOR_MAP_MAX_RANK];
  uint32_t box[SQART_TENSOR_MAP_MAX_RANK]; /* elements of a copy, 1..256 */
  uint32_t element;                        /* sqart_tensor_map_element_t */
  uint32_t swizzle;      /* 0 none, 1 32 bytes, 2 64 bytes, 3 128 bytes */
  uint32_t l2_promotion; /* 0 none, 1 64 bytes, 2 128 bytes, 3 256 bytes */
  uint32_t oob_fill;     /* 0 zeros, 1 NaN */
  uint32_t reserved;     /* 0 */
} sqart_tensor_map_v0_t;
SQART_ABI_ASSERT(sizeof(sqart_tensor_map_v0_t) == 136, "ABI change");

typedef struct sqart_device_v0_t {
  uint32_t struct_size; /* sizeof in the runtime that made the table */
  /* Which kernels are loaded: GpuModule.program of the module in use. */
  uint32_t program;
  uint32_t compute_capability; /* 10 * major + minor: 90 */
  uint32_t multiprocessors;
  uint32_t max_shared_bytes; /* of a block, static and dynamic, opted in */
  uint32_t max_threads_per_multiprocessor;
  uint64_t l2_bytes;

  /* Enqueues a kernel. `launch` and all it points to may be on the stack. */
  int32_t (*launch)(const sqart_host_v1_t *host,
                    const sqart_launch_v0_t *launch);

  /* Writes a tensor map to the SQART_TENSOR_MAP_BYTES bytes at `out`, aligned
   * to SQART_TENSOR_MAP_ALIGNMENT. Maps are cached by their description. */
  int32_t (*tensor_map)(const sqart_host_v1_t *host,
                        const sqart_tensor_map_v0_t *description, void *out);

  /* Device memory of `bytes` >= 0 bytes for the kernels of this call, aligned
   * to SQART_WORKSPACE_ALIGNMENT, not initialised, not null. Each request gets
   * memory of its own; all is given back when the kernels have run. Null on
   * failure, after which the entry returns; the host remembers the reason. */
  void *(*workspace)(const sqart_host_v1_t *host, int64_t bytes);

  /* Enqueues: `count` >= 0 words of 32 bits at the device address `to`, a
   * multiple of 4, become `value`. */
  int32_t (*fill)(const sqart_host_v1_t *host, void *to, uint32_t value,
                  int64_t count);
} sqart_device_v0_t;
SQART_ABI_ASSERT(sizeof(sqart_device_v0_t) == 64, "ABI change");

/*===----------------------------------------------------------------------===
 * Entries
 *===----------------------------------------------------------------------===*/

/* One function of the package: `tensors` holds the inputs in order, then the
 * outputs. Arguments were checked against the manifest before the call.
 * Returns 0, or the status of a host call that failed. Re-entrant. */
typedef int32_t (*sqart_entry_fn_t)(const sqart_host_v1_t *host,
                                    const sqart_tensor_v0_t *tensors);

/* The exported symbol: the entry of function number `ordinal` of the manifest,
 * or-ed with SQART_ORDINAL_CUDA if it is to be called with tensors on a GPU.
 * Null if the version or the ordinal is unknown to this library, or the
 * function has no code for that kind of device. */
typedef sqart_entry_fn_t (*sqart_library_query_fn_t)(uint32_t abi_version,
                                                     uint32_t ordinal);

#ifdef __cplusplus
}
#endif

#endif /* SQART_KERNEL_ABI_H */
