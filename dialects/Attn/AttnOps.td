//===- AttnOps.td - Operations of the attention dialect -----*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_ATTN_ATTNOPS_TD
#define SQA_DIALECTS_ATTN_ATTNOPS_TD

include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "dialects/Attn/AttnAttrs.td"

// An argument that says what it is: "queries (B, Hq, S, D)".
class Attn_Arg<Constraint type, string desc> : Arg<type, desc>;
class Attn_Attr<Constraint attr, string desc> : Arg<attr, desc>;

def Attn_Float : AnyTypeOf<[F32, F16, BF16], "f32, f16 or bf16">;
def Attn_Tensor4 : TensorRankOf<[Attn_Float], [4]>;
def Attn_I1Tensor4 : TensorRankOf<[I1], [4]>;
def Attn_F32Tensor3 : TensorRankOf<[F32], [3]>;
// Blocks of the online form live in tensors before and in memory after
// bufferization.
class Attn_Block<list<Type> types, int rank>
    : AnyTypeOf<[TensorRankOf<types, [rank]>, MemRefRankOf<types, [rank]>]>;

// Tiles of the iteration space; AttnTiling.cpp says which.
class Attn_Tiling<list<string> more = []> : DeclareOpInterfaceMethods<
    TilingInterface, !listconcat(["getLoopIteratorTypes", "getIterationDomain",
    "getTiledImplementation", "getResultTilePosition"], more)>;
def Attn_FusableTiling : Attn_Tiling<
    ["generateResultTileValue", "getIterationDomainTileFromResultTile"]>;

//===----------------------------------------------------------------------===//
// attn.sqa
//===----------------------------------------------------------------------===//

def Attn_SqaOp : Attn_Op<"sqa", [
    NoMemoryEffect, ConditionallySpeculatable, IsolatedFromAbove /*sqa_c25*/,
    AttrSizedOperandSegments, Attn_FusableTiling,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames", "getAsmBlockArgumentNames"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "sparse query attention";
  let arguments = (ins
    Attn_Arg<Attn_Tensor4, "queries (B, Hq, S, D)">:$query,
    Attn_Arg<Attn_Tensor4, "keys (B, Hkv, T, D)">:$key,
    Attn_Arg<Attn_Tensor4, "values (B, Hkv, T, Dv)">:$value,
    Attn_Arg<Optional<F32>, "scale, if it is a run-time value">:$scale,
    Attn_Arg<Optional<Index>, "position of query 0 among the keys">:$query_offset,
    Attn_Arg<Optional<TensorRankOf<[I32], [1]>>, "valid keys of each batch (B)">:$kv_lengths,
    Attn_Arg<Optional<TensorRankOf<[I32], [2]>>, "segment of each query (B, S)">:$query_segments,
    Attn_Arg<Optional<TensorRankOf<[I32], [2]>>, "segment of each key (B, T)">:$kv_segments,
    Attn_Arg<Optional<Attn_I1Tensor4>, "visible slots (B|1, Ho|1, S|1, T|1)">:$mask,
    Attn_Arg<Optional<Attn_Tensor4>, "added to the logits (B|1, Ho|1, S|1, T|1)">:$bias,
    Attn_Arg<Optional<TensorRankOf<[F32], [1]>>, "logit that joins each head's denominator (Ho)">:$sink,
    Attn_Arg<Variadic<AnyType>, "what the regions read: ranked tensors or scalars">:$captures,
    Attn_Attr<DefaultValuedAttr<Attn_HeadMapAttr, "HeadMap::group">, "how heads are shared">:$head_map,
    Attn_Attr<DefaultValuedAttr<Attn_LayoutAttr, "Layout::bhsd">, "physical order of the queries">:$query_layout,
    Attn_Attr<DefaultValuedAttr<Attn_LayoutAttr, "Layout::bhsd">, "physical order of the keys">:$key_layout,
    Attn_Attr<DefaultValuedAttr<Attn_LayoutAttr, "Layout::bhsd">, "physical order of the values">:$value_layout,
    Attn_Attr<DefaultValuedAttr<Attn_LayoutAttr, "Layout::bhsd">, "physical order of the output">:$output_layout,
    Attn_Attr<OptionalAttr<F32Attr>, "scale, if it is a constant">:$scale_value,
    Attn_Attr<OptionalAttr<Attn_AlignmentAttr>, "where query 0 stands">:$alignment,
    Attn_Attr<UnitAttr, "no key after the query's position">:$causal,
    Attn_Attr<OptionalAttr<I64Attr>, "keys visible before the position, -1 for all">:$window_left,
    Attn_Attr<OptionalAttr<I64Attr>, "keys visible after the position, -1 for all">:$window_right,
    Attn_Attr<OptionalAttr<I64Attr>, "first keys that every window sees">:$global_keys,
    Attn_Attr<OptionalAttr<AnyAttr>, "how to run it on the target">:$schedule
  );
  let results = (outs
    Res<Attn_Tensor4, "output (B, Ho, S, Dv)">:$output,
    Res<Optional<Attn_F32Tensor3>, "log of the softmax denominator (B, Ho, S)">:$lse
  );
  // Entry blocks: score_mod (s: f32, b, h, i, j: index, captures...) -> f32,
  // mask_mod (b, h, i, j: index, captures...) -> i1. Empty when absent.
  let regions = (region MaxSizedRegion<1>:$score_mod, MaxSizedRegion<1>:$mask_mod);
  let hasCustomAssemblyFormat = 1;
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    // Sizes by name; mlir::ShapedType::kDynamic where the type does not say.
    int64_t getBatch();
    int64_t getQueryHeads();
    int64_t getKvHeads();
    int64_t getOutputHeads();
    int64_t getQueryLength();
    int64_t getKeyLength();
    int64_t getHeadDim();
    int64_t getValueDim();
    // The dimension of a tensor of `layout` that holds logical dimension
    // `logical` (0 batch, 1 head, 2 position, 3 feature).
    static int64_t physicalDim(Layout layout, int64_t logical);
    bool hasScoreMod() { return !getScoreMod().empty(); }
    bool hasMaskMod() { return !getMaskMod().empty(); }
    ::mlir::Speculation::Speculatability getSpeculatability();
  }];
}

