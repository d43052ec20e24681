// Document packing: several documents in one row, none of which sees another.
func.func @documents(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %doc: tensor<1x?xi32> {sqa.name = "doc"}) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left) segments(%doc, %doc)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x?xi32>, tensor<1x?xi32>) -> tensor<1x4x?x16xf32>
  return %o : tensor<1x4x?x16xf32>
}
