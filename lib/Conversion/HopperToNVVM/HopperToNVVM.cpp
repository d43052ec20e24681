//===- HopperToNVVM.cpp - Block programs to the code of a thread ----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   hopper.kernel @f(%map: !hopper.tensor_map<...>, %n: index) { ... }
//     ==>
//   llvm.mlir.global external @smem() {addr_space = 3, alignment = 1024}
//   llvm.func @f(%map: !llvm.ptr {llvm.byval, nvvm.grid_constant}, %n: i32)
//       attributes {nvvm.kernel, nvvm.reqntid, nvvm.minctasm,
//                   hopper.shared_bytes = ... : i64}
//
// Fragments, weights, rows and cursors become one value a register: structured
// control flow carries them one by one, so that LLVM sees plain scalars. A
// matrix group is one inline statement group whose accumulators are tied to its
// results, and a wait ties them again: nothing can move their arithmetic over
// it.
//
// Requires: verified kernels. Ensures: no hopper op is left; scf, arith (index
// is 32 bits wide: --convert-arith-to-llvm with index-bitwidth=32) and cf
// remain. Wrong if: two rings share an address, or an asm that waits loses its
// side effects. Test: test/Conversion/HopperToNVVM.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "sqa/Conversion/Passes.h"

#define DEBUG_TYPE "sqa-convert-hopper-to-nvvm"

namespace mlir::sqa {
#define GEN_PASS_DEF_CONVERTHOPPERTONVVMPASS
#include "sqa/Conversion/Passes.h.inc"
} // namespace mlir::sqa

using namespace mlir;
using namespace mlir::sqa;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static LogicalResult convertFragment(hopper::FragmentType type,
                                     SmallVectorImpl<Type> &types) {
  MLIRContext *context = type.getContext();
  if (type.getElementType().isF32())
    types.append(type.getColumns() / 2, Float32Type::get(context));
  else // Two values a register.
    types.append(type.getColumns() / 4, IntegerType::get(context, 32));
  return success();
}

static LogicalResult convertWeights(hopper::WeightsType type,
                                    SmallVectorImpl<Type> &types) {
  Type hard = Float32Type::get(type.getContext());
  Type soft = IntegerType::get(type.getContext(), 32);
  for (int64_t group = 0; group < type.getColumns() / 8; ++group)
    for (int64_t half : {0, 1})
      types.append(2, type.isSoftware(group, half) ? soft : hard);
  return success();
}

static void addConversions(TypeConverter &converter) {
  converter.addConversion([](Type type) { return type; });
  converter.addConversion(
      [](hopper::FragmentType type, SmallVectorImpl<Type> &types) {
        return std::optional<LogicalResult>(convertFragment(type, types));
      });
  converter.addConversion(
      [](hopper::PendingType type, SmallVectorImpl<Type> &types) {
        return std::optional<LogicalResult>(
            convertFragment(type.getFragment(), types));
      });
  converter.addConversion(
      [](hopper::WeightsType type, SmallVectorImpl<Type> &types) {
        return std::optional<LogicalResult>(convertWeights(type, types));
      });
  converter.addConversion(
      [](hopper::RowsType type, SmallVectorImpl<Type> &types) {
        types.append(2, Float32Type::get(type.getContext()));
        return std::optional<LogicalResult>(success());
      });
  converter.addConversion(
      [](hopper::CursorType type, SmallVectorImpl<Type> &types) {
        types.append(2, IntegerType::get(type.getContext(), 32));
        return std::optional<LogicalResult>(success());
      });
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

// The type of an argument in memory that the driver fills.
static Type convertArgument(Type type) {
  if (isa<hopper::TensorMapType>(type))
    return LLVM::LLVMPointerType::get(type.getContext());
  if (type.isIndex())
    return IntegerType::get(type.getContext(), 32);
  return type;
}

// A map stays in the kernel's constant bank: copied, it would be in local
// memory, which the copy engine cannot read.
static void setMapAttributes(LLVM::LLVMFuncOp function, unsigned index) {
  Builder b(function.getContext());
  function.setArgAttr(index, LLVM::LLVMDialect::getAlignAttrName(),
                      b.getI64IntegerAttr(64));
  function.setArgAttr(
      index, LLVM::LLVMDialect::getByValAttrName(),
      TypeAttr::get(LLVM::LLVMArrayType::get(b.getI8Type(), 128)));
  function.setArgAttr(index, NVVM::NVVMDialect::getGridConstantAttrName(),
                      b.getUnitAttr());
}

static void setKernelAttributes(LLVM::LLVMFuncOp function,
                                hopper::KernelOp kernel,
                                const BlockPlan &plan) {
  Builder b(function.getContext());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    b.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    b.getDenseI32ArrayAttr(
                        {static_cast<int32_t>(kernel.getThreads()), 1, 1}));
  // Without a cap on registers ptxas ignores setmaxnreg (C7508).
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(kernel.getBlocksPerSm()));
  function->setAttr("hopper.shared_bytes",
                    b.getI64IntegerAttr(plan.layout.getBytes()));
}

