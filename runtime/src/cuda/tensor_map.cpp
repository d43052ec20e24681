//===- tensor_map.cpp - Descriptors of tensor copies, cached --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The driver answers every mistake with "invalid value"; the checks here are
// its documented rules (cuTensorMapEncodeTiled), so that a message can name
// what is wrong. Base and strides come from the caller's tensors, all else from
// the compiler.

#include "cuda/tensor_map.h"

#include <cstring>

using namespace sqart;
using namespace sqart::cuda;

static_assert(sizeof(TensorMap) == SQART_TENSOR_MAP_BYTES &&
                  alignof(TensorMap) >= SQART_TENSOR_MAP_ALIGNMENT,
              "CUtensorMap");

static uint32_t elementBytes(uint32_t element) {
  switch (element) {
  case SQART_TENSOR_MAP_UINT8:
    return 1;
  case SQART_TENSOR_MAP_UINT16:
  case SQART_TENSOR_MAP_FLOAT16:
  case SQART_TENSOR_MAP_BFLOAT16:
    return 2;
  case SQART_TENSOR_MAP_UINT32:
  case SQART_TENSOR_MAP_INT32:
  case SQART_TENSOR_MAP_FLOAT32:
    return 4;
  case SQART_TENSOR_MAP_UINT64:
  case SQART_TENSOR_MAP_INT64:
  case SQART_TENSOR_MAP_FLOAT64:
    return 8;
  default:
    return 0;
  }
}

static sqart_status_t wrong(const char *what, int64_t got) {
  return fail(SQART_STATUS_INTERNAL,
              "compiled code asks for a tensor map with %s %lld", what,
              static_cast<long long>(got));
}

static sqart_status_t checkForm(const sqart_tensor_map_v0_t &map) {
  if (map.struct_size != sizeof(map))
    return wrong("struct_size", map.struct_size);
  if (map.rank < 1 || map.rank > SQART_TENSOR_MAP_MAX_RANK)
    return wrong("rank", map.rank);
  uint32_t bytes = elementBytes(map.element);
  if (bytes == 0)
    return wrong("element type", map.element);
  if (map.swizzle > 3 || map.l2_promotion > 3 || map.oob_fill > 1)
    return wrong("an unknown swizzle, promotion or fill, such as", map.swizzle);
  for (uint32_t i = 0; i < map.rank; ++i)
    if (map.box[i] < 1 || map.box[i] > 256)
      return wrong("a box of size", map.box[i]);
  uint32_t row = map.box[0] * bytes;
  if (row % 16 != 0)
    return wrong("a box whose rows are not multiples of 16 bytes but", row);
  if (map.swizzle != 0 && row > 16u << map.swizzle)
    return wrong("a box whose rows exceed the swizzle: they have bytes", row);
  return SQART_STATUS_OK;
}

sqart_status_t cuda::checkTensorMap(const sqart_tensor_map_v0_t &in,
                                    sqart_tensor_map_v0_t &out, bool &empty) {
  SQART_TRY(checkForm(in));
  out = in;
  out.reserved = 0;
  empty = false;
  for (uint32_t i = 0; i < in.rank; ++i) {
    if (in.sizes[i] < 0 || in.sizes[i] > int64_t(UINT32_MAX))
      return wrong("a dimension of size", in.sizes[i]);
    empty |= in.sizes[i] == 0;
  }
  if (empty)
    return SQART_STATUS_OK;
  if (reinterpret_cast<uintptr_t>(in.base) % 16 != 0 || !in.base)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "a tensor map needs memory aligned to 16 bytes, but got %p",
                in.base);
  // A stride that no index is multiplied with, in a form the driver takes.
  int64_t unused = (in.sizes[0] * elementBytes(in.element) + 15) & ~15;
  out.strides[0] = 0;
  for (uint32_t i = 1; i < SQART_TENSOR_MAP_MAX_RANK; ++i) {
    if (i >= in.rank) {
      out.sizes[i] = out.strides[i] = out.box[i] = 0;
      continue;
    }
    if (in.sizes[i] == 1)
      out.strides[i] = unused;
    int64_t stride = out.strides[i];
    if (stride < 0 || stride >= int64_t(1) << 40 || stride % 16 != 0)
      return fail(SQART_STATUS_INVALID_ARGUMENT,
                  "a tensor map needs strides that are multiples of 16 bytes "
                  "below 2^40, but got %lld",
                  static_cast<long long>(stride));
  }
  return SQART_STATUS_OK;
}

static size_t slotOf(const sqart_tensor_map_v0_t &description, size_t slots) {
  // FNV-1a over words; the struct has no padding.
  uint64_t words[sizeof(description) / 8], hash = 0xcbf29ce484222325;
  std::memcpy(words, &description, sizeof(words));
  for (uint64_t word : words)
    hash = (hash ^ word) * 0x100000001b3;
  return size_t(hash >> 40) % slots;
}

static sqart_status_t encode(const Driver &driver,
                             const sqart_tensor_map_v0_t &d, TensorMap &out) {
  uint64_t sizes[SQART_TENSOR_MAP_MAX_RANK];
  uint64_t strides[SQART_TENSOR_MAP_MAX_RANK] = {};
  uint32_t ones[SQART_TENSOR_MAP_MAX_RANK];
  for (uint32_t i = 0; i < d.rank; ++i) {
    sizes[i] = uint64_t(d.sizes[i]);
    ones[i] = 1;
    if (i > 0)
      strides[i - 1] = uint64_t(d.strides[i]);
  }
  SQART_CUDA_TRY(driver, cuTensorMapEncodeTiled, &out, int(d.element), d.rank,
                 d.base, sizes, strides, d.box, ones, /*interleave=*/0,
                 int(d.swizzle), int(d.l2_promotion), int(d.oob_fill));
  return SQART_STATUS_OK;
}

sqart_status_t TensorMapCache::get(const Driver &driver,
                                   const sqart_tensor_map_v0_t &description,
                                   void *out) {
  sqart_tensor_map_v0_t canonical;
  bool empty = false;
  SQART_TRY(checkTensorMap(description, canonical, empty));
  if (empty) {
    std::memset(out, 0, SQART_TENSOR_MAP_BYTES);
    return SQART_STATUS_OK;
  }
  if (!slots)
    slots = std::make_unique<Slot[]>(numSlots);
  Slot &slot = slots[slotOf(canonical, numSlots)];
  if (!slot.used ||
      std::memcmp(&slot.description, &canonical, sizeof(canonical)) != 0) {
    slot.used = false;
    SQART_TRY(encode(driver, canonical, slot.map));
    slot.description = canonical;
    slot.used = true;
  }
  std::memcpy(out, &slot.map, SQART_TENSOR_MAP_BYTES);
  return SQART_STATUS_OK;
}
