//===- arguments.cpp - Check what a caller passes to a function -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "arguments.h"
#include <algorithm>

using namespace sqart;

static sqart_status_t bad(const Function &function, size_t tensor,
                          const char *rule, const char *what,
                          long long expected, long long got) {
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%s: %s: expected %lld, but got %lld (rule %s)",
              TensorText(function, tensor).text, what, expected, got, rule);
}

static sqart_status_t bad(const Function &function, size_t tensor,
                          const char *rule, const char *what) {
  return fail(SQART_STATUS_INVALID_ARGUMENT, "%s: %s (rule %s)",
              TensorText(function, tensor).text, what, rule);
}

// How many there are, and that none is null.
static sqart_status_t checkCount(const Function &function, const char *kind,
                                 size_t expected, size_t first,
                                 const DLTensor *const *tensors, uint32_t got) {
  if (got != expected)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%.120s: expected %zu %ss, but got %u", function.name.c_str(),
                expected, kind, got);
  if (expected != 0 && !tensors)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%.120s: %ss: expected a pointer, but got null",
                function.name.c_str(), kind);
  for (size_t i = 0; i < expected; ++i)
    if (!tensors[i])
      return bad(function, first + i, "A2", "the tensor is null");
  return SQART_STATUS_OK;
}

static sqart_status_t checkRank(const Function &function, size_t index,
                                const DLTensor &tensor) {
  size_t rank = function.tensors[index].dims.size();
  if (tensor.ndim < 0 || size_t(tensor.ndim) != rank)
    return bad(function, index, "A2", "rank", (long long)rank, tensor.ndim);
  if (rank != 0 && !tensor.shape)
    return bad(function, index, "A2", "the shape is null");
  for (size_t i = 0; i < rank; ++i)
    if (tensor.shape[i] < 0)
      return fail(SQART_STATUS_INVALID_ARGUMENT,
                  "%s: dimension %zu: expected 0 or more, but got %lld (rule "
                  "A2)",
                  TensorText(function, index).text, i,
                  static_cast<long long>(tensor.shape[i]));
  return SQART_STATUS_OK;
}

sqart_status_t sqart::checkShapes(const Function &function,
                                  const DLTensor *const *inputs,
                                  uint32_t numInputs) {
  SQART_TRY(
      checkCount(function, "input", function.numInputs, 0, inputs, numInputs));
  for (size_t i = 0; i < numInputs; ++i)
    SQART_TRY(checkRank(function, i, *inputs[i]));
  return SQART_STATUS_OK;
}

// A1: a device that the function has code for, the same for all tensors.
sqart_status_t Arguments::checkDevice(size_t index, DLDevice got) {
  bool isCpu = got.device_type == kDLCPU && got.device_id == 0;
  bool isCuda = got.device_type == kDLCUDA && got.device_id >= 0;
  uint32_t kind = isCpu ? deviceCpu : isCuda ? deviceCuda : 0;
  const char *expected = "the CPU (device type 1, id 0)";
  if (allowedDevices == deviceCuda)
    expected = "a GPU (device type 2)";
  else if (allowedDevices & deviceCuda)
    expected = "the CPU or a GPU (device type 1, id 0, or 2)";
  if (!(kind & allowedDevices))
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%s: expected memory of %s, but got device type %d, id %d "
                "(rule A1)",
                TensorText(*function, index).text, expected,
                int(got.device_type), got.device_id);
  if (index == 0)
    where = got;
  if (got.device_type == where.device_type && got.device_id == where.device_id)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%s: expected memory of device type %d, id %d, as '%.120s', but "
              "got device type %d, id %d (rule A1)",
              TensorText(*function, index).text, int(where.device_type),
              where.device_id, function->tensors[0].name.c_str(),
              int(got.device_type), got.device_id);
}

// Device, type, rank (A1, A2); copies sizes and strides, absent ones computed.
sqart_status_t Arguments::copyDescriptor(size_t index, const DLTensor *tensor) {
  const Tensor &formal = function->tensors[index];
  SQART_TRY(checkDevice(index, tensor->device));
  DLDataType type = formal.dtype.dlpack;
  if (tensor->dtype.code != type.code || tensor->dtype.bits != type.bits ||
      tensor->dtype.lanes != type.lanes)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "%s: expected element type %s, but got %s (rule A2)",
                TensorText(*function, index).text, formal.dtype.name,
                DtypeText(tensor->dtype).text);
  SQART_TRY(checkRank(*function, index, *tensor));

  size_t rank = formal.dims.size();
  int64_t *size = &sizes[index * maxRank], *stride = &strides[index * maxRank];
  for (size_t i = 0; i < rank; ++i)
    size[i] = tensor->shape[i];
  // Strides mean nothing without an element (NumPy writes 0) and in a
  // dimension with one index.
  bool any = std::find(size, size + rank, 0) == size + rank;
  // Row-major strides; where they overflow, checkMemory finds the size does.
  int64_t packed = 1;
  for (size_t i = rank; i-- > 0;) {
    bool given = tensor->strides && any && size[i] > 1;
    stride[i] = given ? tensor->strides[i] : packed;
    if (__builtin_mul_overflow(stride[i], std::max(size[i], int64_t(1)),
                               &packed))
      packed = 0;
  }
  if (rank != 0 && (!any || size[rank - 1] <= 1))
    stride[rank - 1] = 1;
  auto *data = static_cast<uint8_t *>(tensor->data);
  uint64_t address = reinterpret_cast<uintptr_t>(data), shifted = 0;
  if (__builtin_add_overflow(address, tensor->byte_offset, &shifted))
    return bad(*function, index, "A6", "byte_offset is out of range");
  data = reinterpret_cast<uint8_t *>(uintptr_t(shifted));
  abi[index] = {data, size, stride};
  footprints[index] = {data, 0,      int64_t(elementBytes(type)),
                       size, stride, rank};
  // An offset from nowhere is nowhere.
  if (address == 0)
    footprints[index].data = nullptr;
  return SQART_STATUS_OK;
}

