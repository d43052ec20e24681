//===- Npy.cpp - NumPy's .npy files and raw files -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/Npy.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

namespace sqa::io {

static constexpr char kMagic[] = "\x93NUMPY";
static constexpr size_t kMagicSize = 6;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
struct DescrRow {
  ElementType type;
  const char *descr;
};
} // namespace

// The first row of a type is the one written.
static constexpr DescrRow kDescrs[] = {
    {ElementType::I1, "|b1"},   {ElementType::I8, "|i1"},
    {ElementType::I16, "<i2"},  {ElementType::I32, "<i4"},
    {ElementType::I64, "<i8"},  {ElementType::U8, "|u1"},
    {ElementType::U16, "<u2"},  {ElementType::U32, "<u4"},
    {ElementType::U64, "<u8"},  {ElementType::F16, "<f2"},
    {ElementType::BF16, "<V2"}, {ElementType::F32, "<f4"},
    {ElementType::F64, "<f8"},  {ElementType::BF16, "|V2"},
    {ElementType::I1, "<b1"},   {ElementType::I8, "<i1"},
    {ElementType::U8, "<u1"},
};

static Error parseDescr(std::string_view descr, ElementType &out) {
  for (const DescrRow &row : kDescrs) {
    if (descr == row.descr) {
      out = row.type;
      return Error::success();
    }
  }
  if (!descr.empty() && descr[0] == '>')
    return Error("big-endian data ('" + std::string(descr) +
                 "') is not supported");
  return Error("unsupported dtype '" + std::string(descr.substr(0, 32)) + "'");
}

//===----------------------------------------------------------------------===//
// Header: a Python dictionary literal with three keys
//===----------------------------------------------------------------------===//

namespace {
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  Error parse();

  std::optional<std::string> descr;
  std::optional<bool> fortranOrder;
  std::optional<std::vector<int64_t>> shape;

private:
  void skipSpaces() {
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\n' || text[at] == '\t'))
      ++at;
  }
  bool accept(char c) {
    skipSpaces();
    if (at >= text.size() || text[at] != c)
      return false;
    ++at;
    return true;
  }
  bool acceptWord(std::string_view word) {
    skipSpaces();
    if (text.substr(at, word.size()) != word)
      return false;
    at += word.size();
    return true;
  }
  Error fail(const char *what) const {
    return Error("malformed header: expected " + std::string(what) +
                 " at offset " + std::to_string(at));
  }
  bool parseString(std::string &out);
  Error parseEntry();
  Error parseShape(std::vector<int64_t> &out);
  Error parseExtent(int64_t &out);

  std::string_view text;
  size_t at = 0;
};
} // namespace

bool HeaderParser::parseString(std::string &out) {
  skipSpaces();
  if (at >= text.size() || (text[at] != '\'' && text[at] != '"'))
    return false;
  const size_t end = text.find(text[at], at + 1);
  if (end == std::string_view::npos)
    return false;
  out = text.substr(at + 1, end - at - 1);
  at = end + 1;
  return true;
}

Error HeaderParser::parseExtent(int64_t &out) {
  skipSpaces();
  const size_t begin = at;
  out = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    if (__builtin_mul_overflow(out, int64_t{10}, &out) ||
        __builtin_add_overflow(out, int64_t{text[at] - '0'}, &out))
      return Error("malformed header: an extent does not fit 64 bits");
    ++at;
  }
  return at == begin ? fail("an extent") : Error::success();
}

Error HeaderParser::parseShape(std::vector<int64_t> &out) {
  if (!accept('('))
    return fail("'('");
  while (!accept(')')) {
    if (static_cast<int64_t>(out.size()) == kMaxRank)
      return Error("expected a rank of at most 32");
    int64_t extent = 0;
    if (Error error = parseExtent(extent))
      return error;
    out.push_back(extent);
    // `(3)` is no tuple in Python: one extent needs its comma.
    if (!accept(',')) {
      if (out.size() == 1)
        return fail("','");
      if (!accept(')'))
        return fail("')'");
      break;
    }
  }
  return Error::success();
}

