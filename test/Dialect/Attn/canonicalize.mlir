// RUN: sqa-opt %s --canonicalize | FileCheck %s
// RUN: sqa-opt %s --canonicalize --canonicalize | FileCheck %s

// A window without bounds restricts nothing, and its global keys add nothing.
// CHECK-LABEL: @unbounded_window
// CHECK: attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
func.func @unbounded_window(%q: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  %o = attn.sqa %q, %q, %q align(top_left) window(unbounded, unbounded) global(4) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %o : tensor<1x2x8x4xf32>
}

// 8 queries from key 0 on reach key 0 with 7 to the left and key 8 with 8 to the right.
// CHECK-LABEL: @window_covers_top_left
// CHECK: attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
// CHECK: attn.sqa {{.*}} align(top_left) window(6, unbounded) :
func.func @window_covers_top_left(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x9x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) {
  %a = attn.sqa %q, %k, %k align(top_left) window(7, 8) : (tensor<1x2x8x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>) -> tensor<1x2x8x4xf32>
  %b = attn.sqa %q, %k, %k align(top_left) window(6, 8) : (tensor<1x2x8x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>) -> tensor<1x2x8x4xf32>
  return %a, %b : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// From the bottom right it takes T - 1 and S - 1, with lengths too.
// CHECK-LABEL: @window_covers_bottom_right
// CHECK: attn.sqa {{.*}} heads(group) kv_lengths(%{{[^ ]*}}) :
// CHECK: attn.sqa {{.*}} align(bottom_right) window(unbounded, 6) kv_lengths
func.func @window_covers_bottom_right(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x9x4xf32>, %n: tensor<1xi32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) {
  %a = attn.sqa %q, %k, %k align(bottom_right) window(8, 7) kv_lengths(%n) : (tensor<1x2x8x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<1xi32>) -> tensor<1x2x8x4xf32>
  %b = attn.sqa %q, %k, %k align(bottom_right) window(8, 6) kv_lengths(%n) : (tensor<1x2x8x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<1xi32>) -> tensor<1x2x8x4xf32>
  return %a, %b : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// Where the sizes or the offset are not known, the window stays.
// CHECK-LABEL: @window_stays
// CHECK: attn.sqa {{.*}} align(top_left) window(100, 100) :
// CHECK: attn.sqa {{.*}} align(offset(%{{.*}})) window(100, 100) :
func.func @window_stays(%q: tensor<1x2x?x4xf32>, %s: tensor<1x2x8x4xf32>, %x: index) -> (tensor<1x2x?x4xf32>, tensor<1x2x8x4xf32>) {
  %a = attn.sqa %q, %q, %q align(top_left) window(100, 100) : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  %b = attn.sqa %s, %s, %s align(offset(%x)) window(100, 100) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, index) -> tensor<1x2x8x4xf32>
  return %a, %b : tensor<1x2x?x4xf32>, tensor<1x2x8x4xf32>
}

// Under causal, what a window does to the right is nothing.
// CHECK-LABEL: @causal_window_left_unbounded
// CHECK: attn.sqa {{.*}} heads(group) causal(bottom_right) :
func.func @causal_window_left_unbounded(%q: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %o = attn.sqa %q, %q, %q causal(bottom_right) window(unbounded, 0) global(2) : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  return %o : tensor<1x2x?x4xf32>
}

// global(0) is no global key.
// CHECK-LABEL: @no_global_keys
// CHECK: attn.sqa {{.*}} causal(top_left) window(3, 0) :
func.func @no_global_keys(%q: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) window(3, 0) global(0) : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  return %o : tensor<1x2x?x4xf32>
}

// One query at the end of the cache sees the whole cache: decoding is not masked.
// CHECK-LABEL: @decode_is_not_causal
// CHECK: attn.sqa {{.*}} heads(group) kv_lengths(%{{[^ ]*}}) :
func.func @decode_is_not_causal(%q: tensor<?x2x1x4xf32>, %k: tensor<?x2x?x4xf32>, %n: tensor<?xi32>) -> tensor<?x2x1x4xf32> {
  %o = attn.sqa %q, %k, %k causal(bottom_right) kv_lengths(%n) : (tensor<?x2x1x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?xi32>) -> tensor<?x2x1x4xf32>
  return %o : tensor<?x2x1x4xf32>
}

