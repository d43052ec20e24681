//===- json.cpp - The JSON of a .safetensors header -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "json.h"

using namespace sqart;

sqart_status_t JsonReader::bad(const char *why) const {
  return fail(SQART_STATUS_MALFORMED, "header JSON: character %zu: %s", at,
              why);
}

void JsonReader::skipSpace() {
  while (at < text.size && (text.data[at] == ' ' || text.data[at] == '\n' ||
                            text.data[at] == '\t' || text.data[at] == '\r'))
    ++at;
}

bool JsonReader::accept(char c) {
  skipSpace();
  if (at == text.size || text.data[at] != uint8_t(c))
    return false;
  ++at;
  return true;
}

sqart_status_t JsonReader::expect(char c) {
  if (accept(c))
    return SQART_STATUS_OK;
  const char why[] = {'e', 'x', 'p',  'e', 'c',  't', 'e',
                      'd', ' ', '\'', c,   '\'', 0};
  return bad(why);
}

sqart_status_t JsonReader::end() {
  skipSpace();
  return at == text.size ? SQART_STATUS_OK : bad("expected the end");
}

sqart_status_t JsonReader::integer(uint64_t &out) {
  skipSpace();
  size_t first = at;
  for (out = 0; at < text.size && text.data[at] >= '0' && text.data[at] <= '9';
       ++at)
    if (__builtin_mul_overflow(out, uint64_t(10), &out) ||
        __builtin_add_overflow(out, uint64_t(text.data[at] - '0'), &out))
      return bad("integer out of range");
  if (at == first)
    return bad("expected an integer of 0 or more");
  if (at - first > 1 && text.data[first] == '0')
    return bad("leading zero");
  // "1.5" and "1e3" end here with a character that nobody expects.
  return SQART_STATUS_OK;
}

static void appendUtf8(uint32_t code, std::string &out) {
  if (code < 0x80) {
    out += char(code);
  } else if (code < 0x800) {
    out += char(0xc0 | code >> 6);
    out += char(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += char(0xe0 | code >> 12);
    out += char(0x80 | (code >> 6 & 0x3f));
    out += char(0x80 | (code & 0x3f));
  } else {
    out += char(0xf0 | code >> 18);
    out += char(0x80 | (code >> 12 & 0x3f));
    out += char(0x80 | (code >> 6 & 0x3f));
    out += char(0x80 | (code & 0x3f));
  }
}

sqart_status_t JsonReader::hex4(uint32_t &out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++at) {
    uint8_t c = at < text.size ? text.data[at] : 0;
    uint32_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = c - '0';
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
      digit = (c | 0x20) - 'a' + 10;
    else
      return bad("expected four hexadecimal digits");
    out = out << 4 | digit;
  }
  return SQART_STATUS_OK;
}

// What follows a backslash.
sqart_status_t JsonReader::escape(std::string &out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  uint8_t c = at < text.size ? text.data[at++] : 0;
  if (const char *found = c ? std::strchr(from, c) : nullptr) {
    out += to[found - from];
    return SQART_STATUS_OK;
  }
  if (c != 'u')
    return bad("unknown escape");
  uint32_t code = 0;
  SQART_TRY(hex4(code));
  if (code >= 0xd800 && code < 0xdc00) {
    uint32_t low = 0;
    if (at + 1 >= text.size || text.data[at] != '\\' ||
        text.data[at + 1] != 'u')
      return bad("unpaired surrogate");
    at += 2;
    SQART_TRY(hex4(low));
    if (low < 0xdc00 || low > 0xdfff)
      return bad("unpaired surrogate");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if ((code >= 0xdc00 && code < 0xe000) || code == 0) {
    return bad(code ? "unpaired surrogate" : "NUL in a string");
  }
  appendUtf8(code, out);
  return SQART_STATUS_OK;
}

// One character beyond ASCII; refuses what RFC 3629 does.
sqart_status_t JsonReader::utf8(std::string &out) {
  uint8_t lead = text.data[at];
  int extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4)
    return bad("invalid UTF-8");
  uint32_t code = lead & (0x3f >> extra);
  if (!text.contains(at, size_t(extra) + 1))
    return bad("invalid UTF-8");
  for (int i = 1; i <= extra; ++i) {
    if ((text.data[at + i] & 0xc0) != 0x80)
      return bad("invalid UTF-8");
    code = code << 6 | (text.data[at + i] & 0x3f);
  }
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (code < least[extra] || code > 0x10ffff ||
      (code >= 0xd800 && code < 0xe000))
    return bad("invalid UTF-8");
  at += size_t(extra) + 1;
  appendUtf8(code, out);
  return SQART_STATUS_OK;
}

sqart_status_t JsonReader::string(std::string &out) {
  SQART_TRY(expect('"'));
  out.clear();
  while (at < text.size) {
    uint8_t c = text.data[at];
    if (c >= 0x80) {
      SQART_TRY(utf8(out));
      continue;
    }
    ++at;
    if (c == '"')
      return SQART_STATUS_OK;
    if (c < 0x20)
      return bad("control character in a string");
    if (c == '\\') {
      SQART_TRY(escape(out));
    } else {
      out += char(c);
    }
  }
  return bad("the string has no end");
}
