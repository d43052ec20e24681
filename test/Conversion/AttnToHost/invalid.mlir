// RUN: sqa-opt %s --sqa-pipeline-gpu-kernel --verify-diagnostics --split-input-file
// What a GPU target does not run is an error where it stands, and says why.

module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  func.func @float32(%q: tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32> {
    // expected-error @below {{attention that sm_90a has no kernel for: elements are not f16 or bf16}}
    %o = attn.sqa %q, %q, %q : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32>
    return %o : tensor<1x4x64x64xf32>
  }
}
// -----

module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  func.func @other_op(%q: tensor<4x64xbf16>) -> tensor<4x64xbf16> {
    %e = tensor.empty() : tensor<4x64xbf16>
    // expected-error @below {{'linalg.exp' does not run on sm_90a: functions for GPUs are attn.sqa on their arguments}}
    %o = linalg.exp ins(%q : tensor<4x64xbf16>) outs(%e : tensor<4x64xbf16>) -> tensor<4x64xbf16>
    return %o : tensor<4x64xbf16>
  }
}
// -----

module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  // expected-error @below {{the value of 'position' is asked for before a launch, but it is on the GPU: only sizes of arguments are known then}}
  func.func @value_on_device(%q: tensor<1x4x64x64xbf16>, %x: index {sqa.name = "position"}) -> tensor<1x4x64x64xbf16> {
    %o = attn.sqa %q, %q, %q causal(offset(%x)) : (tensor<1x4x64x64xbf16>, tensor<1x4x64x64xbf16>, tensor<1x4x64x64xbf16>, index) -> tensor<1x4x64x64xbf16>
    return %o : tensor<1x4x64x64xbf16>
  }
}
// -----

module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  // expected-error @below {{'result1' is an argument or another result as it is: functions for sm_90a do not copy}}
  func.func @returned_twice(%q: tensor<1x4x64x64xbf16>) -> (tensor<1x4x64x64xbf16>, tensor<1x4x64x64xbf16>) {
    %o = attn.sqa %q, %q, %q : (tensor<1x4x64x64xbf16>, tensor<1x4x64x64xbf16>, tensor<1x4x64x64xbf16>) -> tensor<1x4x64x64xbf16>
    return %o, %o : tensor<1x4x64x64xbf16>, tensor<1x4x64x64xbf16>
  }
}
// -----

// expected-error @below {{expected 'sqa.target' to be a #sqa.gpu}}
module {}
