// RUN: sqa-opt %s --verify-diagnostics --split-input-file

// Each case is named after the constraint of dialects/Attn/README.md it breaks.

// Head counts are constants of a model.
func.func @sqa_c1_dynamic_heads(%q: tensor<1x?x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected a static number of query heads of at least 1, but got ?}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x?x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x?x8x16xf32>
  return
}

// -----

// Zero heads would divide by zero in the head map.
func.func @sqa_c1_no_kv_heads(%q: tensor<1x4x8x16xf32>, %k: tensor<1x0x8x16xf32>, %v: tensor<1x0x8x16xf32>) {
  // expected-error @below {{expected a static number of key/value heads of at least 1, but got 0}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x0x8x16xf32>, tensor<1x0x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Feature counts are constants of a model.
func.func @sqa_c1_dynamic_features(%q: tensor<1x4x8x?xf32>, %k: tensor<1x2x8x?xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected a static number of query and key features of at least 1, but got ?}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x?xf32>, tensor<1x2x8x?xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// A value has at least one feature.
func.func @sqa_c1_no_value_features(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x0xf32>) {
  // expected-error @below {{expected a static number of value features of at least 1, but got 0}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x0xf32>) -> tensor<1x4x8x0xf32>
  return
}

// -----

// Mixed types would leave open where values are rounded.
func.func @sqa_c2_mixed_element_types(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf16>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected query, key, value and output of the same element type, but got 'f32' and 'f16'}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf16>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// The output is rounded to the type of the inputs.
func.func @sqa_c2_output_type(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected query, key, value and output of the same element type, but got 'f32' and 'bf16'}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xbf16>
  return
}

// -----

// No head map exists.
func.func @sqa_c3_heads_not_multiple(%q: tensor<1x4x8x16xf32>, %k: tensor<1x3x8x16xf32>, %v: tensor<1x3x8x16xf32>) {
  // expected-error @below {{expected the larger of query and key/value heads to be a multiple of the smaller, but got 4 and 3}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x3x8x16xf32>, tensor<1x3x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// The same with more key/value heads than query heads.
func.func @sqa_c3_more_kv_heads_not_multiple(%q: tensor<1x4x8x16xf32>, %k: tensor<1x6x8x16xf32>, %v: tensor<1x6x8x16xf32>) {
  // expected-error @below {{expected the larger of query and key/value heads to be a multiple of the smaller, but got 4 and 6}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x6x8x16xf32>, tensor<1x6x8x16xf32>) -> tensor<1x6x8x16xf32>
  return
}

// -----

// Keys and values come in pairs.
func.func @sqa_c4_value_heads(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x4x8x16xf32>) {
  // expected-error @below {{expected value of shape 1x2x8x16, but got 1x4x8x16}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// A score is a dot product.
func.func @sqa_c4_key_features(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x24xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected key of shape 1x2x8x16, but got 1x2x8x24}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x24xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Every batch has its own keys.
func.func @sqa_c5_batch(%q: tensor<1x4x8x16xf32>, %k: tensor<3x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected key of shape 1x2x8x16, but got 3x2x8x16}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<3x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// As many values as keys.
func.func @sqa_c5_keys(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x9x16xf32>) {
  // expected-error @below {{expected value of shape 1x2x8x16, but got 1x2x9x16}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x9x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// The layout says which dimension is which: here keys and heads are swapped.
func.func @sqa_c5_layout(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected value of shape 1x8x2x16, but got 1x2x8x16}}
  %o = attn.sqa %q, %k, %v layout(bhsd, bshd, bhsd -> bhsd)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// The output has the larger head count.
func.func @sqa_c6_output_heads(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected output of shape 1x4x8x16, but got 1x2x8x16}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32>
  return
}

// -----

// The output has the features of the values.
func.func @sqa_c6_output_features(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected output of shape 1x4x8x16, but got 1x4x8x24}}
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x24xf32>
  return
}

// -----

// One LSE a row.
func.func @sqa_c7_lse_shape(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected lse of shape 1x4x8, but got 1x8x4}}
  %o, %lse = attn.sqa %q, %k, %v
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> (tensor<1x4x8x16xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// The offset is part of the alignment, so the text cannot say one without the other.
func.func @sqa_c10_offset_without_alignment_user(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected one of top_left, bottom_right, offset, but got 'middle'}}
  %o = attn.sqa %q, %k, %v causal(middle)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// -1 is written unbounded.
