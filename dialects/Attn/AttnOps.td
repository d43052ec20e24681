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
  let description = [{
    **Semantics.** For every batch `b`, output head `h` and query `i`, over the
    keys `j` that are visible:

    ```
    x[j] = score_mod(scale * q[b, hq(h), i, :] . k[b, hkv(h), j, :]) + bias[b, h, i, j]
    l    = sum_j exp(x[j]) + exp(sink[h])
    o    = sum_j exp(x[j]) * v[b, hkv(h), j, :] / l        lse = ln(l)
    ```

    The side with fewer heads is shared: output head `h` reads head
    `h / (Ho / Hx)` of the side with `Hx` heads (`heads(group)`) or `h mod Hx`
    (`heads(tile)`). A slot is visible when all clauses that are present say so:
    `causal` (key not after the position), `window` or `global`, `kv_lengths`,
    `segments`, `mask` and the region `mask_mod`. A logit of -inf is masked.

    The position of query `i` is `i` plus the offset of the alignment: 0
    (`top_left`), `kvlen(b) - S` (`bottom_right`) or an operand (`offset`).

    **Shapes.** q `B x Hq x S x D`, k `B x Hkv x T x D`, v `B x Hkv x T x Dv`,
    output `B x Ho x S x Dv` with `Ho = max(Hq, Hkv)`, lse `B x Ho x S`, the
    first four in the physical order of their `layout`. B, S and T may be
    dynamic and may be 0.

    **Numerics.** Scores, maximum, sum and accumulation are f32 whatever the
    element type; the scale is 1/sqrt(D) unless given; a row without visible
    keys is 0 with LSE -inf (or the sink). Masked slots never enter arithmetic,
    even if they hold NaN; a live NaN makes its whole row NaN. `exp2` and any
    order of summation are allowed.

    **Effects.** None. May be speculated when all shapes are static.

    **Constraints.** `sqa_c1` to `sqa_c27` of dialects/Attn/README.md.

    **Example.**
    ```mlir
    func.func @alibi(%q: tensor<1x8x?x64xbf16>, %k: tensor<1x2x?x64xbf16>,
                     %slopes: tensor<8xf32>) -> (tensor<1x8x?x64xbf16>, tensor<1x8x?xf32>) {
      %o, %lse = attn.sqa %q, %k, %k heads(group) causal(bottom_right) window(128, 0)
          global(4) capture(%slopes)
          : (tensor<1x8x?x64xbf16>, tensor<1x2x?x64xbf16>, tensor<1x2x?x64xbf16>, tensor<8xf32>)
          -> (tensor<1x8x?x64xbf16>, tensor<1x8x?xf32>)
          score_mod(%s, %b, %h, %i, %j, %a) {
            %slope = tensor.extract %a[%h] : tensor<8xf32>
            %d = arith.subi %j, %i : index
            %n = arith.index_cast %d : index to i64
            %x = arith.sitofp %n : i64 to f32
            %y = arith.mulf %x, %slope : f32
            %z = arith.addf %s, %y : f32
            attn.yield %z : f32
          }
      return %o, %lse : tensor<1x8x?x64xbf16>, tensor<1x8x?xf32>
    }
    ```
  }];
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
  let description = [{
    **Semantics.** Updates the state `(acc, max, sum)` of `M` query rows by `N`
    keys, all of one batch and one output head. Row `r` is query
    `row_offset + r`, key `n` is key `key_offset + n`. In units of log2:

    ```
    t[r, n] = log2(e) * score_mod(scale * q[r, :] . k[n, :], b, h, i, j, captures)
    t[r, n] = q[r, :] . k[n, :]           without `scale`: q carries scale * log2(e)
    t[r, n] = -inf                        where mask_mod yields false
    sum'    = sum * 2^(max - max') + sum_n 2^(t[r, n] - max')
    acc'    = acc * 2^(max - max') + sum_n 2^(t[r, n] - max') * v[n, :]
    ```

    with any `max'` that `acc'` and `sum'` are relative to. `max = -inf`,
    `sum = 0`, `acc = 0` is the state before any visible key. The op is
    associative and commutative along keys: blocks may be of any size and come
    in any order. Rows from `rows` on are padding with unspecified results.
    With `packed(from, to)` only the keys `from <= n < to` take part.

    **Shapes.** q `M x D`, k `N x D`, v `N x Dv`, acc `M x Dv`, max and sum `M`.
    With `rows_last` q is `D x M` and acc is `Dv x M`. Tensors, or memrefs.
    With `packed` q, k and v are what attn.pack makes: `D/2 x 2M`, `N x D` and
    `N/32 x 32Dv`, with D a multiple of 32 and Dv one of 16.

    **Numerics.** As attn.sqa; the state is f32.

    **Effects.** On tensors none; on memrefs reads all, writes acc, max, sum.

    **Constraints.** `online_sqa_c1` to `online_sqa_c14` of
    dialects/Attn/README.md.

    **Example.**
    ```mlir
    func.func @step(%q: tensor<16x8xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>,
                    %acc: tensor<16x8xf32>, %max: tensor<8xf32>, %sum: tensor<8xf32>,
                    %b: index, %h: index, %i: index, %j: index, %rows: index)
                    -> (tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>) {
      %a, %m, %l = attn.online_sqa ins(%q, %k, %v : tensor<16x8xf32>, tensor<?x16xf32>, tensor<?x16xf32>)
          outs(%acc, %max, %sum : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>)
          at(%b, %h, %i, %j) rows(%rows) rows_last
          mask_mod(%bb, %hh, %ii, %jj) {
            %y = arith.cmpi sle, %jj, %ii : index
            attn.yield %y : i1
          }
      return %a, %m, %l : tensor<16x8xf32>, tensor<8xf32>, tensor<8xf32>
    }
    ```
  }];
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
    Attn_Arg<Variadic<Index>, "keys that exist, [from, to); present if the operands are packed">:$key_range,
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
    bool isPacked() { return !getKeyRange().empty(); }
  }];
}

