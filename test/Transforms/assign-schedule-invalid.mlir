// RUN: sqa-opt %s --sqa-assign-schedule --verify-diagnostics --split-input-file

func.func @no_target_on_module(%q: tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32> {
  // expected-error @below {{requires 'sqa.target' on the enclosing module}}
  %o = attn.sqa %q, %q, %q : (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
  return %o : tensor<1x4x8x16xf32>
}

// -----

module attributes {sqa.target = "x86"} {
  func.func @target_is_no_cpu(%q: tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32> {
    // expected-error @below {{expected 'sqa.target' to be a #sqa.cpu or #sqa.gpu, but got "x86"}}
    %o = attn.sqa %q, %q, %q : (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
    return %o : tensor<1x4x8x16xf32>
  }
}
