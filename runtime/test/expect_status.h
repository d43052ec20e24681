//===- expect_status.h - Check a status together with its message ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_TEST_EXPECT_STATUS_H
#define SQART_TEST_EXPECT_STATUS_H

#include "sqart/sqart.h"

#include <gtest/gtest.h>

// The call succeeds; the message says why not.
#define EXPECT_OK(call) EXPECT_EQ(call, SQART_STATUS_OK) << sqart_last_error()
#define ASSERT_OK(call) ASSERT_EQ(call, SQART_STATUS_OK) << sqart_last_error()

// The call fails with `status` and a message that contains `part`.
#define EXPECT_FAILS(call, status, part)                                       \
  do {                                                                         \
    EXPECT_EQ(call, status) << sqart_last_error();                             \
    EXPECT_NE(std::string(sqart_last_error()).find(part), std::string::npos)   \
        << sqart_last_error();                                                 \
  } while (false)

#endif // SQART_TEST_EXPECT_STATUS_H