//===----------------------------------------------------------------------===//
// attn.pack
//===----------------------------------------------------------------------===//

def Attn_PackOp : Attn_Op<"pack", [
    DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "lay rows out for products of bf16 pairs";
  let description = [{
    **Semantics.** Copies `R` rows of `D` features to where a packed
    attn.online_sqa reads them. Every element of the target is written; those
    without a source are 0.

    ```
    query: target[d / 2, 2 * r + d mod 2]      = source[r, d]    target D'/2 x 2M
    key:   target[r, d]                        = source[r, d]    target N x D'
    value: target[r / 32, 32 * d + r mod 32]   = source[r, d]    target N/32 x 32D'
    ```

    Two features of a query, and two keys of a value, stand side by side: pairs
    are what bf16 instructions multiply and add in one step. A value block is
    transposed, 32 keys at a time.

    **Shapes.** Source `R x D`; `R <= M` or `R <= N`, and `D <= D'`, which is a
    multiple of 32 (query, key) or 16 (value).

    **Numerics.** Bits are copied.

    **Effects.** On tensors none; on memrefs reads the source, writes the target.

    **Constraints.** `pack_c1` to `pack_c4` of dialects/Attn/README.md.

    **Example.**
    ```mlir
    func.func @pack_keys(%k: tensor<?x40xbf16>, %to: tensor<128x64xbf16>) -> tensor<128x64xbf16> {
      %p = attn.pack key ins(%k : tensor<?x40xbf16>) outs(%to : tensor<128x64xbf16>) -> tensor<128x64xbf16>
      return %p : tensor<128x64xbf16>
    }
    ```
  }];
  let arguments = (ins
    Attn_Attr<Attn_PackSideAttr, "which operand the rows become">:$side,
    Attn_Arg<Attn_Block<[BF16], 2>, "rows (R, D)">:$source,
    Attn_Arg<Attn_Block<[BF16], 2>, "packed rows">:$target
  );
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `` $side `ins` `(` $source `:` type($source) `)`
    `outs` `(` $target `:` type($target) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getTargetMutable(); }
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
  let description = [{
    **Semantics.** Partial results over disjoint sets of keys become the result
    over all of them: `lse = ln(sum_n exp(lse_n))`,
    `o = sum_n exp(lse_n - lse) * o_n`. A partial whose LSE is -inf contributes
    nothing, whatever its output holds; if all are, `o = 0` and `lse = -inf`. A
    sink belongs to exactly one partial.

    **Shapes.** Outputs `B x Ho x S x Dv` in `layout`, each LSE `B x Ho x S`.

    **Numerics.** f32, relative to the largest LSE; rounded once.

    **Effects.** None. May be speculated when all shapes are static.

    **Constraints.** `merge_c1` to `merge_c5` of dialects/Attn/README.md.

    **Example.**
    ```mlir
    func.func @merge(%a: tensor<1x4x8x16xf16>, %la: tensor<1x4x8xf32>, %b: tensor<1x4x8x16xf16>,
                     %lb: tensor<1x4x8xf32>) -> tensor<1x4x8x16xf16> {
      %o, %lse = attn.merge %a, %b lse(%la, %lb)
          : (tensor<1x4x8x16xf16>, tensor<1x4x8x16xf16>, tensor<1x4x8xf32>, tensor<1x4x8xf32>)
          -> (tensor<1x4x8x16xf16>, tensor<1x4x8xf32>)
      return %o : tensor<1x4x8x16xf16>
    }
    ```
  }];
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
  let description = [{
    **Semantics.** Rotates pairs of features of row `i` by the angle
    `f32(p) * f32(base^(-2j / R))`, `R = rotary_dim`, where the position `p` is
    `i + offset`, `positions[i]` or `positions[b, i]`:
    `y1 = x1 cos - x2 sin`, `y2 = x1 sin + x2 cos` (with `negative` by minus the
    angle). `pairing` says which features are `(x1, x2)` and `(y1, y2)`:
    `pairs` (2j, 2j+1), `halves` (j, j + R/2), `pairs_to_halves` the first in
    and the second out. Features from `R` on pass through.

    **Shapes.** Input and result `B x H x S x D` in `layout`; D is static.

    **Numerics.** Angles in f32 whatever the element type; their sine and cosine
    are right to 2e-7 up to 2e6. f32 arithmetic, rounded once.

    **Effects.** None. May be speculated when nothing can mismatch.

    **Constraints.** `rope_c1` to `rope_c7` of dialects/Attn/README.md.

    **Example.**
    ```mlir
    func.func @rope(%x: tensor<1x128x8x96xbf16>, %past: index) -> tensor<1x128x8x96xbf16> {
      %y = attn.rope %x pairing(halves) layout(bshd) base(1.0e5) rotary_dim(64) offset(%past)
          : tensor<1x128x8x96xbf16>
      return %y : tensor<1x128x8x96xbf16>
    }
    ```
  }];
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
  let description = [{
    **Semantics.** Ends `score_mod` with the score (f32) and `mask_mod` with
    whether the slot is visible (i1).

    **Constraints.** `yield_c1` and `yield_c2` of dialects/Attn/README.md.
  }];
  let arguments = (ins Attn_Arg<AnyTypeOf<[F32, I1]> /*yield_c2*/, "f32 from score_mod, i1 from mask_mod">:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // SQA_DIALECTS_ATTN_ATTNOPS_TD
