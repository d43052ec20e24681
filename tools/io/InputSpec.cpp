//===- InputSpec.cpp - Tensors written on a command line ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/io/InputSpec.h"
#include "tools/io/Convert.h"
#include "tools/io/Npy.h"

#include <charconv>

namespace sqa::io {

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

uint64_t randomBits(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double randomNormal(uint64_t seed, uint64_t index) {
  int64_t sum = 0;
  for (uint64_t draw = 0; draw < 3; ++draw) {
    const uint64_t bits = randomBits(seed, 3 * index + draw);
    for (int shift = 0; shift < 64; shift += 16)
      sum += static_cast<int64_t>((bits >> shift) & 0xffff);
  }
  return static_cast<double>(sum - 12 * 0x8000 + 6) / 0x10000;
}

double randomUniform(uint64_t seed, uint64_t index, double low, double high) {
  const double unit =
      static_cast<double>(randomBits(seed, index) >> 11) * 0x1p-53;
  return low + unit * (high - low);
}

/// An integer of [low, high]; the bias of the modulus is below 2^-32 for the
/// small ranges this is for.
static int64_t randomInt(uint64_t seed, uint64_t index, int64_t low,
                         int64_t high) {
  const uint64_t span =
      static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  const uint64_t bits = randomBits(seed, index);
  const uint64_t offset = span == 0 ? bits : bits % span;
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

void fillRandom(Tensor &tensor, uint64_t seed) {
  const int64_t count = tensor.numElements();
  const int64_t size = sizeOf(tensor.type);
  for (int64_t i = 0; i < count; ++i) {
    void *to = tensor.bytes.data() + i * size;
    const uint64_t index = static_cast<uint64_t>(i);
    if (isFloat(tensor.type))
      storeDouble(tensor.type, to, randomNormal(seed, index));
    else if (isUnsigned(tensor.type))
      storeInt(tensor.type, to, randomInt(seed, index, 0, 15));
    else
      storeInt(tensor.type, to, randomInt(seed, index, -8, 7));
  }
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

template <typename T>
static bool parseWhole(std::string_view text, T &out, int base) {
  auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), out, base);
  return status == std::errc() && end == text.data() + text.size();
}

static bool parseDouble(std::string_view text, double &out) {
  if (!text.empty() && text[0] == '+')
    text.remove_prefix(1);
  auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), out);
  // Beyond f64 from_chars stores nothing; such numbers are mistakes.
  return status == std::errc() && end == text.data() + text.size();
}

static bool isHex(std::string_view text) {
  return text.size() > 2 && text[0] == '0' &&
         (text[1] == 'x' || text[1] == 'X');
}

/// Accepts what the type holds as a signed or as an unsigned number.
static bool parseInt(std::string_view text, ElementType type, int64_t &out) {
  if (type == ElementType::I1) {
    if (text == "true" || text == "false") {
      out = text == "true";
      return true;
    }
  }
  if (!text.empty() && text[0] == '+')
    text.remove_prefix(1);
  const int64_t bits = type == ElementType::I1 ? 1 : 8 * sizeOf(type);
  uint64_t magnitude = 0;
  const bool negative = !text.empty() && text[0] == '-';
  std::string_view digits = negative ? text.substr(1) : text;
  const bool hex = isHex(digits);
  if (!parseWhole(hex ? digits.substr(2) : digits, magnitude, hex ? 16 : 10))
    return false;
  if (negative) {
    if (isUnsigned(type) ? magnitude != 0
                         : magnitude > (uint64_t{1} << (bits - 1)))
      return false;
    out = static_cast<int64_t>(0 - magnitude);
    return true;
  }
  if (bits < 64 && (magnitude >> bits) != 0)
    return false;
  out = static_cast<int64_t>(magnitude);
  return true;
}

static Error parseElement(std::string_view text, ElementType type, void *to) {
  bool parsed;
  if (isFloat(type)) {
    double value = 0;
    if ((parsed = parseDouble(text, value)))
      storeDouble(type, to, value);
  } else {
    int64_t value = 0;
    if ((parsed = parseInt(text, type, value)))
      storeInt(type, to, value);
  }
  if (!parsed)
    return Error("'" + std::string(text.substr(0, 40)) + "' is no value of " +
                 std::string(nameOf(type)));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Specs
//===----------------------------------------------------------------------===//

Error parseTensorType(std::string_view text, ElementType &type,
                      std::vector<int64_t> &shape) {
  const std::string whole(text.substr(0, 80));
  shape.clear();
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    int64_t extent = 0;
    auto [end, status] =
        std::from_chars(text.data(), text.data() + text.size(), extent);
    const size_t used = static_cast<size_t>(end - text.data());
    if (status != std::errc() || used == text.size() || text[used] != 'x')
      return Error("expected a type such as 2x3xf32, but got '" + whole + "'");
    shape.push_back(extent);
    text.remove_prefix(used + 1);
  }
  if (!parseElementType(text, type))
    return Error("expected a type such as 2x3xf32, but got '" + whole + "'");
  return Error::success();
}

