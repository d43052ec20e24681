/*===- sqart.h - Load and call compiled packages ------------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* The whole public interface of the runtime (C11 and C++17).
 *
 *   sqart_runtime_create -> sqart_module_load -> sqart_module_invoke
 *
 * Errors. Every function that can fail returns a status; SQART_STATUS_OK is 0.
 * After a failure sqart_last_error() has the reason, which names the argument
 * and says what was expected and what was got. Results in `out_` parameters are
 * then null (handles) or untouched. Nothing aborts, prints or throws.
 *
 * Pointers. Strings and arrays reached through a handle live as long as the
 * handle. Handles are freed by their _destroy / _close, which accept null.
 *
 * Threads. Every function may be called from any thread. Objects may be used by
 * many threads at a time; a handle must not be in use while it is freed.
 *
 * Options structs start with struct_size and have a _default() function; new
 * members are only ever appended.
 */
#ifndef SQART_SQART_H
#define SQART_SQART_H

#include "dlpack/dlpack.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(SQART_STATIC)
#define SQART_API
#else
#define SQART_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*===----------------------------------------------------------------------===
 * Status
 *===----------------------------------------------------------------------===*/

/* Use the first that fits. */
typedef enum sqart_status_t {
  SQART_STATUS_OK = 0,
  /* The caller passed something wrong: a null pointer, a shape, an option. */
  SQART_STATUS_INVALID_ARGUMENT = 1,
  /* No function, tensor, parameter or file of that name. */
  SQART_STATUS_NOT_FOUND = 2,
  /* The bytes of a file break a rule of its format. */
  SQART_STATUS_MALFORMED = 3,
  /* Bytes are not the ones that were hashed or pinned. */
  SQART_STATUS_INTEGRITY = 4,
  /* Made for another version of the format or of the kernel ABI. */
  SQART_STATUS_VERSION = 5,
  /* This machine cannot do it: no code for this CPU or GPU, no driver. */
  SQART_STATUS_UNSUPPORTED = 6,
  /* Not trusted, or the file's owner or mode is refused. */
  SQART_STATUS_PERMISSION = 7,
  SQART_STATUS_OUT_OF_MEMORY = 8,
  /* The system failed a call; the message has its reason. */
  SQART_STATUS_IO = 9,
  /* A stated limit is exceeded: file size, number of threads. */
  SQART_STATUS_LIMIT = 10,
  /* Compiled code reported a failure; the message is its own. */
  SQART_STATUS_KERNEL = 11,
  /* A bug in the runtime or the compiler. */
  SQART_STATUS_INTERNAL = 12,
  /* The GPU or its driver failed a call, or work enqueued before it; the
   * message has the driver's name for the reason. */
  SQART_STATUS_DEVICE = 13
} sqart_status_t;

/* "ok", "invalid argument", ...; "unknown status" for any other number. */
SQART_API const char *sqart_status_name(sqart_status_t status);

/* Why the last failing call of this thread failed. Never null. Valid until the
 * thread's next call that fails. */
SQART_API const char *sqart_last_error(void);

/* "0.1.0". */
SQART_API const char *sqart_version(void);

/*===----------------------------------------------------------------------===
 * Runtime: the threads that run kernels
 *===----------------------------------------------------------------------===*/

typedef struct sqart_runtime_t sqart_runtime_t;

/* Calls task(context, worker) once for a worker number. */
typedef void (*sqart_task_fn_t)(void *context, int32_t worker);

/* The host application's threads, in place of the runtime's own pool. */
typedef struct sqart_executor_t {
  size_t struct_size;
  void *self;
  /* How many tasks can run at a time, the caller's thread included; >= 1. */
  int32_t concurrency;
  /* Calls task(context, w) for every w in [0, workers), each once, from any
   * threads, and returns when all have returned. Tasks do not wait for each
   * other, so running them one after the other is legal, and so is leaving some
   * out: the work is then done by the others and the caller. May be called
   * from several threads at a time. */
  void (*run)(void *self, sqart_task_fn_t task, void *context, int32_t workers);
} sqart_executor_t;

