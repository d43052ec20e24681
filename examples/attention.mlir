// One causal SQA layer's attention: 8 query heads share 4 key/value heads of 64
// features; the batch and both lengths are known at run time only.
//
//   sqa-compile examples/attention.mlir -o attention.sqapkg
//   sqa-run attention.sqapkg --input='1x8x128x64xf32=random(1)' \
//     --input='1x4x128x64xf32=random(2)' --input='1x4x128x64xf32=random(3)'
func.func @attention(%query: tensor<?x8x?x64xf32> {sqa.name = "query"},
                     %key: tensor<?x4x?x64xf32> {sqa.name = "key"},
                     %value: tensor<?x4x?x64xf32> {sqa.name = "value"}) -> tensor<?x8x?x64xf32> {
  %output = attn.sqa %query, %key, %value heads(group) causal(bottom_right)
      : (tensor<?x8x?x64xf32>, tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>) -> tensor<?x8x?x64xf32>
  return %output : tensor<?x8x?x64xf32>
}
