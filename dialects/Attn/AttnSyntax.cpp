//===- AttnSyntax.cpp - Assembly of attn.sqa and attn.online_sqa ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both ops read as a list of clauses in any order, each at most once:
//
//   attn.sqa %q, %k, %v heads(group) scale(0.25) causal(bottom_right)
//       window(128, 0) capture(%slopes) : (operand types) -> result types
//       score_mod(%s, %b, %h, %i, %j, %a) { ... attn.yield %x : f32 }
//       mask_mod(%b, %h, %i, %j, %a) { ... attn.yield %y : i1 }
//
// Written by hand rather than as an assemblyFormat because clauses share
// operands and attributes (scale is either, causal and align set the same
// alignment) and because the types of the region arguments follow from the
// trailing type list. Test: test/Dialect/Attn/ops.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::sqa::attn;
using UnresolvedOperand = OpAsmParser::UnresolvedOperand;

//===----------------------------------------------------------------------===//
// Shared pieces
//===----------------------------------------------------------------------===//

// `(` enum `)` with the legal words in the error.
template <typename Enum>
static ParseResult parseEnumWord(OpAsmParser &parser,
                                 std::optional<Enum> (*symbolize)(StringRef),
                                 StringRef legal, Enum &value) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword(&word)))
    return parser.emitError(loc, "expected one of ") << legal;
  std::optional<Enum> symbol = symbolize(word);
  if (!symbol)
    return parser.emitError(loc, "expected one of ")
           << legal << ", but got '" << word << "'";
  value = *symbol;
  return success();
}

static ParseResult parseLayoutWord(OpAsmParser &parser, Layout &layout) {
  return parseEnumWord<Layout>(
      parser, +[](StringRef s) { return symbolizeLayout(s); }, "bhsd, bshd",
      layout);
}

// `(` integer or `unbounded` `)`: unbounded is stored as -1.
static ParseResult parseWindowSide(OpAsmParser &parser, int64_t &side) {
  if (succeeded(parser.parseOptionalKeyword("unbounded"))) {
    side = -1;
    return success();
  }
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseInteger(side))
    return failure();
  if (side < 0)
    return parser.emitError(loc, "expected a window side of 0 or more or "
                                 "'unbounded', but got ")
           << side;
  return success();
}

// A word in parentheses, for the assemblyFormats of AttnOps.td: a generated
// printer would put a space before it.
ParseResult mlir::sqa::attn::parseLayout(OpAsmParser &parser,
                                         LayoutAttr &layout) {
  Layout value = Layout::bhsd;
  if (parseLayoutWord(parser, value))
    return failure();
  layout = LayoutAttr::get(parser.getContext(), value);
  return success();
}

void mlir::sqa::attn::printLayout(OpAsmPrinter &p, Operation *,
                                  LayoutAttr layout) {
  p << stringifyLayout(layout.getValue());
}

ParseResult mlir::sqa::attn::parseRopeLayout(OpAsmParser &parser,
                                             RopeLayoutAttr &layout) {
  RopeLayout value = RopeLayout::pairs;
  if (parseEnumWord<RopeLayout>(
          parser, +[](StringRef s) { return symbolizeRopeLayout(s); },
          "pairs, halves, pairs_to_halves", value))
    return failure();
  layout = RopeLayoutAttr::get(parser.getContext(), value);
  return success();
}

void mlir::sqa::attn::printRopeLayout(OpAsmPrinter &p, Operation *,
                                      RopeLayoutAttr layout) {
  p << stringifyRopeLayout(layout.getValue());
}

static void printWindowSide(OpAsmPrinter &p, int64_t side) {
  if (side < 0)
    p << "unbounded";
  else
    p << side;
}

static void setLayout(OperationState &state, StringRef name, Layout layout) {
  state.addAttribute(name, LayoutAttr::get(state.getContext(), layout));
}

// A region written `name(%a, %b) { ... }` whose argument types are implied.
static ParseResult parseMod(OpAsmParser &parser, ArrayRef<Type> types,
                            Region &region) {
  SmallVector<OpAsmParser::Argument> args;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseArgumentList(args, OpAsmParser::Delimiter::Paren))
    return failure();
  if (args.size() != types.size())
    return parser.emitError(loc, "expected ")
           << types.size() << " region arguments, but got " << args.size();
  for (auto [arg, type] : llvm::zip(args, types))
    arg.type = type;
  return parser.parseRegion(region, args);
}

