// RUN: sqa-opt %s --sqa-check-arguments --sqa-record-score-shapes --split-input-file --mlir-print-local-scope | FileCheck %s

// S and T over the dynamic sizes of the arguments, each attention with its place.
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: sqa.scores = [{from = [], op = loc({{.*}}), shape = affine_map<()[s0, s1, s2, s3, s4, s5] -> (s1, s3)>}]
func.func @dynamic(%q: tensor<?x4x?x16xf32>, %k: tensor<?x2x?x16xf32>, %v: tensor<?x2x?x16xf32>) -> tensor<?x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v : (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// -----

// A bias that the user computes is recorded with its place; operands that come
// from outside need not be.
// CHECK-LABEL: func.func @own_bias
// CHECK-SAME: sqa.scores = [{from = [loc({{.*}}:[[#LINE:]]:{{.*}})], op = loc({{.*}}), shape = affine_map<() -> (1024, 2048)>}]
func.func @own_bias(%q: tensor<1x1x1024x16xf32>, %k: tensor<1x1x2048x16xf32>, %b: tensor<1x1x1024x2048xf32>) -> tensor<1x1x1024x16xf32> {
  %bias = arith.negf %b : tensor<1x1x1024x2048xf32>
  %o = attn.sqa %q, %k, %k bias(%bias) : (tensor<1x1x1024x16xf32>, tensor<1x1x2048x16xf32>, tensor<1x1x2048x16xf32>, tensor<1x1x1024x2048xf32>) -> tensor<1x1x1024x16xf32>
  return %o : tensor<1x1x1024x16xf32>
}

// -----

// Too small to tell, and too small to matter.
// CHECK-LABEL: func.func @small
// CHECK-NOT: sqa.scores
func.func @small(%q: tensor<1x1x64x16xf32>, %k: tensor<1x1x?x16xf32>) -> tensor<1x1x64x16xf32> {
  %o = attn.sqa %q, %k, %k : (tensor<1x1x64x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>) -> tensor<1x1x64x16xf32>
  return %o : tensor<1x1x64x16xf32>
}
