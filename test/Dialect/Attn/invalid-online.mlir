// RUN: sqa-opt %s --verify-diagnostics --split-input-file

// One block is in tensors or in memory, not half and half.
func.func @online_sqa_c2_mixed(%q: tensor<8x4xf32>, %k: memref<16x4xf32>, %v: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected all tensors or all memrefs, but got 'tensor<8x4xf32>' and 'memref<16x4xf32>'}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<8x4xf32>, memref<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
  return
}

// -----

// Captures are bufferized with the rest.
func.func @online_sqa_c2_capture(%q: memref<8x4xf32>, %k: memref<16x4xf32>, %acc: memref<8x4xf32>, %m: memref<8xf32>, %n: memref<8xf32>, %c: index, %a: tensor<4xf32>) {
  // expected-error @below {{expected all tensors or all memrefs, but got 'memref<8x4xf32>' and 'tensor<4xf32>'}}
  attn.online_sqa ins(%q, %k, %k : memref<8x4xf32>, memref<16x4xf32>, memref<16x4xf32>)
      outs(%acc, %m, %n : memref<8x4xf32>, memref<8xf32>, memref<8xf32>) at(%c, %c, %c, %c) rows(%c) capture(%a : tensor<4xf32>)
      mask_mod(%b, %h, %i, %j, %x) { %y = arith.cmpi sle, %j, %i : index attn.yield %y : i1 }
  return
}

// -----

// rows_last turns query and accumulator.
func.func @online_sqa_c3_turned_query(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<4x8xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected query of shape 4x8, but got 8x4}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c) rows_last
  return
}

// -----

func.func @online_sqa_c3_values(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %v: tensor<15x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected value of shape 16x4, but got 15x4}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<8x4xf32>, tensor<16x4xf32>, tensor<15x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
  return
}

// -----

func.func @online_sqa_c3_sum(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %l: tensor<9xf32>, %c: index) {
  // expected-error @below {{expected sum of shape 8, but got 9}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %l : tensor<8x4xf32>, tensor<8xf32>, tensor<9xf32>) at(%c, %c, %c, %c) rows(%c)
  return
}

// -----

// Without its results the new state would be lost.
func.func @online_sqa_c4_no_results(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected 3 results, but got 0}}
  "attn.online_sqa"(%q, %k, %k, %acc, %m, %m, %c, %c, %c, %c, %c)
      <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0>}> ({}, {})
      : (tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>, index, index, index, index, index) -> ()
  return
}

// -----

// On memrefs the state is updated in place.
func.func @online_sqa_c4_results_of_memrefs(%q: memref<8x4xf32>, %m: memref<8xf32>, %c: index) {
  // expected-error @below {{expected 0 results, but got 1}}
  %r = "attn.online_sqa"(%q, %q, %q, %q, %m, %m, %c, %c, %c, %c, %c)
      <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0>}> ({}, {})
      : (memref<8x4xf32>, memref<8x4xf32>, memref<8x4xf32>, memref<8x4xf32>, memref<8xf32>, memref<8xf32>, index, index, index, index, index) -> tensor<8x4xf32>
  return
}

// -----

// A score function sees natural units, which queries that carry log2(e) are not.
func.func @online_sqa_c5_score_without_scale(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected a scale operand with score_mod}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
      score_mod(%s, %b, %h, %i, %j) { attn.yield %s : f32 }
  return
}

// -----

func.func @online_sqa_c6_capture_of_vector(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index, %a: vector<4xf32>) {
  // expected-error @below {{expected capture 0 to be a number or a ranked tensor or memref of numbers, but got 'vector<4xf32>'}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c) capture(%a : vector<4xf32>)
      mask_mod(%b, %h, %i, %j, %x) { %y = arith.cmpi sle, %j, %i : index attn.yield %y : i1 }
  return
}

// -----

func.func @online_sqa_c7_captures_without_region(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected a score_mod or mask_mod region that reads the captures}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c) capture(%c : index)
  return
}

// -----

func.func @online_sqa_c8_arguments(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected argument 3 of mask_mod to be 'index', but got 'i32'}}
  %r:3 = "attn.online_sqa"(%q, %k, %k, %acc, %m, %m, %c, %c, %c, %c, %c)
      <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0>}> ({}, {
      ^bb0(%b: index, %h: index, %i: index, %j: i32):
        %y = arith.constant true
        "attn.yield"(%y) : (i1) -> ()
      }) : (tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>, index, index, index, index, index)
      -> (tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

// Writing through a captured buffer.
func.func @online_sqa_c9_store(%q: memref<8x4xf32>, %k: memref<16x4xf32>, %acc: memref<8x4xf32>, %m: memref<8xf32>, %n: memref<8xf32>, %c: index) {
  // expected-error @below {{expected mask_mod to hold only ops without side effects, but got 'memref.store'}}
  attn.online_sqa ins(%q, %k, %k : memref<8x4xf32>, memref<16x4xf32>, memref<16x4xf32>)
      outs(%acc, %m, %n : memref<8x4xf32>, memref<8xf32>, memref<8xf32>) at(%c, %c, %c, %c) rows(%c) capture(%n : memref<8xf32>)
      mask_mod(%b, %h, %i, %j, %x) {
        %y = arith.cmpi sle, %j, %i : index
        %e = memref.load %x[%i] : memref<8xf32>
        // expected-note @below {{the op is here}}
        memref.store %e, %x[%j] : memref<8xf32>
        attn.yield %y : i1
      }
  return
}

// -----

func.func @online_sqa_c10_yield(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected mask_mod to end in 'attn.yield' of 'i1'}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
      mask_mod(%b, %h, %i, %j) { %y = arith.constant 1.0 : f32 attn.yield %y : f32 }
  return
}