// Two queries are; a window keeps the alignment that causal gave it.
// CHECK-LABEL: @causal_stays
// CHECK: attn.sqa {{.*}} causal(bottom_right) :
// CHECK: attn.sqa {{.*}} align(bottom_right) window(4, 0) :
func.func @causal_stays(%q: tensor<1x2x2x4xf32>, %r: tensor<1x2x1x4xf32>, %k: tensor<1x2x?x4xf32>) -> (tensor<1x2x2x4xf32>, tensor<1x2x1x4xf32>) {
  %a = attn.sqa %q, %k, %k causal(bottom_right) : (tensor<1x2x2x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x2x4xf32>
  %b = attn.sqa %r, %k, %k causal(bottom_right) window(4, 0) : (tensor<1x2x1x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x1x4xf32>
  return %a, %b : tensor<1x2x2x4xf32>, tensor<1x2x1x4xf32>
}

// Alignments that name the same place become one; unused ones go.
// CHECK-LABEL: @alignments
// CHECK: attn.sqa {{.*}} causal(top_left) :
// CHECK: attn.sqa {{.*}} causal(top_left) :
// CHECK: attn.sqa {{.*}} causal(bottom_right) kv_lengths
// CHECK: attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
func.func @alignments(%q: tensor<1x2x8x4xf32>, %n: tensor<1xi32>, %x: index) -> (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) {
  %c0 = arith.constant 0 : index
  %a = attn.sqa %q, %q, %q causal(bottom_right) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  %b = attn.sqa %q, %q, %q causal(offset(%c0)) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, index) -> tensor<1x2x8x4xf32>
  %c = attn.sqa %q, %q, %q causal(bottom_right) kv_lengths(%n) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1xi32>) -> tensor<1x2x8x4xf32>
  %d = attn.sqa %q, %q, %q align(offset(%x)) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, index) -> tensor<1x2x8x4xf32>
  return %a, %b, %c, %d : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// One shared head is shared in only one way; two are not.
// CHECK-LABEL: @head_maps
// CHECK: heads(group)
// CHECK: heads(tile)
func.func @head_maps(%q: tensor<1x4x8x4xf32>, %k: tensor<1x1x8x4xf32>, %l: tensor<1x2x8x4xf32>) -> (tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>) {
  %a = attn.sqa %q, %k, %k heads(tile) : (tensor<1x4x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>) -> tensor<1x4x8x4xf32>
  %b = attn.sqa %q, %l, %l heads(tile) : (tensor<1x4x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x4x8x4xf32>
  return %a, %b : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
}

// A constant scale is an attribute, unless it is one that sqa_c9 refuses.
// CHECK-LABEL: @constant_scale
// CHECK: scale(2.500000e-01)
// CHECK: scale(%{{.*}})
func.func @constant_scale(%q: tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) {
  %s = arith.constant 0.25 : f32
  %t = arith.constant 0x7F800000 : f32
  %a = attn.sqa %q, %q, %q scale(%s) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, f32) -> tensor<1x2x8x4xf32>
  %b = attn.sqa %q, %q, %q scale(%t) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, f32) -> tensor<1x2x8x4xf32>
  return %a, %b : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// Constant operands that change nothing go, all at once.
// CHECK-LABEL: @neutral_operands
// CHECK: attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
func.func @neutral_operands(%q: tensor<2x2x8x4xf32>) -> tensor<2x2x8x4xf32> {
  %n = arith.constant dense<[8, 9]> : tensor<2xi32>
  %g = arith.constant dense<3> : tensor<2x8xi32>
  %m = arith.constant dense<true> : tensor<1x1x8x8xi1>
  %b = arith.constant dense<0.0> : tensor<1x2x1x8xf32>
  %s = arith.constant dense<0xFF800000> : tensor<2xf32>
  %o = attn.sqa %q, %q, %q kv_lengths(%n) segments(%g, %g) mask(%m) bias(%b) sink(%s)
      : (tensor<2x2x8x4xf32>, tensor<2x2x8x4xf32>, tensor<2x2x8x4xf32>, tensor<2xi32>, tensor<2x8xi32>, tensor<2x8xi32>, tensor<1x1x8x8xi1>, tensor<1x2x1x8xf32>, tensor<2xf32>) -> tensor<2x2x8x4xf32>
  return %o : tensor<2x2x8x4xf32>
}

// Those that do something stay: a shorter length, a masked slot, a sink of 0.
// CHECK-LABEL: @operands_that_matter
// CHECK: attn.sqa {{.*}} kv_lengths({{.*}}) segments({{.*}}) mask({{.*}}) bias({{.*}}) sink({{.*}}) :
func.func @operands_that_matter(%q: tensor<2x2x8x4xf32>) -> tensor<2x2x8x4xf32> {
  %n = arith.constant dense<[8, 7]> : tensor<2xi32>
  %g = arith.constant dense<3> : tensor<2x8xi32>
  %h = arith.constant dense<4> : tensor<2x8xi32>
  %m = arith.constant dense<false> : tensor<1x1x8x8xi1>
  %b = arith.constant dense<1.0> : tensor<1x2x1x8xf32>
  %s = arith.constant dense<0.0> : tensor<2xf32>
  %o = attn.sqa %q, %q, %q kv_lengths(%n) segments(%g, %h) mask(%m) bias(%b) sink(%s)
      : (tensor<2x2x8x4xf32>, tensor<2x2x8x4xf32>, tensor<2x2x8x4xf32>, tensor<2xi32>, tensor<2x8xi32>, tensor<2x8xi32>, tensor<1x1x8x8xi1>, tensor<1x2x1x8xf32>, tensor<2xf32>) -> tensor<2x2x8x4xf32>
  return %o : tensor<2x2x8x4xf32>
}

