/*===- gpu_kernels.c - Host code of the GPU test functions --------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Stands in for what the compiler makes: no imports, no relocations. Ordinals
 * are those of gpu_package.h. Device code is in kernels/. */
#include "sqart/kernel_abi.h"

enum { SCALED_ADD, COPY_ROWS, PARTIAL_SUMS, TOTAL_OF, FAULT };

typedef const sqart_host_v1_t *host_t;
typedef const sqart_tensor_v0_t *args_t;

/* One launch of up to 8 arguments of 8 bytes each, unless said otherwise. */
typedef struct {
  sqart_launch_v0_t launch;
  const void *args[8];
  uint32_t sizes[8];
} call_t;

static void begin(call_t *c, uint32_t kernel, int64_t blocks, int64_t threads) {
  c->launch.struct_size = sizeof(c->launch);
  c->launch.kernel = kernel;
  c->launch.grid[0] = blocks;
  c->launch.grid[1] = c->launch.grid[2] = 1;
  c->launch.block_threads = threads;
  c->launch.dynamic_shared_bytes = 0;
  c->launch.cluster[0] = c->launch.cluster[1] = c->launch.cluster[2] = 0;
  c->launch.flags = 0;
  c->launch.args = c->args;
  c->launch.arg_sizes = c->sizes;
  c->launch.num_args = 0;
  c->launch.reserved = 0;
}

static void pass(call_t *c, const void *value, uint32_t bytes) {
  c->args[c->launch.num_args] = value;
  c->sizes[c->launch.num_args++] = bytes;
}

/* scaled_add(x: SxDxf32, y: SxDxf32) -> (z: SxDxf32): z = x / 2 + y. */
static int32_t scaledAdd(host_t host, args_t t) {
  float alpha = 0.5f;
  call_t c;
  begin(&c, SCALED_ADD, t[0].sizes[0], 128);
  for (int i = 0; i < 3; ++i)
    pass(&c, &t[i].data, 8);
  pass(&c, &t[0].sizes[1], 8);
  for (int i = 0; i < 3; ++i)
    pass(&c, &t[i].strides[0], 8);
  pass(&c, &alpha, 4);
  return host->device->launch(host, &c.launch);
}

/* The same on the CPU, one tile a row. */
static void scaledAddTile(const void *args, int64_t from, int64_t to,
                          void *scratch) {
  args_t t = args;
  for (int64_t r = from; r < to; ++r)
    for (int64_t c = 0; c < t[0].sizes[1]; ++c)
      ((float *)t[2].data)[r * t[2].strides[0] + c] =
          ((const float *)t[0].data)[r * t[0].strides[0] + c] * 0.5f +
          ((const float *)t[1].data)[r * t[1].strides[0] + c];
}

static int32_t scaledAddOnCpu(host_t host, args_t t) {
  return host->dispatch(host, scaledAddTile, t, t[0].sizes[0], 0);
}

/* x as boxes of 8 rows and 32 columns. */
static void describe(sqart_tensor_map_v0_t *map, args_t x) {
  map->struct_size = sizeof(*map);
  map->rank = 2;
  map->base = x->data;
  map->sizes[0] = x->sizes[1];
  map->sizes[1] = x->sizes[0];
  map->strides[1] = x->strides[0] * 4;
  map->box[0] = 32;
  map->box[1] = 8;
  map->element = SQART_TENSOR_MAP_FLOAT32;
  map->swizzle = map->oob_fill = map->reserved = 0;
  map->l2_promotion = 2;
  for (int i = 2; i < SQART_TENSOR_MAP_MAX_RANK; ++i)
    map->sizes[i] = map->strides[i] = map->box[i] = 0;
  map->strides[0] = 0;
}

/* copy_rows(x: SxDxf32) -> (y: SxDxf32), by the copy engine in program 0. */
static int32_t copyRows(host_t host, args_t t) {
  _Alignas(SQART_TENSOR_MAP_ALIGNMENT) char bytes[SQART_TENSOR_MAP_BYTES];
  int64_t rows = t[0].sizes[0], cols = t[0].sizes[1];
  call_t c;
  if (host->device->program == 0) {
    sqart_tensor_map_v0_t map;
    describe(&map, t);
    int32_t status = host->device->tensor_map(host, &map, bytes);
    if (status)
      return status;
    begin(&c, COPY_ROWS, (cols + 31) / 32, 256);
    c.launch.grid[1] = (rows + 7) / 8;
    c.launch.dynamic_shared_bytes = 1024;
    pass(&c, bytes, SQART_TENSOR_MAP_BYTES);
    pass(&c, &t[1].data, 8);
    pass(&c, &rows, 8);
    pass(&c, &cols, 8);
  } else {
    begin(&c, COPY_ROWS, rows, 256);
    pass(&c, &t[0].data, 8);
    pass(&c, &t[1].data, 8);
    pass(&c, &cols, 8);
    pass(&c, &t[0].strides[0], 8);
  }
  pass(&c, &t[1].strides[0], 8);
  return host->device->launch(host, &c.launch);
}

