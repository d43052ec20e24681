// RUN: sqa-opt %s --sqa-convert-attn-to-hopper --canonicalize --cse | FileCheck %s

#two = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>

// The op names its kernel; producer and consumers walk the same blocks: the last
// one first, then the others, all of them whole.
// CHECK-LABEL: func.func @full
// CHECK: attn.sqa {{.*}} {hopper.kernel = @kernels::@full_attention_0}
func.func @full(%q: tensor<1x4x256x128xbf16>, %k: tensor<1x2x512x128xbf16>) -> tensor<1x4x256x128xbf16> {
  %o = attn.sqa %q, %k, %k schedule(#two) : (tensor<1x4x256x128xbf16>, tensor<1x2x512x128xbf16>, tensor<1x2x512x128xbf16>) -> tensor<1x4x256x128xbf16>
  return %o : tensor<1x4x256x128xbf16>
}

// Causal: masked blocks on the diagonal, then whole ones; a dynamic tile may have no
// key at all.
func.func @causal(%q: tensor<1x4x?x128xf16>, %k: tensor<1x4x?x128xf16>) -> (tensor<1x4x?x128xf16>, tensor<1x4x?xf32>) {
  %o, %l = attn.sqa %q, %k, %k causal(bottom_right) schedule(#two) : (tensor<1x4x?x128xf16>, tensor<1x4x?x128xf16>, tensor<1x4x?x128xf16>) -> (tensor<1x4x?x128xf16>, tensor<1x4x?xf32>)
  return %o, %l : tensor<1x4x?x128xf16>, tensor<1x4x?xf32>
}

// What a kernel cannot do leaves the op alone.
// CHECK-LABEL: func.func @declined
// CHECK-NOT: hopper.kernel
// CHECK: return
func.func @declined(%q: tensor<1x4x64x12xbf16>) -> tensor<1x4x64x12xbf16> {
  %o = attn.sqa %q, %q, %q schedule(#two) : (tensor<1x4x64x12xbf16>, tensor<1x4x64x12xbf16>, tensor<1x4x64x12xbf16>) -> tensor<1x4x64x12xbf16>
  return %o : tensor<1x4x64x12xbf16>
}

// CHECK-LABEL: gpu.module @kernels
// CHECK-LABEL: hopper.kernel @full_attention_0(
// CHECK-SAME: !hopper.tensor_map<128x64xbf16>, %{{[^:]*}}: !hopper.tensor_map<128x64xbf16>, %{{[^:]*}}: !hopper.tensor_map<128x64xbf16>, %{{[^:]*}}: !hopper.tensor_map<64x64xbf16>
// CHECK: hopper.ring : !hopper.ring<2x128x128xbf16>
// CHECK: hopper.ring : !hopper.ring<2x128x128xbf16>
// CHECK: hopper.ring : !hopper.ring<2x128x128xbf16>
// Nothing is hidden, so no tile is done again.
// CHECK-NOT: hopper.vote
// CHECK: hopper.warp_roles producer registers(24)
// The next tile is asked for before this one is loaded.
// CHECK: scf.while
// CHECK: llvm.atomicrmw add
// Two query heads share a key head.
// CHECK: arith.divui
// CHECK: hopper.push
// CHECK: hopper.load
// CHECK-NOT: scf.if
// CHECK: hopper.load
// CHECK: hopper.load
// CHECK: scf.for
// CHECK: consumers(2) registers(240)
// CHECK: hopper.pop
// CHECK: hopper.wgmma_ss
// CHECK: hopper.mask_band
// CHECK: hopper.softmax_step {{.*}} {first, masked}
// CHECK: hopper.convert
// CHECK: scf.for
// Scores of the next block run beside the product with the values of this one.
// CHECK: hopper.wgmma_ss
// CHECK: hopper.wgmma_rs
// CHECK: hopper.wgmma_wait in_flight(1)
// CHECK: hopper.release
// CHECK-NOT: hopper.mask_band
// CHECK: hopper.softmax_step
// CHECK: hopper.wgmma_wait in_flight(0)
// CHECK: hopper.scale_rows
// Weights are converted behind the wait for the product that reads them.
// CHECK-NEXT: hopper.convert
// CHECK: scf.yield
// CHECK: hopper.softmax_finish
// CHECK: hopper.store {{.*}} columns(128) as bf16
// CHECK-NOT: hopper.store_rows

// A hidden key's values may be anything: the tile is judged, and done again with
// care if something was not finite. A warpgroup skips the blocks that its rows do
// not see.
// CHECK-LABEL: hopper.kernel @causal_attention_0(
// CHECK: hopper.vote
// CHECK: hopper.await_vote
// CHECK: consumers(2)
// CHECK: scf.if
// CHECK: scf.for
// CHECK: hopper.wait_full
// CHECK: hopper.release
// CHECK: hopper.mask_band {{.*}} upper
// CHECK: scf.for
// CHECK: hopper.screen_values
// CHECK: arith.cmpi sle
// CHECK: hopper.mask_band {{.*}} upper
// CHECK: scf.for
// CHECK-NOT: hopper.mask_band
// CHECK: hopper.is_finite
// CHECK: hopper.cast_vote
// CHECK: hopper.store_rows