// -----

func.func @online_sqa_c11_value_from_above(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-note @below {{required by region isolation constraints}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
      mask_mod(%b, %h, %i, %j) {
        // expected-error @below {{'arith.cmpi' op using value defined outside the region}}
        %y = arith.cmpi sle, %j, %c : index
        attn.yield %y : i1
      }
  return
}

// -----

func.func @online_sqa_c12_too_many_bytes(%q: tensor<8x9223372036854775807xf32>, %k: tensor<16x9223372036854775807xf32>, %v: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected at most 2^63 - 1 bytes, but got 'tensor<8x9223372036854775807xf32>'}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<8x9223372036854775807xf32>, tensor<16x9223372036854775807xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
  return
}

// -----

func.func @online_sqa_c13_packed_f32(%q: tensor<16x64xf32>, %k: tensor<32x32xf32>, %v: tensor<1x512xf32>, %acc: tensor<16x32xf32>, %m: tensor<32xf32>, %s: f32, %c: index) {
  // expected-error @below {{expected packed operands of bf16, but got 'tensor<16x64xf32>'}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<16x64xf32>, tensor<32x32xf32>, tensor<1x512xf32>)
      outs(%acc, %m, %m : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%c, %c, %c, %c) rows(%c) scale(%s) packed(%c, %c) rows_last
  return
}

// -----

func.func @online_sqa_c13_packed_without_scale(%q: tensor<16x64xbf16>, %k: tensor<32x32xbf16>, %v: tensor<1x512xbf16>, %acc: tensor<16x32xf32>, %m: tensor<32xf32>, %c: index) {
  // expected-error @below {{expected 'rows_last' and a scale operand with 'packed'}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<16x64xbf16>, tensor<32x32xbf16>, tensor<1x512xbf16>)
      outs(%acc, %m, %m : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%c, %c, %c, %c) rows(%c) packed(%c, %c) rows_last
  return
}

// -----

func.func @online_sqa_c14_features(%q: tensor<12x64xbf16>, %k: tensor<32x24xbf16>, %v: tensor<1x512xbf16>, %acc: tensor<16x32xf32>, %m: tensor<32xf32>, %s: f32, %c: index) {
  // expected-error @below {{expected packed operands of static sizes with features in whole vectors, but got 'tensor<32x24xbf16>' and 'tensor<16x32xf32>'}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<12x64xbf16>, tensor<32x24xbf16>, tensor<1x512xbf16>)
      outs(%acc, %m, %m : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%c, %c, %c, %c) rows(%c) scale(%s) packed(%c, %c) rows_last
  return
}

// -----

func.func @online_sqa_c14_keys(%q: tensor<16x64xbf16>, %k: tensor<40x32xbf16>, %v: tensor<2x512xbf16>, %acc: tensor<16x32xf32>, %m: tensor<32xf32>, %s: f32, %c: index) {
  // expected-error @below {{expected a multiple of 32 packed keys, but got 40}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<16x64xbf16>, tensor<40x32xbf16>, tensor<2x512xbf16>)
      outs(%acc, %m, %m : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%c, %c, %c, %c) rows(%c) scale(%s) packed(%c, %c) rows_last
  return
}

// -----

func.func @pack_c1_tensor_to_memory(%x: tensor<8x32xbf16>, %to: memref<32x32xbf16>) {
  // expected-error @below {{expected two tensors or two memrefs, but got 'tensor<8x32xbf16>' and 'memref<32x32xbf16>'}}
  attn.pack key ins(%x : tensor<8x32xbf16>) outs(%to : memref<32x32xbf16>)
  return
}

// -----

func.func @pack_c2_no_result(%x: tensor<8x32xbf16>, %to: tensor<32x32xbf16>) {
  // expected-error @below {{expected one result of the target's type}}
  attn.pack key ins(%x : tensor<8x32xbf16>) outs(%to : tensor<32x32xbf16>)
  return
}

// -----

func.func @pack_c3_features(%x: memref<8x40xbf16>, %to: memref<32x32xbf16>) {
  // expected-error @below {{expected a target for 40 features, but got 'memref<32x32xbf16>'}}
  attn.pack key ins(%x : memref<8x40xbf16>) outs(%to : memref<32x32xbf16>)
  return
}

// -----

func.func @pack_c3_dynamic(%x: memref<8x?xbf16>, %to: memref<32x32xbf16>) {
  // expected-error @below {{expected static features, but got 'memref<8x?xbf16>' and 'memref<32x32xbf16>'}}
  attn.pack key ins(%x : memref<8x?xbf16>) outs(%to : memref<32x32xbf16>)
  return
}

// -----

func.func @pack_c4_rows(%x: memref<40x32xbf16>, %to: memref<1x1024xbf16>) {
  // expected-error @below {{expected a target for 40 rows, but got 'memref<1x1024xbf16>'}}
  attn.pack value ins(%x : memref<40x32xbf16>) outs(%to : memref<1x1024xbf16>)
  return
}
