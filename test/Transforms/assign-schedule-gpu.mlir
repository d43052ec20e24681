// RUN: sqa-opt %s --sqa-assign-schedule | FileCheck %s

// Small heads: four warpgroups, sums and some exponentials off their units; with an
// LSE sums are accurate. bf16 has room for frozen maxima. Large heads: fewer keys a block for the registers.
module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
// CHECK-LABEL: @d16(
// CHECK: consumers = 4, block_n = 128, stages = 4, producer_registers = 24, consumer_registers = 112, scores_ahead = false, tensor_row_sums = true, integer_max = true, software_exp = 8, frozen_max = true, exp_order = 3
  func.func @d16(%q: tensor<1x4x?x16xbf16>, %k: tensor<1x4x?x16xbf16>, %v: tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>) {
    %o = attn.sqa %q, %k, %v  : (tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>)
    return %o : tensor<1x4x?x16xbf16>
  }
// CHECK-LABEL: @d16_lse(
// CHECK: tensor_row_sums = false, integer_max = false, software_exp = 0
  func.func @d16_lse(%q: tensor<1x4x?x16xbf16>, %k: tensor<1x4x?x16xbf16>, %v: tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %k, %v  : (tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>, tensor<1x4x?x16xbf16>) -> (tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>
  }
// CHECK-LABEL: @d64_f16(
// CHECK: consumers = 3, {{.*}} tensor_row_sums = true, integer_max = false, software_exp = 0, frozen_max = false
  func.func @d64_f16(%q: tensor<1x4x?x64xf16>, %k: tensor<1x4x?x64xf16>, %v: tensor<1x4x?x64xf16>) -> (tensor<1x4x?x64xf16>) {
    %o = attn.sqa %q, %k, %v  : (tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>) -> (tensor<1x4x?x64xf16>)
    return %o : tensor<1x4x?x64xf16>
  }
// CHECK-LABEL: @d128(
// CHECK: consumers = 2, block_n = 128, stages = 2, {{.*}} scores_ahead = true, tensor_row_sums = false, {{.*}} frozen_max = true
  func.func @d128(%q: tensor<1x4x?x128xbf16>, %k: tensor<1x4x?x128xbf16>, %v: tensor<1x4x?x128xbf16>) -> (tensor<1x4x?x128xbf16>) {
    %o = attn.sqa %q, %k, %v  : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>) -> (tensor<1x4x?x128xbf16>)
    return %o : tensor<1x4x?x128xbf16>
  }
// CHECK-LABEL: @d256(
// CHECK: consumers = 2, block_n = 80, stages = 2
  func.func @d256(%q: tensor<1x4x?x256xbf16>, %k: tensor<1x4x?x256xbf16>, %v: tensor<1x4x?x256xbf16>) -> (tensor<1x4x?x256xbf16>) {
    %o = attn.sqa %q, %k, %v  : (tensor<1x4x?x256xbf16>, tensor<1x4x?x256xbf16>, tensor<1x4x?x256xbf16>) -> (tensor<1x4x?x256xbf16>)
    return %o : tensor<1x4x?x256xbf16>
  }
}
