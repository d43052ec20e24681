// RUN: sqa-opt %s --sqa-assign-schedule --sqa-pipeline-nvvm --sqa-serialize-kernels | FileCheck %s

// PTX is made in process. A launch must know the threads of a block and its
// dynamic shared memory.
// CHECK: gpu.binary @kernels
// CHECK-SAME: chip = "sm_90a"
// CHECK-SAME: block_threads = 384 : i64, shared_bytes = {{[0-9]+}} : i64
// CHECK-SAME: .target sm_90a
// CHECK-SAME: .entry attention_attention_0
// CHECK-SAME: .reqntid 384
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16
module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  func.func @attention(%q: tensor<1x4x?x128xbf16>, %k: tensor<1x4x?x128xbf16>) -> tensor<1x4x?x128xbf16> {
    %o = attn.sqa %q, %k, %k causal(bottom_right) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>) -> tensor<1x4x?x128xbf16>
    return %o : tensor<1x4x?x128xbf16>
  }
}
