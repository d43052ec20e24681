//===- HopperTypes.cpp - Types of the hopper dialect ----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hopper/HopperOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::sqa::hopper;

using EmitError = function_ref<InFlightDiagnostic()>;

static bool isHalf(Type type) { return isa<Float16Type, BFloat16Type>(type); }

//===----------------------------------------------------------------------===//
// Syntax: `<2x128x64xbf16>`
//===----------------------------------------------------------------------===//

static FailureOr<std::pair<SmallVector<int64_t>, Type>>
parseShape(AsmParser &parser, size_t rank) {
  SmallVector<int64_t> shape;
  Type element;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(element) || parser.parseGreater())
    return failure();
  if (shape.size() != rank)
    return parser.emitError(loc, "expected ") << rank << " sizes";
  return std::make_pair(shape, element);
}

static void printShape(AsmPrinter &printer, ArrayRef<int64_t> shape,
                       Type element) {
  printer << '<';
  for (int64_t size : shape)
    printer << size << 'x';
  printer << element << '>';
}

Type RingType::parse(AsmParser &parser) {
  auto shape = parseShape(parser, 3);
  if (failed(shape))
    return {};
  auto &[sizes, element] = *shape;
  return parser.getChecked<RingType>(parser.getContext(), sizes[0], sizes[1],
                                     sizes[2], element);
}

void RingType::print(AsmPrinter &printer) const {
  printShape(printer, {getStages(), getRows(), getColumns()}, getElementType());
}

Type TensorMapType::parse(AsmParser &parser) {
  auto shape = parseShape(parser, 2);
  if (failed(shape))
    return {};
  auto &[sizes, element] = *shape;
  return parser.getChecked<TensorMapType>(parser.getContext(), sizes[0],
                                          sizes[1], element);
}

void TensorMapType::print(AsmPrinter &printer) const {
  printShape(printer, {getRows(), getColumns()}, getElementType());
}

Type FragmentType::parse(AsmParser &parser) {
  auto shape = parseShape(parser, 2);
  if (failed(shape))
    return {};
  auto &[sizes, element] = *shape;
  if (sizes[0] != 64) { // fragment_c1
    parser.emitError(parser.getCurrentLocation(),
                     "expected a fragment to have 64 rows");
    return {};
  }
  return parser.getChecked<FragmentType>(parser.getContext(), sizes[1],
                                         element);
}

void FragmentType::print(AsmPrinter &printer) const {
  printShape(printer, {64, getColumns()}, getElementType());
}

//===----------------------------------------------------------------------===//
// Derived sizes
//===----------------------------------------------------------------------===//

int64_t RingType::getSlabColumns() const {
  for (int64_t columns : {64, 32})
    if (getColumns() % columns == 0)
      return columns;
  return 16;
}

// Spread over the columns, and in different columns for the two rows of a
// thread, so that both units are busy all the time.
bool WeightsType::isSoftware(int64_t group, int64_t half) const {
  return (group + 8 * half) * getSoftwareExp() % 16 < getSoftwareExp();
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult RingType::verify(EmitError emitError, int64_t stages,
                               int64_t rows, int64_t columns, Type element) {
  if (stages < 1 || stages > 16) // ring_c1
    return emitError() << "expected 1 to 16 stages, but got " << stages;
  // 256 is the longest side of a box (cuTensorMapEncodeTiled).
  if (rows < 8 || rows > 256 || rows % 8 != 0) // ring_c2
    return emitError()
           << "expected rows to be a multiple of 8 up to 256, but got " << rows;
  if (columns < 16 || columns > 512 || columns % 16 != 0) // ring_c3
    return emitError()
           << "expected columns to be a multiple of 16 up to 512, but got "
           << columns;
  if (!isHalf(element)) // ring_c4
    return emitError() << "expected f16 or bf16 elements, but got " << element;
  return success();
}

LogicalResult TensorMapType::verify(EmitError emitError, int64_t rows,
                                    int64_t columns, Type element) {
  if (rows < 1 || rows > 256 ||
      (columns != 16 && columns != 32 && columns != 64)) // tensor_map_c1
    return emitError() << "expected a box of at most 256 rows and of 16, 32 or "
                          "64 columns, but got "
                       << rows << " and " << columns;
  if (!isHalf(element)) // tensor_map_c1
    return emitError() << "expected f16 or bf16 elements, but got " << element;
  return success();
}

LogicalResult CursorType::verify(EmitError emitError, int64_t stages) {
  if (stages < 1 || stages > 16) // cursor_c2
    return emitError() << "expected 1 to 16 stages, but got " << stages;
  return success();
}

LogicalResult QueueType::verify(EmitError emitError, int64_t words) {
  // One lane a word when a warp takes them.
  if (words < 1 || words > 32) // queue_c1
    return emitError() << "expected 1 to 32 words, but got " << words;
  return success();
}

LogicalResult OnesType::verify(EmitError emitError, Type element) {
  if (!isHalf(element)) // ones_c1
    return emitError() << "expected f16 or bf16 elements, but got " << element;
  return success();
}

LogicalResult FragmentType::verify(EmitError emitError, int64_t columns,
                                   Type element) {
  bool half = isHalf(element);
  if (!half && !element.isF32()) // fragment_c2
    return emitError() << "expected f32, f16 or bf16 elements, but got "
                       << element;
  // N of wgmma is at most 256, K 16 (PTX ISA, wgmma.mma_async).
  if (columns < 8 || columns > 256 || columns % (half ? 16 : 8) != 0)
    return emitError() << "expected columns to be a multiple of " // fragment_c3
                       << (half ? 16 : 8) << " up to 256, but got " << columns;
  return success();
}

LogicalResult PendingType::verify(EmitError emitError, FragmentType fragment) {
  if (!fragment.getElementType().isF32()) // pending_c1
    return emitError() << "expected a fragment of f32, but got " << fragment;
  return success();
}

LogicalResult WeightsType::verify(EmitError emitError, int64_t columns,
                                  int64_t softwareExp) {
  if (columns < 16 || columns > 256 || columns % 16 != 0 || softwareExp < 0 ||
      softwareExp > 16) // weights_c1
    return emitError() << "expected columns to be a multiple of 16 up to 256 "
                          "and software_exp to be 0 to 16, but got "
                       << columns << " and " << softwareExp;
  return success();
}
