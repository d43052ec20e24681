// RUN: sqa-opt %s --verify-diagnostics --split-input-file

func.func @merge_c1_no_partials() {
  // expected-error @below {{expected at least one output and as many LSEs, but got 0 operands}}
  %o, %l = "attn.merge"() : () -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

func.func @merge_c1_one_lse_missing(%a: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{expected at least one output and as many LSEs, but got 3 operands}}
  %o, %r = "attn.merge"(%a, %l, %l) : (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

// In the short form the parser counts.
func.func @merge_c1_counts_differ(%a: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{operand #1 must be variadic of 4D tensor of f32, f16 or bf16 values, but got 'tensor<1x2x3xf32>'}}
  %o, %r = attn.merge %a lse(%l, %l, %l) : (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

func.func @merge_c2_element_types(%a: tensor<1x2x3x4xf16>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{expected outputs of element type 'f32', but got 'f16'}}
  %o, %r = attn.merge %a lse(%l) : (tensor<1x2x3x4xf16>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

func.func @merge_c3_shapes(%a: tensor<1x2x3x4xf32>, %b: tensor<1x2x5x4xf32>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{expected output of shape 1x2x3x4, but got 1x2x5x4}}
  %o, %r = attn.merge %a, %b lse(%l, %l) : (tensor<1x2x3x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

// LSE is B x Ho x S in either layout of the outputs.
func.func @merge_c4_lse_shape(%a: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{expected lse of shape 1x3x2, but got 1x2x3}}
  %o, %r = attn.merge %a lse(%l) layout(bshd) : (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x3x2xf32>)
  return
}

// -----

func.func @merge_c5_too_many_bytes(%a: tensor<4294967296x4294967296x3x4xf32>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{expected at most 2^63 - 1 bytes, but got 'tensor<4294967296x4294967296x3x4xf32>'}}
  %o, %r = attn.merge %a lse(%l) : (tensor<4294967296x4294967296x3x4xf32>, tensor<1x2x3xf32>) -> (tensor<4294967296x4294967296x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

func.func @rope_c1_dynamic_features(%x: tensor<1x2x3x?xf32>) {
  // expected-error @below {{expected a static number of features of at least 1, but got ?}}
  %y = attn.rope %x : tensor<1x2x3x?xf32>
  return
}

// -----

// Features rotate in pairs.
func.func @rope_c2_odd_features(%x: tensor<1x2x3x5xf32>) {
  // expected-error @below {{expected an even rotary_dim from 2 to 5, but got 5}}
  %y = attn.rope %x : tensor<1x2x3x5xf32>
  return
}

// -----

func.func @rope_c2_too_large(%x: tensor<1x2x3x8xf32>) {
  // expected-error @below {{expected an even rotary_dim from 2 to 8, but got 10}}
  %y = attn.rope %x rotary_dim(10) : tensor<1x2x3x8xf32>
  return
}

// -----

// A rotation of nothing is no op at all.
func.func @rope_c2_zero(%x: tensor<1x2x3x8xf32>) {
  // expected-error @below {{expected an even rotary_dim from 2 to 8, but got 0}}
  %y = attn.rope %x rotary_dim(0) : tensor<1x2x3x8xf32>
  return
}

// -----

func.func @rope_c3_offset_and_positions(%x: tensor<1x2x3x8xf32>, %p: tensor<3xi32>, %c: index) {
  // expected-error @below {{expected an offset or positions, but got both}}
  %y = attn.rope %x offset(%c) positions(%p : tensor<3xi32>) : tensor<1x2x3x8xf32>
  return
}

// -----

func.func @rope_c4_positions_of_rows(%x: tensor<1x2x3x8xf32>, %p: tensor<2xi32>) {
  // expected-error @below {{expected positions of shape 3, but got 2}}
  %y = attn.rope %x positions(%p : tensor<2xi32>) : tensor<1x2x3x8xf32>
  return
}

// -----

// In layout bshd the rows are the second dimension.
func.func @rope_c4_positions_of_batches(%x: tensor<1x2x3x8xf32>, %p: tensor<1x3xi32>) {
  // expected-error @below {{expected positions of shape 1x2, but got 1x3}}
  %y = attn.rope %x layout(bshd) positions(%p : tensor<1x3xi32>) : tensor<1x2x3x8xf32>
  return
}

// -----

func.func @rope_c5_base(%x: tensor<1x2x3x8xf32>) {
  // expected-error @below {{expected a finite base greater than 0, but got 0.000000e+00 : f32}}
  %y = attn.rope %x base(0.0) : tensor<1x2x3x8xf32>
  return
}

// -----

func.func @rope_c5_infinite_base(%x: tensor<1x2x3x8xf32>) {
  // expected-error @below {{expected a finite base greater than 0, but got 0x7F800000 : f32}}
  %y = attn.rope %x base(0x7F800000) : tensor<1x2x3x8xf32>
  return
}

// -----

func.func @rope_c6_result_type(%x: tensor<1x2x3x8xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %y = "attn.rope"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<1x2x3x8xf32>) -> tensor<1x2x3x8xf16>
  return
}

// -----

func.func @rope_c7_too_many_bytes(%x: tensor<4294967296x2x1073741824x8xf32>) {
  // expected-error @below {{expected at most 2^63 - 1 bytes, but got 'tensor<4294967296x2x1073741824x8xf32>'}}
  %y = attn.rope %x : tensor<4294967296x2x1073741824x8xf32>
  return
}
