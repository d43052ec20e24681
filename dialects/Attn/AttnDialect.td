//===- AttnDialect.td - The attention dialect ---------------*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_ATTN_ATTNDIALECT_TD
#define SQA_DIALECTS_ATTN_ATTNDIALECT_TD

include "mlir/IR/OpBase.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::mlir::sqa::attn";
  let summary = "attention on tensors";
  let description = [{
    The nouns of attention: `attn.sqa` (attention with any number of query and
    key/value heads), its online form over one block of keys, the merge of
    partial results, and rotary embedding. What each op means, with numbered
    constraints, is written in `dialects/Attn/README.md`.
  }];
  let useDefaultAttributePrinterParser = 1;
  // What canonicalisation and tiling create.
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

#endif // SQA_DIALECTS_ATTN_ATTNDIALECT_TD
