//===- AttnVerify.cpp - Verifiers of the attention ops --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each check cites the constraint of dialects/Attn/README.md that it enforces;
// test/Dialect/Attn/invalid*.mlir have a case named after each.
//
// Wrong if: an accessor such as getValue() is used before the operand groups
// are checked. In the generic form a program may give any group any number of
// operands, and a named accessor of an empty group reads past the operands.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace mlir::sqa::attn;

// Positions and bounds stay far enough from 2^63 for sums of two of them.
static constexpr int64_t kMaxPosition = int64_t(1) << 60;

//===----------------------------------------------------------------------===//
// Shared pieces
//===----------------------------------------------------------------------===//

static bool isNumber(Type type) { return type.isIntOrIndexOrFloat(); }

static bool agree(int64_t a, int64_t b) {
  return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
}

static std::string dimText(int64_t dim) {
  return ShapedType::isDynamic(dim) ? "?" : std::to_string(dim);
}

static std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + dimText(dim);
  return text.empty() ? "a scalar" : text;
}

// Whether the static dimensions alone need more bytes than an int64_t counts.
static bool hasTooManyBytes(ShapedType type) {
  if (llvm::is_contained(type.getShape(), 0))
    return false;
  Type element = type.getElementType();
  int64_t bytes = 8;
  if (element.isIntOrFloat())
    bytes = llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  for (int64_t dim : type.getShape())
    if (!ShapedType::isDynamic(dim) && llvm::MulOverflow(bytes, dim, bytes))
      return true;
  return false;
}

