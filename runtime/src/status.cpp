//===- status.cpp - How calls inside the runtime fail ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "status.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

using namespace sqart;

static thread_local char message[1024] = "no error";

sqart_status_t sqart::fail(sqart_status_t status, const char *format, ...) {
  // Arguments may point into `message` itself, so the text is built aside.
  char text[sizeof(message)];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  std::memcpy(message, text, sizeof(text));
  return status;
}

const char *sqart::lastMessage() { return message; }

Shown::Shown(std::string_view s) {
  size_t used = 0;
  for (unsigned char c : s) {
    if (used > 76) {
      std::memcpy(text + used, "...", 4);
      return;
    }
    if (c >= 0x20 && c < 0x7f && c != '\\')
      text[used++] = char(c);
    else
      used += size_t(std::snprintf(text + used, 5, "\\x%02x", c));
  }
  text[used] = 0;
}

extern "C" const char *sqart_status_name(sqart_status_t status) {
  switch (status) {
  case SQART_STATUS_OK:
    return "ok";
  case SQART_STATUS_INVALID_ARGUMENT:
    return "invalid argument";
  case SQART_STATUS_NOT_FOUND:
    return "not found";
  case SQART_STATUS_MALFORMED:
    return "malformed";
  case SQART_STATUS_INTEGRITY:
    return "integrity";
  case SQART_STATUS_VERSION:
    return "version";
  case SQART_STATUS_UNSUPPORTED:
    return "unsupported";
  case SQART_STATUS_PERMISSION:
    return "permission";
  case SQART_STATUS_OUT_OF_MEMORY:
    return "out of memory";
  case SQART_STATUS_IO:
    return "input or output";
  case SQART_STATUS_LIMIT:
    return "limit";
  case SQART_STATUS_KERNEL:
    return "kernel";
  case SQART_STATUS_INTERNAL:
    return "internal";
  case SQART_STATUS_DEVICE:
    return "device";
  }
  return "unknown status";
}

extern "C" const char *sqart_last_error(void) { return lastMessage(); }
