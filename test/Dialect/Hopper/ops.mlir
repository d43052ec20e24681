// RUN: sqa-opt %s --verify-roundtrip | FileCheck %s

// One tile of attention: every op, in the order a consumer uses them.
// CHECK-LABEL: hopper.kernel @attention
hopper.kernel @attention(
    %mq: !hopper.tensor_map<64x64xbf16>, %mk: !hopper.tensor_map<32x64xbf16>,
    %mo: !hopper.tensor_map<64x64xbf16>,
    %o: !llvm.ptr, %lse: !llvm.ptr, %rows: index, %keys: index, %stride: i64,
    %scale: f32) attributes {blocks_per_sm = 1 : i64} {
  // CHECK: hopper.ring : !hopper.ring<1x64x64xbf16>
  %q = hopper.ring : !hopper.ring<1x64x64xbf16>
  %k = hopper.ring : !hopper.ring<2x32x64xbf16>
  // CHECK: hopper.ones : !hopper.ones<bf16>
  %ones = hopper.ones : !hopper.ones<bf16>
  // CHECK: hopper.vote : !hopper.vote
  %vote = hopper.vote : !hopper.vote
  // CHECK: hopper.queue : !hopper.queue<2>
  %queue = hopper.queue : !hopper.queue<2>
  // CHECK: hopper.thread_id
  %thread = hopper.thread_id
  %few = arith.cmpi slt, %thread, %keys : index
  // CHECK: hopper.all_threads
  %all = hopper.all_threads %few
  %zero = arith.constant 0 : index
  // CHECK: hopper.warp_roles producer registers(24)
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<1>
    // CHECK: hopper.wait_empty
    hopper.wait_empty %q[%c] : !hopper.ring<1x64x64xbf16>
    // CHECK: hopper.load %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] into %{{.*}}[%{{.*}}]
    hopper.load %mq[%zero, %zero, %zero] into %q[%c] : !hopper.tensor_map<64x64xbf16>, !hopper.ring<1x64x64xbf16>
    %d = hopper.cursor : !hopper.cursor<2>
    // CHECK: hopper.advance %{{.*}} : !hopper.cursor<2>
    %e = hopper.advance %d : !hopper.cursor<2>
    // CHECK: hopper.write_note %{{.*}}[%{{.*}}] %{{.*}} : !hopper.ring<2x32x64xbf16>
    hopper.write_note %k[%e] %zero : !hopper.ring<2x32x64xbf16>
    hopper.load %mk[%zero, %zero, %zero] into %k[%e] : !hopper.tensor_map<32x64xbf16>, !hopper.ring<2x32x64xbf16>
    // CHECK: hopper.push %{{.*}}[%{{.*}}] %{{.*}}, %{{.*}} : !hopper.queue<2>, !hopper.cursor<2>
    hopper.push %queue[%d] %zero, %keys : !hopper.queue<2>, !hopper.cursor<2>
    // CHECK: hopper.await_vote %{{.*}}[%{{.*}}] tile(%{{.*}}) : !hopper.cursor<2>
    %again, %doubt = hopper.await_vote %vote[%d] tile(%zero) : !hopper.cursor<2>
    hopper.yield
  // CHECK: } consumers(1) registers(240)
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<1>
    %d = hopper.cursor : !hopper.cursor<2>
    // CHECK: hopper.pop %{{.*}}[%{{.*}}] : !hopper.queue<2>, !hopper.cursor<2> -> index, index
    %tile, %last = hopper.pop %queue[%d] : !hopper.queue<2>, !hopper.cursor<2> -> index, index
    %first = hopper.block_id
    %blocks = hopper.grid_size
    // CHECK: hopper.wait_full
    hopper.wait_full %q[%c] : !hopper.ring<1x64x64xbf16>
    // CHECK: hopper.read_note %{{.*}}[%{{.*}}] : !hopper.ring<2x32x64xbf16>
    %note = hopper.read_note %k[%d] : !hopper.ring<2x32x64xbf16>
    // CHECK: hopper.wgmma_ss
    %p = hopper.wgmma_ss %q[%c] rows(%group), %k[%d] : !hopper.ring<1x64x64xbf16>, !hopper.cursor<1>, !hopper.ring<2x32x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x32xf32>>
    // CHECK: hopper.wgmma_wait in_flight(0)
    %s = hopper.wgmma_wait in_flight(0) %p : !hopper.pending<!hopper.fragment<64x32xf32>> -> !hopper.fragment<64x32xf32>
    hopper.release %q[%c] : !hopper.ring<1x64x64xbf16>
    // CHECK: hopper.mask_band %{{.*}} at(%{{.*}}, %{{.*}}) keys(%{{.*}}) upper(%{{.*}}) lower(%{{.*}}) global(%{{.*}})
    %masked = hopper.mask_band %s at(%tile, %zero) keys(%keys) upper(%rows) lower(%zero) global(%blocks) : !hopper.fragment<64x32xf32>
    // CHECK: hopper.map_slots %{{.*}} at(%{{.*}}, %{{.*}}) of(%{{.*}}, %{{.*}}) {
    %mapped = hopper.map_slots %masked at(%tile, %zero) of(%rows, %keys) {
    ^bb0(%x: f32, %i: index, %j: index):
      %twice = arith.addf %x, %x : f32
      hopper.yield %twice : f32
    } : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0xFF800000 : !hopper.rows
    %l = hopper.splat 0.0 : !hopper.rows
    // CHECK: hopper.softmax_step
    %w, %m1, %l1, %f = hopper.softmax_step %mapped, %m, %l scale(%scale) {first, masked, integer_max, software_exp = 4 : i64, sums_elsewhere} : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 4>
    // CHECK: hopper.convert
    %a = hopper.convert %w : !hopper.weights<32, software_exp = 4> -> !hopper.fragment<64x32xbf16>
    %init = hopper.splat 0.0 : !hopper.fragment<64x72xf32>
    // CHECK: hopper.scale_rows
    %scaled = hopper.scale_rows %init, %f : !hopper.fragment<64x72xf32>
    // CHECK: hopper.screen_values %{{.*}}[%{{.*}}] into %{{.*}} at(%{{.*}}, %{{.*}}) of(%{{.*}}, %{{.*}}) {
    %screened = hopper.screen_values %k[%d] into %scaled at(%tile, %zero) of(%rows, %keys) {
    ^bb0(%i: index, %j: index):
      %sees = arith.cmpi sle, %j, %i : index
      hopper.yield %sees : i1
    } : !hopper.ring<2x32x64xbf16>, !hopper.cursor<2>, !hopper.fragment<64x72xf32>
    // CHECK: hopper.wgmma_rs {{.*}} ones(%{{.*}} : !hopper.ones<bf16>) to
    %r = hopper.wgmma_rs %a, %k[%d] ones(%ones : !hopper.ones<bf16>) to %screened : !hopper.fragment<64x32xbf16>, !hopper.ring<2x32x64xbf16>, !hopper.cursor<2>, !hopper.fragment<64x72xf32> -> !hopper.pending<!hopper.fragment<64x72xf32>>
    %acc = hopper.wgmma_wait in_flight(0) %r : !hopper.pending<!hopper.fragment<64x72xf32>> -> !hopper.fragment<64x72xf32>
    // CHECK: hopper.is_frozen_safe {{.*}} {sums_in_accumulator} : !hopper.fragment<64x72xf32>
    %safe = hopper.is_frozen_safe %l1, %acc {sums_in_accumulator} : !hopper.fragment<64x72xf32>
    // CHECK: hopper.is_finite %{{.*}} : !hopper.fragment<64x72xf32>
    %finite = hopper.is_finite %acc : !hopper.fragment<64x72xf32>
    // CHECK: hopper.cast_vote %{{.*}}[%{{.*}}] tile(%{{.*}}) again(%{{.*}}) doubt(%{{.*}}) : !hopper.cursor<2>
    hopper.cast_vote %vote[%d] tile(%tile) again(%finite) doubt(%safe) : !hopper.cursor<2>
    // CHECK: hopper.softmax_finish {{.*}} sums_of({{.*}}) scale(%{{.*}}) sink(%{{.*}})
    %inverse, %log = hopper.softmax_finish %m1, %l1 sums_of(%acc : !hopper.fragment<64x72xf32>) scale(%scale) sink(%scale) {integer_max}
    %out = hopper.scale_rows %acc, %inverse : !hopper.fragment<64x72xf32>
    // CHECK: hopper.store {{.*}} columns(64) as bf16 wide
    hopper.store %out, %o rows(%zero to %rows) stride(%stride) columns(64) as bf16 wide : !hopper.fragment<64x72xf32>, !llvm.ptr
    // CHECK: hopper.store_tile %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] via %{{.*}} group(%{{.*}})
    hopper.store_tile %out, %mo[%zero, %tile, %zero] via %q group(%group) : !hopper.fragment<64x72xf32>, !hopper.tensor_map<64x64xbf16>, !hopper.ring<1x64x64xbf16>
    // CHECK: hopper.wait_stores
    hopper.wait_stores
    // CHECK: hopper.store_rows
    hopper.store_rows %log, %lse rows(%zero to %rows) : !llvm.ptr
    // CHECK: hopper.barrier_arrive id(1) threads(128)
    hopper.barrier_arrive id(1) threads(128)
    // CHECK: hopper.barrier_sync id(2) threads(128)
    hopper.barrier_sync id(2) threads(128)
    hopper.yield
  }
  hopper.return
}