Error HeaderParser::parseEntry() {
  std::string key;
  if (!parseString(key))
    return fail("a key");
  if (!accept(':'))
    return fail("':'");
  if (key == "descr" && !descr) {
    std::string value;
    if (!parseString(value))
      return fail("a plain dtype string");
    descr = value;
    return Error::success();
  }
  if (key == "fortran_order" && !fortranOrder) {
    if (acceptWord("True"))
      fortranOrder = true;
    else if (acceptWord("False"))
      fortranOrder = false;
    else
      return fail("True or False");
    return Error::success();
  }
  if (key == "shape" && !shape) {
    std::vector<int64_t> value;
    if (Error error = parseShape(value))
      return error;
    shape = std::move(value);
    return Error::success();
  }
  return Error("malformed header: unknown or repeated key '" +
               key.substr(0, 32) + "'");
}

Error HeaderParser::parse() {
  if (!accept('{'))
    return fail("'{'");
  while (!accept('}')) {
    if (Error error = parseEntry())
      return error;
    if (!accept(',')) {
      if (!accept('}'))
        return fail("'}'");
      break;
    }
  }
  skipSpaces();
  if (at != text.size())
    return fail("the end");
  if (!descr || !fortranOrder || !shape)
    return Error("malformed header: expected the keys 'descr', "
                 "'fortran_order' and 'shape'");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Copies column-major `from` into row-major order.
static void copyFromFortranOrder(const uint8_t *from, Tensor &tensor) {
  const size_t rank = tensor.shape.size();
  const int64_t size = sizeOf(tensor.type);
  const int64_t count = tensor.numElements();
  std::vector<int64_t> stride(rank), index(rank, 0);
  int64_t step = 1;
  for (size_t d = 0; d < rank; ++d) {
    stride[d] = step;
    step *= tensor.shape[d];
  }
  for (int64_t i = 0, offset = 0; i < count; ++i) {
    std::memcpy(tensor.bytes.data() + i * size, from + offset * size,
                static_cast<size_t>(size));
    for (size_t d = rank; d-- > 0;) {
      offset += stride[d];
      if (++index[d] < tensor.shape[d])
        break;
      offset -= stride[d] * tensor.shape[d];
      index[d] = 0;
    }
  }
}

/// Booleans are bytes 0 or 1 everywhere behind this point.
static Error checkBooleans(const Tensor &tensor) {
  if (tensor.type == ElementType::I1)
    for (uint8_t byte : tensor.bytes)
      if (byte > 1)
        return Error("expected booleans stored as 0 or 1, but got " +
                     std::to_string(byte));
  return Error::success();
}

Error parseNpy(const uint8_t *data, size_t size, Tensor &out) {
  if (size < kMagicSize + 2 || std::memcmp(data, kMagic, kMagicSize) != 0)
    return Error("not an .npy file");
  const unsigned major = data[kMagicSize], minor = data[kMagicSize + 1];
  if (major < 1 || major > 3 || minor != 0)
    return Error("unsupported .npy version " + std::to_string(major) + "." +
                 std::to_string(minor));
  const size_t lengthSize = major == 1 ? 2 : 4;
  const size_t prefix = kMagicSize + 2 + lengthSize;
  if (size < prefix)
    return Error("truncated header");
  size_t headerSize = 0;
  for (size_t i = 0; i < lengthSize; ++i)
    headerSize |= static_cast<size_t>(data[kMagicSize + 2 + i]) << (8 * i);
  if (headerSize > size - prefix)
    return Error("truncated header");

  HeaderParser header(std::string_view(
      reinterpret_cast<const char *>(data + prefix), headerSize));
  if (Error error = header.parse())
    return error;
  ElementType type;
  if (Error error = parseDescr(*header.descr, type))
    return error;
  int64_t byteSize = 0;
  if (Error error = checkedByteSize(*header.shape, sizeOf(type), byteSize))
    return error;
  const size_t payload = size - prefix - headerSize;
  if (static_cast<uint64_t>(byteSize) != payload)
    return Error("expected " + std::to_string(byteSize) +
                 " bytes of data for " + typeToString(type, *header.shape) +
                 ", but got " + std::to_string(payload));

  out.type = type;
  out.shape = *header.shape;
  const uint8_t *elements = data + prefix + headerSize;
  out.bytes.assign(elements, elements + payload);
  if (*header.fortranOrder && payload != 0)
    copyFromFortranOrder(elements, out);
  return checkBooleans(out);
}

static Error fileError(const std::string &path, const std::string &what) {
  return Error("'" + path + "': " + what);
}

Error readFile(const std::string &path, std::vector<uint8_t> &out) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    return fileError(path, std::strerror(errno));
  long size = -1;
  if (std::fseek(file, 0, SEEK_END) == 0)
    size = std::ftell(file);
  // A directory opens and answers LONG_MAX; a pipe has no size.
  if (size < 0 || size == __LONG_MAX__ || std::fseek(file, 0, SEEK_SET) != 0) {
    std::fclose(file);
    return fileError(path, "not a regular file");
  }
  out.resize(static_cast<size_t>(size));
  const size_t got = std::fread(out.data(), 1, out.size(), file);
  std::fclose(file);
  if (got != out.size())
    return fileError(path, "could not be read to its end");
  return Error::success();
}

