// Prefix LM: the prompt sees all of itself, what follows is causal. The length of the
// prompt is data, one number a batch.
func.func @prefix_lm(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %prefix: tensor<1xi32> {sqa.name = "prefix"}) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v capture(%prefix)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1xi32>) -> tensor<1x4x?x16xf32>
      mask_mod(%b, %h, %i, %j, %lengths) {
        %n = tensor.extract %lengths[%b] : tensor<1xi32>
        %length = arith.index_cast %n : i32 to index
        %past = arith.cmpi sle, %j, %i : index
        %prompt = arith.cmpi slt, %j, %length : index
        %visible = arith.ori %past, %prompt : i1
        attn.yield %visible : i1
      }
  return %o : tensor<1x4x?x16xf32>
}
