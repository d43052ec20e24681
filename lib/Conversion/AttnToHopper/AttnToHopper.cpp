//===- AttnToHopper.cpp - Attention as block programs of sm_90a -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   attn.sqa %q, %k, %v causal(top_left) schedule(#sqa.gpu_schedule<...>) : ...
//     ==>
//   gpu.module @kernels {
//     hopper.kernel @f_attention_0(maps, pointers, sizes, strides, scale) {
//       rings of queries, keys and values
//       hopper.warp_roles producer { scf.while tiles { push; loads } }
//                         consumers { scf.while pop { scores, softmax, values } }
//     }
//   }
//   attn.sqa ... {hopper.kernel = @kernels::@f_attention_0}
//
// The op stays and names its kernel: launching it is the host side's part.
//
// Requires: a schedule. Ensures: every op with a GPU schedule that is not
// declined names a kernel that verifies.
// Declines (with a remark) what planHopperKernel lists.
// Lengths and positions are below 2^29, which the host has to check; index
// arithmetic of regions has 32 bits.
// Wrong if: producer and consumers disagree on the blocks of a tile (they would
// wait for each other), or a row's maximum is taken before a negative scale.
// Test: test/Conversion/AttnToHopper.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "sqa/Conversion/Passes.h"
#include "llvm/Support/MathExtras.h"

#define DEBUG_TYPE "sqa-convert-attn-to-hopper"

namespace mlir::sqa {
#define GEN_PASS_DEF_CONVERTATTNTOHOPPERPASS
#include "sqa/Conversion/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

// Positions and bounds are 32-bit numbers in a kernel; sums of two of these
// still are.
static constexpr int64_t kMaxBound = int64_t(1) << 29;

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

// Kernels take numbers of up to 64 bits and tensors of them.
static StringRef findCaptureObstacle(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (isa<RankedTensorType>(type))
    return element.isIntOrIndexOrFloat() ? "" : "a captured tensor holds no numbers";
  if (type.isIndex() || type.isF32())
    return {};
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() > 64)
    return "a captured value is neither an index, an integer nor f32";
  return {};
}

// Regions become code of a thread, which can call nothing.
static StringRef findRegionObstacle(Region &region) {
  for (Operation &op : region.getOps()) {
    if (isa<math::MathDialect>(op.getDialect()) &&
        !isa<math::ExpOp, math::Exp2Op, math::LogOp, math::Log2Op,
             math::TanhOp, math::SqrtOp, math::RsqrtOp, math::AbsFOp,
             math::AbsIOp, math::FmaOp, math::FloorOp, math::CeilOp,
             math::TruncOp, math::RoundEvenOp>(op))
      return "a region uses a function that no instruction computes";
    if (isa<arith::RemFOp>(op))
      return "a region uses a remainder of floats";
    auto isDouble = [](Type type) { return type.isF64(); };
    if (isa<math::MathDialect>(op.getDialect()) &&
        llvm::any_of(op.getOperandTypes(), isDouble))
      return "a region uses a function of f64";
  }
  return {};
}

// Empty if a kernel can compute the op.
static StringRef findObstacle(attn::SqaOp op) {
  Type element = op.getQuery().getType().getElementType();
  if (!element.isF16() && !element.isBF16())
    return "elements are not f16 or bf16";
  if (op.getHeadDim() % 8 != 0 || op.getValueDim() % 8 != 0)
    return "head sizes are not multiples of 8"; // copies take 16 bytes
  if (op.getHeadDim() > 256 || op.getValueDim() > 256)
    return "head sizes are above 256";
  for (Value capture : op.getCaptures())
    if (StringRef obstacle = findCaptureObstacle(capture.getType());
        !obstacle.empty())
      return obstacle;
  for (Region *region : {&op.getScoreMod(), &op.getMaskMod()})
    if (StringRef obstacle = findRegionObstacle(*region); !obstacle.empty())
      return obstacle;
  return {};
}

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

// Each operand that some slot is read from, once.
static SmallVector<Value> collectCaptures(attn::SqaOp op) {
  llvm::SmallSetVector<Value, 8> captures;
  for (Value operand : {op.getKvLengths(), op.getQuerySegments(),
                        op.getKvSegments(), op.getMask(), op.getBias(),
                        op.getSink()})
    if (operand)
      captures.insert(operand);
  captures.insert_range(op.getCaptures());
  return captures.takeVector();
}

// Scores are scaled before the softmax where the scale may turn their order.
static bool changesScores(attn::SqaOp op) {
  bool isPositive = !op.getScale() && (!op.getScaleValue() ||
                                       op.getScaleValue()->convertToFloat() > 0);
  return op.hasScoreMod() || op.getBias() || !isPositive;
}

static void clampBounds(KeyClauses &clauses) {
  auto clamp = [](std::optional<int64_t> &bound) {
    if (bound)
      bound = std::min(*bound, kMaxBound);
  };
  clamp(clauses.windowLeft);
  clamp(clauses.windowRight);
  clauses.globalKeys = std::min(clauses.globalKeys, kMaxBound);
}

