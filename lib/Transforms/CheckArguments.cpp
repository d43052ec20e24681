//===- CheckArguments.cpp - What callers must respect, stated -------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Collects the sizes that must be equal for a public function to be defined
// (queries and keys of one batch, operands of one elementwise op, ...). Those
// that are dimensions of arguments become one symbol, which the runtime checks
// before the call; the others become host.check in front of the op. Results get
// their shape over the same symbols, so that callers can allocate them.
//
//   func.func @f(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
//     %0 = arith.addf %a, %b : tensor<?xf32>
// becomes
//   func.func @f(%a: tensor<?xf32> {sqa.shape = affine_map<()[s0] -> (s0)>},
//                %b: tensor<?xf32> {sqa.shape = affine_map<()[s0] -> (s0)>})
//       -> (tensor<?xf32> {sqa.shape = affine_map<()[s0] -> (s0)>})
//       attributes {sqa.symbols = ["arg0.0"]} {
//
// Requires: tensors; runs before attention ops are tiled.
// Ensures: sqa.symbols on every public function with a body, sqa.shape on every
//   ranked argument and result of it.
// Fails when: the size of a result does not follow from those of the arguments.
// Wrong if: an equality under a condition is merged into a symbol; calls that
//   never take the branch would be refused.
// Test: test/Transforms/check-arguments.mlir, check-arguments-invalid.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"
#include "dialects/Host/HostOps.h"
#include "dialects/Target/TargetDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "sqa/Analysis/ShapeEquations.h"
#include "sqa/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "sqa-check-arguments"

namespace mlir::sqa {
#define GEN_PASS_DEF_CHECKARGUMENTSPASS
#include "sqa/Transforms/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Plan: which sizes must be equal
//===----------------------------------------------------------------------===//

namespace {
// A dimension of a value, or a constant if there is no value.
struct Size {
  Value shaped;
  int64_t dim;
};

struct EqualSizes {
  Size lhs, rhs;
  const char *what;
};

using Equalities = SmallVector<EqualSizes>;
} // namespace

static Size constantSize(int64_t size) { return {Value(), size}; }

// A mask or bias dimension that is 1 is broadcast.
static void addBroadcast(Equalities &out, Size size, Value shaped, int64_t dim,
                         const char *what) {
  if (cast<ShapedType>(shaped.getType()).getDimSize(dim) != 1)
    out.push_back({size, {shaped, dim}, what});
}

static void collect(attn::SqaOp op, Equalities &out) {
  auto dimOf = attn::SqaOp::physicalDim;
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue();
  Size batch{query, dimOf(op.getQueryLayout(), 0)};
  Size rows{query, dimOf(op.getQueryLayout(), 2)};
  Size keys{key, dimOf(op.getKeyLayout(), 2)};
  const char *batches = "batch sizes of attn.sqa";
  const char *queryLengths = "query lengths of attn.sqa";
  const char *keyLengths = "key lengths of attn.sqa";
  out.push_back({batch, {key, dimOf(op.getKeyLayout(), 0)}, batches});
  out.push_back({batch, {value, dimOf(op.getValueLayout(), 0)}, batches});
  out.push_back({keys, {value, dimOf(op.getValueLayout(), 2)}, keyLengths});
  if (Value lengths = op.getKvLengths())
    out.push_back({batch, {lengths, 0}, batches});
  if (Value segments = op.getQuerySegments()) {
    out.push_back({batch, {segments, 0}, batches});
    out.push_back({rows, {segments, 1}, queryLengths});
  }
  if (Value segments = op.getKvSegments()) {
    out.push_back({batch, {segments, 0}, batches});
    out.push_back({keys, {segments, 1}, keyLengths});
  }
  Size heads = constantSize(op.getOutputHeads());
  for (Value dense : {op.getMask(), op.getBias()}) {
    if (!dense)
      continue;
    addBroadcast(out, batch, dense, 0, batches);
    addBroadcast(out, heads, dense, 1, "head counts of attn.sqa");
    addBroadcast(out, rows, dense, 2, queryLengths);
    addBroadcast(out, keys, dense, 3, keyLengths);
  }
  if (Value sink = op.getSink())
    out.push_back({heads, {sink, 0}, "head counts of attn.sqa"});
}

static void collect(attn::MergeOp op, Equalities &out) {
  auto dimOf = attn::SqaOp::physicalDim;
  Value first = op.getOutputs().front();
  for (auto [output, lse] : llvm::zip_equal(op.getOutputs(), op.getLses())) {
    for (int64_t dim = 0; dim < 4; ++dim)
      out.push_back({{first, dim}, {output, dim}, "shapes of attn.merge"});
    for (int64_t dim = 0; dim < 3; ++dim)
      out.push_back({{first, dimOf(op.getLayout(), dim)},
                     {lse, dim},
                     "shapes of attn.merge"});
  }
}

static void collect(attn::RopeOp op, Equalities &out) {
  Value positions = op.getPositions();
  if (!positions)
    return;
  auto dimOf = attn::SqaOp::physicalDim;
  int64_t rank = cast<ShapedType>(positions.getType()).getRank();
  Value input = op.getInput();
  if (rank == 2)
    out.push_back({{input, dimOf(op.getLayout(), 0)},
                   {positions, 0},
                   "batch sizes of attn.rope"});
  out.push_back({{input, dimOf(op.getLayout(), 2)},
                 {positions, rank - 1},
                 "lengths of attn.rope"});
}

// Operands that one loop of a linalg op walks along together.
static void collect(linalg::LinalgOp op, Equalities &out) {
  SmallVector<Size> first(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<ShapedType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      if (!loop)
        continue;
      Size size{operand.get(), int64_t(dim)};
      Size &known = first[loop.getPosition()];
      if (known.shaped)
        out.push_back({known, size, "operand sizes of a linalg op"});
      else
        known = size;
    }
  }
}

