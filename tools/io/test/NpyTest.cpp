//===- NpyTest.cpp - Reading and refusing .npy files ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Npy.h"

#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>

using namespace sqa::io;

/// A version 1.0 file with `header` as its dictionary.
static std::string file(const std::string &header, const std::string &data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  return text + header + data;
}

static Error parse(const std::string &content, Tensor &out) {
  return parseNpy(reinterpret_cast<const uint8_t *>(content.data()),
                  content.size(), out);
}

static std::string refusal(const std::string &content) {
  Tensor tensor;
  return parse(content, tensor).str();
}

static std::string header(const char *descr, const char *shape,
                          const char *order = "False") {
  return std::string("{'descr': '") + descr + "', 'fortran_order': " + order +
         ", 'shape': " + shape + ", }\n";
}

TEST(Npy, EveryTypeRoundTrips) {
  for (int i = 0; i <= static_cast<int>(ElementType::F64); ++i) {
    Tensor tensor, back;
    ASSERT_FALSE(makeTensor(static_cast<ElementType>(i), {2, 3}, tensor));
    for (size_t b = 0; b < tensor.bytes.size(); ++b)
      tensor.bytes[b] = static_cast<uint8_t>(b & 1);
    const std::string content = formatNpy(tensor);
    EXPECT_EQ((content.size() - tensor.bytes.size()) % 64, 0u);
    const Error error = parse(content, back);
    ASSERT_FALSE(error) << error.str();
    EXPECT_EQ(back.type, tensor.type);
    EXPECT_EQ(back.shape, tensor.shape);
    EXPECT_EQ(back.bytes, tensor.bytes);
  }
}

TEST(Npy, ShapesRoundTrip) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{}, {0}, {5}, {4, 0, 3}, {1, 2, 3, 4, 5}}) {
    Tensor tensor, back;
    ASSERT_FALSE(makeTensor(ElementType::F32, shape, tensor));
    ASSERT_FALSE(parse(formatNpy(tensor), back));
    EXPECT_EQ(back.shape, shape);
  }
}

TEST(Npy, FortranOrderBecomesC) {
  Tensor tensor;
  ASSERT_FALSE(parse(
      file(header("|u1", "(2, 3)", "True"), std::string("\1\4\2\5\3\6", 6)),
      tensor));
  EXPECT_EQ(tensor.bytes, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, OtherSpellings) {
  Tensor tensor;
  EXPECT_FALSE(
      parse(file("{\"shape\":(2,3,),\"descr\":\"|V2\",\"fortran_order\":False}",
                 std::string(12, '\0')),
            tensor));
  EXPECT_EQ(tensor.type, ElementType::BF16);
  std::string version2("\x93NUMPY\x02\x00", 8);
  const std::string text = header("<f4", "()");
  version2 += static_cast<char>(text.size());
  version2 += std::string(3, '\0') + text + std::string(4, '\0');
  EXPECT_FALSE(parse(version2, tensor));
  EXPECT_EQ(tensor.rank(), 0);
}

TEST(Npy, Refusals) {
  const std::string four(4, '\0');
  EXPECT_EQ(refusal("hello"), "not an .npy file");
  EXPECT_EQ(refusal(std::string("\x93NUMPY\x04\x00", 8)),
            "unsupported .npy version 4.0");
  EXPECT_EQ(refusal(std::string("\x93NUMPY\x01\x00\xff\xff", 10)),
            "truncated header");
  EXPECT_EQ(refusal(file(header(">f4", "(1,)"), four)),
            "big-endian data ('>f4') is not supported");
  EXPECT_EQ(refusal(file(header("<c8", "(1,)"), four)),
            "unsupported dtype '<c8'");
  EXPECT_EQ(refusal(file(header("<f4", "(2,)"), four)),
            "expected 8 bytes of data for 2xf32, but got 4");
  EXPECT_EQ(refusal(file(header("<f4", "(0,)"), four)),
            "expected 0 bytes of data for 0xf32, but got 4");
  EXPECT_EQ(refusal(file(header("<f4", "(4611686018427387904, 4)"), four)),
            "the shape has more elements than can be addressed");
  EXPECT_EQ(refusal(file(header("<f4", "(99999999999999999999,)"), four)),
            "malformed header: an extent does not fit 64 bits");
  EXPECT_EQ(refusal(file(header("|b1", "(1,)"), "\2")),
            "expected booleans stored as 0 or 1, but got 2");
  for (const char *text :
       {"", "{", "{'descr': '<f4'}", "{'descr': [('a', '<f4')]}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x"})
    EXPECT_EQ(refusal(file(text, four)).substr(0, 17), "malformed header:")
        << text;
}

TEST(Npy, EveryTruncationIsRefused) {
  Tensor tensor;
  ASSERT_FALSE(makeTensor(ElementType::F32, {3}, tensor));
  const std::string content = formatNpy(tensor);
  for (size_t size = 0; size < content.size(); ++size)
    EXPECT_NE(refusal(content.substr(0, size)), "") << size;
}

// No edit may crash, and what is still accepted must be consistent.
TEST(Npy, EveryByteEditIsSafe) {
  Tensor tensor;
  ASSERT_FALSE(makeTensor(ElementType::F32, {3}, tensor));
  const std::string content = formatNpy(tensor);
  for (size_t at = 0; at < content.size() - 12; ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string edited = content;
      edited[at] = static_cast<char>(value);
      Tensor out;
      if (!parse(edited, out)) {
        EXPECT_EQ(out.numElements() * sizeOf(out.type),
                  static_cast<int64_t>(out.bytes.size()));
      }
    }
  }
}

TEST(Npy, Files) {
  const std::string path = testing::TempDir() + "sqa_io_npy_test.npy";
  Tensor tensor, back;
  ASSERT_FALSE(makeTensor(ElementType::BF16, {2, 2}, tensor));
  ASSERT_FALSE(writeNpy(path, tensor));
  ASSERT_FALSE(readNpy(path, back));
  EXPECT_EQ(back.bytes, tensor.bytes);
  EXPECT_EQ(readRaw(path, ElementType::F32, {1}, back).str(),
            "'" + path + "': expected 4 bytes for 1xf32, but got 136");
  std::remove(path.c_str());
  EXPECT_EQ(readNpy(path, back).str(),
            "'" + path + "': No such file or directory");
  EXPECT_TRUE(readNpy(testing::TempDir(), back));
}
