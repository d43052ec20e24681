// Chunked: causal inside chunks of 24 positions, nothing across them.
func.func @chunked(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
      mask_mod(%b, %h, %i, %j) {
        %size = arith.constant 24 : index
        %chunk = arith.floordivsi %i, %size : index
        %key_chunk = arith.floordivsi %j, %size : index
        %visible = arith.cmpi eq, %chunk, %key_chunk : index
        attn.yield %visible : i1
      }
  return %o : tensor<1x4x?x16xf32>
}
