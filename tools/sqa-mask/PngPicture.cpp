//===- PngPicture.cpp - A mask as pixels ----------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The drawing alone, without axes and text: a palette image with one square a
// slot, or one pixel for every few slots where there are too many.
//
//===----------------------------------------------------------------------===//

#include "MaskPicture.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/EndianStream.h"

using namespace mlir;
using namespace mlir::sqa;

static constexpr int64_t kPicture = 480, kMostPixels = 2048;
static constexpr uint32_t kPalette[] = {kSkippedTint, kPartialTint,
                                        kVisibleTint, kFullTint, 0xffffff};
enum Colour : uint8_t { skipped, partial, visible, full, line };

// Length, name, bytes, and the checksum of the last two.
static void writeChunk(raw_ostream &os, StringRef name, StringRef bytes) {
  llvm::support::endian::Writer writer(os, llvm::endianness::big);
  writer.write<uint32_t>(bytes.size());
  std::string body = (name + bytes).str();
  os << body;
  writer.write<uint32_t>(llvm::crc32(llvm::arrayRefFromStringRef(body)));
}

static Colour slotColour(const MaskPicture &picture, int64_t i, int64_t j) {
  const TileGrid &grid = picture.grid;
  switch (picture.tileAt(i / grid.blockM, j / grid.blockN)) {
  case TileClass::empty:
    return skipped;
  case TileClass::full:
    return full;
  case TileClass::partial:
    return picture.slots && picture.slots->at(i, j) ? visible : partial;
  }
  llvm_unreachable("every class is listed");
}

// Rows of pixels, each after the number of its filter (0: none).
static std::string makeRows(const MaskPicture &picture, int64_t pixels,
                            int64_t step, int64_t width, int64_t height) {
  const TileGrid &grid = picture.grid;
  bool hasLines =
      step == 1 && grid.blockM * pixels >= 5 && grid.blockN * pixels >= 5;
  std::string rows;
  for (int64_t y = 0; y < height; ++y) {
    rows += '\0';
    for (int64_t x = 0; x < width; ++x) {
      bool onLine = hasLines && ((y && y % (grid.blockM * pixels) == 0) ||
                                 (x && x % (grid.blockN * pixels) == 0));
      rows += onLine
                  ? line
                  : slotColour(picture, y / pixels * step, x / pixels * step);
    }
  }
  return rows;
}

bool mlir::sqa::drawPng(const MaskPicture &picture, raw_ostream &os) {
  const TileGrid &grid = picture.grid;
  int64_t longer = std::max(grid.queries, grid.keys);
  if (!llvm::compression::zlib::isAvailable() || grid.queries == 0 ||
      grid.keys == 0)
    return false;
  int64_t pixels = std::max<int64_t>(kPicture / longer, 1);
  int64_t step = llvm::divideCeil(longer, kMostPixels);
  int64_t width = llvm::divideCeil(grid.keys, step) * pixels;
  int64_t height = llvm::divideCeil(grid.queries, step) * pixels;

  std::string header, palette;
  llvm::raw_string_ostream headerStream(header);
  llvm::support::endian::Writer writer(headerStream, llvm::endianness::big);
  writer.write<uint32_t>(width);
  writer.write<uint32_t>(height);
  headerStream << StringRef("\x08\x03\0\0\0", 5); // 8 bits, a palette
  for (uint32_t tint : kPalette)
    for (int shift : {16, 8, 0})
      palette += static_cast<char>(tint >> shift);
  std::string rows = makeRows(picture, pixels, step, width, height);
  SmallVector<uint8_t, 0> data;
  llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(rows), data);

  os << StringRef("\x89PNG\r\n\x1a\n", 8);
  writeChunk(os, "IHDR", header);
  writeChunk(os, "PLTE", palette);
  writeChunk(os, "IDAT", llvm::toStringRef(data));
  writeChunk(os, "IEND", "");
  return true;
}
