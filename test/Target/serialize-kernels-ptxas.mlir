// REQUIRES: ptxas
// RUN: sqa-opt %s --sqa-assign-schedule --sqa-pipeline-nvvm --sqa-serialize-kernels=cubin=true --remark-policy=all --remarks-filter=sqa-serialize-kernels 2>&1 | FileCheck %s

// The schedules that are chosen assemble without spills and without serialised
// matrix products (C7507 to C7513).
// CHECK-NOT: (C75
// CHECK: Used {{[0-9]+}} registers
// CHECK-NOT: (C75
// CHECK-NOT: spills or serialised
// CHECK: gpu.binary @kernels
// CHECK-SAME: bin =
module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  func.func @d16(%q: tensor<1x4x?x16xbf16>, %k: tensor<1x4x?x16xbf16>, %v: tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>) {
    %o = attn.sqa %q, %k, %v  : (tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>)
    return %o : tensor<1x4x?x16xbf16>
  }
  func.func @d16_causal_lse(%q: tensor<1x4x?x16xbf16>, %k: tensor<1x4x?x16xbf16>, %v: tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %k, %v causal(bottom_right) : (tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>
  }
  func.func @d32_causal(%q: tensor<1x4x?x32xbf16>, %k: tensor<1x4x?x32xbf16>, %v: tensor<1x4x?x32xbf16>) -> (tensor<1x4x?x32xbf16>) {
    %o = attn.sqa %q, %k, %v causal(bottom_right) : (tensor<1x4x?x32xbf16>, tensor<1x4x?x32xbf16>, tensor<1x4x?x32xbf16>) -> (tensor<1x4x?x32xbf16>)
    return %o : tensor<1x4x?x32xbf16>
  }
  func.func @d64(%q: tensor<1x4x?x64xbf16>, %k: tensor<1x4x?x64xbf16>, %v: tensor<1x4x?x64xbf16>) -> (tensor<1x4x?x64xbf16>) {
    %o = attn.sqa %q, %k, %v  : (tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>) -> (tensor<1x4x?x64xbf16>)
    return %o : tensor<1x4x?x64xbf16>
  }
  func.func @d64_lse_f16(%q: tensor<1x4x?x64xf16>, %k: tensor<1x4x?x64xf16>, %v: tensor<1x4x?x64xf16>) -> (tensor<1x4x?x64xf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %k, %v  : (tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>) -> (tensor<1x4x?x64xf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x64xf16>, tensor<1x4x?xf32>
  }
  func.func @d80_lse(%q: tensor<1x4x?x80xbf16>, %k: tensor<1x4x?x80xbf16>, %v: tensor<1x4x?x80xbf16>) -> (tensor<1x4x?x80xbf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %k, %v  : (tensor<1x4x?x80xbf16>, tensor<1x4x?x80xbf16>, tensor<1x4x?x80xbf16>) -> (tensor<1x4x?x80xbf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x80xbf16>, tensor<1x4x?xf32>
  }
  func.func @d128_causal(%q: tensor<1x4x?x128xbf16>, %k: tensor<1x4x?x128xbf16>, %v: tensor<1x4x?x128xbf16>) -> (tensor<1x4x?x128xbf16>) {
    %o = attn.sqa %q, %k, %v causal(bottom_right) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>) -> (tensor<1x4x?x128xbf16>)
    return %o : tensor<1x4x?x128xbf16>
  }
  func.func @d192_128_causal_lse(%q: tensor<1x4x?x192xbf16>, %k: tensor<1x4x?x192xbf16>, %v: tensor<1x4x?x128xbf16>) -> (tensor<1x4x?x128xbf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %k, %v causal(bottom_right) : (tensor<1x4x?x192xbf16>, tensor<1x4x?x192xbf16>, tensor<1x4x?x128xbf16>) -> (tensor<1x4x?x128xbf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x128xbf16>, tensor<1x4x?xf32>
  }
  func.func @d256_lse(%q: tensor<1x4x?x256xbf16>, %k: tensor<1x4x?x256xbf16>, %v: tensor<1x4x?x256xbf16>) -> (tensor<1x4x?x256xbf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %k, %v  : (tensor<1x4x?x256xbf16>, tensor<1x4x?x256xbf16>, tensor<1x4x?x256xbf16>) -> (tensor<1x4x?x256xbf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x256xbf16>, tensor<1x4x?xf32>
  }
}
