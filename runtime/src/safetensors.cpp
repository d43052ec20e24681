//===- safetensors.cpp - Weights in a .safetensors file -------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The format: 8 bytes of length N (little-endian), N bytes of JSON, tensors.
// Rules, all at open:
//   S1  N is at most 100 MB and inside the file; the JSON is an object.
//   S2  names are unique, 1 to 1024 bytes; "__metadata__" maps strings to
//       strings and is not kept.
//   S3  each tensor has a known dtype, a shape of rank <= 32 and two offsets,
//       once each and nothing else; end - begin is the size in bytes.
//   S4  sorted by offset the tensors fill the rest of the file: no overlap, no
//       hole, no trailing bytes.
// Test: test/safetensors_test.cpp.

#include "file.h"
#include "json.h"
#include "options.h"

#include <memory>
#include <vector>

using namespace sqart;

static constexpr uint64_t maxHeaderBytes = 100'000'000;
static constexpr size_t maxParameterRank = 32;
static constexpr size_t maxParameterName = 1024;

namespace {
struct Parameter {
  std::string name;
  std::vector<int64_t> shape, strides;
  DLDataType dtype = {};
  uint64_t begin = 0, end = 0; // from the end of the header
  DLTensor tensor = {};
};

struct Dtype {
  const char *name;
  DLDataType dlpack;
};
} // namespace

static const Dtype dtypes[] = {
    {"BOOL", {kDLBool, 8, 1}},
    {"U8", {kDLUInt, 8, 1}},
    {"I8", {kDLInt, 8, 1}},
    {"F8_E5M2", {kDLFloat8_e5m2, 8, 1}},
    {"F8_E4M3", {kDLFloat8_e4m3fn, 8, 1}},
    {"I16", {kDLInt, 16, 1}},
    {"U16", {kDLUInt, 16, 1}},
    {"F16", {kDLFloat, 16, 1}},
    {"BF16", {kDLBfloat, 16, 1}},
    {"I32", {kDLInt, 32, 1}},
    {"U32", {kDLUInt, 32, 1}},
    {"F32", {kDLFloat, 32, 1}},
    {"F64", {kDLFloat, 64, 1}},
    {"I64", {kDLInt, 64, 1}},
    {"U64", {kDLUInt, 64, 1}},
};

struct sqart_parameters_t {
  sqart_status_t parse();

  Pages bytes;
  std::vector<Parameter> parameters; // by name
};

static sqart_status_t badParameter(const Parameter &p, const char *rule,
                                   const char *why) {
  return fail(SQART_STATUS_MALFORMED, "parameter rule %s: '%s': %s", rule,
              Shown(p.name).text, why);
}

static sqart_status_t readDtype(JsonReader &json, Parameter &p) {
  std::string name;
  SQART_TRY(json.string(name));
  for (const Dtype &dtype : dtypes)
    if (name == dtype.name) {
      p.dtype = dtype.dlpack;
      return SQART_STATUS_OK;
    }
  return badParameter(p, "S3", "unknown dtype");
}

static sqart_status_t readShape(JsonReader &json, Parameter &p) {
  return readArray(json, [&]() -> sqart_status_t {
    uint64_t size = 0;
    SQART_TRY(json.integer(size));
    if (size > uint64_t(INT64_MAX))
      return badParameter(p, "S3", "dimension out of range");
    if (p.shape.size() == maxParameterRank)
      return badParameter(p, "S3", "rank over 32");
    p.shape.push_back(int64_t(size));
    return SQART_STATUS_OK;
  });
}

static sqart_status_t readOffsets(JsonReader &json, Parameter &p) {
  SQART_TRY(json.expect('['));
  SQART_TRY(json.integer(p.begin));
  SQART_TRY(json.expect(','));
  SQART_TRY(json.integer(p.end));
  return json.expect(']');
}

static sqart_status_t readParameter(JsonReader &json, Parameter &p) {
  bool hasDtype = false, hasShape = false, hasOffsets = false;
  SQART_TRY(readObject(json, [&](const std::string &key) -> sqart_status_t {
    if (key == "dtype" && !hasDtype) {
      hasDtype = true;
      return readDtype(json, p);
    }
    if (key == "shape" && !hasShape) {
      hasShape = true;
      return readShape(json, p);
    }
    if (key == "data_offsets" && !hasOffsets) {
      hasOffsets = true;
      return readOffsets(json, p);
    }
    return badParameter(p, "S3", "unexpected or repeated key");
  }));
  if (!hasDtype || !hasShape || !hasOffsets)
    return badParameter(p, "S3", "expected dtype, shape and data_offsets");
  int64_t bytes = p.dtype.bits / 8;
  bool overflow = false, empty = false;
  for (int64_t size : p.shape) {
    empty |= size == 0;
    overflow |=
        __builtin_mul_overflow(bytes, std::max(size, int64_t(1)), &bytes);
  }
  if (overflow)
    return badParameter(p, "S3", "size out of range");
  if (p.end < p.begin || p.end - p.begin != (empty ? 0 : uint64_t(bytes)))
    return badParameter(p, "S3", "offsets and shape do not agree");
  return SQART_STATUS_OK;
}

static sqart_status_t skipMetadata(JsonReader &json) {
  return readObject(json, [&](const std::string &) {
    std::string value;
    return json.string(value);
  });
}

