// Softcap: scores stay between -50 and 50. Which slots are visible is the clause's matter.
func.func @softcap(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
      score_mod(%score, %b, %h, %i, %j) {
        %cap = arith.constant 50.0 : f32
        %x = arith.divf %score, %cap : f32
        %y = math.tanh %x : f32
        %capped = arith.mulf %y, %cap : f32
        attn.yield %capped : f32
      }
  return %o : tensor<1x4x?x16xf32>
}