typedef struct sqart_runtime_options_t {
  size_t struct_size;
  /* Threads that compute, the caller's included. 0: as many as this process
   * may run on. Must be 0 if an executor is given. */
  int32_t num_threads;
  /* Time idle pool threads spin before they sleep. Negative: the default. */
  int32_t spin_microseconds;
  /* Copied. Null: a pool of the runtime's own. */
  const sqart_executor_t *executor;
} sqart_runtime_options_t;

static inline sqart_runtime_options_t sqart_runtime_options_default(void) {
  sqart_runtime_options_t options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.spin_microseconds = -1;
  return options;
}

/* `options` may be null. A child made by fork() cannot use its parent's pool:
 * calls fail there, and it should create a runtime of its own. */
SQART_API sqart_status_t sqart_runtime_create(
    const sqart_runtime_options_t *options, sqart_runtime_t **out_runtime);

/* Modules that were loaded with it keep working. */
SQART_API void sqart_runtime_destroy(sqart_runtime_t *runtime);

/* Threads that compute, the caller's included. */
SQART_API int32_t sqart_runtime_num_threads(const sqart_runtime_t *runtime);

/*===----------------------------------------------------------------------===
 * Packages: what a file says. Any bytes are safe to inspect; no code is mapped.
 *===----------------------------------------------------------------------===*/

typedef struct sqart_package_t sqart_package_t;

/* Largest package read unless the caller says otherwise: 1 GiB. */
#define SQART_DEFAULT_MAX_PACKAGE_BYTES (UINT64_C(1) << 30)

/* Reads the file once into memory of its own, and verifies all of it.
 * `max_bytes` 0 means SQART_DEFAULT_MAX_PACKAGE_BYTES. */
SQART_API sqart_status_t sqart_package_inspect(const char *path,
                                               uint64_t max_bytes,
                                               sqart_package_t **out_package);

/* The same of bytes in memory, which are copied. */
SQART_API sqart_status_t sqart_package_inspect_memory(
    const void *bytes, size_t size, sqart_package_t **out_package);

SQART_API void sqart_package_destroy(sqart_package_t *package);

typedef struct sqart_package_info_t {
  size_t struct_size; /* set by the caller */
  const char *name;
  const char *producer;
  uint32_t format_version;
  uint32_t kernel_abi_version;
  uint64_t size;
  uint8_t sha256[32]; /* of the whole file: what `sha256sum` prints */
  uint32_t num_functions;
  uint32_t num_variants;
  uint32_t num_sections;
  const char *remarks;  /* "" if absent */
  const char *schedule; /* "" if absent */
  uint32_t num_gpu_modules;
} sqart_package_info_t;

SQART_API sqart_status_t sqart_package_get_info(const sqart_package_t *package,
                                                sqart_package_info_t *out_info);

typedef struct sqart_section_info_t {
  size_t struct_size; /* set by the caller */
  const char *name;
  uint32_t kind; /* sqart_section_kind_t of package_format.h */
  const char *kind_name;
  uint64_t offset;
  uint64_t size;
  const void *data; /* `size` bytes, as aligned as the section asks for */
} sqart_section_info_t;

SQART_API sqart_status_t
sqart_package_get_section(const sqart_package_t *package, uint32_t index,
                          sqart_section_info_t *out_info);

typedef struct sqart_variant_info_t {
  size_t struct_size;   /* set by the caller */
  const char *isa;      /* "x86-64-v3" */
  const char *features; /* "avx2,fma" */
  int32_t priority;
  uint32_t section;
  int32_t runs_here; /* 1 if this machine has all features */
  uint32_t devices;  /* SQART_DEVICE_*, or-ed: calls it has code for */
  /* The first feature it lacks, or ""; a system that refuses the tile registers
   * to the process lacks "amx-tile". */
  const char *missing;
} sqart_variant_info_t;

SQART_API sqart_status_t
sqart_package_get_variant(const sqart_package_t *package, uint32_t index,
                          sqart_variant_info_t *out_info);

/* GPU code for one architecture; see schema/manifest.fbs. */
typedef struct sqart_gpu_module_info_t {
  size_t struct_size; /* set by the caller */
  const char *arch;   /* "sm_90a" */
  uint32_t program;   /* 0 is preferred to 1, where both run */
  uint32_t section;   /* of kind cubin or ptx */
  uint32_t num_kernels;
  const char *const *kernels; /* names */
} sqart_gpu_module_info_t;