// Identity regions go, and the captures with the last of them.
// CHECK-LABEL: @identity_regions
// CHECK: attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
// CHECK-NOT: score_mod
func.func @identity_regions(%q: tensor<1x2x8x4xf32>, %a: tensor<8xf32>) -> tensor<1x2x8x4xf32> {
  %o = attn.sqa %q, %q, %q capture(%a) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<8xf32>) -> tensor<1x2x8x4xf32>
      score_mod(%s, %b, %h, %i, %j, %x) {
        %unused = tensor.extract %x[%i] : tensor<8xf32>
        attn.yield %s : f32
      }
      mask_mod(%b, %h, %i, %j, %x) {
        %y = arith.cmpi ule, %i, %i : index
        attn.yield %y : i1
      }
  return %o : tensor<1x2x8x4xf32>
}

// A capture nobody reads, one given twice, and a constant.
// CHECK-LABEL: @captures
// CHECK-SAME: %[[Q:[^:]*]]: tensor<1x2x8x4xf32>, %[[A:[^:]*]]: tensor<8xf32>, %[[B:[^:]*]]: tensor<8xf32>
// CHECK: attn.sqa {{.*}} capture(%[[B]]) : {{.*}} score_mod(%s, %b, %h, %i, %j, %a) {
// CHECK-DAG: %[[C:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-DAG: %[[X:.*]] = tensor.extract %a[%i]
// CHECK-DAG: %[[Y:.*]] = tensor.extract %a[%j]
// CHECK: arith.mulf %s, %[[C]]
func.func @captures(%q: tensor<1x2x8x4xf32>, %a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<1x2x8x4xf32> {
  %two = arith.constant 2.0 : f32
  %o = attn.sqa %q, %q, %q capture(%a, %b, %two, %b) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<8xf32>, tensor<8xf32>, f32, tensor<8xf32>) -> tensor<1x2x8x4xf32>
      score_mod(%s, %bb, %h, %i, %j, %w, %x, %y, %z) {
        %e = tensor.extract %x[%i] : tensor<8xf32>
        %f = tensor.extract %z[%j] : tensor<8xf32>
        %g = arith.mulf %s, %y : f32
        %k = arith.addf %g, %e : f32
        %l = arith.addf %k, %f : f32
        attn.yield %l : f32
      }
  return %o : tensor<1x2x8x4xf32>
}

// An LSE that nobody reads is not computed; one that is stays.
// CHECK-LABEL: @unused_lse
// CHECK: %o = attn.sqa {{.*}} -> tensor<1x2x8x4xf32> mask_mod
// CHECK: %{{.*}}, %lse = attn.sqa
func.func @unused_lse(%q: tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) {
  %a, %la = attn.sqa %q, %q, %q : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
      mask_mod(%b, %h, %i, %j) { %y = arith.cmpi ne, %j, %i : index attn.yield %y : i1 }
  %c, %lc = attn.sqa %q, %q, %q : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return %a, %lc : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>
}

// No keys at all: the op stays, it has a defined result.
// CHECK-LABEL: @no_keys
// CHECK: attn.sqa
func.func @no_keys(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x0x4xf32>) -> tensor<1x2x8x4xf32> {
  %o = attn.sqa %q, %k, %k : (tensor<1x2x8x4xf32>, tensor<1x2x0x4xf32>, tensor<1x2x0x4xf32>) -> tensor<1x2x8x4xf32>
  return %o : tensor<1x2x8x4xf32>
}

// A merge of one partial is that partial when attention made it; an output of
// unknown origin may hold NaN where its LSE is -inf.
// CHECK-LABEL: @merge_of_one
// CHECK: %o, %lse = attn.sqa
// CHECK: %[[M:.*]], %{{.*}} = attn.merge
// CHECK: return %o, %lse, %[[M]]
func.func @merge_of_one(%q: tensor<1x2x8x4xf32>, %l: tensor<1x2x8xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>, tensor<1x2x8x4xf32>) {
  %a, %la = attn.sqa %q, %q, %q : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  %o, %lo = attn.merge %a lse(%la) : (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  %p, %lp = attn.merge %q lse(%l) : (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  return %o, %lo, %p : tensor<1x2x8x4xf32>, tensor<1x2x8xf32>, tensor<1x2x8x4xf32>
}

// Defaults of attn.rope are not written out.
// CHECK-LABEL: @rope_defaults
// CHECK: attn.rope %{{[^ ]*}} : tensor<1x2x8x4xf32>
func.func @rope_defaults(%x: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  %c0 = arith.constant 0 : index
  %y = attn.rope %x rotary_dim(4) offset(%c0) : tensor<1x2x8x4xf32>
  return %y : tensor<1x2x8x4xf32>
}

// The online form drops the same captures and regions.
// CHECK-LABEL: @online
// CHECK: attn.online_sqa {{.*}} rows(%{{[^ ]*}}) mask_mod(%b, %h, %i, %j) {
// CHECK-NOT: score_mod
func.func @online(%q: tensor<8x4xf32>, %k: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) -> tensor<8x4xf32> {
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x4xf32>, tensor<16x4xf32>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c) capture(%c : index)
      mask_mod(%b, %h, %i, %j, %x) { %y = arith.cmpi sle, %j, %i : index attn.yield %y : i1 }
  return %r#0 : tensor<8x4xf32>
}