func.func @sqa_c12_negative_side(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected a window side of 0 or more or 'unbounded', but got -2}}
  %o = attn.sqa %q, %k, %v causal(top_left) window(-2, 0)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Bounds are sums of positions and sides; they must not wrap.
func.func @sqa_c12_side_too_large(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected a window side from -1 (unbounded) to 2^60, but got 1152921504606846977}}
  %o = attn.sqa %q, %k, %v causal(top_left) window(1152921504606846977, 0)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Global keys widen a window.
func.func @sqa_c13_global_without_window(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected a window with global keys}}
  %o = attn.sqa %q, %k, %v causal(top_left) global(4)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// A count.
func.func @sqa_c13_negative_global(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected from 0 to 2^60 global keys, but got -4}}
  %o = attn.sqa %q, %k, %v causal(top_left) window(2, 0) global(-4)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// With 4 queries and 8 keys, the window could sit at either end.
func.func @sqa_c14_window_needs_alignment(%q: tensor<1x4x4x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) {
  // expected-error @below {{expected an alignment with a window over 4 queries and 8 keys}}
  %o = attn.sqa %q, %k, %v window(2, 2)
      : (tensor<1x4x4x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x4x16xf32>
  return
}

// -----

// Equal lengths must be known, not hoped for.
func.func @sqa_c14_dynamic_lengths(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) {
  // expected-error @below {{expected an alignment with a window over ? queries and ? keys}}
  %o = attn.sqa %q, %k, %v window(2, 2)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
  return
}

// -----

// One length a batch.
func.func @sqa_c15_lengths_of_other_batch(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %n: tensor<2xi32>) {
  // expected-error @below {{expected kv_lengths of shape 1, but got 2}}
  %o = attn.sqa %q, %k, %v kv_lengths(%n)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<2xi32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Segment of each query.
func.func @sqa_c16_segments_of_queries(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %a: tensor<1x9xi32>, %b: tensor<1x8xi32>) {
  // expected-error @below {{expected query segments of shape 1x8, but got 1x9}}
  %o = attn.sqa %q, %k, %v segments(%a, %b)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x9xi32>, tensor<1x8xi32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Segment of each key.
func.func @sqa_c16_segments_of_keys(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %a: tensor<1x8xi32>, %b: tensor<2x8xi32>) {
  // expected-error @below {{expected key segments of shape 1x8, but got 2x8}}
  %o = attn.sqa %q, %k, %v segments(%a, %b)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x8xi32>, tensor<2x8xi32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// A mask is per output head or for all of them, not per key/value head.
func.func @sqa_c17_mask_heads(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %m: tensor<1x2x8x8xi1>) {
  // expected-error @below {{expected mask of shape 1x4x8x8 with dimensions of 1 where it broadcasts, but got 1x2x8x8}}
  %o = attn.sqa %q, %k, %v mask(%m)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x8xi1>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// A bias has a column for each key.
func.func @sqa_c18_bias_keys(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %m: tensor<1x1x8x7xf32>) {
  // expected-error @below {{expected bias of shape 1x4x8x8 with dimensions of 1 where it broadcasts, but got 1x1x8x7}}
  %o = attn.sqa %q, %k, %v bias(%m)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x1x8x7xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// One sink an output head.
func.func @sqa_c19_sink_heads(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{expected sink of shape 4, but got 2}}
  %o = attn.sqa %q, %k, %v sink(%s)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<2xf32>) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Nothing would read it.
func.func @sqa_c21_captures_without_region(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>, %a: f32) {
  // expected-error @below {{expected a score_mod or mask_mod region that reads the captures}}
  %o = attn.sqa %q, %k, %v capture(%a)
      : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, f32) -> tensor<1x4x8x16xf32>
  return
}

// -----

// Offsets are 64-bit; sizes that are known must fit.
func.func @sqa_c27_too_many_bytes(%q: tensor<4294967296x4x4294967296x16xf32>, %k: tensor<4294967296x2x8x16xf32>, %v: tensor<4294967296x2x8x16xf32>) {
  // expected-error @below {{expected at most 2^63 - 1 bytes, but got 'tensor<4294967296x4x4294967296x16xf32>'}}
  %o = attn.sqa %q, %k, %v
      : (tensor<4294967296x4x4294967296x16xf32>, tensor<4294967296x2x8x16xf32>, tensor<4294967296x2x8x16xf32>) -> tensor<4294967296x4x4294967296x16xf32>
  return
}
