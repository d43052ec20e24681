/*===- tensor.h - Tensors for the C examples ----------------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Inputs of the sizes that the command line gives, and what comes out as text.
 */
#ifndef SQA_EXAMPLES_C_TENSOR_H
#define SQA_EXAMPLES_C_TENSOR_H

#include "sqart/sqart.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_RANK = 16, DEFAULT_SIZE = 16, SHOWN_VALUES = 8 };

/* Prints why `call` failed and leaves the function with it. */
#define TRY(call)                                                              \
  do {                                                                         \
    sqart_status_t status = (call);                                            \
    if (status != SQART_STATUS_OK) {                                           \
      fprintf(stderr, "%s: %s\n", sqart_status_name(status),                   \
              sqart_last_error());                                             \
      return status;                                                           \
    }                                                                          \
  } while (0)

/* A tensor whose memory is ours: row-major, no gaps. */
typedef struct {
  DLTensor dl;
  int64_t shape[MAX_RANK];
  size_t elements;
} tensor_t;

static int allocate(tensor_t *tensor, const sqart_tensor_info_t *info) {
  size_t bytes = info->dtype.bits / 8, elements = 1;
  for (int32_t i = 0; i < info->rank; ++i)
    if (__builtin_mul_overflow(elements, (size_t)tensor->shape[i], &elements))
      elements = SIZE_MAX / 2; /* calloc refuses */
  tensor->elements = elements;
  tensor->dl.device.device_type = kDLCPU;
  tensor->dl.ndim = info->rank;
  tensor->dl.dtype = info->dtype;
  tensor->dl.shape = tensor->shape;
  tensor->dl.strides = NULL; /* row-major */
  tensor->dl.data = calloc(elements + 1, bytes);
  if (!tensor->dl.data)
    fprintf(stderr, "no memory for %s: %s\n", info->name, info->type);
  return tensor->dl.data != NULL;
}

/* The size of a dynamic dimension: from the SYMBOL=SIZE of that name. */
static int64_t chosen_size(const char *symbol, int count, char **settings) {
  size_t length = strlen(symbol);
  for (int i = 0; i < count; ++i)
    if (!strncmp(settings[i], symbol, length) && settings[i][length] == '=')
      return strtoll(settings[i] + length + 1, NULL, 10);
  return DEFAULT_SIZE;
}

/* Some values in [-1, 1); ones where the elements are not floats. */
static void fill(tensor_t *tensor, uint32_t seed) {
  DLDataType type = tensor->dl.dtype;
  for (size_t i = 0; i < tensor->elements; ++i) {
    seed = seed * 1664525u + 1013904223u;
    float value = (float)(int32_t)seed / 2147483648.0f;
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    char *to = (char *)tensor->dl.data + i * (type.bits / 8);
    if (type.code == kDLFloat && type.bits == 32) {
      memcpy(to, &value, sizeof(value));
    } else if (type.code == kDLBfloat) {
      uint16_t upper = (uint16_t)(bits >> 16);
      memcpy(to, &upper, sizeof(upper));
    } else if (type.code == kDLFloat && type.bits == 16) {
      /* +-(0.5 + k/2048): sign, exponent of 0.5, ten bits of fraction. */
      uint16_t half = (uint16_t)((bits >> 16 & 0x8000) | 0x3800 | (seed >> 22));
      memcpy(to, &half, sizeof(half));
    } else if (type.code != kDLFloat) {
      *to = 1; /* little-endian */
    }
  }
}

static void print_values(const tensor_t *tensor,
                         const sqart_tensor_info_t *info) {
  printf("%s: %s =", info->name, info->type);
  for (size_t i = 0; i < tensor->elements && i < SHOWN_VALUES; ++i) {
    if (info->dtype.code == kDLFloat && info->dtype.bits == 32) {
      printf(" %g", ((const float *)tensor->dl.data)[i]);
    } else if (info->dtype.code == kDLBfloat) {
      uint32_t bits = (uint32_t)((const uint16_t *)tensor->dl.data)[i] << 16;
      float value;
      memcpy(&value, &bits, sizeof(value));
      printf(" %g", value);
    } else { /* as its bytes */
      uint64_t raw = 0;
      size_t bytes = info->dtype.bits / 8;
      memcpy(&raw, (const char *)tensor->dl.data + i * bytes, bytes);
      printf(" 0x%" PRIx64, raw);
    }
  }
  printf("%s\n", tensor->elements > SHOWN_VALUES ? " ..." : "");
}

/* The sizes of an input from its signature and the command line. */
static void choose_shape(tensor_t *tensor, const sqart_tensor_info_t *info,
                         int count, char **settings) {
  for (int32_t d = 0; d < info->rank; ++d)
    tensor->shape[d] = info->dims[d] != SQART_DYNAMIC_DIM
                           ? info->dims[d]
                           : chosen_size(info->dim_texts[d], count, settings);
}

#endif /* SQA_EXAMPLES_C_TENSOR_H */