// What every tensor and memref of an op has to be, captures included.
static LogicalResult verifyStorage(Operation *op) {
  auto check = [&](Type type) -> LogicalResult {
    // sqa_c27 online_sqa_c12 merge_c5 rope_c7
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && shaped.hasRank() && hasTooManyBytes(shaped))
      return op->emitOpError("expected at most 2^63 - 1 bytes, but got ")
             << type;
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && tensor.getEncoding())
      return op->emitOpError("expected tensors without an encoding, but got ")
             << type;
    return success();
  };
  for (Type type : op->getOperandTypes())
    if (failed(check(type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(check(type)))
      return failure();
  return success();
}

static LogicalResult verifyShape(Operation *op, StringRef what, Type type,
                                 ArrayRef<int64_t> expected) {
  ArrayRef<int64_t> shape = cast<ShapedType>(type).getShape();
  bool same = shape.size() == expected.size();
  for (size_t d = 0; same && d < shape.size(); ++d)
    same = agree(shape[d], expected[d]);
  if (same)
    return success();
  return op->emitOpError("expected ")
         << what << " of shape " << shapeText(expected) << ", but got "
         << shapeText(shape);
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

// Captures: numbers, or tensors of them; memrefs too once bufferized.
static LogicalResult verifyCaptures(Operation *op, ValueRange captures,
                                    bool allowMemrefs, bool hasRegion) {
  for (auto [index, capture] : llvm::enumerate(captures)) {
    Type type = capture.getType();
    bool legal = isNumber(type);
    if (isa<RankedTensorType>(type) || (allowMemrefs && isa<MemRefType>(type)))
      legal = isNumber(cast<ShapedType>(type).getElementType());
    if (!legal) // sqa_c20 online_sqa_c6
      return op->emitOpError("expected capture ")
             << index << " to be a number or a ranked "
             << (allowMemrefs ? "tensor or memref" : "tensor")
             << " of numbers, but got " << type;
  }
  if (!captures.empty() && !hasRegion) // sqa_c21 online_sqa_c7
    return op->emitOpError(
        "expected a score_mod or mask_mod region that reads the captures");
  return success();
}

// The entry arguments of a region: (score,) b, h, i, j, captures.
static LogicalResult verifyArguments(Operation *op, StringRef name,
                                     Block &block, bool hasScore,
                                     ValueRange captures) {
  Builder b(op->getContext());
  SmallVector<Type> expected(4, b.getIndexType());
  if (hasScore)
    expected.insert(expected.begin(), b.getF32Type());
  llvm::append_range(expected, captures.getTypes());
  if (block.getNumArguments() != expected.size()) // sqa_c22 online_sqa_c8
    return op->emitOpError("expected ")
           << name << " to have " << expected.size() << " arguments, but got "
           << block.getNumArguments();
  for (auto [index, type] : llvm::enumerate(expected))
    if (block.getArgument(index).getType() != type) // sqa_c22 online_sqa_c8
      return op->emitOpError("expected argument ")
             << index << " of " << name << " to be " << type << ", but got "
             << block.getArgument(index).getType();
  return success();
}

// A region may compute on numbers and read captures; it may not write, branch,
// or keep anything larger than a number.
static LogicalResult verifyBodyOp(Operation *parent, StringRef name,
                                  Operation &op) {
  auto refuse = [&](const Twine &what) -> LogicalResult {
    InFlightDiagnostic diag = parent->emitOpError("expected ")
                              << name << " to hold only " << what
                              << ", but got '" << op.getName() << "'";
    diag.attachNote(op.getLoc()) << "the op is here";
    return diag;
  };
  if (op.getNumRegions() || op.getNumSuccessors()) // sqa_c23 online_sqa_c9
    return refuse("ops without regions and successors");
  bool reads =
      isa<tensor::ExtractOp, tensor::DimOp, memref::LoadOp, memref::DimOp>(op);
  if (!reads && !isMemoryEffectFree(&op)) // sqa_c23 online_sqa_c9
    return refuse("ops without side effects");
  for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
    bool isSource = reads && index == 0 && isa<BlockArgument>(operand);
    if (!isSource && !isNumber(operand.getType())) // sqa_c23 online_sqa_c9
      return refuse("ops on numbers and reads of captures");
  }
  if (!llvm::all_of(op.getResultTypes(), isNumber)) // sqa_c23 online_sqa_c9
    return refuse("ops with numbers as results");
  return success();
}

static LogicalResult verifyMod(Operation *op, StringRef name, Region &region,
                               bool hasScore, ValueRange captures) {
  if (region.empty())
    return success();
  Block &block = region.front();
  if (failed(verifyArguments(op, name, block, hasScore, captures)))
    return failure();
  Type yielded = hasScore ? Type(Float32Type::get(op->getContext()))
                          : Type(IntegerType::get(op->getContext(), 1));
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || yield->getNumOperands() != 1 ||
      yield->getOperand(0).getType() != yielded) // sqa_c24 online_sqa_c10
    return op->emitOpError("expected ")
           << name << " to end in 'attn.yield' of " << yielded;
  for (Operation &inner : block.without_terminator())
    if (failed(verifyBodyOp(op, name, inner)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// attn.sqa
//===----------------------------------------------------------------------===//

// Operand groups that are always there, by position in the definition.
template <typename OpTy>
static LogicalResult verifyGroups(OpTy op, unsigned count) {
  static constexpr StringLiteral names[] = {
      "query", "key",  "value",      "accumulator", "maximum", "sum",
      "batch", "head", "row offset", "key offset",  "rows"};
  for (unsigned group = 0; group < count; ++group) {
    unsigned size = op.getODSOperandIndexAndLength(group).second;
    if (size != 1) // sqa_c26 online_sqa_c1
      return op.emitOpError("expected one ")
             << names[group] << " operand, but got " << size;
  }
  return success();
}

static LogicalResult verifyHeadsAndFeatures(SqaOp op) {
  std::pair<StringRef, int64_t> sizes[] = {
      {"query heads", op.getQueryHeads()},
      {"key/value heads", op.getKvHeads()},
      {"query and key features", op.getHeadDim()},
      {"value features", op.getValueDim()}};
  for (auto [name, size] : sizes)
    if (ShapedType::isDynamic(size) || size < 1) // sqa_c1
      return op.emitOpError("expected a static number of ")
             << name << " of at least 1, but got " << dimText(size);
  int64_t hq = op.getQueryHeads(), hkv = op.getKvHeads();
  if (std::max(hq, hkv) % std::min(hq, hkv) != 0) // sqa_c3
    return op.emitOpError("expected the larger of query and key/value heads to "
                          "be a multiple of the smaller, but got ")
           << hq << " and " << hkv;
  return success();
}

// The shape of logical sizes in a layout.
static SmallVector<int64_t> physical(Layout layout, int64_t b, int64_t h,
                                     int64_t s, int64_t d) {
  const int64_t sizes[4] = {b, h, s, d};
  SmallVector<int64_t> shape(4);
  for (int64_t logical = 0; logical < 4; ++logical)
    shape[SqaOp::physicalDim(layout, logical)] = sizes[logical];
  return shape;
}

static LogicalResult verifyMainShapes(SqaOp op) {
  Type element = getElementTypeOrSelf(op.getQuery());
  for (Value value : {op.getKey(), op.getValue(), op.getOutput()})
    if (getElementTypeOrSelf(value) != element) // sqa_c2
      return op.emitOpError("expected query, key, value and output of the same "
                            "element type, but got ")
             << element << " and " << getElementTypeOrSelf(value);
  int64_t b = op.getBatch(), s = op.getQueryLength(), t = op.getKeyLength();
  int64_t hkv = op.getKvHeads(), ho = op.getOutputHeads();
  if (failed(verifyShape(
          op, "key", op.getKey().getType(), // sqa_c4 sqa_c5
          physical(op.getKeyLayout(), b, hkv, t, op.getHeadDim()))) ||
      failed(verifyShape(
          op, "value", op.getValue().getType(), // sqa_c4 sqa_c5
          physical(op.getValueLayout(), b, hkv, t, op.getValueDim()))) ||
      failed(verifyShape(
          op, "output", op.getOutput().getType(), // sqa_c6
          physical(op.getOutputLayout(), b, ho, s, op.getValueDim()))))
    return failure();
  if (op.getLse()) // sqa_c7
    return verifyShape(op, "lse", op.getLse().getType(), {b, ho, s});
  return success();
}

static LogicalResult verifyScaleAndPosition(SqaOp op) {
  if (op.getScale() && op.getScaleValueAttr()) // sqa_c8
    return op.emitOpError(
        "expected the scale as an operand or as an attribute, but got both");
  if (op.getScaleValue() && !op.getScaleValue()->isFinite()) // sqa_c9
    return op.emitOpError("expected a finite scale, but got ")
           << op.getScaleValueAttr();
  bool wantsOffset = op.getAlignment() == Alignment::offset;
  if (wantsOffset != bool(op.getQueryOffset())) // sqa_c10
    return op.emitOpError("expected a query offset with alignment 'offset' and "
                          "with no other, but got ")
           << (wantsOffset ? "none" : "one");
  if (op.getCausal() && !op.getAlignment()) // sqa_c11
    return op.emitOpError("expected an alignment with 'causal'");
  return success();
}

static LogicalResult verifyWindow(SqaOp op) {
  std::optional<int64_t> left = op.getWindowLeft(), right = op.getWindowRight();
  if (left.has_value() != right.has_value()) // sqa_c12
    return op.emitOpError("expected both sides of the window, but got one");
  for (std::optional<int64_t> side : {left, right})
    if (side && (*side < -1 || *side > kMaxPosition)) // sqa_c12
      return op.emitOpError("expected a window side from -1 (unbounded) to "
                            "2^60, but got ")
             << *side;
  if (std::optional<int64_t> keys = op.getGlobalKeys()) {
    if (!left) // sqa_c13
      return op.emitOpError("expected a window with global keys");
    if (*keys < 0 || *keys > kMaxPosition) // sqa_c13
      return op.emitOpError("expected from 0 to 2^60 global keys, but got ")
             << *keys;
  }
  int64_t s = op.getQueryLength(), t = op.getKeyLength();
  if (left && !op.getAlignment() &&
      (s != t || ShapedType::isDynamic(s))) // sqa_c14
    return op.emitOpError("expected an alignment with a window over ")
           << dimText(s) << " queries and " << dimText(t) << " keys";
  return success();
}

// Dimensions that broadcast: 1 or those of B, Ho, S, T.
static LogicalResult verifyBroadcast(SqaOp op, StringRef what, Value value) {
  if (!value)
    return success();
  ArrayRef<int64_t> shape = cast<ShapedType>(value.getType()).getShape();
  int64_t full[] = {op.getBatch(), op.getOutputHeads(), op.getQueryLength(),
                    op.getKeyLength()};
  for (auto [dim, size] : llvm::zip(shape, full))
    if (dim != 1 && !agree(dim, size))
      return op.emitOpError("expected ")
             << what << " of shape " << shapeText(full)
             << " with dimensions of 1 where it broadcasts, but got "
             << shapeText(shape);
  return success();
}

static LogicalResult verifySideOperands(SqaOp op) {
  int64_t b = op.getBatch();
  if (Value v = op.getKvLengths()) // sqa_c15
    if (failed(verifyShape(op, "kv_lengths", v.getType(), {b})))
      return failure();
  Value qs = op.getQuerySegments(), ks = op.getKvSegments();
  if (bool(qs) != bool(ks)) // sqa_c16
    return op.emitOpError(
        "expected segments of queries and of keys, but got one of them");
  if (qs && (failed(verifyShape(op, "query segments", qs.getType(), // sqa_c16
                                {b, op.getQueryLength()})) ||
             failed(verifyShape(op, "key segments", ks.getType(), // sqa_c16
                                {b, op.getKeyLength()}))))
    return failure();
  if (failed(verifyBroadcast(op, "mask", op.getMask())) || // sqa_c17
      failed(verifyBroadcast(op, "bias", op.getBias())))   // sqa_c18
    return failure();
  if (Value v = op.getSink()) // sqa_c19
    return verifyShape(op, "sink", v.getType(), {op.getOutputHeads()});
  return success();
}

LogicalResult SqaOp::verify() {
  if (failed(verifyGroups(*this, 3)) || failed(verifyStorage(getOperation())) ||
      failed(verifyHeadsAndFeatures(*this)) ||
      failed(verifyMainShapes(*this)) ||
      failed(verifyScaleAndPosition(*this)) || failed(verifyWindow(*this)) ||
      failed(verifySideOperands(*this)))
    return failure();
  return verifyCaptures(getOperation(), getCaptures(), /*allowMemrefs=*/false,
                        hasScoreMod() || hasMaskMod());
}

LogicalResult SqaOp::verifyRegions() {
  if (failed(verifyMod(getOperation(), "score_mod", getScoreMod(),
                       /*hasScore=*/true, getCaptures())))
    return failure();
  return verifyMod(getOperation(), "mask_mod", getMaskMod(),
                   /*hasScore=*/false, getCaptures());
}

//===----------------------------------------------------------------------===//
// attn.online_sqa
//===----------------------------------------------------------------------===//

// Packed operands: pairs of bf16, whole vectors of features and keys.
static LogicalResult verifyPackedShapes(OnlineSqaOp op) {
  auto type = [](Value value) { return cast<ShapedType>(value.getType()); };
  ShapedType key = type(op.getKey()), acc = type(op.getAcc());
  for (Value value : {op.getQuery(), op.getKey(), op.getValue()})
    if (!type(value).getElementType().isBF16()) // online_sqa_c13
      return op.emitOpError("expected packed operands of bf16, but got ")
             << value.getType();
  if (!op.getRowsLast() || !op.getScale()) // online_sqa_c13
    return op.emitOpError(
        "expected 'rows_last' and a scale operand with 'packed'");
  int64_t m = type(op.getMax()).getDimSize(0), n = key.getDimSize(0);
  int64_t d = key.getDimSize(1), dv = acc.getDimSize(0);
  bool isStatic = !ShapedType::isDynamic(m) && !ShapedType::isDynamic(d) &&
                  !ShapedType::isDynamic(dv);
  if (!isStatic || d % 32 != 0 || dv % 16 != 0) // online_sqa_c14
    return op.emitOpError("expected packed operands of static sizes with "
                          "features in whole vectors, but got ")
           << key << " and " << acc;
  int64_t groups = ShapedType::isDynamic(n) ? n : n / 32;
  if (!ShapedType::isDynamic(n) && n % 32 != 0) // online_sqa_c14
    return op.emitOpError("expected a multiple of 32 packed keys, but got ")
           << n;
  if (failed(verifyShape(op, "query", type(op.getQuery()), {d / 2, 2 * m})) ||
      failed(
          verifyShape(op, "value", type(op.getValue()), {groups, 32 * dv})) ||
      failed(verifyShape(op, "accumulator", acc, {dv, m})))
    return failure();
  return verifyShape(op, "sum", op.getSum().getType(), {m});
}

static LogicalResult verifyOnlineShapes(OnlineSqaOp op) {
  if (op.getKeyRange().size() == 1) // online_sqa_c1
    return op.emitOpError("expected no key range or two ends of one");
  if (op.isPacked())
    return verifyPackedShapes(op);
  auto dim = [](Value value, int64_t d) {
    return cast<ShapedType>(value.getType()).getDimSize(d);
  };
  // online_sqa_c3
  bool last = op.getRowsLast();
  int64_t m = dim(op.getMax(), 0), d = dim(op.getKey(), 1);
  int64_t n = dim(op.getKey(), 0), dv = dim(op.getValue(), 1);
  auto turned = [&](int64_t rows, int64_t features) -> SmallVector<int64_t> {
    if (last)
      return {features, rows};
    return {rows, features};
  };
  if (failed(verifyShape(op, "query", op.getQuery().getType(), turned(m, d))) ||
      failed(verifyShape(op, "value", op.getValue().getType(), {n, dv})) ||
      failed(verifyShape(op, "accumulator", op.getAcc().getType(),
                         turned(m, dv))) ||
      failed(verifyShape(op, "sum", op.getSum().getType(), {m})))
    return failure();
  return success();
}

LogicalResult OnlineSqaOp::verify() {
  if (failed(verifyGroups(*this, 11)) || failed(verifyStorage(getOperation())))
    return failure();
  bool inMemory = isa<BaseMemRefType>(getQuery().getType());
  for (Value operand : getOperands())
    if (isa<ShapedType>(operand.getType()) &&
        isa<BaseMemRefType>(operand.getType()) != inMemory) // online_sqa_c2
      return emitOpError("expected all tensors or all memrefs, but got ")
             << getQuery().getType() << " and " << operand.getType();
  if (failed(verifyOnlineShapes(*this)))
    return failure();
  if (getNumResults() != (inMemory ? 0 : 3)) // online_sqa_c4
    return emitOpError("expected ")
           << (inMemory ? 0 : 3) << " results, but got " << getNumResults();
  if (hasScoreMod() && !getScale()) // online_sqa_c5
    return emitOpError("expected a scale operand with score_mod");
  return verifyCaptures(getOperation(), getCaptures(), /*allowMemrefs=*/true,
                        hasScoreMod() || hasMaskMod());
}

LogicalResult OnlineSqaOp::verifyRegions() {
  if (failed(verifyMod(getOperation(), "score_mod", getScoreMod(),
                       /*hasScore=*/true, getCaptures())))
    return failure();
  return verifyMod(getOperation(), "mask_mod", getMaskMod(),
                   /*hasScore=*/false, getCaptures());
}

//===----------------------------------------------------------------------===//
// attn.pack
//===----------------------------------------------------------------------===//

LogicalResult PackOp::verify() {
  bool inMemory = isa<BaseMemRefType>(getTarget().getType());
  if (isa<BaseMemRefType>(getSource().getType()) != inMemory) // pack_c1
    return emitOpError("expected two tensors or two memrefs, but got ")
           << getSource().getType() << " and " << getTarget().getType();
  if (getNumResults() != (inMemory ? 0 : 1) || // pack_c2
      (!inMemory && getResult(0).getType() != getTarget().getType()))
    return emitOpError("expected ")
           << (inMemory ? "no result" : "one result of the target's type");
  auto source = cast<ShapedType>(getSource().getType());
  auto target = cast<ShapedType>(getTarget().getType());
  if (failed(verifyStorage(getOperation())))
    return failure();
  int64_t features = source.getDimSize(1), rows = source.getDimSize(0);
  bool isQuery = getSide() == PackSide::query;
  int64_t wide = target.getDimSize(isQuery ? 0 : 1);
  int64_t packed = target.getDimSize(isQuery ? 1 : 0);
  if (ShapedType::isDynamic(features) || ShapedType::isDynamic(wide) ||
      (isQuery && ShapedType::isDynamic(packed))) // pack_c3
    return emitOpError("expected static features, but got ")
           << source << " and " << target;
  int64_t unit = isQuery ? 16 : getSide() == PackSide::key ? 32 : 512;
  int64_t holds = isQuery                      ? 2 * wide
                  : getSide() == PackSide::key ? wide
                                               : wide / 32;
  if (wide % unit != 0 || holds < features) // pack_c3
    return emitOpError("expected a target for ")
           << features << " features, but got " << target;
  if (ShapedType::isDynamic(packed))
    return success();
  bool isValue = getSide() == PackSide::value;
  int64_t room = isQuery ? packed / 2 : isValue ? packed * 32 : packed;
  if (room % (isQuery ? 16 : 32) != 0 ||
      (!ShapedType::isDynamic(rows) && rows > room)) // pack_c4
    return emitOpError("expected a target for ")
           << dimText(rows) << " rows, but got " << target;
  return success();
}

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

LogicalResult MergeOp::verify() {
  if (getNumOperands() == 0 || getNumOperands() % 2 != 0) // merge_c1
    return emitOpError(
               "expected at least one output and as many LSEs, but got ")
           << getNumOperands() << " operands";
  if (failed(verifyStorage(getOperation())))
    return failure();
  auto type = cast<ShapedType>(getOutput().getType());
  for (Value output : getOutputs()) {
    if (getElementTypeOrSelf(output) != type.getElementType()) // merge_c2
      return emitOpError("expected outputs of element type ")
             << type.getElementType() << ", but got "
             << getElementTypeOrSelf(output);
    if (failed(verifyShape(*this, "output", output.getType(), // merge_c3
                           type.getShape())))
      return failure();
  }
  SmallVector<int64_t> rows;
  for (int64_t logical : {0, 1, 2})
    rows.push_back(type.getDimSize(SqaOp::physicalDim(getLayout(), logical)));
  for (Value lse : getLses())
    if (failed(verifyShape(*this, "lse", lse.getType(), rows))) // merge_c4
      return failure();
  return verifyShape(*this, "lse", getLse().getType(), rows); // merge_c4
}

//===----------------------------------------------------------------------===//
// attn.rope
//===----------------------------------------------------------------------===//

LogicalResult RopeOp::verify() {
  // The input's group is the first, so it cannot lie past the operands.
  if (getODSOperandIndexAndLength(0).second != 1)
    return emitOpError("expected one input operand, but got ")
           << getODSOperandIndexAndLength(0).second;
  if (failed(verifyStorage(getOperation())))
    return failure();
  auto type = cast<ShapedType>(getInput().getType());
  int64_t features = type.getDimSize(3);
  if (ShapedType::isDynamic(features) || features < 1) // rope_c1
    return emitOpError("expected a static number of features of at least 1, "
                       "but got ")
           << dimText(features);
  int64_t rotated = getRotatedFeatures();
  if (rotated < 2 || rotated > features || rotated % 2 != 0) // rope_c2
    return emitOpError("expected an even rotary_dim from 2 to ")
           << features << ", but got " << rotated;
  if (getOffset() && getPositions()) // rope_c3
    return emitOpError("expected an offset or positions, but got both");
  if (Value positions = getPositions()) {
    int64_t batch = type.getDimSize(0);
    int64_t rows = type.getDimSize(SqaOp::physicalDim(getLayout(), 2));
    SmallVector<int64_t> expected{rows};
    if (cast<ShapedType>(positions.getType()).getRank() == 2)
      expected.insert(expected.begin(), batch);
    if (failed(verifyShape(*this, "positions", positions.getType(), // rope_c4
                           expected)))
      return failure();
  }
  if (!getBase().isFinite() || getBase().isNegative() ||
      getBase().isZero()) // rope_c5
    return emitOpError("expected a finite base greater than 0, but got ")
           << getBaseAttr();
  return success();
}
