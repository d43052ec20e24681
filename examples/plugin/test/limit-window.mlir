// RUN: sqa-opt %s --load-pass-plugin=%plugin --pass-pipeline="builtin.module(func.func(example-limit-window{keys=128}))" --split-input-file --verify-diagnostics | FileCheck %s

// A causal op without a window gets one that counts the query's own key.
// CHECK-LABEL: @causal
// CHECK: causal(top_left) window(127, 0)
func.func @causal(%q: tensor<1x4x512x16xf32>) -> tensor<1x4x512x16xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) : (tensor<1x4x512x16xf32>, tensor<1x4x512x16xf32>, tensor<1x4x512x16xf32>) -> tensor<1x4x512x16xf32>
  return %o : tensor<1x4x512x16xf32>
}

// -----

// A window that the program asked for stays, with a remark.
// CHECK-LABEL: @has_window
// CHECK: causal(top_left) window(7, 0)
func.func @has_window(%q: tensor<1x4x512x16xf32>) -> tensor<1x4x512x16xf32> {
  // expected-remark @below {{keeps its window of 8 keys}}
  %o = attn.sqa %q, %q, %q causal(top_left) window(7, 0) : (tensor<1x4x512x16xf32>, tensor<1x4x512x16xf32>, tensor<1x4x512x16xf32>) -> tensor<1x4x512x16xf32>
  return %o : tensor<1x4x512x16xf32>
}

// -----

// Attention that may look ahead is left alone.
// CHECK-LABEL: @not_causal
// CHECK-NOT: window
func.func @not_causal(%q: tensor<1x4x512x16xf32>) -> tensor<1x4x512x16xf32> {
  %o = attn.sqa %q, %q, %q : (tensor<1x4x512x16xf32>, tensor<1x4x512x16xf32>, tensor<1x4x512x16xf32>) -> tensor<1x4x512x16xf32>
  return %o : tensor<1x4x512x16xf32>
}
