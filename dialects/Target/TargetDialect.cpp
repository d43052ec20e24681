//===- TargetDialect.cpp - Registration and checks of targets -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Target/TargetDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sqa;

#include "dialects/Target/TargetDialectDialect.cpp.inc"
#include "dialects/Target/TargetDialectEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Target/TargetDialectAttrs.cpp.inc"

void SqaDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Target/TargetDialectAttrs.cpp.inc"
      >();
}

Attribute mlir::sqa::lookupTarget(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  return module ? module->getAttr(kTargetAttrName) : Attribute();
}

bool CpuAttr::hasFeature(StringRef name) const {
  return llvm::any_of(llvm::split(getFeatures(), ','), [&](StringRef flag) {
    return flag.consume_front("+") && flag == name;
  });
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult CpuAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              StringRef name, StringRef triple, StringRef cpu,
                              StringRef features, int64_t vectorBits,
                              int64_t vectorRegisters) {
  if (name.empty() || triple.empty() || cpu.empty()) // cpu_c1
    return emitError() << "expected name, triple and cpu to be non-empty";
  if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) // cpu_c2
    return emitError() << "expected vector_bits to be 128, 256 or 512, but got "
                       << vectorBits;
  if (vectorRegisters < 8) // cpu_c3
    return emitError() << "expected at least 8 vector_registers, but got "
                       << vectorRegisters;
  return success();
}

LogicalResult
CpuScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        int64_t lanes, int64_t blockM, int64_t blockN,
                        int64_t keyRows, int64_t valueRows, int64_t expDegree,
                        int64_t lazyLog2, Products products,
                        int64_t splitKeys) {
  if (lanes != 4 && lanes != 8 && lanes != 16) // cpu_schedule_c1
    return emitError() << "expected lanes to be 4, 8 or 16, but got " << lanes;
  if (blockM <= 0 || blockM % lanes != 0) // cpu_schedule_c2
    return emitError()
           << "expected block_m to be a positive multiple of lanes (" << lanes
           << "), but got " << blockM;
  if (keyRows <= 0 || blockN <= 0 || blockN % keyRows != 0) // cpu_schedule_c3
    return emitError()
           << "expected block_n to be a positive multiple of key_rows, but got "
           << blockN << " and " << keyRows;
  if (valueRows <= 0) // cpu_schedule_c4
    return emitError() << "expected value_rows to be positive, but got "
                       << valueRows;
  bool isPacked = products != Products::fma;
  int64_t least = isPacked ? 3 : 4;
  if (expDegree < least || expDegree > 6) // cpu_schedule_c5
    return emitError() << "expected exp_degree to be between " << least
                       << " and 6, but got " << expDegree;
  if (lazyLog2 < 0 || lazyLog2 > 16) // cpu_schedule_c6
    return emitError() << "expected lazy_log2 to be between 0 and 16, but got "
                       << lazyLog2;
  if (isPacked && (lanes != 16 || blockM % 32 != 0)) // cpu_schedule_c7
    return emitError() << "expected packed products to have 16 lanes and a "
                          "block_m that is a multiple of 32, but got "
                       << lanes << " and " << blockM;
  if (isPacked && (blockN % 32 != 0 || 32 % keyRows != 0 || keyRows % 2 != 0))
    return emitError()
           << "expected packed products to have a block_n that is " // cpu_schedule_c8
              "a multiple of 32 and key_rows that are an even "
              "divisor of 32, but got "
           << blockN << " and " << keyRows;
  if (splitKeys < 0 || splitKeys % blockN != 0 || // cpu_schedule_c9
      (splitKeys > 0 && isPacked))
    return emitError() << "expected split_keys to be 0, or a multiple of "
                          "block_n with fma products, but got "
                       << splitKeys;
  return success();
}

// Where an attention is, its S and T, and where values of S x T are made.
static bool isScoreRecord(Attribute attribute) {
  auto record = dyn_cast<DictionaryAttr>(attribute);
  if (!record || !record.getAs<LocationAttr>("op"))
    return false;
  auto origins = record.getAs<ArrayAttr>("from");
  auto shape = record.getAs<AffineMapAttr>("shape");
  return origins && llvm::all_of(origins, llvm::IsaPred<LocationAttr>) &&
         shape && shape.getValue().getNumDims() == 0 &&
         shape.getValue().getNumResults() == 2;
}

LogicalResult GpuAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              StringRef name, StringRef triple, StringRef chip,
                              StringRef features, int64_t sharedBytes,
                              int64_t registers) {
  if (name.empty() || triple.empty() || chip.empty()) // gpu_c1
    return emitError() << "expected name, triple and chip to be non-empty";
  if (sharedBytes <= 0 || registers <= 0) // gpu_c2
    return emitError() << "expected shared_bytes and registers to be positive, "
                          "but got "
                       << sharedBytes << " and " << registers;
  return success();
}