// S4. `data` is what follows the header.
static sqart_status_t checkOffsets(std::vector<Parameter> &parameters,
                                   ByteView data) {
  std::sort(parameters.begin(), parameters.end(),
            [](const Parameter &a, const Parameter &b) {
              return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
            });
  uint64_t end = 0;
  for (const Parameter &p : parameters) {
    if (p.begin != end)
      return badParameter(p, "S4",
                          p.begin < end ? "overlaps another" : "a hole before");
    end = p.end;
  }
  if (end == data.size)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_MALFORMED,
              "parameter rule S4: expected %llu bytes of tensors, but got %zu",
              static_cast<unsigned long long>(end), data.size);
}

static void makeView(Parameter &p, ByteView data) {
  p.strides.resize(p.shape.size());
  int64_t stride = 1;
  for (size_t i = p.shape.size(); i-- > 0;) {
    p.strides[i] = stride;
    stride *= std::max(p.shape[i], int64_t(1));
  }
  // DLPack has no read-only views of this kind: the pages are.
  p.tensor.data =
      p.begin == p.end ? nullptr : const_cast<uint8_t *>(data.data + p.begin);
  p.tensor.device = {kDLCPU, 0};
  p.tensor.ndim = int32_t(p.shape.size());
  p.tensor.dtype = p.dtype;
  p.tensor.shape = p.shape.data();
  p.tensor.strides = p.strides.data();
}

sqart_status_t sqart_parameters_t::parse() {
  ByteView file = bytes.view();
  uint64_t length = 0;
  if (!file.read(0, length) || length > maxHeaderBytes ||
      !file.contains(8, length))
    return fail(SQART_STATUS_MALFORMED,
                "parameter rule S1: not a .safetensors file (header length)");
  ByteView data = file.slice(8 + length, file.size - 8 - length);
  JsonReader json(file.slice(8, length));
  bool hasMetadata = false;
  SQART_TRY(readObject(json, [&](std::string &name) -> sqart_status_t {
    if (name == "__metadata__" && !hasMetadata) {
      hasMetadata = true;
      return skipMetadata(json);
    }
    Parameter &p = parameters.emplace_back();
    p.name = std::move(name);
    if (p.name.empty() || p.name.size() > maxParameterName)
      return badParameter(p, "S2", "unexpected length of the name");
    return readParameter(json, p);
  }));
  SQART_TRY(json.end());
  SQART_TRY(checkOffsets(parameters, data));
  std::sort(
      parameters.begin(), parameters.end(),
      [](const Parameter &a, const Parameter &b) { return a.name < b.name; });
  for (size_t i = 0; i + 1 < parameters.size(); ++i)
    if (parameters[i].name == parameters[i + 1].name)
      return badParameter(parameters[i], "S2", "duplicate name");
  for (Parameter &p : parameters)
    makeView(p, data);
  return SQART_STATUS_OK;
}

template <typename ReadFn>
static sqart_status_t open(sqart_parameters_t **out_parameters, ReadFn &&read) {
  return guarded([&]() -> sqart_status_t {
    if (!out_parameters)
      return failNull("out_parameters");
    *out_parameters = nullptr;
    auto parameters = std::make_unique<sqart_parameters_t>();
    SQART_TRY(read(parameters->bytes));
    SQART_TRY(parameters->parse());
    *out_parameters = parameters.release();
    return SQART_STATUS_OK;
  });
}

extern "C" sqart_status_t
sqart_parameters_open(const char *path, uint32_t flags,
                      sqart_parameters_t **out_parameters) {
  return open(out_parameters, [&](Pages &bytes) -> sqart_status_t {
    if (!path)
      return failNull("path");
    if (flags & ~uint32_t(SQART_PARAMETERS_COPY))
      return fail(SQART_STATUS_INVALID_ARGUMENT, "flags: unknown flag");
    if (flags & SQART_PARAMETERS_COPY)
      return readFile(path, UINT64_MAX, FileRules(), bytes);
    return mapFile(path, bytes);
  });
}

extern "C" sqart_status_t
sqart_parameters_open_memory(const void *bytes, size_t size,
                             sqart_parameters_t **out_parameters) {
  return open(out_parameters, [&](Pages &copy) {
    return copyBytes(bytes, size, UINT64_MAX, copy);
  });
}

extern "C" void sqart_parameters_close(sqart_parameters_t *parameters) {
  delete parameters;
}

extern "C" uint32_t
sqart_parameters_count(const sqart_parameters_t *parameters) {
  return parameters ? uint32_t(parameters->parameters.size()) : 0;
}

extern "C" sqart_status_t
sqart_parameters_get(const sqart_parameters_t *parameters, uint32_t index,
                     const char **out_name, const DLTensor **out_tensor) {
  if (!parameters)
    return failNull("parameters");
  if (index >= parameters->parameters.size())
    return fail(SQART_STATUS_NOT_FOUND,
                "parameter: expected a number below %zu, but got %u",
                parameters->parameters.size(), index);
  const Parameter &p = parameters->parameters[index];
  if (out_name)
    *out_name = p.name.c_str();
  if (out_tensor)
    *out_tensor = &p.tensor;
  return SQART_STATUS_OK;
}

extern "C" sqart_status_t
sqart_parameters_find(const sqart_parameters_t *parameters, const char *name,
                      const DLTensor **out_tensor) {
  if (!parameters)
    return failNull("parameters");
  if (!name)
    return failNull("name");
  if (!out_tensor)
    return failNull("out_tensor");
  *out_tensor = nullptr;
  auto it = std::lower_bound(
      parameters->parameters.begin(), parameters->parameters.end(), name,
      [](const Parameter &p, const char *name) { return p.name < name; });
  if (it == parameters->parameters.end() || it->name != name)
    return fail(SQART_STATUS_NOT_FOUND, "no parameter is called '%s'",
                Shown(name).text);
  *out_tensor = &it->tensor;
  return SQART_STATUS_OK;
}