// A3.
sqart_status_t Arguments::checkStrides(size_t index) {
  const Footprint &f = footprints[index];
  if (f.rank != 0 && f.strides[f.rank - 1] != 1)
    return bad(*function, index, "A3", "innermost stride", 1,
               f.strides[f.rank - 1]);
  for (size_t i = 0; i < f.rank; ++i)
    if (f.strides[i] < 0)
      return fail(SQART_STATUS_INVALID_ARGUMENT,
                  "%s: stride of dimension %zu: expected 0 or more, but got "
                  "%lld (rule A3)",
                  TensorText(*function, index).text, i,
                  static_cast<long long>(f.strides[i]));
  return SQART_STATUS_OK;
}

// A4, A6, and A5 within an output; finds the byte range.
sqart_status_t Arguments::checkMemory(size_t index) {
  Footprint &f = footprints[index];
  for (size_t i = 0; i < f.rank; ++i)
    if (f.sizes[i] == 0) {
      abi[index].data = nullptr;
      return SQART_STATUS_OK; // no elements: no memory to speak of
    }
  // Bytes of all elements, then bytes from the first to the last.
  int64_t volume = f.elementBytes, last = 0;
  bool overflow = false;
  for (size_t i = 0; i < f.rank; ++i) {
    int64_t step = 0;
    overflow |= __builtin_mul_overflow(volume, f.sizes[i], &volume);
    overflow |= __builtin_mul_overflow(f.sizes[i] - 1, f.strides[i], &step);
    overflow |= __builtin_add_overflow(last, step, &last);
  }
  overflow |= __builtin_mul_overflow(last, f.elementBytes, &last);
  overflow |= __builtin_add_overflow(last, f.elementBytes, &f.bytes);
  uintptr_t address = reinterpret_cast<uintptr_t>(f.data), end = 0;
  overflow |= __builtin_add_overflow(address, uintptr_t(f.bytes), &end);
  if (overflow)
    return bad(*function, index, "A6", "its size in bytes is out of range");
  if (!f.data && !needMemory) {
    f.bytes = 0; // overlaps nothing
    return SQART_STATUS_OK;
  }
  if (!f.data)
    return bad(*function, index, "A4", "the data pointer is null");
  if (address % size_t(f.elementBytes) != 0)
    return fail(
        SQART_STATUS_INVALID_ARGUMENT,
        "%s: expected data aligned to the element size of %lld bytes, "
        "but got an address that is %llu off (rule A4)",
        TensorText(*function, index).text,
        static_cast<long long>(f.elementBytes),
        static_cast<unsigned long long>(address % size_t(f.elementBytes)));
  if (index >= function->numInputs && !elementsAreDisjoint(f))
    return bad(*function, index, "A5",
               "expected strides that give each element its own memory");
  return SQART_STATUS_OK;
}

// A5 between an output and everything else.
sqart_status_t Arguments::checkOverlaps() {
  for (size_t i = function->numInputs; i < footprints.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const Footprint &a = footprints[i], &b = footprints[j];
      if (a.bytes == 0 || b.bytes == 0 || areDisjoint(a, b))
        continue;
      bool isInput = j < function->numInputs;
      return fail(SQART_STATUS_INVALID_ARGUMENT,
                  "%s: expected memory of its own, but it overlaps %s %zu "
                  "'%.120s' (rule A5)",
                  TensorText(*function, i).text, isInput ? "input" : "output",
                  isInput ? j : j - function->numInputs,
                  function->tensors[j].name.c_str());
    }
  return SQART_STATUS_OK;
}

sqart_status_t
Arguments::check(const Function &callee, const DLTensor *const *inputs,
                 uint32_t numInputs, const DLTensor *const *outputs,
                 uint32_t numOutputs, uint32_t devices, bool mustHaveMemory) {
  function = &callee;
  allowedDevices = devices & callee.devices;
  needMemory = mustHaveMemory;
  where = {kDLCPU, 0};
  size_t count = callee.tensors.size();
  SQART_TRY(
      checkCount(callee, "input", callee.numInputs, 0, inputs, numInputs));
  SQART_TRY(checkCount(callee, "output", callee.numOutputs(), callee.numInputs,
                       outputs, numOutputs));
  abi.resize(count);
  footprints.resize(count);
  shapes.resize(count);
  sizes.resize(count * maxRank);
  strides.resize(count * maxRank);
  symbols.resize(callee.symbols.size());

  for (size_t i = 0; i < count; ++i) {
    SQART_TRY(
        copyDescriptor(i, i < numInputs ? inputs[i] : outputs[i - numInputs]));
    shapes[i] = footprints[i].sizes;
  }
  SQART_TRY(solveSymbols(callee, shapes.data(), symbols.data()));
  for (size_t i = callee.numInputs; i < count; ++i)
    for (size_t j = 0; j < footprints[i].rank; ++j)
      SQART_TRY(checkDim(callee, i, j, symbols.data(), shapes[i][j]));
  for (size_t i = 0; i < count; ++i) {
    SQART_TRY(checkStrides(i));
    SQART_TRY(checkMemory(i));
  }
  return checkOverlaps();
}
