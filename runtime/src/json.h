//===- json.h - The JSON of a .safetensors header -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A strict pull reader: the caller says what must come next, so there is no
// tree, no recursion, and nothing is accepted that is not asked for. Strings
// are decoded and must be valid UTF-8 without NUL; numbers are unsigned
// integers. Test: test/json_test.cpp.

#ifndef SQART_SRC_JSON_H
#define SQART_SRC_JSON_H

#include "bytes.h"
#include "status.h"

#include <string>

namespace sqart {

class JsonReader {
public:
  explicit JsonReader(ByteView text) : text(text) {}

  // Skips white space and consumes `c` if it comes next.
  bool accept(char c);
  sqart_status_t expect(char c);
  sqart_status_t string(std::string &out);
  sqart_status_t integer(uint64_t &out);
  // Only white space is left.
  sqart_status_t end();

  // Fails with the position.
  sqart_status_t bad(const char *why) const;

private:
  void skipSpace();
  sqart_status_t escape(std::string &out);
  sqart_status_t hex4(uint32_t &out);
  sqart_status_t utf8(std::string &out);

  ByteView text;
  size_t at = 0;
};

// Reads `{ "key": value, ... }`, calling value(key) at each value.
template <typename Fn> sqart_status_t readObject(JsonReader &json, Fn &&value) {
  SQART_TRY(json.expect('{'));
  if (json.accept('}'))
    return SQART_STATUS_OK;
  do {
    std::string key;
    SQART_TRY(json.string(key));
    SQART_TRY(json.expect(':'));
    SQART_TRY(value(key));
  } while (json.accept(','));
  return json.expect('}');
}

// Reads `[ value, ... ]`, calling value() at each value.
template <typename Fn> sqart_status_t readArray(JsonReader &json, Fn &&value) {
  SQART_TRY(json.expect('['));
  if (json.accept(']'))
    return SQART_STATUS_OK;
  do
    SQART_TRY(value());
  while (json.accept(','));
  return json.expect(']');
}

} // namespace sqart

#endif // SQART_SRC_JSON_H
