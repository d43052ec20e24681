// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --cse --split-input-file | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Causal: keys before the diagonal without mask code, the diagonal with it, and
// nothing behind it. Tiles with the most keys come first.
// CHECK-LABEL: @causal
// CHECK: scf.forall (%[[H:[a-z0-9]+]], %[[T:[a-z0-9]+]]) in (2, 8)
// CHECK: %[[R:.*]] = arith.subi %c7, %[[T]]
// CHECK: %[[I:.*]] = arith.muli %[[R]], %c16
// CHECK: scf.for %[[J:[a-z0-9_]+]] = %c0 to %[[FULL:[a-z0-9_]+]] step %c64
// CHECK: attn.online_sqa
// CHECK-NOT: mask_mod
// CHECK: scf.for %{{[a-z0-9_]+}} = %[[FULL]] to %{{[a-z0-9_]+}} step %c64
// CHECK: attn.online_sqa
// CHECK-NOT: capture
// CHECK-SAME: mask_mod(%{{.*}}, %{{.*}}, %[[RI:.*]], %[[RJ:.*]]) {
// CHECK-NEXT: arith.cmpi sle, %[[RJ]], %[[RI]]
// CHECK-NEXT: attn.yield
func.func @causal(%q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32>
  return %o : tensor<1x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Lengths bound the range of keys and need no test in the region; where query 0
// stands is computed once a tile and captured.
// CHECK-LABEL: @lengths
// CHECK-SAME: %[[LEN:[a-z0-9]+]]: tensor<2xi32>
// CHECK: scf.forall (%[[B:[a-z0-9]+]], %{{.*}}) in
// CHECK: %[[RAW:.*]] = tensor.extract %[[LEN]][%[[B]]]
// CHECK: %[[VALID:.*]] = arith.index_cast %[[RAW]]
// CHECK: %[[ZERO:.*]] = arith.maxsi %[[VALID]], %c0
// CHECK: %[[KEYS:.*]] = arith.minsi %[[ZERO]], %c256
// CHECK: %[[OFFSET:.*]] = arith.subi %[[KEYS]], %c128
// CHECK: attn.online_sqa
// CHECK: attn.online_sqa {{.*}} capture(%[[OFFSET]] : index) {{.*}} mask_mod(
// CHECK-NOT: slt
// CHECK: attn.yield
func.func @lengths(%len: tensor<2xi32>, %q: tensor<2x2x128x16xf32>, %k: tensor<2x2x256x16xf32>) -> tensor<2x2x128x16xf32> {
  %o = attn.sqa %q, %k, %k causal(bottom_right) kv_lengths(%len) schedule(#s) : (tensor<2x2x128x16xf32>, tensor<2x2x256x16xf32>, tensor<2x2x256x16xf32>, tensor<2xi32>) -> tensor<2x2x128x16xf32>
  return %o : tensor<2x2x128x16xf32>
}

// Lengths alone: every key that exists is seen by every row, so nothing is
// masked.
// CHECK-LABEL: @only_lengths
// CHECK: %[[KEYS:.*]] = arith.minsi %{{.*}}, %c256
// CHECK: scf.for %{{.*}} = %c0 to %[[KEYS]] step %c64
// CHECK-NOT: mask_mod
func.func @only_lengths(%len: tensor<2xi32>, %q: tensor<2x2x128x16xf32>, %k: tensor<2x2x256x16xf32>) -> tensor<2x2x128x16xf32> {
  %o = attn.sqa %q, %k, %k kv_lengths(%len) schedule(#s) : (tensor<2x2x128x16xf32>, tensor<2x2x256x16xf32>, tensor<2x2x256x16xf32>, tensor<2xi32>) -> tensor<2x2x128x16xf32>
  return %o : tensor<2x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// A window with global keys has five ranges and still two bodies: unmasked are
// the global keys before the window, its middle, and global keys behind it;
// masked are its two ends.
// CHECK-LABEL: @window_and_global
// CHECK: scf.for %[[W:[a-z0-9_]+]] = %c0 to %c3 step %c1
// CHECK: arith.select
// CHECK: scf.for
// CHECK: attn.online_sqa
// CHECK-NOT: mask_mod
// CHECK: scf.for %[[W2:[a-z0-9_]+]] = %c0 to %c2 step %c1
// CHECK: scf.for
// CHECK: attn.online_sqa {{.*}} mask_mod(
// CHECK-NOT: attn.online_sqa
func.func @window_and_global(%q: tensor<1x2x512x16xf32>) -> tensor<1x2x512x16xf32> {
  %o = attn.sqa %q, %q, %q window(128, 64) global(16) schedule(#s) : (tensor<1x2x512x16xf32>, tensor<1x2x512x16xf32>, tensor<1x2x512x16xf32>) -> tensor<1x2x512x16xf32>
  return %o : tensor<1x2x512x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// What no clause can bound is masked everywhere, but only where the clauses
// allow a key at all. The bias is captured by both regions; before it the queries
// carry the scale, but not log2(e).
// CHECK-LABEL: @opaque
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<1x1x128x128xi1>, %[[BIAS:[a-z0-9]+]]: tensor<1x2x1x128xf32>
// CHECK-DAG: %[[SCALE:.*]] = arith.constant 2.500000e-01
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00
// CHECK: arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: %[[END:.*]] = arith.minsi %{{.*}}, %c128
// CHECK: arith.minsi %[[END]], %c128
// CHECK: %[[LAST:.*]] = arith.select
// CHECK: scf.for %{{.*}} = %c0 to %[[LAST]] step %c64
// CHECK: attn.online_sqa {{.*}} scale(%[[ONE]]) capture(%[[BIAS]], %[[M]] : {{.*}}) rows_last {{.*}} score_mod(
// CHECK: arith.addf
// CHECK: mask_mod(%{{.*}}, %{{.*}}, %[[I:.*]], %[[J:.*]], %{{.*}}, %[[RM:.*]]) {
// CHECK-DAG: arith.cmpi sle, %[[J]], %[[I]]
// CHECK-DAG: tensor.extract %[[RM]]
// CHECK-NOT: attn.online_sqa
func.func @opaque(%m: tensor<1x1x128x128xi1>, %bias: tensor<1x2x1x128xf32>, %q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) mask(%m) bias(%bias) scale(0.25) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x1x128x128xi1>, tensor<1x2x1x128xf32>) -> tensor<1x2x128x16xf32>
  return %o : tensor<1x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// The user's regions go along, with their captures; a run-time scale too.
// CHECK-LABEL: @regions
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2xf32>, %[[SCALE:[a-z0-9]+]]: f32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00
// CHECK: arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: attn.online_sqa {{.*}} scale(%[[ONE]]) capture(%[[A]] : tensor<2xf32>) {{.*}} score_mod(%[[X:.*]], %{{.*}}, %[[H:.*]], %{{.*}}, %{{.*}}, %[[RA:.*]]) {
// CHECK: tensor.extract %[[RA]][%[[H]]]
// CHECK: mask_mod(
// CHECK: arith.cmpi ult
func.func @regions(%a: tensor<2xf32>, %scale: f32, %q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q scale(%scale) capture(%a) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, f32, tensor<2xf32>) -> tensor<1x2x128x16xf32>
      score_mod(%s, %b, %h, %i, %j, %c) {
        %slope = tensor.extract %c[%h] : tensor<2xf32>
        %x = arith.mulf %s, %slope : f32
        attn.yield %x : f32
      }
      mask_mod(%b, %h, %i, %j, %c) {
        %y = arith.cmpi ult, %j, %i : index
        attn.yield %y : i1
      }
  return %o : tensor<1x2x128x16xf32>
}
