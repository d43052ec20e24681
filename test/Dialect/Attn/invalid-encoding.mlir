// RUN: sqa-opt %s --verify-diagnostics --split-input-file

// Slices, layouts and kernels assume plain dense storage.

#csr4 = #sparse_tensor.encoding<{map = (d0, d1, d2, d3) -> (d0 : dense, d1 : dense, d2 : dense, d3 : compressed)}>
func.func @sqa_c27_sparse_query(%q: tensor<1x1x2x4xf32, #csr4>, %k: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected tensors without an encoding, but got}}
  %o = attn.sqa %q, %k, %k : (tensor<1x1x2x4xf32, #csr4>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

#vec = #sparse_tensor.encoding<{map = (d0) -> (d0 : compressed)}>
func.func @sqa_c27_sparse_capture(%q: tensor<1x1x2x4xf32>, %a: tensor<4xf32, #vec>) {
  // expected-error @below {{expected tensors without an encoding, but got}}
  %o = attn.sqa %q, %q, %q capture(%a) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<4xf32, #vec>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j, %x) { attn.yield %s : f32 }
  return
}

// -----

#csr = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func @online_sqa_c12_sparse_keys(%q: tensor<8x4xf32>, %k: tensor<16x4xf32, #csr>, %v: tensor<16x4xf32>, %acc: tensor<8x4xf32>, %m: tensor<8xf32>, %c: index) {
  // expected-error @below {{expected tensors without an encoding, but got}}
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<8x4xf32>, tensor<16x4xf32, #csr>, tensor<16x4xf32>)
      outs(%acc, %m, %m : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
  return
}

// -----

#csr4 = #sparse_tensor.encoding<{map = (d0, d1, d2, d3) -> (d0 : dense, d1 : dense, d2 : dense, d3 : compressed)}>
func.func @merge_c5_sparse_output(%a: tensor<1x2x3x4xf32, #csr4>, %l: tensor<1x2x3xf32>) {
  // expected-error @below {{expected tensors without an encoding, but got}}
  %o, %r = attn.merge %a lse(%l) : (tensor<1x2x3x4xf32, #csr4>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return
}

// -----

#csr4 = #sparse_tensor.encoding<{map = (d0, d1, d2, d3) -> (d0 : dense, d1 : dense, d2 : dense, d3 : compressed)}>
func.func @rope_c7_sparse_input(%x: tensor<1x2x3x4xf32, #csr4>) {
  // expected-error @below {{expected tensors without an encoding, but got}}
  %y = attn.rope %x : tensor<1x2x3x4xf32, #csr4>
  return
}