SQART_API sqart_status_t
sqart_package_get_gpu_module(const sqart_package_t *package, uint32_t index,
                             sqart_gpu_module_info_t *out_info);

/*===----------------------------------------------------------------------===
 * Signatures
 *===----------------------------------------------------------------------===*/

/* sqart_function_info_t::devices. */
typedef enum sqart_device_kind_t {
  SQART_DEVICE_CPU = 1, /* tensors of kDLCPU */
  SQART_DEVICE_CUDA = 2 /* tensors of kDLCUDA; see cuda.h */
} sqart_device_kind_t;

typedef struct sqart_function_info_t {
  size_t struct_size; /* set by the caller */
  const char *name;
  uint32_t num_inputs;
  uint32_t num_outputs;
  uint32_t num_symbols;
  /* "attention(query: 1x8xSx64xf32, ...) -> (result: 1x8xSx64xf32)" */
  const char *signature;
  const char *remarks;  /* "" if absent */
  const char *schedule; /* "" if absent */
  uint32_t devices;     /* where it runs: sqart_device_kind_t, or-ed */
} sqart_function_info_t;

/* Number of the function called `name`. */
SQART_API sqart_status_t sqart_package_find_function(
    const sqart_package_t *package, const char *name, uint32_t *out_function);

SQART_API sqart_status_t
sqart_package_get_function(const sqart_package_t *package, uint32_t function,
                           sqart_function_info_t *out_info);

/* A dimension that is known only when the function is called. */
#define SQART_DYNAMIC_DIM INT64_C(-1)

typedef struct sqart_tensor_info_t {
  size_t struct_size; /* set by the caller */
  const char *name;
  DLDataType dtype;
  const char *dtype_name; /* "f32"; booleans are "i1", one byte each */
  int32_t rank;
  const int64_t *dims; /* rank entries; SQART_DYNAMIC_DIM if not static */
  const char *const *dim_texts; /* rank entries: "64", "S", "ceildiv(S, 8)" */
  const char *type;             /* "1x8xSx64xf32" */
  const char
      *parameter; /* weight bound by name; null if an ordinary argument */
} sqart_tensor_info_t;

/* Tensors are numbered inputs first, then outputs. */
SQART_API sqart_status_t
sqart_package_get_tensor(const sqart_package_t *package, uint32_t function,
                         uint32_t tensor, sqart_tensor_info_t *out_info);

/*===----------------------------------------------------------------------===
 * Modules: code in memory. Loading a package is running a program.
 *===----------------------------------------------------------------------===*/

typedef struct sqart_module_t sqart_module_t;

/* Why the caller believes the package. There is no default that allows. */
typedef enum sqart_trust_t {
  SQART_TRUST_NONE = 0, /* load fails */
  /* The file's SHA-256 is options.sha256, which the caller has from a source
   * that it trusts. */
  SQART_TRUST_SHA256 = 1,
  /* The caller or its user compiled this file on this machine. Only files that
   * no other user can change are accepted: of one hard link, owned by root or
   * the effective user, not writable by others, nor any parent directory. */
  SQART_TRUST_LOCAL_BUILD = 2
} sqart_trust_t;

typedef enum sqart_load_flag_t {
  /* Accept a file or a parent directory that its group can write. */
  SQART_LOAD_ALLOW_GROUP_WRITABLE = 1,
  /* Accept any owner, mode, number of links and parent directories: at the
   * caller's risk. Pinned files are not asked for these in the first place. */
  SQART_LOAD_ALLOW_ANY_OWNER = 2,
  /* Never give PTX to the driver's compiler: only code made for the GPU runs.
   */
  SQART_LOAD_NO_PTX = 4
} sqart_load_flag_t;

typedef struct sqart_load_options_t {
  size_t struct_size;
  uint32_t trust; /* sqart_trust_t */
  uint32_t flags; /* sqart_load_flag_t, or-ed */
  uint8_t sha256[32];
  uint64_t max_bytes; /* 0: SQART_DEFAULT_MAX_PACKAGE_BYTES */
  const char *isa;    /* take this variant only; null: the best one */
} sqart_load_options_t;

