// Causal with a run-time offset: query 0 stands at key `start`, as in chunked
// prefill. Keys beyond the last query are hidden.
func.func @causal_offset(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %start: index {sqa.name = "start"}) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v causal(offset(%start))
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, index) -> tensor<1x4x?x16xf32>
  return %o : tensor<1x4x?x16xf32>
}
