// RUN: sqa-opt %s --sqa-convert-hopper-to-nvvm | FileCheck %s

// The block's memory is one symbol; every ring starts on 1024 bytes, barriers lie
// behind the tiles: 8192 + 16384 + 16 * (1 + 2) bytes. A map stays where the driver
// put it; an index is 32 bits. Without a cap on registers setmaxnreg is ignored.
// CHECK: llvm.mlir.global external @smem() {addr_space = 3 : i32, alignment = 1024 : i64}
// CHECK-LABEL: llvm.func @rings(
// CHECK-SAME: %{{[^:]*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}, %{{[^:]*}}: i32)
// CHECK-SAME: hopper.shared_bytes = 24624 : i64, nvvm.kernel, nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 384, 1, 1>
hopper.kernel @rings(%map: !hopper.tensor_map<64x64xf16>, %n: index) {
  %q = hopper.ring : !hopper.ring<1x64x64xf16>
  %k = hopper.ring : !hopper.ring<2x64x64xf16>
  %zero = arith.constant 0 : index
  // One thread initialises: full barriers count the producer, empty ones the
  // eight consumer warps.
  // CHECK: scf.if
  // CHECK: %[[ONE:.*]] = arith.constant 1 : i32
  // CHECK: nvvm.mbarrier.init %{{.*}}, %[[ONE]]
  // CHECK: %[[EIGHT:.*]] = arith.constant 8 : i32
  // CHECK: nvvm.mbarrier.init %{{.*}}, %[[EIGHT]]
  // CHECK-COUNT-4: nvvm.mbarrier.init
  // CHECK: nvvm.fence.mbarrier.init
  // CHECK: nvvm.barrier
  // CHECK: scf.if
  // CHECK: nvvm.setmaxregister decrease 32
  hopper.warp_roles producer registers(32) {
    %c = hopper.cursor : !hopper.cursor<2>
    // In the first round the phase before is complete.
    // CHECK: mbarrier.try_wait.parity
    hopper.wait_empty %k[%c] : !hopper.ring<2x64x64xf16>
    // The bytes of the tile, once for all its slabs.
    // CHECK: %[[BYTES:.*]] = arith.constant 8192 : i32
    // CHECK: nvvm.mbarrier.arrive.expect_tx %{{.*}}, %[[BYTES]]
    // CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global {{.*}} {isCTAOnly = true}
    hopper.load %map[%zero, %n, %zero] into %k[%c] : !hopper.tensor_map<64x64xf16>, !hopper.ring<2x64x64xf16>
    // CHECK: mbarrier.try_wait.parity
    %d = hopper.advance %c : !hopper.cursor<2>
    hopper.wait_empty %k[%d] : !hopper.ring<2x64x64xf16>
    hopper.yield
  // CHECK: nvvm.setmaxregister increase 232
  } consumers(2) registers(232) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    hopper.wait_full %k[%c] : !hopper.ring<2x64x64xf16>
    // One lane of a warp arrives.
    // CHECK: @p mbarrier.arrive.shared::cta.b64
    hopper.release %k[%c] : !hopper.ring<2x64x64xf16>
    // CHECK: nvvm.barrier id = %{{.*}} number_of_threads
    hopper.barrier_sync id(1) threads(256)
    // CHECK: nvvm.barrier.arrive id = %{{.*}} number_of_threads
    hopper.barrier_arrive id(2) threads(256)
    hopper.yield
  }
  // CHECK: llvm.return
  hopper.return
}