// The regions that may end either op. Their arguments: the score (only
// score_mod), batch, head, query, key, and the captures.
static ParseResult parseMods(OpAsmParser &parser, ArrayRef<Type> captureTypes,
                             Region &scoreMod, Region &maskMod) {
  Builder &b = parser.getBuilder();
  SmallVector<Type> mask(4, b.getIndexType());
  llvm::append_range(mask, captureTypes);
  SmallVector<Type> score{b.getF32Type()};
  llvm::append_range(score, mask);
  if (succeeded(parser.parseOptionalKeyword("score_mod")) &&
      parseMod(parser, score, scoreMod))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("mask_mod")) &&
      parseMod(parser, mask, maskMod))
    return failure();
  return success();
}

static void printMod(OpAsmPrinter &p, StringRef name, Region &region) {
  if (region.empty())
    return;
  p << ' ' << name << '(';
  llvm::interleaveComma(region.getArguments(), p,
                        [&](BlockArgument arg) { p << arg; });
  p << ") ";
  p.printRegion(region, /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// attn.sqa: parsing
//===----------------------------------------------------------------------===//

namespace {
// Operand groups in the order of the definition; a group that no clause named
// stays empty.
struct SqaOperands {
  SmallVector<UnresolvedOperand, 3> tensors;
  SmallVector<UnresolvedOperand, 1> scale, offset, kvLengths, querySegments,
      kvSegments, mask, bias, sink;
  SmallVector<UnresolvedOperand> captures;

  SmallVector<ArrayRef<UnresolvedOperand>> groups() const {
    return {ArrayRef(tensors).slice(0, 1),
            ArrayRef(tensors).slice(1, 1),
            ArrayRef(tensors).slice(2, 1),
            scale,
            offset,
            kvLengths,
            querySegments,
            kvSegments,
            mask,
            bias,
            sink,
            captures};
  }
};

class SqaClauseParser {
public:
  SqaClauseParser(OpAsmParser &parser, OperationState &state,
                  SqaOperands &operands)
      : parser(parser), state(state), operands(operands) {}

  // Reads clauses until a word that starts none.
  ParseResult parseAll();

private:
  ParseResult parseClause(StringRef name);
  ParseResult parseHeads();
  ParseResult parseLayouts();
  ParseResult parseScale();
  ParseResult parseAlignment(bool causal);
  ParseResult parseWindow();
  ParseResult parseGlobal();
  ParseResult parseSegments();
  ParseResult parseSchedule();
  ParseResult parseOne(SmallVectorImpl<UnresolvedOperand> &group) {
    return parser.parseOperand(group.emplace_back());
  }

  OpAsmParser &parser;
  OperationState &state;
  SqaOperands &operands;
  bool aligned = false;
};
} // namespace

ParseResult SqaClauseParser::parseAll() {
  llvm::StringSet<> seen;
  StringRef name;
  while (true) {
    SMLoc loc = parser.getCurrentLocation();
    // `attributes` is not a clause of ours; the attribute dictionary follows.
    if (failed(parser.parseOptionalKeyword(
            &name, {"heads", "layout", "scale", "causal", "align", "window",
                    "global", "kv_lengths", "segments", "mask", "bias", "sink",
                    "capture", "schedule"}))) {
      StringRef unknown;
      if (succeeded(parser.parseOptionalKeyword(&unknown)))
        return parser.emitError(loc, "expected a clause (heads, layout, scale, "
                                     "causal, align, window, global, "
                                     "kv_lengths, segments, mask, bias, sink, "
                                     "capture, schedule), but got '")
               << unknown << "'";
      return success();
    }
    if (!seen.insert(name).second)
      return parser.emitError(loc, "expected clause '")
             << name << "' at most once";
    if (parser.parseLParen() || parseClause(name) || parser.parseRParen())
      return failure();
  }
}

ParseResult SqaClauseParser::parseClause(StringRef name) {
  if (name == "heads")
    return parseHeads();
  if (name == "layout")
    return parseLayouts();
  if (name == "scale")
    return parseScale();
  if (name == "causal")
    return parseAlignment(/*causal=*/true);
  if (name == "align")
    return parseAlignment(/*causal=*/false);
  if (name == "window")
    return parseWindow();
  if (name == "global")
    return parseGlobal();
  if (name == "kv_lengths")
    return parseOne(operands.kvLengths);
  if (name == "segments")
    return parseSegments();
  if (name == "mask")
    return parseOne(operands.mask);
  if (name == "bias")
    return parseOne(operands.bias);
  if (name == "sink")
    return parseOne(operands.sink);
  if (name == "schedule")
    return parseSchedule();
  return parser.parseOperandList(operands.captures);
}

ParseResult SqaClauseParser::parseHeads() {
  HeadMap map = HeadMap::group;
  if (parseEnumWord<HeadMap>(
          parser, +[](StringRef s) { return symbolizeHeadMap(s); },
          "group, tile", map))
    return failure();
  state.addAttribute("head_map", HeadMapAttr::get(state.getContext(), map));
  return success();
}

ParseResult SqaClauseParser::parseLayouts() {
  Layout q, k, v, o;
  if (parseLayoutWord(parser, q) || parser.parseComma() ||
      parseLayoutWord(parser, k) || parser.parseComma() ||
      parseLayoutWord(parser, v) || parser.parseArrow() ||
      parseLayoutWord(parser, o))
    return failure();
  setLayout(state, "query_layout", q);
  setLayout(state, "key_layout", k);
  setLayout(state, "value_layout", v);
  setLayout(state, "output_layout", o);
  return success();
}

ParseResult SqaClauseParser::parseScale() {
  UnresolvedOperand operand;
  OptionalParseResult isOperand = parser.parseOptionalOperand(operand);
  if (isOperand.has_value()) {
    operands.scale.push_back(operand);
    return *isOperand;
  }
  double value;
  if (parser.parseFloat(value))
    return failure();
  state.addAttribute("scale_value", parser.getBuilder().getF32FloatAttr(value));
  return success();
}

// causal(...) and align(...) both say where query 0 stands.
ParseResult SqaClauseParser::parseAlignment(bool causal) {
  if (aligned)
    return parser.emitError(parser.getCurrentLocation(),
                            "expected one of 'causal' and 'align', not both");
  aligned = true;
  Alignment alignment = Alignment::top_left;
  if (parseEnumWord<Alignment>(
          parser, +[](StringRef s) { return symbolizeAlignment(s); },
          "top_left, bottom_right, offset", alignment))
    return failure();
  if (alignment == Alignment::offset &&
      (parser.parseLParen() || parseOne(operands.offset) ||
       parser.parseRParen()))
    return failure();
  if (causal)
    state.addAttribute("causal", parser.getBuilder().getUnitAttr());
  state.addAttribute("alignment",
                     AlignmentAttr::get(state.getContext(), alignment));
  return success();
}

ParseResult SqaClauseParser::parseWindow() {
  int64_t left, right;
  if (parseWindowSide(parser, left) || parser.parseComma() ||
      parseWindowSide(parser, right))
    return failure();
  Builder &b = parser.getBuilder();
  state.addAttribute("window_left", b.getI64IntegerAttr(left));
  state.addAttribute("window_right", b.getI64IntegerAttr(right));
  return success();
}

ParseResult SqaClauseParser::parseGlobal() {
  int64_t keys;
  if (parser.parseInteger(keys))
    return failure();
  state.addAttribute("global_keys",
                     parser.getBuilder().getI64IntegerAttr(keys));
  return success();
}

ParseResult SqaClauseParser::parseSegments() {
  return failure(parseOne(operands.querySegments) || parser.parseComma() ||
                 parseOne(operands.kvSegments));
}

ParseResult SqaClauseParser::parseSchedule() {
  Attribute schedule;
  if (parser.parseAttribute(schedule))
    return failure();
  state.addAttribute("schedule", schedule);
  return success();
}

ParseResult SqaOp::parse(OpAsmParser &parser, OperationState &state) {
  SqaOperands operands;
  if (parser.parseOperandList(operands.tensors, /*requiredOperandCount=*/3))
    return failure();
  MLIRContext *ctx = state.getContext();
  state.addAttribute("head_map", HeadMapAttr::get(ctx, HeadMap::group));
  for (StringRef name :
       {"query_layout", "key_layout", "value_layout", "output_layout"})
    setLayout(state, name, Layout::bhsd);
  // A clause replaces its default: attributes are a list until then.
  NamedAttrList defaults = state.attributes;
  state.attributes = NamedAttrList();
  if (SqaClauseParser(parser, state, operands).parseAll())
    return failure();
  for (NamedAttribute attr : defaults)
    if (!state.attributes.get(attr.getName()))
      state.attributes.append(attr);

  FunctionType type;
  SMLoc typeLoc;
  if (parser.parseOptionalAttrDict(state.attributes) || parser.parseColon() ||
      parser.getCurrentLocation(&typeLoc) || parser.parseType(type))
    return failure();

  SmallVector<UnresolvedOperand> all;
  SmallVector<int32_t> sizes;
  for (ArrayRef<UnresolvedOperand> group : operands.groups()) {
    llvm::append_range(all, group);
    sizes.push_back(group.size());
  }
  if (all.size() != type.getNumInputs())
    return parser.emitError(typeLoc, "expected ")
           << all.size() << " operand types, but got " << type.getNumInputs();
  if (parser.resolveOperands(all, type.getInputs(), typeLoc, state.operands))
    return failure();
  state.addTypes(type.getResults());
  state.addAttribute("operandSegmentSizes",
                     parser.getBuilder().getDenseI32ArrayAttr(sizes));
  Region *scoreMod = state.addRegion(), *maskMod = state.addRegion();
  return parseMods(parser, type.getInputs().take_back(operands.captures.size()),
                   *scoreMod, *maskMod);
}

//===----------------------------------------------------------------------===//
// attn.sqa: printing
//===----------------------------------------------------------------------===//

static void printAlignment(OpAsmPrinter &p, SqaOp op) {
  if (!op.getAlignment())
    return;
  p << (op.getCausal() ? " causal(" : " align(")
    << stringifyAlignment(*op.getAlignment());
  if (op.getQueryOffset())
    p << '(' << op.getQueryOffset() << ')';
  p << ')';
}

static void printMaskClauses(OpAsmPrinter &p, SqaOp op) {
  printAlignment(p, op);
  if (op.getWindowLeft() && op.getWindowRight()) {
    p << " window(";
    printWindowSide(p, *op.getWindowLeft());
    p << ", ";
    printWindowSide(p, *op.getWindowRight());
    p << ')';
  }
  if (op.getGlobalKeys())
    p << " global(" << *op.getGlobalKeys() << ')';
  if (Value v = op.getKvLengths())
    p << " kv_lengths(" << v << ')';
  if (op.getQuerySegments() && op.getKvSegments())
    p << " segments(" << op.getQuerySegments() << ", " << op.getKvSegments()
      << ')';
  if (Value v = op.getMask())
    p << " mask(" << v << ')';
}

static void printScale(OpAsmPrinter &p, SqaOp op) {
  if (Value v = op.getScale())
    p << " scale(" << v << ')';
  else if (FloatAttr attr = op.getScaleValueAttr())
    p << " scale(", p.printAttributeWithoutType(attr), p << ')';
}

static void printLayouts(OpAsmPrinter &p, SqaOp op) {
  if (op.getQueryLayout() == Layout::bhsd &&
      op.getKeyLayout() == Layout::bhsd &&
      op.getValueLayout() == Layout::bhsd &&
      op.getOutputLayout() == Layout::bhsd)
    return;
  p << " layout(" << op.getQueryLayout() << ", " << op.getKeyLayout() << ", "
    << op.getValueLayout() << " -> " << op.getOutputLayout() << ')';
}

void SqaOp::print(OpAsmPrinter &p) {
  p << ' ' << getQuery() << ", " << getKey() << ", " << getValue() << " heads("
    << getHeadMap() << ')';
  printLayouts(p, *this);
  printScale(p, *this);
  printMaskClauses(p, *this);
  if (Value v = getBias())
    p << " bias(" << v << ')';
  if (Value v = getSink())
    p << " sink(" << v << ')';
  if (!getCaptures().empty())
    p << " capture(" << getCaptures() << ')';
  if (Attribute schedule = getScheduleAttr())
    p << " schedule(" << schedule << ')';
  p.printOptionalAttrDict((*this)->getAttrs(),
                          {"head_map", "query_layout", "key_layout",
                           "value_layout", "output_layout", "scale_value",
                           "alignment", "causal", "window_left", "window_right",
                           "global_keys", "schedule", "operandSegmentSizes"});
  p << " : ";
  p.printFunctionalType(*this);
  printMod(p, "score_mod", getScoreMod());
  printMod(p, "mask_mod", getMaskMod());
}

//===----------------------------------------------------------------------===//
// attn.online_sqa
//===----------------------------------------------------------------------===//

// `name(%a, %b : type, type)` with exactly `count` operands, or any if -1.
static ParseResult parseTypedGroup(OpAsmParser &parser, StringRef name,
                                   int count, OperationState &state,
                                   SmallVectorImpl<Type> &types) {
  SmallVector<UnresolvedOperand> operands;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(name) || parser.parseLParen() ||
      parser.parseOperandList(operands, count) ||
      parser.parseColonTypeList(types) || parser.parseRParen())
    return failure();
  return parser.resolveOperands(operands, types, loc, state.operands);
}

// `name(%a, %b)` of index operands.
static ParseResult parseIndexGroup(OpAsmParser &parser, StringRef name,
                                   int count, OperationState &state) {
  SmallVector<UnresolvedOperand> operands;
  if (parser.parseKeyword(name) ||
      parser.parseOperandList(operands, count, OpAsmParser::Delimiter::Paren))
    return failure();
  return parser.resolveOperands(operands, parser.getBuilder().getIndexType(),
                                state.operands);
}

// The optional part: scale(%s) packed(%from, %to) capture(...) rows_last
// schedule(...).
static ParseResult parseOnlineOptions(OpAsmParser &parser,
                                      OperationState &state,
                                      SmallVectorImpl<Type> &captureTypes,
                                      bool &hasScale, bool &isPacked) {
  Builder &b = parser.getBuilder();
  if (succeeded(parser.parseOptionalKeyword("scale"))) {
    UnresolvedOperand scale;
    hasScale = true;
    if (parser.parseLParen() || parser.parseOperand(scale) ||
        parser.parseRParen() ||
        parser.resolveOperand(scale, b.getF32Type(), state.operands))
      return failure();
  }
  if (succeeded(parser.parseOptionalKeyword("packed"))) {
    SmallVector<UnresolvedOperand> range;
    isPacked = true;
    if (parser.parseOperandList(range, 2, OpAsmParser::Delimiter::Paren) ||
        parser.resolveOperands(range, b.getIndexType(), state.operands))
      return failure();
  }
  if (succeeded(parser.parseOptionalKeyword("capture"))) {
    SmallVector<UnresolvedOperand> captures;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseLParen() || parser.parseOperandList(captures) ||
        parser.parseColonTypeList(captureTypes) || parser.parseRParen() ||
        parser.resolveOperands(captures, captureTypes, loc, state.operands))
      return failure();
  }
  if (succeeded(parser.parseOptionalKeyword("rows_last")))
    state.addAttribute("rows_last", b.getUnitAttr());
  if (succeeded(parser.parseOptionalKeyword("schedule"))) {
    Attribute schedule;
    if (parser.parseLParen() || parser.parseAttribute(schedule) ||
        parser.parseRParen())
      return failure();
    state.addAttribute("schedule", schedule);
  }
  return success();
}