static inline sqart_load_options_t sqart_load_options_default(void) {
  sqart_load_options_t options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  return options;
}

/* Reads the file once into memory of its own, verifies that, and maps the
 * variant this machine runs best. The file may change or go away afterwards.
 * Symbolic links are refused. */
SQART_API sqart_status_t sqart_module_load(sqart_runtime_t *runtime,
                                           const char *path,
                                           const sqart_load_options_t *options,
                                           sqart_module_t **out_module);

/* The same of bytes in memory, which are copied. */
SQART_API sqart_status_t sqart_module_load_memory(
    sqart_runtime_t *runtime, const void *bytes, size_t size,
    const sqart_load_options_t *options, sqart_module_t **out_module);

SQART_API void sqart_module_destroy(sqart_module_t *module);

/* What was loaded; lives as long as the module. */
SQART_API const sqart_package_t *
sqart_module_package(const sqart_module_t *module);

/* Name of the variant in use, such as "x86-64-v3". */
SQART_API const char *sqart_module_isa(const sqart_module_t *module);

/*===----------------------------------------------------------------------===
 * Calls
 *===----------------------------------------------------------------------===*/

/* Dimensions of output `output` for inputs of the given shapes (only ndim and
 * shape of `inputs` are read), written to `out_dims`, which has room for
 * `rank` entries: exactly the rank of the output. */
SQART_API sqart_status_t
sqart_package_output_shape(const sqart_package_t *package, uint32_t function,
                           const DLTensor *const *inputs, uint32_t num_inputs,
                           uint32_t output, int64_t *out_dims, int32_t rank);

/* Runs a function and returns when the outputs are written; with tensors on a
 * GPU, it returns before that (see cuda.h). Rules for tensors:
 *   A1  memory of the CPU (kDLCPU, device_id 0) or of one GPU (kDLCUDA), where
 * the function has code for it, the same for all tensors.
 *   A2  dtype, rank and dimensions as in the signature; equal symbols are
 * equal. A3  innermost stride 1 (any if the dimension has at most one element);
 * other strides of inputs >= 0. strides may be null: row-major without gaps. A4
 * data + byte_offset is a multiple of the element size, and non-null unless the
 * tensor has no elements. A5  no two elements of an output share memory; no
 * output shares an element with another argument. Interleaved views of one
 * buffer are accepted where the runtime can tell that they are disjoint. A6
 * sizes in bytes are below 2^63. On failure the contents of outputs are
 * unspecified. Several threads may call at once: their kernels take turns on
 * the pool's threads. */
SQART_API sqart_status_t sqart_module_invoke(
    sqart_module_t *module, uint32_t function, const DLTensor *const *inputs,
    uint32_t num_inputs, const DLTensor *const *outputs, uint32_t num_outputs);

/*===----------------------------------------------------------------------===
 * Parameters: weights in a .safetensors file
 *===----------------------------------------------------------------------===*/

typedef struct sqart_parameters_t sqart_parameters_t;

typedef enum sqart_parameters_flag_t {
  /* Copy the file instead of mapping it. A mapped file must not be truncated
   * by anybody while it is open: that would kill the process. */
  SQART_PARAMETERS_COPY = 1
} sqart_parameters_flag_t;

/* Verifies the header: sizes, names, no overlap, no holes. */
SQART_API sqart_status_t sqart_parameters_open(
    const char *path, uint32_t flags, sqart_parameters_t **out_parameters);

/* The same of bytes in memory, which are copied. */
SQART_API sqart_status_t sqart_parameters_open_memory(
    const void *bytes, size_t size, sqart_parameters_t **out_parameters);

SQART_API void sqart_parameters_close(sqart_parameters_t *parameters);

SQART_API uint32_t sqart_parameters_count(const sqart_parameters_t *parameters);

/* Entries are sorted by name. The tensors are read-only. */
SQART_API sqart_status_t
sqart_parameters_get(const sqart_parameters_t *parameters, uint32_t index,
                     const char **out_name, const DLTensor **out_tensor);

SQART_API sqart_status_t
sqart_parameters_find(const sqart_parameters_t *parameters, const char *name,
                      const DLTensor **out_tensor);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SQART_SQART_H */
