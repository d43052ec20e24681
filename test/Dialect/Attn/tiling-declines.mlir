// RUN: sqa-opt %s --transform-interpreter --verify-diagnostics --split-input-file

// Output heads 0 to 2 would read key heads 0, 0 and 1.
func.func @heads_across_groups(%q: tensor<1x6x8x16xf32>, %k: tensor<1x3x6x16xf32>) -> tensor<1x6x8x16xf32> {
  // expected-remark @below {{not tiled: expected head tiles that line up with the head map, but got tiles of 3 heads}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %o = attn.sqa %q, %k, %k : (tensor<1x6x8x16xf32>, tensor<1x3x6x16xf32>, tensor<1x3x6x16xf32>) -> tensor<1x6x8x16xf32>
  return %o : tensor<1x6x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 3, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The last tile would have another number of heads.
func.func @ragged_head_tiles(%q: tensor<1x5x8x16xf32>) -> tensor<1x5x8x16xf32> {
  // expected-remark @below {{not tiled: expected a static number of heads a tile}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %o = attn.sqa %q, %q, %q : (tensor<1x5x8x16xf32>, tensor<1x5x8x16xf32>, tensor<1x5x8x16xf32>) -> tensor<1x5x8x16xf32>
  return %o : tensor<1x5x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Each batch of the tile would have its own offset.
func.func @ends_of_lengths(%q: tensor<2x4x8x16xf32>, %n: tensor<2xi32>) -> tensor<2x4x8x16xf32> {
  // expected-remark @below {{not tiled: expected a batch tile of 1 to tile queries that are aligned with the ends of kv_lengths}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %o = attn.sqa %q, %q, %q causal(bottom_right) kv_lengths(%n) : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2xi32>) -> tensor<2x4x8x16xf32>
  return %o : tensor<2x4x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