static void collectElementwise(Operation *op, Equalities &out) {
  Value first;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type)
      continue;
    for (int64_t dim = 0; first && dim < type.getRank(); ++dim)
      out.push_back(
          {{first, dim}, {operand, dim}, "operand sizes of an elementwise op"});
    first = first ? first : operand;
  }
}

static void collect(tensor::CastOp op, Equalities &out) {
  auto from = dyn_cast<RankedTensorType>(op.getSource().getType());
  auto to = dyn_cast<RankedTensorType>(op.getType());
  if (!from || !to)
    return;
  for (int64_t dim = 0; dim < to.getRank(); ++dim)
    if (from.isDynamicDim(dim) && !to.isDynamicDim(dim))
      out.push_back({constantSize(to.getDimSize(dim)),
                     {op.getSource(), dim},
                     "sizes of a tensor.cast"});
}

static Equalities collectEqualities(Operation *op) {
  Equalities out;
  if (auto sqa = dyn_cast<attn::SqaOp>(op))
    collect(sqa, out);
  else if (auto merge = dyn_cast<attn::MergeOp>(op))
    collect(merge, out);
  else if (auto rope = dyn_cast<attn::RopeOp>(op))
    collect(rope, out);
  else if (auto generic = dyn_cast<linalg::LinalgOp>(op))
    collect(generic, out);
  else if (auto cast = dyn_cast<tensor::CastOp>(op))
    collect(cast, out);
  else if (op->hasTrait<OpTrait::Elementwise>())
    collectElementwise(op, out);
  return out;
}

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

static AffineExpr exprOf(ShapeEquations &equations, Size size,
                         MLIRContext *context) {
  return size.shaped ? equations.getDim(size.shaped, size.dim)
                     : getAffineConstantExpr(size.dim, context);
}

static Value materialize(OpBuilder &builder, Location loc, Size size) {
  if (!size.shaped)
    return arith::ConstantIndexOp::create(builder, loc, size.dim);
  return tensor::DimOp::create(builder, loc, size.shaped, size.dim);
}

static void insertCheck(Operation *op, const EqualSizes &equal) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Value lhs = materialize(builder, loc, equal.lhs);
  Value rhs = materialize(builder, loc, equal.rhs);
  Value same =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, lhs, rhs);
  host::CheckOp::create(builder, loc, same,
                        (Twine("expected equal ") + equal.what).str());
}

// What messages call argument `index`.
static std::string argumentName(func::FuncOp function, unsigned index) {
  if (auto name = function.getArgAttrOfType<StringAttr>(index, kNameAttrName))
    return name.str();
  return ("arg" + Twine(index)).str();
}

// Attention gives sizes the names its users know.
static void suggestNames(ShapeEquations &equations, func::FuncOp function,
                         SmallVectorImpl<StringRef> &names) {
  function.walk([&](attn::SqaOp op) {
    auto suggest = [&](Value value, attn::Layout layout, int64_t logical,
                       StringRef name) {
      AffineExpr expr = equations.resolve(
          equations.getDim(value, attn::SqaOp::physicalDim(layout, logical)));
      if (auto symbol = dyn_cast_or_null<AffineSymbolExpr>(expr);
          symbol && names[symbol.getPosition()].empty())
        names[symbol.getPosition()] = name;
    };
    suggest(op.getQuery(), op.getQueryLayout(), 0, "B");
    suggest(op.getQuery(), op.getQueryLayout(), 2, "S");
    suggest(op.getKey(), op.getKeyLayout(), 2, "T");
  });
}

