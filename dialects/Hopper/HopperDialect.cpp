//===- HopperDialect.cpp - Registration, kernels and their memory ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hopper/HopperOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa::hopper;

#include "dialects/Hopper/HopperOpsDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Hopper/HopperOpsTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Hopper/HopperOps.cpp.inc"

void HopperDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Hopper/HopperOpsTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Hopper/HopperOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// hopper.kernel
//===----------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto build = [](Builder &builder, ArrayRef<Type> arguments,
                  ArrayRef<Type> results, function_interface_impl::VariadicFlag,
                  std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), build,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

WarpRolesOp KernelOp::getRoles() {
  auto roles = getBody().getOps<WarpRolesOp>();
  return roles.empty() ? WarpRolesOp() : *roles.begin();
}

int64_t KernelOp::getThreads() {
  return kWarpgroupThreads * (getRoles().getConsumers() + 1);
}

int64_t KernelOp::getLaunchRegisters() {
  return hopper::getLaunchRegisters(getThreads(), getBlocksPerSm());
}

int64_t mlir::sqa::hopper::getLaunchRegisters(int64_t threads, int64_t blocks) {
  // Registers are given in steps of 8 (occupancy tables of the CUDA toolkit).
  int64_t each = kRegisterFile / blocks / threads / 8 * 8;
  return std::min(each, kMaxRegistersPerThread / 8 * 8);
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

// A swizzle of 128 bytes repeats after 1024 (PTX ISA, shared memory matrix
// layout); all rings start on that, so that a tile's address decides nothing.
static constexpr int64_t kTileAlignment = 1024;

SharedLayout::SharedLayout(KernelOp kernel) {
  int64_t offset = 0;
  int64_t onesBytes = 0;
  for (Operation &op : kernel.getBody().getOps()) {
    if (auto ring = dyn_cast<RingOp>(op)) {
      rings[ring] = offset;
      offset =
          llvm::alignTo(offset + ring.getType().getBytes(), kTileAlignment);
    } else if (isa<OnesOp>(op)) {
      // Rows of the widest slab: narrower ones take the beginning.
      onesBytes = kOnesRows * 128;
    }
  }
  // Behind all values: descriptors hold the distance as a positive number.
  ones = offset;
  offset += onesBytes;
  for (RingOp ring : kernel.getBody().getOps<RingOp>()) {
    barriers[ring] = offset;
    offset += 16 * ring.getType().getStages();
  }
  vote = offset;
  if (!kernel.getBody().getOps<VoteOp>().empty())
    offset += 16 * kVoteRounds; // barriers and flags, 16 bytes aligned
  queue = offset;
  for (QueueOp op : kernel.getBody().getOps<QueueOp>())
    offset += 16 * kQueueStages + kQueueStages * op.getType().getPlaceBytes();
  for (RingOp ring : kernel.getBody().getOps<RingOp>()) {
    notes[ring] = offset;
    if (llvm::any_of(ring->getUsers(), llvm::IsaPred<WriteNoteOp>))
      offset += 4 * ring.getType().getStages();
  }
  bytes = offset;
}

int64_t SharedLayout::getEmpty(RingOp ring, int64_t stage) const {
  return getFull(ring) + 8 * (ring.getType().getStages() + stage);
}
