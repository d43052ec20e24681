//===- options.h - Structs that callers built with another version pass ---===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Every struct of the C API starts with the caller's sizeof. Members that the
// caller does not know keep their defaults; members that we do not know must be
// zero, or we would ignore a wish.

#ifndef SQART_SRC_OPTIONS_H
#define SQART_SRC_OPTIONS_H

#include "status.h"

#include <algorithm>
#include <cstring>

namespace sqart {

inline sqart_status_t failNull(const char *name) {
  return fail(SQART_STATUS_INVALID_ARGUMENT,
              "%s: expected a pointer, but got null", name);
}

// Copies what both sides know of the caller's struct `in` into `out`, which
// holds the defaults.
template <typename T>
sqart_status_t copyIn(const T *in, const char *name, T &out) {
  size_t size = in->struct_size;
  if (size < sizeof(size_t) || size > 4096)
    return fail(SQART_STATUS_INVALID_ARGUMENT, "%s: unexpected struct_size %zu",
                name, size);
  const auto *bytes = reinterpret_cast<const unsigned char *>(in);
  for (size_t i = sizeof(T); i < size; ++i)
    if (bytes[i] != 0)
      return fail(SQART_STATUS_UNSUPPORTED,
                  "%s: asks for something that version %s does not have", name,
                  sqart_version());
  std::memcpy(&out, in, std::min(size, sizeof(T)));
  out.struct_size = sizeof(T);
  return SQART_STATUS_OK;
}

// Copies as much of `in` to the caller's struct as that has room for.
template <typename T>
sqart_status_t copyOut(const T &in, const char *name, T *out) {
  if (!out)
    return failNull(name);
  size_t size = out->struct_size;
  if (size < sizeof(size_t) || size > 4096)
    return fail(SQART_STATUS_INVALID_ARGUMENT, "%s: unexpected struct_size %zu",
                name, size);
  // Members behind the size stay as the caller set them.
  std::memcpy(reinterpret_cast<char *>(out) + sizeof(size_t),
              reinterpret_cast<const char *>(&in) + sizeof(size_t),
              std::min(size, sizeof(T)) - sizeof(size_t));
  return SQART_STATUS_OK;
}

} // namespace sqart

#endif // SQART_SRC_OPTIONS_H