Error readNpy(const std::string &path, Tensor &out) {
  std::vector<uint8_t> content;
  if (Error error = readFile(path, content))
    return error;
  if (Error error = parseNpy(content.data(), content.size(), out))
    return fileError(path, error.str());
  return Error::success();
}

Error readRaw(const std::string &path, ElementType type,
              std::vector<int64_t> shape, Tensor &out) {
  int64_t byteSize = 0;
  if (Error error = checkedByteSize(shape, sizeOf(type), byteSize))
    return error;
  std::vector<uint8_t> content;
  if (Error error = readFile(path, content))
    return error;
  if (static_cast<uint64_t>(byteSize) != content.size())
    return fileError(path, "expected " + std::to_string(byteSize) +
                               " bytes for " + typeToString(type, shape) +
                               ", but got " + std::to_string(content.size()));
  out.type = type;
  out.shape = std::move(shape);
  out.bytes = std::move(content);
  if (Error error = checkBooleans(out))
    return fileError(path, error.str());
  return Error::success();
}

std::string formatNpy(const Tensor &tensor) {
  std::string descr;
  for (const DescrRow &row : kDescrs) {
    if (row.type == tensor.type) {
      descr = row.descr;
      break;
    }
  }
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    header += std::to_string(tensor.shape[d]);
    if (d + 1 < tensor.shape.size())
      header += ", ";
    else if (d == 0)
      header += ",";
  }
  header += "), }";
  // The data starts at a multiple of 64, so that it can be mapped in place.
  const size_t prefix = kMagicSize + 4;
  while ((prefix + header.size() + 1) % 64 != 0)
    header += ' ';
  header += '\n';

  std::string content(kMagic, kMagicSize);
  content += '\x01';
  content += '\x00';
  content += static_cast<char>(header.size() & 0xff);
  content += static_cast<char>(header.size() >> 8);
  content += header;
  content.append(reinterpret_cast<const char *>(tensor.bytes.data()),
                 tensor.bytes.size());
  return content;
}

Error writeNpy(const std::string &path, const Tensor &tensor) {
  std::FILE *file = std::fopen(path.c_str(), "wb");
  if (!file)
    return fileError(path, std::strerror(errno));
  const std::string content = formatNpy(tensor);
  const size_t put = std::fwrite(content.data(), 1, content.size(), file);
  const bool closed = std::fclose(file) == 0;
  if (put != content.size() || !closed)
    return fileError(path, "could not be written");
  return Error::success();
}

} // namespace sqa::io
