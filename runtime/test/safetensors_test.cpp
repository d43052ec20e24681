//===- safetensors_test.cpp - Rules S1..S4 of .safetensors files ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "expect_status.h"

#include <cstring>
#include <fstream>
#include <unistd.h>
#include <vector>

static std::string file(const std::string &header, size_t dataBytes) {
  uint64_t length = header.size();
  std::string out(reinterpret_cast<const char *>(&length), 8);
  out += header;
  for (size_t i = 0; i < dataBytes; ++i)
    out += char(i);
  return out;
}

static sqart_status_t open(const std::string &bytes) {
  sqart_parameters_t *parameters = nullptr;
  sqart_status_t status =
      sqart_parameters_open_memory(bytes.data(), bytes.size(), &parameters);
  EXPECT_EQ(parameters != nullptr, status == SQART_STATUS_OK);
  sqart_parameters_close(parameters);
  return status;
}

static std::string entry(const char *name, const char *dtype, const char *shape,
                         const char *offsets) {
  return std::string("\"") + name + "\":{\"dtype\":\"" + dtype +
         "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

static const std::string good = "{\"__metadata__\":{\"format\":\"pt\"}," +
                                entry("w", "F32", "[2,3]", "[0,24]") + "," +
                                entry("b", "BF16", "[3]", "[24,30]") + "," +
                                entry("none", "F64", "[0,7]", "[30,30]") + "," +
                                entry("one", "BOOL", "[]", "[30,31]") + "}  ";

TEST(Safetensors, Reads) {
  std::string bytes = file(good, 31);
  sqart_parameters_t *p = nullptr;
  ASSERT_OK(sqart_parameters_open_memory(bytes.data(), bytes.size(), &p));
  EXPECT_EQ(sqart_parameters_count(p), 4u);
  const char *name = nullptr;
  const DLTensor *tensor = nullptr;
  ASSERT_OK(sqart_parameters_get(p, 0, &name, &tensor));
  EXPECT_STREQ(name, "b") << "sorted by name";
  ASSERT_OK(sqart_parameters_find(p, "w", &tensor));
  EXPECT_EQ(tensor->ndim, 2);
  EXPECT_EQ(tensor->shape[1], 3);
  EXPECT_EQ(tensor->strides[0], 3);
  EXPECT_EQ(tensor->dtype.bits, 32);
  EXPECT_EQ(static_cast<const uint8_t *>(tensor->data)[23], 23);
  ASSERT_OK(sqart_parameters_find(p, "none", &tensor));
  EXPECT_EQ(tensor->data, nullptr);
  ASSERT_OK(sqart_parameters_find(p, "one", &tensor));
  EXPECT_EQ(tensor->ndim, 0);
  EXPECT_EQ(tensor->dtype.code, kDLBool);
  EXPECT_FAILS(sqart_parameters_find(p, "nix\n", &tensor),
               SQART_STATUS_NOT_FOUND, "'nix\\x0a'");
  EXPECT_EQ(tensor, nullptr);
  EXPECT_FAILS(sqart_parameters_get(p, 4, &name, &tensor),
               SQART_STATUS_NOT_FOUND, "below 4, but got 4");
  sqart_parameters_close(p);
}

TEST(Safetensors, FilesMappedAndCopied) {
  std::string path = SQART_TEST_DIRECTORY "/w.safetensors";
  std::ofstream(path, std::ios::binary) << file(good, 31);
  for (uint32_t flags : {0, int(SQART_PARAMETERS_COPY)}) {
    sqart_parameters_t *p = nullptr;
    ASSERT_OK(sqart_parameters_open(path.c_str(), flags, &p));
    EXPECT_EQ(sqart_parameters_count(p), 4u);
    sqart_parameters_close(p);
  }
  sqart_parameters_t *p = nullptr;
  EXPECT_FAILS(sqart_parameters_open(path.c_str(), 2, &p),
               SQART_STATUS_INVALID_ARGUMENT, "flags");
  ::unlink(path.c_str());
  EXPECT_FAILS(sqart_parameters_open(path.c_str(), 0, &p),
               SQART_STATUS_NOT_FOUND, "cannot open");
}

#define EXPECT_RULE(bytes, part)                                               \
  EXPECT_FAILS(open(bytes), SQART_STATUS_MALFORMED, part)

TEST(Safetensors, S1Header) {
  EXPECT_RULE("", "S1");
  EXPECT_RULE(std::string(7, 0), "S1");
  EXPECT_RULE(std::string(8, 0), "JSON");
  EXPECT_RULE(std::string(8, char(0xff)), "S1");
  EXPECT_RULE(file(good, 0).substr(0, 50), "S1");
  EXPECT_RULE(file("[]", 0), "JSON");
  EXPECT_RULE(file("{}x", 0), "JSON");
  EXPECT_OK(open(file("{}", 0)));
}

TEST(Safetensors, S2Names) {
  std::string a = entry("a", "U8", "[1]", "[0,1]"),
              again = entry("a", "U8", "[1]", "[1,2]");
  EXPECT_RULE(file("{" + a + "," + again + "}", 2), "S2");
  EXPECT_RULE(file("{" + entry("", "U8", "[1]", "[0,1]") + "}", 1), "S2");
  std::string longName(1025, 'x');
  EXPECT_RULE(
      file("{" + entry(longName.c_str(), "U8", "[1]", "[0,1]") + "}", 1), "S2");
  EXPECT_RULE(file("{\"__metadata__\":{\"a\":1}}", 0), "JSON");
  EXPECT_RULE(file("{\"__metadata__\":{},\"__metadata__\":{}}", 0), "S3");
}

TEST(Safetensors, S3Entries) {
  auto one = [](const std::string &body) {
    return file("{\"a\":{" + body + "}}", 4);
  };
  std::string dtype = "\"dtype\":\"F32\"", shape = "\"shape\":[1]",
              offsets = "\"data_offsets\":[0,4]";
  EXPECT_OK(open(one(dtype + "," + shape + "," + offsets)));
  EXPECT_RULE(one(dtype + "," + shape), "S3");
  EXPECT_RULE(one(shape + "," + offsets), "S3");
  EXPECT_RULE(one(dtype + "," + offsets), "S3");
  EXPECT_RULE(one(dtype + "," + dtype + "," + shape + "," + offsets), "S3");
  EXPECT_RULE(one(dtype + "," + shape + "," + offsets + ",\"x\":1"), "S3");
  EXPECT_RULE(one("\"dtype\":\"F31\"," + shape + "," + offsets), "S3");
  EXPECT_RULE(one(dtype + ",\"shape\":[2]," + offsets), "S3");
  EXPECT_RULE(one(dtype + ",\"shape\":[-1]," + offsets), "JSON");
  EXPECT_RULE(one(dtype + ",\"shape\":[9223372036854775808]," + offsets), "S3");
  EXPECT_RULE(one(dtype + ",\"shape\":[4294967296,4294967296]," + offsets),
              "S3");
  EXPECT_RULE(one(dtype + ",\"shape\":[0,4294967296,4294967296]," + offsets),
              "S3");
  EXPECT_RULE(one(dtype + "," + shape + ",\"data_offsets\":[4,0]"), "S3");
  EXPECT_RULE(one(dtype + "," + shape + ",\"data_offsets\":[0,4,8]"), "JSON");
  std::string ranks = "[1";
  for (int i = 0; i < 32; ++i)
    ranks += ",1";
  EXPECT_RULE(one(dtype + ",\"shape\":" + ranks + "]," + offsets), "S3");
}

// Failure 66.
TEST(Safetensors, S4Offsets) {
  auto two = [](const char *a, const char *b, size_t bytes) {
    return file("{" + entry("a", "U8", "[2]", a) + "," +
                    entry("b", "U8", "[2]", b) + "}",
                bytes);
  };
  EXPECT_OK(open(two("[0,2]", "[2,4]", 4)));
  EXPECT_OK(open(two("[2,4]", "[0,2]", 4)));
  EXPECT_RULE(two("[0,2]", "[1,3]", 3), "S4");
  EXPECT_RULE(two("[0,2]", "[0,2]", 2), "S4");
  EXPECT_RULE(two("[0,2]", "[3,5]", 5), "S4");
  EXPECT_RULE(two("[1,3]", "[3,5]", 5), "S4");
  EXPECT_RULE(two("[0,2]", "[2,4]", 5), "S4");
  EXPECT_RULE(two("[0,2]", "[2,4]", 3), "S4");
  EXPECT_RULE(file("{" + entry("a", "U8", "[0]", "[1,1]") + "," +
                       entry("b", "U8", "[2]", "[0,2]") + "}",
                   2),
              "S4");
}

TEST(Safetensors, EveryByteEditIsSurvived) {
  std::string bytes = file(good, 31);
  for (size_t i = 0; i < bytes.size(); ++i) {
    char original = bytes[i];
    for (int value : {0, 1, 0x22, 0x2c, 0x30, 0x39, 0x5b, 0x5c, 0x7b, 0x7d,
                      0x7f, 0x80, 0xff}) {
      bytes[i] = char(value);
      open(bytes);
    }
    bytes[i] = original;
    open(bytes.substr(0, i));
  }
}
