// Sink: a learned logit a head that takes part in the denominator and has no value, so
// that a row may attend to nothing.
func.func @sinks(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %sink: tensor<4xf32> {sqa.name = "sink"}) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(top_left) window(31, 0) sink(%sink)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<4xf32>) -> tensor<1x4x?x16xf32>
  return %o : tensor<1x4x?x16xf32>
}