//===----------------------------------------------------------------------===//
// attn.online_sqa
//===----------------------------------------------------------------------===//

def Attn_OnlineSqaOp : Attn_Op<"online_sqa", [
    DestinationStyleOpInterface, IsolatedFromAbove /*online_sqa_c11*/,
    AttrSizedOperandSegments, Attn_Tiling<>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames", "getAsmBlockArgumentNames"]>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "one block of keys of the online softmax";
  let arguments = (ins
    Attn_Arg<Attn_Block<[F32, F16, BF16], 2>, "queries (M, D); (D, M) with rows_last">:$query,
    Attn_Arg<Attn_Block<[F32, F16, BF16], 2>, "keys (N, D)">:$key,
    Attn_Arg<Attn_Block<[F32, F16, BF16], 2>, "values (N, Dv)">:$value,
    Attn_Arg<Attn_Block<[F32], 2>, "accumulator (M, Dv); (Dv, M) with rows_last">:$acc,
    Attn_Arg<Attn_Block<[F32], 1>, "running maximum, base 2 (M)">:$max,
    Attn_Arg<Attn_Block<[F32], 1>, "running sum (M)">:$sum,
    Attn_Arg<Index, "batch of the block">:$batch,
    Attn_Arg<Index, "output head of the block">:$head,
    Attn_Arg<Index, "query index of row 0">:$row_offset,
    Attn_Arg<Index, "key index of key 0">:$key_offset,
    Attn_Arg<Index, "rows that exist; the others are padding">:$rows,
    Attn_Arg<Optional<F32>, "scale; absent if the queries carry scale * log2(e)">:$scale,
    Attn_Arg<Variadic<AnyType>, "what the regions read">:$captures,
    Attn_Attr<UnitAttr, "queries and accumulator are stored with rows last">:$rows_last,
    Attn_Attr<OptionalAttr<AnyAttr>, "how to run it on the target">:$schedule
  );
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region MaxSizedRegion<1>:$score_mod, MaxSizedRegion<1>:$mask_mod);
  let hasCustomAssemblyFormat = 1;
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable();
    bool hasScoreMod() { return !getScoreMod().empty(); }
    bool hasMaskMod() { return !getMaskMod().empty(); }
  }];
}

