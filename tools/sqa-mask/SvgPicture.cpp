//===- SvgPicture.cpp - A mask as vector graphics -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One slot is one unit inside a scaled group, so that all coordinates of the
// drawing are integers. Equal neighbours are joined: the file grows with the
// outline of the mask, not with its area.
//
//===----------------------------------------------------------------------===//

#include "MaskPicture.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sqa;
using llvm::formatv;

static constexpr int64_t kPicture = 480; // pixels of the longer side
static constexpr int64_t kLeft = 64, kTop = 84, kRight = 24;
static constexpr int64_t kLineHeight = 18;
static constexpr size_t kLineLength = 76; // characters of text that fit

namespace {
class SvgDrawing {
public:
  SvgDrawing(const MaskPicture &picture, raw_ostream &os);
  void draw();

private:
  void drawTiles(TileClass kind, uint32_t tint);
  void drawSlots();
  void drawGrid();
  void drawAxis(bool isKey);
  void drawLegend(double top);
  void drawText(double x, double y, StringRef text, StringRef attributes = "");

  const MaskPicture &picture;
  raw_ostream &os;
  const TileGrid &grid;
  double scale;         // pixels a slot
  double width, height; // of the mask
};

// Joins equal runs of consecutive rows into rectangles, as commands of a path.
class RunPath {
public:
  explicit RunPath(raw_ostream &os) : os(os) {}
  // The runs of the rows from `row` to `end`, after all rows before it.
  void addRows(int64_t row, int64_t end,
               SmallVector<std::pair<int64_t, int64_t>> runs);
  void finish() { addRows(0, 0, {}); }

private:
  raw_ostream &os;
  int64_t begin = 0, last = 0;
  SmallVector<std::pair<int64_t, int64_t>> open;
};
} // namespace

void RunPath::addRows(int64_t row, int64_t end,
                      SmallVector<std::pair<int64_t, int64_t>> runs) {
  if (row == last && runs == open) {
    last = end;
    return;
  }
  for (auto [from, to] : open)
    os << 'M' << from << ' ' << begin << 'h' << to - from << 'v' << last - begin
       << 'h' << from - to << 'z';
  open = std::move(runs);
  begin = row;
  last = end;
}

// Runs of positions where `test` holds.
static SmallVector<std::pair<int64_t, int64_t>>
findRuns(int64_t count, function_ref<bool(int64_t)> test) {
  SmallVector<std::pair<int64_t, int64_t>> runs;
  for (int64_t at = 0; at < count; ++at) {
    if (!test(at))
      continue;
    if (!runs.empty() && runs.back().second == at)
      ++runs.back().second;
    else
      runs.push_back({at, at + 1});
  }
  return runs;
}

static std::string hex(uint32_t tint) {
  std::string digits = llvm::utohexstr(tint, /*LowerCase=*/true, /*Width=*/6);
  return "#" + digits;
}

static std::string escaped(StringRef text) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  llvm::printHTMLEscaped(text, stream);
  return result;
}

// Text in lines of at most kLineLength characters, broken at blanks.
static SmallVector<std::string> wrap(StringRef text) {
  SmallVector<std::string> lines;
  while (text.size() > kLineLength) {
    size_t at = text.rfind(' ', kLineLength);
    if (at == StringRef::npos || at < 8)
      break;
    lines.push_back(text.take_front(at).str());
    text = text.drop_front(at + 1);
  }
  lines.push_back(text.str());
  return lines;
}

SvgDrawing::SvgDrawing(const MaskPicture &picture, raw_ostream &os)
    : picture(picture), os(os), grid(picture.grid) {
  int64_t longer = std::max<int64_t>({grid.queries, grid.keys, 1});
  scale = longer <= kPicture ? double(kPicture / longer)
                             : double(kPicture) / longer;
  scale = std::min(scale, 24.0);
  width = scale * grid.keys;
  height = scale * grid.queries;
}

//===----------------------------------------------------------------------===//
// The mask
//===----------------------------------------------------------------------===//

void SvgDrawing::drawTiles(TileClass kind, uint32_t tint) {
  os << "    <path fill=\"" << hex(tint) << "\" d=\"";
  RunPath path(os);
  for (int64_t m = 0; m < grid.rowTiles(); ++m) {
    auto runs = findRuns(grid.keyTiles(), [&](int64_t n) {
      return picture.tileAt(m, n) == kind;
    });
    for (auto &[from, to] : runs) {
      from *= grid.blockN;
      to = std::min(to * grid.blockN, grid.keys);
    }
    path.addRows(m * grid.blockM, std::min((m + 1) * grid.blockM, grid.queries),
                 runs);
  }
  path.finish();
  os << "\"/>\n";
}

// Visible slots of partial tiles; those of full ones are their tiles.
void SvgDrawing::drawSlots() {
  if (!picture.slots)
    return;
  os << "    <path fill=\"" << hex(kVisibleTint) << "\" d=\"";
  RunPath path(os);
  for (int64_t i = 0; i < grid.queries; ++i)
    path.addRows(i, i + 1, findRuns(grid.keys, [&](int64_t j) {
                   return picture.slots->at(i, j) &&
                          picture.tileAt(i / grid.blockM, j / grid.blockN) ==
                              TileClass::partial;
                 }));
  path.finish();
  os << "\"/>\n";
}

