// Relative bias: a learned number for each head and each distance from -16 to 16;
// beyond, the last one counts.
func.func @relative_bias(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %table: tensor<4x33xf32> {sqa.name = "table"}) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v capture(%table)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<4x33xf32>) -> tensor<1x4x?x16xf32>
      score_mod(%score, %b, %h, %i, %j, %bias_of) {
        %low = arith.constant -16 : index
        %high = arith.constant 16 : index
        %distance = arith.subi %j, %i : index
        %not_less = arith.maxsi %distance, %low : index
        %clipped = arith.minsi %not_less, %high : index
        %index = arith.addi %clipped, %high : index
        %bias = tensor.extract %bias_of[%h, %index] : tensor<4x33xf32>
        %biased = arith.addf %score, %bias : f32
        attn.yield %biased : f32
      }
  return %o : tensor<1x4x?x16xf32>
}