// Numbers the symbols that are left and writes names and shapes.
static LogicalResult writeShapes(func::FuncOp function,
                                 ShapeEquations &equations) {
  MLIRContext *context = function.getContext();
  ArrayRef<ShapeSymbol> symbols = equations.getSymbols();
  SmallVector<StringRef> suggested(symbols.size());
  suggestNames(equations, function, suggested);
  SmallVector<AffineExpr> numbers(symbols.size(),
                                  getAffineConstantExpr(0, context));
  SmallVector<Attribute> names;
  llvm::StringSet<> taken;
  for (auto [index, symbol] : llvm::enumerate(symbols)) {
    AffineExpr self = getAffineSymbolExpr(index, context);
    if (equations.resolve(self) != self)
      continue;
    numbers[index] = getAffineSymbolExpr(names.size(), context);
    std::string name = suggested[index].str();
    if (name.empty() || !taken.insert(name).second)
      name = argumentName(function, symbol.argument) + "." +
             std::to_string(symbol.dim);
    names.push_back(StringAttr::get(context, name));
  }
  auto shapeOf = [&](Value value) -> AffineMap {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim = 0; dim < cast<ShapedType>(value.getType()).getRank();
         ++dim) {
      AffineExpr expr = equations.resolve(equations.getDim(value, dim));
      if (!expr)
        return {};
      exprs.push_back(expr.replaceSymbols(numbers));
    }
    return AffineMap::get(0, names.size(), exprs, context);
  };
  function->setAttr(kSymbolsAttrName, ArrayAttr::get(context, names));
  for (BlockArgument arg : function.getArguments())
    if (isa<RankedTensorType, MemRefType>(arg.getType()))
      function.setArgAttr(arg.getArgNumber(), kShapeAttrName,
                          AffineMapAttr::get(shapeOf(arg)));
  auto ret = cast<func::ReturnOp>(function.back().getTerminator());
  for (OpOperand &operand : ret->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap shape = shapeOf(operand.get());
    if (!shape) {
      auto diag = ret.emitError("expected the shape of result ")
                  << operand.getOperandNumber()
                  << " to follow from the shapes of the arguments";
      diag.attachNote(operand.get().getLoc()) << "it is computed here";
      return failure();
    }
    function.setResultAttr(operand.getOperandNumber(), kShapeAttrName,
                           AffineMapAttr::get(shape));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

// An op of the host program: no other thread runs it, so it may stop the call.
static bool isHostOp(Operation *op, func::FuncOp function) {
  for (Operation *parent = op->getParentOp(); parent != function;
       parent = parent->getParentOp())
    if (!isa<scf::ForOp, scf::IfOp, scf::WhileOp>(parent))
      return false;
  return true;
}

namespace {
struct CheckArgumentsPass
    : mlir::sqa::impl::CheckArgumentsPassBase<CheckArgumentsPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isPrivate() || function.isExternal() ||
        function->hasAttr(kSymbolsAttrName))
      return;
    ShapeEquations equations(function);
    MLIRContext *context = &getContext();
    SmallVector<std::pair<Operation *, EqualSizes>> unproved;
    function.walk([&](Operation *op) {
      if (op == function || !isHostOp(op, function))
        return;
      for (const EqualSizes &equal : collectEqualities(op)) {
        AffineExpr lhs = exprOf(equations, equal.lhs, context);
        AffineExpr rhs = exprOf(equations, equal.rhs, context);
        bool always = op->getParentOp() == function;
        if (!always || !equations.unify(lhs, rhs))
          unproved.push_back({op, equal});
      }
    });
    // Merges that came later may have proved some of them.
    for (auto &[op, equal] : unproved) {
      AffineExpr lhs = equations.resolve(exprOf(equations, equal.lhs, context));
      AffineExpr rhs = equations.resolve(exprOf(equations, equal.rhs, context));
      if (lhs && lhs == rhs)
        continue;
      insertCheck(op, equal);
      ++numChecks;
    }
    if (failed(writeShapes(function, equations)))
      signalPassFailure();
  }
};
} // namespace
