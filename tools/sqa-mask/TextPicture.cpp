//===- TextPicture.cpp - A mask in characters -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskPicture.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace mlir::sqa;

namespace {
// A character stands for cellM queries and cellN keys: one slot, or whole
// tiles.
class TextDrawing {
public:
  TextDrawing(const MaskPicture &picture, int64_t width);
  void draw(raw_ostream &os) const;

private:
  static constexpr int64_t kMargin = 8; // of the row numbers

  char slotAt(int64_t i, int64_t j) const;
  char cellAt(int64_t row, int64_t column) const;
  void drawColumnNumbers(raw_ostream &os) const;
  void drawLegend(raw_ostream &os) const;

  const MaskPicture &picture;
  bool perSlot;
  int64_t tilesPerCell = 1;
  int64_t cellM = 1, cellN = 1, rows, columns;
};
} // namespace

TextDrawing::TextDrawing(const MaskPicture &picture, int64_t width)
    : picture(picture) {
  const TileGrid &grid = picture.grid;
  int64_t room = std::max<int64_t>(width - kMargin, 1);
  perSlot = picture.slots && grid.keys <= room;
  if (!perSlot) {
    tilesPerCell =
        std::max<int64_t>(llvm::divideCeil(grid.keyTiles(), room), 1);
    cellM = grid.blockM * tilesPerCell;
    cellN = grid.blockN * tilesPerCell;
  }
  rows = llvm::divideCeil(grid.queries, cellM);
  columns = llvm::divideCeil(grid.keys, cellN);
}

char TextDrawing::slotAt(int64_t i, int64_t j) const {
  const TileGrid &grid = picture.grid;
  switch (picture.tileAt(i / grid.blockM, j / grid.blockN)) {
  case TileClass::empty:
    return ' ';
  case TileClass::full:
    return '#';
  case TileClass::partial:
    return picture.slots->at(i, j) ? '+' : '.';
  }
  llvm_unreachable("every class is listed");
}

// Several tiles of one class look like one tile of it, others are partial.
char TextDrawing::cellAt(int64_t row, int64_t column) const {
  if (perSlot)
    return slotAt(row, column);
  const TileGrid &grid = picture.grid;
  int64_t m0 = row * tilesPerCell, n0 = column * tilesPerCell;
  TileClass first = picture.tileAt(m0, n0);
  for (int64_t m = m0; m < std::min(m0 + tilesPerCell, grid.rowTiles()); ++m)
    for (int64_t n = n0; n < std::min(n0 + tilesPerCell, grid.keyTiles()); ++n)
      if (picture.tileAt(m, n) != first)
        return '+';
  return first == TileClass::empty ? ' ' : first == TileClass::full ? '#' : '+';
}

void TextDrawing::drawColumnNumbers(raw_ostream &os) const {
  // A number at every tile boundary that leaves room for the one before.
  int64_t step = perSlot ? picture.grid.blockN : 1;
  int64_t digits = std::to_string(picture.grid.keys).size() + 1;
  while (step < digits)
    step *= 2;
  std::string numbers(kMargin, ' '), marks(kMargin, ' ');
  for (int64_t column = 0; column < columns; column += step) {
    numbers.resize(kMargin + column, ' ');
    marks.resize(kMargin + column, ' ');
    numbers += std::to_string(column * cellN);
    marks += '|';
  }
  os << numbers << "  key j\n" << marks << '\n';
}

void TextDrawing::drawLegend(raw_ostream &os) const {
  if (perSlot)
    os << "'#' visible, in a full tile   '+' visible, '.' hidden, in a partial "
          "tile   ' ' in a skipped tile\n";
  else
    os << "a character is " << cellM << " queries by " << cellN
       << " keys: '#' full   '+' partial   ' ' skipped\n";
}

void TextDrawing::draw(raw_ostream &os) const {
  drawColumnNumbers(os);
  // Row numbers where a tile begins.
  int64_t step = perSlot ? picture.grid.blockM : 1;
  for (int64_t row = 0; row < rows; ++row) {
    std::string line;
    for (int64_t column = 0; column < columns; ++column)
      line += cellAt(row, column);
    std::string label = row % step == 0 ? std::to_string(row * cellM) : "";
    std::string text =
        std::string(kMargin - 2 - label.size(), ' ') + label + "  " + line;
    os << StringRef(text).rtrim() << '\n';
  }
  os << "query i\n\n";
  drawLegend(os);
}

void mlir::sqa::drawText(const MaskPicture &picture, int64_t width,
                         raw_ostream &os) {
  os << picture.title << "\n\n";
  TextDrawing(picture, width).draw(os);
  for (const std::string &line : describePicture(picture))
    os << line << '\n';
}