/* sum(x: Nxi32) -> (total: i32), through partial sums in the workspace. */
static int32_t sum(host_t host, args_t t) {
  int64_t n = t[0].sizes[0], count = (n + 127) / 128;
  void *partials = host->device->workspace(host, count * 4);
  if (!partials)
    return 1;
  int32_t status = host->device->fill(host, partials, 0, count);
  if (status)
    return status;
  call_t c;
  begin(&c, PARTIAL_SUMS, count, 128);
  pass(&c, &t[0].data, 8);
  pass(&c, &partials, 8);
  pass(&c, &n, 8);
  status = host->device->launch(host, &c.launch);
  if (status)
    return status;
  begin(&c, TOTAL_OF, 1, 1);
  pass(&c, &partials, 8);
  pass(&c, &t[1].data, 8);
  pass(&c, &count, 8);
  return host->device->launch(host, &c.launch);
}

/* fault(x: Nxi32) -> (): its kernel writes where no memory is. */
static int32_t fault(host_t host, args_t t) {
  call_t c;
  begin(&c, FAULT, 1, 1);
  return host->device->launch(host, &c.launch);
}

/* misuse(x: Nxi32) -> (): breaks rule number N of kernel_abi.h. */
static int32_t misuse(host_t host, args_t t) {
  int64_t rule = t[0].sizes[0];
  _Alignas(SQART_TENSOR_MAP_ALIGNMENT) char bytes[SQART_TENSOR_MAP_BYTES];
  sqart_tensor_map_v0_t map;
  call_t c;
  begin(&c, FAULT, 1, 1);
  if (rule == 1)
    c.launch.struct_size = 8;
  if (rule == 2)
    c.launch.kernel = 5;
  if (rule == 3)
    c.launch.flags = 4;
  if (rule == 4)
    c.launch.block_threads = 2;
  if (rule == 5)
    c.launch.dynamic_shared_bytes = 1;
  if (rule == 6)
    pass(&c, &rule, 8);
  if (rule == 7) {
    begin(&c, TOTAL_OF, 1, 1);
    for (int i = 0; i < 3; ++i)
      pass(&c, &rule, 4);
  }
  if (rule == 8)
    c.launch.grid[1] = 65536;
  if (rule == 9)
    c.launch.grid[0] = -1;
  if (rule == 10) {
    c.launch.grid[0] = 3;
    c.launch.cluster[0] = 2;
  }
  if (rule == 11)
    return host->device->fill(host, (char *)t[0].data + 2, 0, 1);
  if (rule == 12)
    return host->device->fill(host, t[0].data, 0, -1);
  if (rule == 13)
    return !host->device->workspace(host, -1);
  if (rule == 14)
    return !host->device->workspace(host, INT64_MAX);
  if (rule == 15)
    return host->fail(host, "the window must not be negative");
  if (rule == 16)
    return 7;
  if (rule == 17) {
    describe(&map, t);
    map.rank = 0;
    return host->device->tensor_map(host, &map, bytes);
  }
  if (rule == 18) {
    c.launch.grid[0] = 0; /* which is none: nothing to do */
    c.launch.flags = SQART_LAUNCH_COOPERATIVE;
  }
  if (rule == 19) {
    c.launch.flags = SQART_LAUNCH_COOPERATIVE | SQART_LAUNCH_OVERLAP;
    c.launch.cluster[0] = 1;
    c.launch.grid[1] = c.launch.cluster[1] = 2;
  }
  return host->device->launch(host, &c.launch);
}

__attribute__((visibility("default"))) sqart_entry_fn_t
sqart_library_query(uint32_t abi_version, uint32_t ordinal) {
  if (abi_version != SQART_KERNEL_ABI_VERSION)
    return 0;
  if (ordinal == 0)
    return scaledAddOnCpu;
  if (ordinal == (0 | SQART_ORDINAL_CUDA))
    return scaledAdd;
  if (ordinal == (1 | SQART_ORDINAL_CUDA))
    return copyRows;
  if (ordinal == (2 | SQART_ORDINAL_CUDA))
    return sum;
  if (ordinal == (3 | SQART_ORDINAL_CUDA))
    return fault;
  if (ordinal == (4 | SQART_ORDINAL_CUDA))
    return misuse;
  return 0;
}
