//===- status_test.cpp - Statuses and messages ----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "status.h"

#include "expect_status.h"

#include <thread>

using namespace sqart;

TEST(Status, MessagesBelongToTheirThread) {
  EXPECT_FAILS(fail(SQART_STATUS_IO, "here %d", 1), SQART_STATUS_IO, "here 1");
  std::thread([] {
    EXPECT_STREQ(sqart_last_error(), "no error");
    fail(SQART_STATUS_IO, "there");
  }).join();
  EXPECT_STREQ(sqart_last_error(), "here 1");
}

TEST(Status, LongMessagesAreCut) {
  fail(SQART_STATUS_IO, "%s", std::string(5000, 'x').c_str());
  EXPECT_EQ(std::string(sqart_last_error()), std::string(1023, 'x'));
  fail(SQART_STATUS_IO, "again: %s", sqart_last_error());
  EXPECT_EQ(std::string(sqart_last_error()).substr(0, 9), "again: xx");
}

// Failure 69: names from outside are escaped.
TEST(Status, ShownIsPrintable) {
  EXPECT_STREQ(Shown("a\x1b[2J\\\xff").text, "a\\x1b[2J\\x5c\\xff");
  EXPECT_EQ(std::string(Shown(std::string(500, 'x')).text),
            std::string(77, 'x') + "...");
  std::string cut = Shown(std::string(500, '\n')).text;
  EXPECT_LT(cut.size(), 96u);
}

TEST(Status, NamesAreKnown) {
  for (int i = 0; i <= SQART_STATUS_INTERNAL; ++i)
    EXPECT_STRNE(sqart_status_name(sqart_status_t(i)), "unknown status");
  EXPECT_STREQ(sqart_status_name(sqart_status_t(15)), "unknown status");
}

TEST(Status, NoMemoryIsAStatus) {
  EXPECT_FAILS(guarded([]() -> sqart_status_t { throw std::bad_alloc(); }),
               SQART_STATUS_OUT_OF_MEMORY, "out of memory");
}
