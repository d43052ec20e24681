//===- AttnAttrs.td - Enumerations of the attention dialect -*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_ATTN_ATTNATTRS_TD
#define SQA_DIALECTS_ATTN_ATTNATTRS_TD

include "mlir/IR/EnumAttr.td"
include "dialects/Attn/AttnDialect.td"

class Attn_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::sqa::attn";
  let genSpecializedAttr = 0;
}

// How the side with fewer heads is shared among the output heads.
def Attn_HeadMap : Attn_Enum<"HeadMap", "which head an output head reads", [
  I32EnumAttrCase<"group", 0>, // output head j reads head j / (Ho / Hx)
  I32EnumAttrCase<"tile", 1>   // output head j reads head j mod Hx
]>;
def Attn_HeadMapAttr : EnumAttr<Attn_Dialect, Attn_HeadMap, "head_map">;

// Physical order of a four-dimensional operand; the logical order is always
// batch, head, position, feature.
def Attn_Layout : Attn_Enum<"Layout", "physical order of batch, head, position, feature", [
  I32EnumAttrCase<"bhsd", 0>,
  I32EnumAttrCase<"bshd", 1>
]>;
def Attn_LayoutAttr : EnumAttr<Attn_Dialect, Attn_Layout, "layout">;

// Where query 0 stands among the keys.
def Attn_Alignment : Attn_Enum<"Alignment", "position of the first query among the keys", [
  I32EnumAttrCase<"top_left", 0>,     // position 0
  I32EnumAttrCase<"bottom_right", 1>, // the last query stands at the last key
  I32EnumAttrCase<"offset", 2>        // given at run time
]>;
def Attn_AlignmentAttr : EnumAttr<Attn_Dialect, Attn_Alignment, "alignment">;

def Attn_RopeLayout : Attn_Enum<"RopeLayout", "which features rotate together", [
  I32EnumAttrCase<"pairs", 0>,          // (2j, 2j+1) in place
  I32EnumAttrCase<"halves", 1>,         // (j, j + R/2) in place
  I32EnumAttrCase<"pairs_to_halves", 2> // (2j, 2j+1) in, (j, j + R/2) out
]>;
def Attn_RopeLayoutAttr : EnumAttr<Attn_Dialect, Attn_RopeLayout, "rope_layout">;

// Which operand of a packed attn.online_sqa a block becomes.
def Attn_PackSide : Attn_Enum<"PackSide", "what packed rows are", [
  I32EnumAttrCase<"query", 0>,
  I32EnumAttrCase<"key", 1>,
  I32EnumAttrCase<"value", 2>
]>;
def Attn_PackSideAttr : EnumAttr<Attn_Dialect, Attn_PackSide, "pack_side">;

#endif // SQA_DIALECTS_ATTN_ATTNATTRS_TD
