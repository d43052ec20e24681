//===- json_test.cpp - The strict JSON reader -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "json.h"

#include "expect_status.h"

using namespace sqart;

static sqart_status_t readString(const std::string &text, std::string &out) {
  JsonReader json(
      {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
  SQART_TRY(json.string(out));
  return json.end();
}

static sqart_status_t readInteger(const std::string &text, uint64_t &out) {
  JsonReader json(
      {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
  SQART_TRY(json.integer(out));
  return json.end();
}

TEST(Json, Strings) {
  std::string out;
  ASSERT_OK(readString(" \"a\\n\\\"\\u00e9\\ud83d\\ude00\" ", out));
  EXPECT_EQ(out, "a\n\"\xc3\xa9\xf0\x9f\x98\x80");
  ASSERT_OK(readString("\"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbf\"", out));
  EXPECT_EQ(out, "\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbf");
}

TEST(Json, BadStrings) {
  std::string out;
  for (const char *text : {"",
                           "a",
                           "\"",
                           "\"a",
                           "\"\\",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\n\"",
                           "\"\\u0000\"",
                           "\"\\ud800\"",
                           "\"\\ud800x\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\x80\"",
                           "\"\xc0\x80\"",
                           "\"\xc3\"",
                           "\"\xc3(\"",
                           "\"\xe0\x80\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf0\x80\x80\x80\"",
                           "\"\xf4\x90\x80\x80\"",
                           "\"\xf5\"",
                           "\"\xff\"",
                           "\"a\" x",
                           "'a'"})
    EXPECT_FAILS(readString(text, out), SQART_STATUS_MALFORMED, "JSON");
}

TEST(Json, Integers) {
  uint64_t out = 0;
  ASSERT_OK(readInteger("18446744073709551615", out));
  EXPECT_EQ(out, UINT64_MAX);
  ASSERT_OK(readInteger(" 0 ", out));
  EXPECT_EQ(out, 0u);
  for (const char *text : {"", "-1", "+1", "01", "1.5", "1e3", "0x1",
                           "18446744073709551616", "\"1\"", "null"})
    EXPECT_FAILS(readInteger(text, out), SQART_STATUS_MALFORMED, "JSON");
}
