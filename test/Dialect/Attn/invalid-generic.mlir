// RUN: sqa-opt %s --verify-diagnostics --split-input-file

// The generic form can say anything: each attack must end in a diagnostic.

func.func @sqa_c8_both_scales(%q: tensor<1x1x2x4xf32>, %s: f32) {
  // expected-error @below {{expected the scale as an operand or as an attribute, but got both}}
  %o = "attn.sqa"(%q, %q, %q, %s) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0>, scale_value = 1.0 : f32}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, f32) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c9_nan_scale(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected a finite scale, but got 0x7FC00000 : f32}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, scale_value = 0x7FC00000 : f32}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c10_offset_missing(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected a query offset with alignment 'offset' and with no other, but got none}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, causal, alignment = #attn<alignment offset>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c10_offset_unused(%q: tensor<1x1x2x4xf32>, %x: index) {
  // expected-error @below {{expected a query offset with alignment 'offset' and with no other, but got one}}
  %o = "attn.sqa"(%q, %q, %q, %x) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0>, causal, alignment = #attn<alignment top_left>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, index) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c11_bare_causal(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected an alignment with 'causal'}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, causal}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c12_one_side(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected both sides of the window, but got one}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>, window_left = 1 : i64}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c16_one_side(%q: tensor<1x1x2x4xf32>, %s: tensor<1x2xi32>) {
  // expected-error @below {{expected segments of queries and of keys, but got one of them}}
  %o = "attn.sqa"(%q, %q, %q, %s) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x2xi32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c22_arguments(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected argument 0 of score_mod to be 'f32', but got 'f64'}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({
      ^bb0(%s: f64, %b: index, %h: index, %i: index, %j: index):
        %x = arith.truncf %s : f64 to f32
        "attn.yield"(%x) : (f32) -> ()
      }, {}) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c22_no_arguments(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected mask_mod to have 4 arguments, but got 0}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {
        %x = arith.constant true
        "attn.yield"(%x) : (i1) -> ()
      }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c24_no_terminator(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{empty block: expect at least a terminator}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
      }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c24_yield_of_nothing(%q: tensor<1x1x2x4xf32>) {
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        // expected-error @below {{requires a single operand}}
        "attn.yield"() : () -> ()
      }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

// All operands in the first group: named accessors of the others would read
// past the end.
func.func @sqa_c26_three_queries(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected one query operand, but got 3}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c26_no_query(%a: f32) {
  // expected-error @below {{expected one query operand, but got 0}}
  %o = "attn.sqa"(%a, %a, %a) <{operandSegmentSizes = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3>}> ({}, {})
      : (f32, f32, f32) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c26_sum_of_groups(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{operand count (3) does not match with the total size (4) specified in attribute 'operandSegmentSizes'}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c26_negative_group(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{'operandSegmentSizes' attribute cannot have negative elements}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, -1, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c26_groups_missing(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{operand count (3) does not match with the total size (0) specified in attribute 'operandSegmentSizes'}}
  %o = "attn.sqa"(%q, %q, %q) ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c26_groups_of_wrong_count(%q: tensor<1x1x2x4xf32>) {
  // expected-error-re @below {{size mismatch in attribute conversion: {{.*}}}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @sqa_c26_no_operands() {
  // expected-error @below {{expected 3 or more operands, but found 0}}
  %o = "attn.sqa"() <{operandSegmentSizes = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {}) : () -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @two_masks(%q: tensor<1x1x2x4xf32>, %m: tensor<1x1x2x2xi1>) {
  // expected-error @below {{operand group starting at #3 requires 0 or 1 element, but found 2}}
  %o = "attn.sqa"(%q, %q, %q, %m, %m) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x2xi1>, tensor<1x1x2x2xi1>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @three_results(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{result group starting at #1 requires 0 or 1 element, but found 2}}
  %o:3 = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
  return
}

// -----

func.func @one_region(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected 2 regions}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @two_blocks(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{region #1 ('mask_mod') failed to verify constraint: region with at most 1 blocks}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        cf.br ^bb1
      ^bb1:
        %x = arith.constant true
        "attn.yield"(%x) : (i1) -> ()
      }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @attribute_of_another_kind(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{Invalid attribute `head_map` in property conversion: 3 : i32}}
  %o = "attn.sqa"(%q, %q, %q) <{head_map = 3 : i32, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @rank_of_another_kind(%q: tensor<*xf32>) {
  // expected-error @below {{operand #0 must be 4D tensor of f32, f16 or bf16 values, but got 'tensor<*xf32>'}}
  %o = "attn.sqa"(%q, %q, %q) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

// The accumulator's group is empty, which the interface's own verifier meets
// before ours.
func.func @online_sqa_c1_no_accumulator(%q: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected}}
  %r:3 = "attn.online_sqa"(%q, %q, %q, %m, %m, %c, %c, %c, %c, %c, %c)
      <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1>}> ({}, {})
      : (tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>, index, index, index, index, index, index)
      -> (tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @online_sqa_c1_state_past_the_end(%q: tensor<8x4xf32>, %c: index) {
  // expected-error @below {{expected one query operand, but got 11}}
  "attn.online_sqa"(%q, %q, %q, %q, %q, %q, %q, %q, %q, %q, %q)
      <{operandSegmentSizes = array<i32: 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({}, {})
      : (tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>,
         tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>) -> ()
  return
}

// -----

func.func @rope_without_input(%c: index) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %y = "attn.rope"(%c) <{operandSegmentSizes = array<i32: 0, 1, 0>}> : (index) -> tensor<1x2x3x8xf32>
  return
}
