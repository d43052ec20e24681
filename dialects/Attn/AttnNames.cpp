//===- AttnNames.cpp - Names of values in printed attention ops -----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Results and region arguments print under the names that the spec gives them
// (%o, %lse, %s, %b, %h, %i, %j), so that a dump reads like
// dialects/Attn/README.md. Test: test/Dialect/Attn/ops.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Attn/AttnOps.h"

using namespace mlir;
using namespace mlir::sqa::attn;

// %s, %b, %h, %i, %j as in the spec, and %a for each capture.
static void nameArguments(Region &region, bool hasScore,
                          OpAsmSetValueNameFn setName) {
  static constexpr StringLiteral names[] = {"s", "b", "h", "i", "j"};
  if (region.empty())
    return;
  for (auto [index, arg] : llvm::enumerate(region.getArguments())) {
    size_t name = index + (hasScore ? 0 : 1);
    setName(arg,
            name < std::size(names) ? StringRef(names[name]) : StringRef("a"));
  }
}

void SqaOp::getAsmBlockArgumentNames(Region &region,
                                     OpAsmSetValueNameFn setName) {
  nameArguments(region, &region == &getScoreMod(), setName);
}

void OnlineSqaOp::getAsmBlockArgumentNames(Region &region,
                                           OpAsmSetValueNameFn setName) {
  nameArguments(region, &region == &getScoreMod(), setName);
}

static void nameResults(ResultRange results, ArrayRef<StringRef> names,
                        OpAsmSetValueNameFn setName) {
  for (auto [result, name] : llvm::zip(results, names))
    setName(result, name);
}

void SqaOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  nameResults(getOperation()->getResults(), {"o", "lse"}, setName);
}

void OnlineSqaOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  nameResults(getOperation()->getResults(), {"acc", "max", "sum"}, setName);
}

void PackOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  nameResults(getOperation()->getResults(), {"packed"}, setName);
}

void MergeOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  nameResults(getOperation()->getResults(), {"o", "lse"}, setName);
}
