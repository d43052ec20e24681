/*===- cuda.h - Call compiled packages on NVIDIA GPUs -------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Goes with sqart.h, whose rules on errors, structs and threads hold here too.
 * Needs no CUDA header: streams, contexts and events are the driver's handles
 * (CUstream, CUcontext, CUevent; cudaStream_t and cudaEvent_t are the same).
 *
 *   sqart_module_load -> sqart_module_prepare_cuda -> sqart_module_invoke_cuda
 *
 * Driver. libcuda.so.1 is opened by the first call that needs it. No driver,
 * one older than CUDA 12.0, no device, or no code for the device is
 * SQART_STATUS_UNSUPPORTED; what the driver fails is SQART_STATUS_DEVICE with
 * the driver's own name for it.
 *
 * Calls enqueue work on the caller's stream and return. They never wait for the
 * device, and once a module is prepared and has a workspace they allocate
 * nothing there, so that they can be captured into a CUDA graph. What fails on
 * the device comes later: from the next call in that context that asks the
 * driver for anything, as SQART_STATUS_DEVICE, "work enqueued earlier on this
 * GPU failed". The context is lost then, as always in CUDA.
 *
 * Threads. Calls of one module may run in any threads at the same time, on one
 * stream or several. The thread's current context is what it was afterwards.
 *
 * Contexts. Tensors, stream and context belong to one device. Unless told, a
 * call uses the stream's context, else the thread's current one if that is on
 * the tensors' device, else the device's primary context, which is the one of
 * the CUDA runtime API and of PyTorch; it is retained until the process ends.
 * A context must live until the modules used in it are destroyed, and a module
 * until its work on the device has ended.
 */
#ifndef SQART_CUDA_H
#define SQART_CUDA_H

#include "sqart/sqart.h"

#ifdef __cplusplus
extern "C" {
#endif

/*===----------------------------------------------------------------------===
 * Devices
 *===----------------------------------------------------------------------===*/

/* At least 1: without a device the status is SQART_STATUS_UNSUPPORTED and the
 * message says why. */
SQART_API sqart_status_t sqart_cuda_get_device_count(int32_t *out_count);

typedef struct sqart_cuda_device_info_t {
  size_t struct_size; /* set by the caller */
  char name[256];
  uint32_t compute_capability; /* 10 * major + minor */
  uint32_t multiprocessors;
  uint64_t memory_bytes;
  uint64_t l2_bytes;
  uint32_t max_shared_bytes; /* of a block */
  int32_t driver_version;    /* 12040 for CUDA 12.4 */
} sqart_cuda_device_info_t;

/* `device` is the number that DLDevice.device_id has. */
SQART_API sqart_status_t
sqart_cuda_get_device_info(int32_t device, sqart_cuda_device_info_t *out_info);

/*===----------------------------------------------------------------------===
 * Calls
 *===----------------------------------------------------------------------===*/

/* Loads the module's GPU code into a context (null: as above, without stream),
 * which takes time and device memory; PTX is compiled. Otherwise the first call
 * in the context does it. Does nothing the second time. */
SQART_API sqart_status_t sqart_module_prepare_cuda(sqart_module_t *module,
                                                   int32_t device,
                                                   void *context);

/* Bytes of workspace that a call with these tensors needs; 0 is common. Only
 * devices, types, shapes, strides and the alignment of data matter; data may be
 * null. Launches nothing, loads nothing, needs no context. */
SQART_API sqart_status_t sqart_module_get_workspace_cuda(
    sqart_module_t *module, uint32_t function, const DLTensor *const *inputs,
    uint32_t num_inputs, const DLTensor *const *outputs, uint32_t num_outputs,
    uint64_t *out_bytes);

typedef struct sqart_cuda_call_options_t {
  size_t struct_size;
  void *stream;  /* CUstream; null: the context's default stream */
  void *context; /* CUcontext; null: chosen as above */
  /* Device memory, aligned to 256 bytes, that the call's kernels may use until
   * they have run. Null: memory of the module, one block for each stream, which
   * the first call that needs more allocates. A captured call keeps using the
   * block it got: give it a workspace if its graph may run at the same time as
   * other calls on the stream. */
  void *workspace;
  uint64_t workspace_bytes;
} sqart_cuda_call_options_t;

static inline sqart_cuda_call_options_t sqart_cuda_call_options_default(void) {
  sqart_cuda_call_options_t options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  return options;
}

/* Enqueues a function on tensors of a GPU (kDLCUDA). Rules A2 to A6 of
 * sqart_module_invoke hold; A1 is: all tensors are on one device. `options` may
 * be null. sqart_module_invoke with such tensors is the same with null. */
SQART_API sqart_status_t sqart_module_invoke_cuda(
    sqart_module_t *module, uint32_t function, const DLTensor *const *inputs,
    uint32_t num_inputs, const DLTensor *const *outputs, uint32_t num_outputs,
    const sqart_cuda_call_options_t *options);

/*===----------------------------------------------------------------------===
 * Memory, streams and events
 *
 * For programs that have no CUDA of their own, such as sqa-run and the
 * examples. All of it is in the primary context of `device`.
 *===----------------------------------------------------------------------===*/

/* `bytes` bytes, not initialised, aligned to 256. 0 gives null. */
SQART_API sqart_status_t sqart_cuda_allocate(int32_t device, uint64_t bytes,
                                             void **out_pointer);
/* Waits for the work that may use it. Null is accepted. */
SQART_API sqart_status_t sqart_cuda_free(int32_t device, void *pointer);

/* From and to memory of the host or the device. Returns when it is done, and
 * starts after everything enqueued on the default stream. */
SQART_API sqart_status_t sqart_cuda_copy(int32_t device, void *to,
                                         const void *from, uint64_t bytes);

/* A stream that does not wait for the default stream, nor that for it. */
SQART_API sqart_status_t sqart_cuda_stream_create(int32_t device,
                                                  void **out_stream);
SQART_API sqart_status_t sqart_cuda_stream_destroy(int32_t device,
                                                   void *stream);
/* Returns when all work of the stream is done, with its failure if it failed.
 * Null is the default stream. */
SQART_API sqart_status_t sqart_cuda_stream_synchronize(int32_t device,
                                                       void *stream);

SQART_API sqart_status_t sqart_cuda_event_create(int32_t device,
                                                 void **out_event);
SQART_API sqart_status_t sqart_cuda_event_destroy(int32_t device, void *event);
SQART_API sqart_status_t sqart_cuda_event_record(int32_t device, void *event,
                                                 void *stream);
/* Waits for `end`, then gives the time between the two. */
SQART_API sqart_status_t sqart_cuda_event_elapsed(int32_t device, void *start,
                                                  void *end,
                                                  float *out_milliseconds);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SQART_CUDA_H */
