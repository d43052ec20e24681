// The same layer in bf16, for CPUs and NVIDIA GPUs of compute capability 9.0.
//
//   sqa-compile examples/attention_gpu.mlir --target=x86-64-v3 --target=sm_90a -o attention.sqapkg
//   sqa-run attention.sqapkg --device=cuda --input='1x8x4096x64xbf16=random(1)' \
//     --input='1x4x4096x64xbf16=random(2)' --input='1x4x4096x64xbf16=random(3)' --benchmark
func.func @attention(%query: tensor<?x8x?x64xbf16> {sqa.name = "query"},
                     %key: tensor<?x4x?x64xbf16> {sqa.name = "key"},
                     %value: tensor<?x4x?x64xbf16> {sqa.name = "value"}) -> tensor<?x8x?x64xbf16> {
  %output = attn.sqa %query, %key, %value heads(group) causal(bottom_right)
      : (tensor<?x8x?x64xbf16>, tensor<?x4x?x64xbf16>, tensor<?x4x?x64xbf16>) -> tensor<?x8x?x64xbf16>
  return %output : tensor<?x8x?x64xbf16>
}
