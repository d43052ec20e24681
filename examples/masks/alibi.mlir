// ALiBi: a penalty that grows with the distance, by a slope a head.
func.func @alibi(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %slopes: tensor<4xf32> {sqa.name = "slopes"}) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left) capture(%slopes)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<4xf32>) -> tensor<1x4x?x16xf32>
      score_mod(%score, %b, %h, %i, %j, %slope_of) {
        %slope = tensor.extract %slope_of[%h] : tensor<4xf32>
        %distance = arith.subi %j, %i : index
        %steps = arith.index_cast %distance : index to i32
        %x = arith.sitofp %steps : i32 to f32
        %penalty = arith.mulf %slope, %x : f32
        %biased = arith.addf %score, %penalty : f32
        attn.yield %biased : f32
      }
  return %o : tensor<1x4x?x16xf32>
}
