// RUN: sqa-opt %s --sqa-convert-attn-to-hopper --canonicalize --cse | FileCheck %s
// RUN: sqa-opt %s --sqa-convert-attn-to-hopper --sqa-convert-hopper-to-nvvm | FileCheck %s --check-prefix=NVVM

// With frozen maxima the blocks without a mask run in one of two loops; a tile whose
// sums or results do not certify the maximum is run again, online, and the
// producer is told to load it again.
#frozen = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = true, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>

// CHECK-LABEL: hopper.kernel @frozen_attention_0(
// CHECK: hopper.vote
// CHECK: hopper.warp_roles
// CHECK: hopper.load
// CHECK: %[[AGAIN:.*]] = hopper.await_vote
// CHECK: consumers(2)
// CHECK: hopper.pop
// CHECK: hopper.softmax_step {{.*}} {first, masked}
// CHECK: scf.if
// The maximum stays, so nothing is rescaled.
// CHECK: hopper.softmax_step {{.*}} {frozen}
// CHECK-NOT: hopper.scale_rows
// CHECK: } else {
// CHECK: hopper.scale_rows
// The queries' place is free: a tile that is done again is loaded again.
// CHECK: hopper.release %{{.*}} : !hopper.ring<2x128x128xbf16>
// CHECK: hopper.is_frozen_safe
// CHECK: hopper.cast_vote
// CHECK: hopper.store

// One lane a warp answers for it; the flag is the number of the tile plus one.
// NVVM: llvm.func @frozen_attention_0
// NVVM: st.shared.b32
// NVVM: mbarrier.arrive.shared::cta.b64
// NVVM: mbarrier.try_wait.parity
// NVVM: ld.volatile.shared.b32
// NVVM: vote.sync.any.pred
// NVVM-SAME: st.volatile.shared.b32
func.func @frozen(%q: tensor<1x4x256x128xbf16>, %k: tensor<1x4x512x128xbf16>) -> tensor<1x4x256x128xbf16> {
  %o = attn.sqa %q, %k, %k schedule(#frozen) : (tensor<1x4x256x128xbf16>, tensor<1x4x512x128xbf16>, tensor<1x4x512x128xbf16>) -> tensor<1x4x256x128xbf16>
  return %o : tensor<1x4x256x128xbf16>
}

// Weights may reach 2^60: f16 cannot hold them.
// CHECK-NOT: @half_attention
func.func @half(%q: tensor<1x4x256x128xf16>) -> tensor<1x4x256x128xf16> {
  %o = attn.sqa %q, %q, %q schedule(#frozen) : (tensor<1x4x256x128xf16>, tensor<1x4x256x128xf16>, tensor<1x4x256x128xf16>) -> tensor<1x4x256x128xf16>
  return %o : tensor<1x4x256x128xf16>
}
