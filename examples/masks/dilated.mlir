// Dilated window: every fourth of the last 48 keys.
func.func @dilated(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left) window(47, 0)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
      mask_mod(%b, %h, %i, %j) {
        %step = arith.constant 4 : index
        %residue = arith.remsi %i, %step : index
        %key_residue = arith.remsi %j, %step : index
        %visible = arith.cmpi eq, %residue, %key_residue : index
        attn.yield %visible : i1
      }
  return %o : tensor<1x4x?x16xf32>
}