//===----------------------------------------------------------------------===//
// attn.merge
//===----------------------------------------------------------------------===//

def Attn_MergeOp : Attn_Op<"merge", [
    NoMemoryEffect, ConditionallySpeculatable, SameVariadicOperandSize,
    Attn_FusableTiling,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "combine partial attention results by their LSE";
  let arguments = (ins
    Attn_Arg<Variadic<Attn_Tensor4>, "partial outputs (B, Ho, S, Dv)">:$outputs,
    Attn_Arg<Variadic<Attn_F32Tensor3>, "their log denominators (B, Ho, S)">:$lses,
    Attn_Attr<DefaultValuedAttr<Attn_LayoutAttr, "Layout::bhsd">, "physical order of the outputs">:$layout
  );
  let results = (outs
    Res<Attn_Tensor4, "merged output (B, Ho, S, Dv)">:$output,
    Res<Attn_F32Tensor3, "merged log denominator (B, Ho, S)">:$lse
  );
  let assemblyFormat = [{
    $outputs `lse` `(` $lses `)` (`layout` `(` custom<Layout>($layout)^ `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Speculation::Speculatability getSpeculatability();
  }];
}

//===----------------------------------------------------------------------===//
// attn.rope
//===----------------------------------------------------------------------===//

def Attn_RopeOp : Attn_Op<"rope", [
    NoMemoryEffect, ConditionallySpeculatable, AttrSizedOperandSegments,
    AllTypesMatch<["input", "result"]> /*rope_c6*/,
    Attn_FusableTiling,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "rotary position embedding";
  let arguments = (ins
    Attn_Arg<Attn_Tensor4, "queries or keys (B, H, S, D)">:$input,
    Attn_Arg<Optional<Index>, "position of row 0">:$offset,
    Attn_Arg<Optional<AnyTypeOf<[TensorRankOf<[I32], [1]>, TensorRankOf<[I32], [2]>]>>, "position of each row (S) or (B, S)">:$positions,
    Attn_Attr<DefaultValuedAttr<Attn_RopeLayoutAttr, "RopeLayout::pairs">, "which features rotate together">:$pairing,
    Attn_Attr<DefaultValuedAttr<Attn_LayoutAttr, "Layout::bhsd">, "physical order of the tensor">:$layout,
    Attn_Attr<DefaultValuedAttr<F32Attr, "10000.0f">, "base of the frequencies">:$base,
    Attn_Attr<OptionalAttr<I64Attr>, "leading features that rotate; default all">:$rotary_dim,
    Attn_Attr<UnitAttr, "rotate by minus the angle">:$negative
  );
  let results = (outs Res<Attn_Tensor4, "the rotated tensor (B, H, S, D)">:$result);
  let assemblyFormat = [{
    $input oilist(
        `pairing` `(` custom<RopeLayout>($pairing) `)`
      | `layout` `(` custom<Layout>($layout) `)`
      | `base` `(` $base `)`
      | `rotary_dim` `(` $rotary_dim `)`
      | `offset` `(` $offset `)`
      | `positions` `(` $positions `:` type($positions) `)`
      | `negative` $negative
    ) attr-dict `:` type($input)
  }];
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // Leading features that rotate: rotary_dim, or all of them.
    int64_t getRotatedFeatures();
    ::mlir::Speculation::Speculatability getSpeculatability();
  }];
}

//===----------------------------------------------------------------------===//
// attn.yield
//===----------------------------------------------------------------------===//

def Attn_YieldOp : Attn_Op<"yield", [
    Pure, Terminator, ParentOneOf<["SqaOp", "OnlineSqaOp"]> /*yield_c1*/]> {
  let summary = "the score or the visibility of one slot";
  let arguments = (ins Attn_Arg<AnyTypeOf<[F32, I1]> /*yield_c2*/, "f32 from score_mod, i1 from mask_mod">:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // SQA_DIALECTS_ATTN_ATTNOPS_TD
