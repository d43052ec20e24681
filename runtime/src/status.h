//===- status.h - How calls inside the runtime fail -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A failing function returns fail(status, "...", ...), callers pass the status
// on with SQART_TRY. The message waits in a buffer of the thread, so failing
// needs no memory. Out of memory in the C++ library arrives as std::bad_alloc,
// which guarded() turns into a status at the C boundary; the runtime throws
// nothing itself. Test: test/status_test.cpp.

#ifndef SQART_SRC_STATUS_H
#define SQART_SRC_STATUS_H

#include "sqart/sqart.h"

#include <new>
#include <string_view>

namespace sqart {

// Records the message of this thread (printf style) and returns `status`.
[[gnu::format(printf, 2, 3)]] sqart_status_t fail(sqart_status_t status,
                                                  const char *format, ...);

// The message recorded last in this thread.
const char *lastMessage();

// Text that came from outside, made safe to show: at most 80 bytes, with
// anything but printable ASCII escaped. Use as fail(..., "%s", Shown(x).text).
struct Shown {
  explicit Shown(std::string_view s);
  char text[96];
};

// Runs the body of a C API function.
template <typename Fn> sqart_status_t guarded(Fn &&body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(SQART_STATUS_OUT_OF_MEMORY, "out of memory");
  } catch (...) {
    return fail(SQART_STATUS_INTERNAL, "unexpected C++ exception");
  }
}

} // namespace sqart

#define SQART_TRY(expr)                                                        \
  if (sqart_status_t tried = (expr); tried != SQART_STATUS_OK)                 \
  return tried

#endif // SQART_SRC_STATUS_H