// Borders of tiles, unless they would hide what is between them.
void SvgDrawing::drawGrid() {
  if (grid.blockM * scale < 5 || grid.blockN * scale < 5)
    return;
  os << formatv("    <path fill=\"none\" stroke=\"#ffffff\" "
                "stroke-width=\"{0:f4}\" d=\"",
                1 / scale);
  for (int64_t i = grid.blockM; i < grid.queries; i += grid.blockM)
    os << "M0 " << i << 'h' << grid.keys;
  for (int64_t j = grid.blockN; j < grid.keys; j += grid.blockN)
    os << 'M' << j << " 0v" << grid.queries;
  os << "\"/>\n";
}

//===----------------------------------------------------------------------===//
// Around it
//===----------------------------------------------------------------------===//

void SvgDrawing::drawText(double x, double y, StringRef text,
                          StringRef attributes) {
  os << formatv("  <text x=\"{0:f1}\" y=\"{1:f1}\"{2}{3}>{4}</text>\n", x, y,
                attributes.empty() ? "" : " ", attributes, escaped(text));
}

void SvgDrawing::drawAxis(bool isKey) {
  int64_t length = isKey ? grid.keys : grid.queries;
  int64_t step = isKey ? grid.blockN : grid.blockM;
  while (step * scale < 40)
    step *= 2;
  for (int64_t at = 0; at <= length; at += step) {
    double x = isKey ? kLeft + at * scale : kLeft - 8;
    double y = isKey ? kTop - 8 : kTop + at * scale + 4;
    drawText(x, y, std::to_string(at),
             isKey ? "text-anchor=\"middle\" class=\"tick\""
                   : "text-anchor=\"end\" class=\"tick\"");
  }
  if (isKey) {
    drawText(kLeft + width / 2, kTop - 26,
             "key j (T = " + std::to_string(grid.keys) + ")",
             "text-anchor=\"middle\"");
    return;
  }
  std::string turn =
      formatv("text-anchor=\"middle\" transform=\"rotate(-90 16 {0:f1})\"",
              kTop + height / 2);
  drawText(16, kTop + height / 2,
           "query i (S = " + std::to_string(grid.queries) + ")", turn);
}

void SvgDrawing::drawLegend(double top) {
  TileCounts counts = picture.counts();
  double percent = counts.total() ? 100.0 / counts.total() : 0;
  struct Entry {
    const char *name;
    uint32_t tint;
    int64_t count;
  };
  double x = kLeft;
  for (const Entry &entry : {Entry{"full", kFullTint, counts.full},
                             Entry{"partial", kPartialTint, counts.partial},
                             Entry{"skipped", kSkippedTint, counts.skipped}}) {
    os << formatv("  <rect x=\"{0:f1}\" y=\"{1:f1}\" width=\"12\" "
                  "height=\"12\" fill=\"{2}\"/>\n",
                  x, top - 10, hex(entry.tint));
    if (entry.count && StringRef(entry.name) == "partial")
      os << formatv("  <rect x=\"{0:f1}\" y=\"{1:f1}\" width=\"6\" "
                    "height=\"12\" fill=\"{2}\"/>\n",
                    x, top - 10, hex(kVisibleTint));
    drawText(x + 18, top,
             formatv("{0} {1} ({2:f1} %)", entry.name, entry.count,
                     entry.count * percent)
                 .str());
    x += 165;
  }
}

void SvgDrawing::draw() {
  // The sizes are on the axes, the tiles in the legend.
  SmallVector<std::string> lines = describePicture(picture), notes;
  for (const std::string &line : ArrayRef(lines).drop_front(2))
    notes.append(wrap(line));
  double total = std::max<double>(kLeft + width + kRight, 570);
  double legend = kTop + height + 28;
  double bottom = legend + 12 + kLineHeight * (notes.size() + 1);
  os << formatv(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:f0}\" "
      "height=\"{1:f0}\" viewBox=\"0 0 {0:f0} {1:f0}\" "
      "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', "
      "sans-serif\" font-size=\"13\" fill=\"#24292f\">\n",
      total, bottom);
  os << "  <style>.tick { font-size: 11px; fill: #57606a } .title { font-size: "
        "16px; font-weight: 600 } .note { font-size: 12px; fill: #57606a }"
        "</style>\n";
  os << "  <title>" << escaped(picture.title) << "</title>\n";
  os << formatv("  <rect width=\"{0:f0}\" height=\"{1:f0}\" "
                "fill=\"#ffffff\"/>\n",
                total, bottom);
  drawText(kLeft, 24, picture.title, "class=\"title\"");
  drawAxis(/*isKey=*/true);
  drawAxis(/*isKey=*/false);
  os << formatv("  <g transform=\"translate({0} {1}) scale({2:f6})\" "
                "shape-rendering=\"crispEdges\">\n",
                kLeft, kTop, scale);
  drawTiles(TileClass::empty, kSkippedTint);
  drawTiles(TileClass::partial, kPartialTint);
  drawTiles(TileClass::full, kFullTint);
  drawSlots();
  drawGrid();
  os << "  </g>\n";
  drawLegend(legend);
  double y = legend + 12;
  for (const std::string &note : notes)
    drawText(kLeft, y += kLineHeight, note, "class=\"note\"");
  os << "</svg>\n";
}

void mlir::sqa::drawSvg(const MaskPicture &picture, raw_ostream &os) {
  SvgDrawing(picture, os).draw();
}
