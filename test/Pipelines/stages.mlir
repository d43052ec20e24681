// Each named pipeline runs from the input to its stage.
// RUN: sqa-opt %s --sqa-pipeline-planned | FileCheck %s --check-prefix=PLANNED
// RUN: sqa-opt %s --sqa-pipeline-tiled | FileCheck %s --check-prefix=TILED
// RUN: sqa-opt %s --sqa-pipeline-kernel | FileCheck %s --check-prefix=KERNEL
// RUN: sqa-opt %s --sqa-pipeline-llvm | FileCheck %s --check-prefix=LLVM

// PLANNED: attn.sqa {{.*}} schedule(#sqa.cpu_schedule<
// TILED-NOT: attn.sqa
// TILED: scf.forall
// TILED: attn.online_sqa
// TILED: scf.forall.in_parallel
// KERNEL: host.dispatch @f_kernel_0(
// KERNEL: func.func private @f_kernel_0({{.*}} attributes {host.kernel}
// KERNEL-NOT: tensor<
// KERNEL-NOT: memref.alloc
// LLVM: llvm.func @f(
// LLVM: llvm.func {{.*}}@f_kernel_0(
// LLVM-NOT: memref
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3", features = "", vector_bits = 256, vector_registers = 16>} {
  func.func @f(%q: tensor<1x2x?x8xf32>, %k: tensor<1x1x?x8xf32>, %v: tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32> {
    %0 = attn.sqa %q, %k, %v causal(bottom_right) : (tensor<1x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32>
    return %0 : tensor<1x2x?x8xf32>
  }
}