static bool isSeparator(char c) {
  return c == ',' || c == ' ' || c == '[' || c == ']' || c == '\n' || c == '\t';
}

static Error parseElements(std::string_view text, Tensor &out) {
  const int64_t count = out.numElements();
  const int64_t size = sizeOf(out.type);
  int64_t found = 0;
  std::vector<uint8_t> first(static_cast<size_t>(size));
  for (size_t at = 0; at < text.size();) {
    if (isSeparator(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && !isSeparator(text[end]))
      ++end;
    void *to = found == 0      ? first.data()
               : found < count ? out.bytes.data() + found * size
                               : first.data();
    if (Error error = parseElement(text.substr(at, end - at), out.type, to))
      return error;
    if (found == 0 && count > 0)
      std::copy(first.begin(), first.end(), out.bytes.begin());
    ++found;
    at = end;
  }
  if (found == 1) {
    for (int64_t i = 1; i < count; ++i)
      std::copy(first.begin(), first.end(), out.bytes.begin() + i * size);
    return Error::success();
  }
  if (found != count)
    return Error("expected " + std::to_string(count) + " values for " +
                 typeToString(out.type, out.shape) + ", but got " +
                 std::to_string(found));
  return Error::success();
}

/// `text` is what stands between the parentheses.
static Error parseRandom(std::string_view text, Tensor &out) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !isSeparator(text[end]))
      ++end;
    if (end != at)
      words.push_back(text.substr(at, end - at));
    at = end == at ? at + 1 : end;
  }
  uint64_t seed = 0;
  if ((words.size() != 1 && words.size() != 3) ||
      !parseWhole(words[0], seed, 10))
    return Error("expected random(seed) or random(seed, low, high), but got "
                 "random(" +
                 std::string(text.substr(0, 60)) + ")");
  if (words.size() == 1) {
    fillRandom(out, seed);
    return Error::success();
  }
  const int64_t count = out.numElements();
  const int64_t size = sizeOf(out.type);
  double low = 0, high = 0;
  int64_t intLow = 0, intHigh = 0;
  const bool parsed = isFloat(out.type)
                          ? parseDouble(words[1], low) &&
                                parseDouble(words[2], high) && low <= high
                          : parseInt(words[1], out.type, intLow) &&
                                parseInt(words[2], out.type, intHigh) &&
                                intLow <= intHigh;
  if (!parsed)
    return Error("expected bounds of " + std::string(nameOf(out.type)) +
                 " in rising order, but got random(" +
                 std::string(text.substr(0, 60)) + ")");
  for (int64_t i = 0; i < count; ++i) {
    void *to = out.bytes.data() + i * size;
    const uint64_t index = static_cast<uint64_t>(i);
    if (isFloat(out.type))
      storeDouble(out.type, to, randomUniform(seed, index, low, high));
    else
      storeInt(out.type, to, randomInt(seed, index, intLow, intHigh));
  }
  return Error::success();
}

Error parseInputSpec(std::string_view spec, Tensor &out) {
  if (!spec.empty() && spec[0] == '@')
    return readNpy(std::string(spec.substr(1)), out);
  const size_t equals = spec.find('=');
  if (equals == std::string_view::npos)
    return Error("expected @file.npy or TYPE=VALUES, but got '" +
                 std::string(spec.substr(0, 80)) + "'");
  ElementType type;
  std::vector<int64_t> shape;
  if (Error error = parseTensorType(spec.substr(0, equals), type, shape))
    return error;
  std::string_view values = spec.substr(equals + 1);
  if (!values.empty() && values[0] == '@')
    return readRaw(std::string(values.substr(1)), type, std::move(shape), out);
  if (Error error = makeTensor(type, std::move(shape), out))
    return error;
  constexpr std::string_view kRandom = "random(";
  if (values.substr(0, kRandom.size()) == kRandom && values.back() == ')')
    return parseRandom(
        values.substr(kRandom.size(), values.size() - kRandom.size() - 1), out);
  return parseElements(values, out);
}

static std::string expectedType(ElementType type,
                                const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (extent == kAnyExtent ? "?" : std::to_string(extent)) + "x";
  text += nameOf(type);
  return text;
}

Error checkTensor(Tensor &tensor, ElementType type,
                  const std::vector<int64_t> &shape) {
  bool matches = tensor.shape.size() == shape.size();
  for (size_t d = 0; matches && d < shape.size(); ++d)
    matches = shape[d] == kAnyExtent || shape[d] == tensor.shape[d];
  if (!matches || !reinterpretAs(tensor, type))
    return Error("expected " + expectedType(type, shape) + ", but got " +
                 typeToString(tensor.type, tensor.shape));
  return Error::success();
}

} // namespace sqa::io
