// RUN: sqa-opt %s --sqa-convert-hopper-to-nvvm | FileCheck %s

// A group is one statement group. Scores overwrite their registers (the first
// step has predicate 0), a second slab is 64 rows of 128 bytes further; a wait
// carries the accumulators, so nothing moves over it.
// CHECK-LABEL: llvm.func @scores
hopper.kernel @scores() {
  %q = hopper.ring : !hopper.ring<1x128x128xbf16>
  %k = hopper.ring : !hopper.ring<2x16x128xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(2) registers(232) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<1>
    %d = hopper.cursor : !hopper.cursor<2>
    // CHECK: llvm.inline_asm has_side_effects {{.*}}wgmma.fence.sync.aligned;
    // CHECK-SAME: add.s64 da, $8, 0;
    // CHECK-SAME: add.s64 db, $9, 0;
    // CHECK-SAME: wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {$0, $1, $2, $3, $4, $5, $6, $7}, da, db, zero, 1, 1, 0, 0;
    // CHECK-SAME: add.s64 da, $8, 2;
    // CHECK-SAME: add.s64 db, $9, 2;
    // CHECK-SAME: da, db, one, 1, 1, 0, 0;
    // CHECK-SAME: add.s64 da, $8, 1024;
    // CHECK-SAME: add.s64 db, $9, 128;
    // CHECK-SAME: wgmma.commit_group.sync.aligned;
    // CHECK-SAME: "=f,=f,=f,=f,=f,=f,=f,=f,l,l"
    %p = hopper.wgmma_ss %q[%c] rows(%group), %k[%d] : !hopper.ring<1x128x128xbf16>, !hopper.cursor<1>, !hopper.ring<2x16x128xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x16xf32>>
    // CHECK: "wgmma.wait_group.sync.aligned 0;", "=f,=f,=f,=f,=f,=f,=f,=f,0,1,2,3,4,5,6,7"
    %s = hopper.wgmma_wait in_flight(0) %p : !hopper.pending<!hopper.fragment<64x16xf32>> -> !hopper.fragment<64x16xf32>
    hopper.yield
  }
  hopper.return
}

// Operand A in registers: four of them a step; B is transposed, a step is 16 rows.
// With ones the step also leaves the distance to them, in bits 16 to 29.
// CHECK-LABEL: llvm.func @values
hopper.kernel @values(%scale: f32) {
  %v = hopper.ring : !hopper.ring<1x32x16xbf16>
  %ones = hopper.ones : !hopper.ones<bf16>
  // CHECK: llvm.store
  // CHECK: nvvm.fence.proxy
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<1>
    %s = hopper.splat 1.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    // CHECK: nvvm.shfl.sync bfly
    // CHECK: ex2.approx.ftz.f32
    %w, %m1, %l1, %f = hopper.softmax_step %s, %m, %m scale(%scale) : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 0>
    // CHECK: nvvm.convert.f32x2.to.bf16x2
    %a = hopper.convert %w : !hopper.weights<32, software_exp = 0> -> !hopper.fragment<64x32xbf16>
    %acc = hopper.splat 0.0 : !hopper.fragment<64x24xf32>
    // CHECK: sub.s64 db, $32, 0;
    // CHECK-SAME: m64n24k16.f32.bf16.bf16
    // CHECK-SAME: {$24, $25, $26, $27}, db, one, 1, 1, 1;
    // CHECK-SAME: sub.s64 db, $32, 2097152;
    // CHECK-SAME: add.s64 db, db, 32;
    // CHECK-SAME: {$28, $29, $30, $31}, db, one, 1, 1, 1;
    %r = hopper.wgmma_rs %a, %v[%c] ones(%ones : !hopper.ones<bf16>) to %acc : !hopper.fragment<64x32xbf16>, !hopper.ring<1x32x16xbf16>, !hopper.cursor<1>, !hopper.fragment<64x24xf32> -> !hopper.pending<!hopper.fragment<64x24xf32>>
    %t = hopper.wgmma_wait in_flight(0) %r : !hopper.pending<!hopper.fragment<64x24xf32>> -> !hopper.fragment<64x24xf32>
    hopper.yield
  }
  hopper.return
}
