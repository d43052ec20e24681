//===- MaskPicture.h - What a picture of a mask shows -----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_MASK_MASKPICTURE_H
#define SQA_TOOLS_SQA_MASK_MASKPICTURE_H

#include "IsolateMask.h"
#include "sqa/Analysis/MaskSummary.h"
#include "sqa/Interpreter/Interpreter.h"

namespace mlir::sqa {

struct PictureOptions {
  std::vector<std::string> inputs; // specs, as sqa-interpret takes them
  std::string parameters;
  NamedValues sizes; // of S, T, B
  int64_t batch = 0, head = 0;
  int64_t blockM = 0, blockN = 0; // 0: those of the schedule, or 64
};

struct MaskPicture {
  std::string title;
  int64_t batch, head;
  TileGrid grid;
  // From the definition. Empty if there are more than can be looked at.
  std::optional<interpreter::SlotGrid> slots;
  // From the analysis, row by row: by its sets (unless there are too many
  // tiles) and by its closed forms, which may know less.
  std::vector<TileClass> tiles, closedForms;
  std::string visibleKeys, hiddenKeys; // closed forms
  // Ops that the analysis could not read, and what they compute.
  SmallVector<std::pair<Location, std::string>> undecided;
  bool readWhole; // so that a partial tile has both kinds of slots

  TileClass tileAt(int64_t m, int64_t n) const {
    return tiles[m * grid.keyTiles() + n];
  }
  TileCounts counts() const;
  int64_t numVisible() const;
};

// Values of the arguments of the isolated function.
FailureOr<SmallVector<interpreter::RuntimeValue>>
makeMaskInputs(const IsolatedMask &mask, const PictureOptions &options);

FailureOr<MaskPicture> makePicture(const IsolatedMask &mask,
                                   const PictureOptions &options);

// Fails if a slot is not what the class of its tile says.
LogicalResult checkPicture(const MaskPicture &picture, Location loc);

// The sizes, the numbers of tiles and slots, and the closed forms.
SmallVector<std::string> describePicture(const MaskPicture &picture);

// One character a slot, or a square of tiles if there are more than `width`.
void drawText(const MaskPicture &picture, int64_t width, raw_ostream &os);
void drawSvg(const MaskPicture &picture, raw_ostream &os);
// False if there is nothing to draw, or no zlib to draw it with.
bool drawPng(const MaskPicture &picture, raw_ostream &os);

// 0xRRGGBB. They differ in lightness too, for grey printers and colour
// blindness. Partial tiles have two: hidden and visible slots.
inline constexpr uint32_t kSkippedTint = 0xe1e5ea, kPartialTint = 0xfde3bf,
                          kVisibleTint = 0xe8912d, kFullTint = 0x2f6fab;

} // namespace mlir::sqa

#endif // SQA_TOOLS_SQA_MASK_MASKPICTURE_H