LogicalResult GpuScheduleAttr::verify(
    function_ref<InFlightDiagnostic()> emitError, int64_t consumers,
    int64_t blockN, int64_t stages, int64_t producerRegisters,
    int64_t consumerRegisters, bool scoresAhead, bool tensorRowSums,
    bool integerMax, int64_t softwareExp, bool frozenMax, int64_t expOrder,
    int64_t headsPerSection, bool wideStores, bool tileStores) {
  // A tensor map's box has at most 256 rows.
  if (consumers < 1 || consumers > 4) // gpu_schedule_c1
    return emitError() << "expected 1 to 4 consumers, but got " << consumers;
  if (blockN < 16 || blockN > 256 || blockN % 16 != 0) // gpu_schedule_c2
    return emitError()
           << "expected block_n to be a multiple of 16 up to 256, but got "
           << blockN;
  if (stages < 1 || stages > 16) // gpu_schedule_c3
    return emitError() << "expected 1 to 16 stages, but got " << stages;
  for (int64_t registers : {producerRegisters, consumerRegisters})
    if (registers < 24 || registers > 256 || registers % 8 != 0)
      return emitError()
             << "expected registers to be a multiple of 8 from 24 " // gpu_schedule_c4
                "to 256, but got "
             << registers;
  // In software a weight never exists in f32, and 127 - maximum must be exact.
  if (softwareExp < 0 || softwareExp > 16 ||
      (softwareExp > 0 && (!integerMax || !tensorRowSums))) // gpu_schedule_c5
    return emitError() << "expected software_exp to be 0 to 16, and above 0 "
                          "only with integer_max and tensor_row_sums, but got "
                       << softwareExp;
  if (expOrder < 0 || expOrder > 8) // gpu_schedule_c7
    return emitError() << "expected exp_order to be 0 to 8, but got "
                       << expOrder;
  if (headsPerSection < 1) // gpu_schedule_c6
    return emitError() << "expected heads_per_section to be positive, but got "
                       << headsPerSection;
  return success();
}

LogicalResult SqaDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attr) {
  if (attr.getName() == kTargetAttrName) {
    if (!isa<ModuleOp>(op)) // sqa_attr_c1
      return op->emitOpError("expected '")
             << kTargetAttrName << "' on a module only";
    return success();
  }
  if (attr.getName() == kSymbolsAttrName) {
    auto names = dyn_cast<ArrayAttr>(attr.getValue());
    if (!isa<FunctionOpInterface>(op) || !names ||
        !llvm::all_of(names, llvm::IsaPred<StringAttr>)) // sqa_attr_c3
      return op->emitOpError("expected '")
             << kSymbolsAttrName << "' to be a list of names on a function";
    return success();
  }
  if (attr.getName() == kCheckedAttrName) {
    if (!isa<FunctionOpInterface>(op) ||
        !isa<UnitAttr>(attr.getValue())) // sqa_attr_c5
      return op->emitOpError("expected '")
             << kCheckedAttrName << "' without a value on a function";
    return success();
  }
  if (attr.getName() == kScoresAttrName) {
    auto records = dyn_cast<ArrayAttr>(attr.getValue());
    if (!isa<FunctionOpInterface>(op) || !records ||
        !llvm::all_of(records, isScoreRecord)) // sqa_attr_c6
      return op->emitOpError("expected '")
             << kScoresAttrName
             << "' to be a list of {from, op, shape} on a function";
    return success();
  }
  // sqa_attr_c1
  return op->emitOpError("expected no attribute '")
         << attr.getName().getValue() << "'";
}

static LogicalResult verifyText(Operation *op, NamedAttribute attr) {
  auto text = dyn_cast<StringAttr>(attr.getValue());
  if (!text || text.getValue().empty()) // sqa_attr_c2
    return op->emitOpError("expected '")
           << attr.getName().getValue() << "' to be a non-empty string";
  return success();
}

// A map from the function's symbols to as many expressions as `type` has
// dimensions, each the constant the type states.
static LogicalResult verifyShape(Operation *op, Type type, Attribute value) {
  auto symbols = op->getAttrOfType<ArrayAttr>(kSymbolsAttrName);
  auto map = dyn_cast<AffineMapAttr>(value);
  auto shaped = dyn_cast<ShapedType>(type);
  if (!map || !symbols || !shaped || !shaped.hasRank() ||
      map.getValue().getNumDims() != 0 ||
      map.getValue().getNumSymbols() != symbols.size() ||
      map.getValue().getNumResults() != shaped.getRank()) // sqa_attr_c4
    return op->emitOpError("expected '")
           << kShapeAttrName << "' to map the symbols of '" << kSymbolsAttrName
           << "' to the dimensions of " << type;
  for (auto [size, expr] :
       llvm::zip_equal(shaped.getShape(), map.getValue().getResults())) {
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    if (!ShapedType::isDynamic(size) &&
        (!constant || constant.getValue() != size))
      return op->emitOpError("expected '")
             << kShapeAttrName << "' to agree with " << type << ", but got "
             << map;
  }
  return success();
}

LogicalResult SqaDialect::verifyRegionArgAttribute(Operation *op,
                                                   unsigned regionIndex,
                                                   unsigned argIndex,
                                                   NamedAttribute attr) {
  if (attr.getName() == kNameAttrName || attr.getName() == kParameterAttrName)
    return verifyText(op, attr);
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (function && attr.getName() == kShapeAttrName)
    return verifyShape(op, function.getArgumentTypes()[argIndex],
                       attr.getValue());
  if (function && attr.getName() == kResultAttrName &&
      isa<UnitAttr>(attr.getValue()))
    return success();
  return op->emitOpError("expected no argument attribute '") // sqa_attr_c2
         << attr.getName().getValue() << "'";
}

LogicalResult SqaDialect::verifyRegionResultAttribute(Operation *op,
                                                      unsigned regionIndex,
                                                      unsigned resultIndex,
                                                      NamedAttribute attr) {
  if (attr.getName() == kNameAttrName)
    return verifyText(op, attr);
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (function && attr.getName() == kShapeAttrName)
    return verifyShape(op, function.getResultTypes()[resultIndex],
                       attr.getValue());
  return op->emitOpError("expected no result attribute '") // sqa_attr_c2
         << attr.getName().getValue() << "'";
}
