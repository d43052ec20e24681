// RUN: sqa-opt %s --sqa-tile-attention --verify-diagnostics --split-input-file

// The pass decides no size itself.
func.func @no_schedule(%q: tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32> {
  // expected-error @below {{expected a schedule, as --sqa-assign-schedule gives}}
  %o = attn.sqa %q, %q, %q : (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
  return %o : tensor<1x4x8x16xf32>
}
