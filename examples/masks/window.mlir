// Sliding window: each query sees itself and the 23 keys before it. Real windows
// have 1024 keys and more; this one fits a picture.
func.func @window(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left) window(23, 0)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
  return %o : tensor<1x4x?x16xf32>
}