static LLVM::LLVMFuncOp createFunction(hopper::KernelOp kernel,
                                       const BlockPlan &plan) {
  OpBuilder b(kernel);
  SmallVector<Type> types =
      llvm::map_to_vector(kernel.getArgumentTypes(), convertArgument);
  auto function = LLVM::LLVMFuncOp::create(
      b, kernel.getLoc(), kernel.getSymName(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  types));
  setKernelAttributes(function, kernel, plan);
  function.getBody().takeBody(kernel.getBody());
  b.setInsertionPointToStart(&function.getBody().front());
  for (BlockArgument argument : function.getBody().getArguments()) {
    Type old = argument.getType();
    unsigned index = argument.getArgNumber();
    argument.setType(types[index]);
    if (isa<LLVM::LLVMPointerType>(old))
      function.setArgAttr(index, LLVM::LLVMDialect::getNoAliasAttrName(),
                          b.getUnitAttr());
    if (isa<hopper::TensorMapType>(old))
      setMapAttributes(function, index);
    if (!old.isIndex())
      continue;
    auto cast = arith::IndexCastOp::create(b, kernel.getLoc(), old, argument);
    argument.replaceAllUsesExcept(cast, cast);
  }
  return function;
}

static void createSharedMemory(Operation *table) {
  OpBuilder b(table->getContext());
  b.setInsertionPointToStart(&table->getRegion(0).front());
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  LLVM::GlobalOp::create(b, table->getLoc(), type, /*isConstant=*/false,
                         LLVM::Linkage::External, kSharedSymbol, Attribute(),
                         /*alignment=*/1024, /*addrSpace=*/3);
}

static LogicalResult convertKernel(hopper::KernelOp kernel) {
  BlockPlan plan;
  plan.layout = hopper::SharedLayout(kernel);
  plan.hasVote = !kernel.getBody().getOps<hopper::VoteOp>().empty();
  plan.hasQueue = !kernel.getBody().getOps<hopper::QueueOp>().empty();
  llvm::append_range(plan.rings, kernel.getBody().getOps<hopper::RingOp>());
  for (hopper::OnesOp ones : kernel.getBody().getOps<hopper::OnesOp>()) {
    plan.hasOnes = true;
    plan.onesType = ones.getType().getElementType();
  }
  plan.consumers = kernel.getRoles().getConsumers();
  LLVM::LLVMFuncOp function = createFunction(kernel, plan);
  kernel.erase();

  MLIRContext *context = function.getContext();
  TypeConverter converter;
  addConversions(converter);
  RewritePatternSet patterns(context);
  ConversionTarget target(*context);
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  target.addIllegalDialect<hopper::HopperDialect>();
  // Rings are named by their op until the end.
  target.addLegalOp<hopper::RingOp, hopper::OnesOp, hopper::VoteOp,
                    hopper::QueueOp>();
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
  populateBlockPatterns(converter, patterns, plan);
  populateQueuePatterns(converter, patterns, plan);
  populateSlotPatterns(converter, patterns, plan);
  populateWgmmaPatterns(converter, patterns, plan);
  populateSoftmaxPatterns(converter, patterns);
  populateStorePatterns(converter, patterns, plan);
  if (failed(applyPartialConversion(function, target, std::move(patterns))))
    return failure();
  for (Operation &op :
       llvm::make_early_inc_range(function.getBody().front().getOperations()))
    if (isa<hopper::RingOp, hopper::OnesOp, hopper::VoteOp,
            hopper::QueueOp>(op))
      op.erase();
  return success();
}

namespace {
struct ConvertHopperToNVVMPass
    : sqa::impl::ConvertHopperToNVVMPassBase<ConvertHopperToNVVMPass> {
  void runOnOperation() override {
    SmallVector<hopper::KernelOp> kernels;
    getOperation()->walk(
        [&](hopper::KernelOp kernel) { kernels.push_back(kernel); });
    for (hopper::KernelOp kernel : kernels) {
      Operation *table = kernel->getParentOp();
      if (!SymbolTable::lookupSymbolIn(table, kSharedSymbol))
        createSharedMemory(table);
      if (failed(convertKernel(kernel)))
        return signalPassFailure();
      ++numConverted;
    }
  }
};
} // namespace