ParseResult OnlineSqaOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<Type> inTypes, outTypes, captureTypes;
  bool hasScale = false, isPacked = false;
  if (parseTypedGroup(parser, "ins", 3, state, inTypes) ||
      parseTypedGroup(parser, "outs", 3, state, outTypes) ||
      parseIndexGroup(parser, "at", 4, state) ||
      parseIndexGroup(parser, "rows", 1, state) ||
      parseOnlineOptions(parser, state, captureTypes, hasScale, isPacked) ||
      parser.parseOptionalAttrDict(state.attributes))
    return failure();
  for (Type type : outTypes)
    if (isa<TensorType>(type))
      state.addTypes(type);
  SmallVector<int32_t> sizes(11, 1);
  sizes.push_back(hasScale);
  sizes.push_back(isPacked ? 2 : 0);
  sizes.push_back(captureTypes.size());
  state.addAttribute("operandSegmentSizes",
                     parser.getBuilder().getDenseI32ArrayAttr(sizes));
  Region *scoreMod = state.addRegion(), *maskMod = state.addRegion();
  return parseMods(parser, captureTypes, *scoreMod, *maskMod);
}

void OnlineSqaOp::print(OpAsmPrinter &p) {
  p << " ins(" << getQuery() << ", " << getKey() << ", " << getValue() << " : "
    << getQuery().getType() << ", " << getKey().getType() << ", "
    << getValue().getType() << ") outs(" << getAcc() << ", " << getMax() << ", "
    << getSum() << " : " << getAcc().getType() << ", " << getMax().getType()
    << ", " << getSum().getType() << ") at(" << getBatch() << ", " << getHead()
    << ", " << getRowOffset() << ", " << getKeyOffset() << ") rows("
    << getRows() << ')';
  if (Value v = getScale())
    p << " scale(" << v << ')';
  if (isPacked())
    p << " packed(" << getKeyRange() << ')';
  if (!getCaptures().empty())
    p << " capture(" << getCaptures() << " : " << getCaptures().getTypes()
      << ')';
  if (getRowsLast())
    p << " rows_last";
  if (Attribute schedule = getScheduleAttr())
    p << " schedule(" << schedule << ')';
  p.printOptionalAttrDict((*this)->getAttrs(),
                          {"rows_last", "schedule", "operandSegmentSizes"});
  printMod(p, "score_mod", getScoreMod());
  printMod(p, "mask_mod", getMaskMod());
}