// Whether every row sees a key whatever the run-time sizes are.
static bool everyRowHasKeys(attn::SqaOp op, const HopperPlan &plan) {
  if (plan.clauses.opaque || plan.hasKeyLengths || ShapedType::isDynamic(plan.keyLength) ||
      plan.keyLength == 0 || plan.clauses.window)
    return false;
  if (!plan.clauses.causal)
    return true;
  if (plan.alignment == attn::Alignment::top_left)
    return true;
  return plan.alignment == attn::Alignment::bottom_right &&
         !ShapedType::isDynamic(plan.queryLength) &&
         plan.queryLength <= plan.keyLength;
}

FailureOr<HopperPlan> mlir::sqa::planHopperKernel(attn::SqaOp op,
                                                  std::string &reason) {
  if (StringRef obstacle = findObstacle(op); !obstacle.empty()) {
    reason = obstacle.str();
    return failure();
  }
  HopperPlan plan;
  plan.op = op;
  plan.captures = collectCaptures(op);
  plan.changesScores = changesScores(op);
  plan.schedule = cast<GpuScheduleAttr>(*op.getSchedule());
  plan.clauses = KeyClauses::of(op);
  clampBounds(plan.clauses);
  plan.element = op.getQuery().getType().getElementType();
  plan.headDim = op.getHeadDim();
  plan.valueDim = op.getValueDim();
  plan.paddedHeadDim = llvm::alignTo(plan.headDim, 16);
  plan.paddedValueDim = llvm::alignTo(plan.valueDim, 16);
  plan.queryHeads = op.getQueryHeads();
  plan.kvHeads = op.getKvHeads();
  plan.outputHeads = op.getOutputHeads();
  plan.queryLength = op.getQueryLength();
  plan.keyLength = op.getKeyLength();
  plan.headMap = op.getHeadMap();
  plan.alignment = op.getAlignment().value_or(attn::Alignment::top_left);
  plan.hasKeyLengths = op.getKvLengths() != nullptr;
  plan.hasLse = op.getLse() != nullptr;
  plan.hasKeys = everyRowHasKeys(op, plan);
  plan.isOpaque = plan.clauses.opaque;
  // Keys behind a window that are global are no band.
  plan.isBand = !plan.isOpaque && !(plan.clauses.globalKeys > 0 &&
                                    plan.clauses.windowRight);
  plan.hidesKeys = plan.hasKeyLengths || plan.clauses.dependsOnPosition() ||
                   plan.isOpaque || op.hasScoreMod() || op.getBias();
  bool oneSlab = plan.paddedValueDim == 16 || plan.paddedValueDim == 32 ||
                 plan.paddedValueDim == 64;
  if (plan.schedule.getTensorRowSums() && !oneSlab) {
    reason = "row sums on the tensor cores need 16, 32 or 64 value features";
    return failure();
  }
  if (plan.schedule.getSoftwareExp() != 0 && !plan.element.isBF16()) {
    reason = "exponentials in software are for bf16";
    return failure();
  }
  // Weights up to 2^60 need the range of bf16.
  if (plan.schedule.getFrozenMax() && !plan.element.isBF16()) {
    reason = "frozen maxima are for bf16";
    return failure();
  }
  return plan;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kModuleName = "kernels";
static constexpr StringLiteral kKernelAttrName = "hopper.kernel";

static gpu::GPUModuleOp getKernelModule(ModuleOp module) {
  if (auto found = module.lookupSymbol<gpu::GPUModuleOp>(kModuleName))
    return found;
  OpBuilder b(module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  return gpu::GPUModuleOp::create(b, module.getLoc(), kModuleName);
}

static void buildKernel(attn::SqaOp op, const HopperPlan &plan,
                        StringRef name) {
  gpu::GPUModuleOp kernels = getKernelModule(op->getParentOfType<ModuleOp>());
  OpBuilder b(op.getContext());
  b.setInsertionPointToEnd(kernels.getBody());
  KernelBuilder(b, op.getLoc(), plan).build(name);
  op->setAttr(
      kKernelAttrName,
      SymbolRefAttr::get(kernels.getSymNameAttr(),
                         {FlatSymbolRefAttr::get(op.getContext(), name)}));
}

namespace {
struct ConvertAttnToHopperPass
    : sqa::impl::ConvertAttnToHopperPassBase<ConvertAttnToHopperPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      int64_t number = 0;
      function.walk([&](attn::SqaOp op) {
        if (!isa_and_nonnull<GpuScheduleAttr>(op.getScheduleAttr()))
          return;
        std::string reason;
        FailureOr<HopperPlan> plan = planHopperKernel(op, reason);
        if (failed(plan)) {
          remark::missed(op.getLoc(), remark::RemarkOpts::name("HopperKernel")
                                          .category(DEBUG_TYPE)
                                          .subCategory("gpu"))
              << remark::add("{0}", reason);
          ++numDeclined;
          return;
        }
        buildKernel(
            op, *plan,
            (function.getName() + "_attention_" + Twine(number++)).str());
        ++numKernels;
      });
    }
  }
};
} // namespace
