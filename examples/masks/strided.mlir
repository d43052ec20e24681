// Strided: the own block of 32, and the last 8 keys of each earlier one.
func.func @strided(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
      mask_mod(%b, %h, %i, %j) {
        %block = arith.constant 32 : index
        %first = arith.constant 24 : index
        %own = arith.divui %i, %block : index
        %key_block = arith.divui %j, %block : index
        %near = arith.cmpi eq, %own, %key_block : index
        %place = arith.remui %j, %block : index
        %summary = arith.cmpi sge, %place, %first : index
        %visible = arith.ori %near, %summary : i1
        attn.yield %visible : i1
      }
  return %o : tensor<1x4x?x16xf32>
}
