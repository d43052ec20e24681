// RUN: sqa-opt %s --sqa-convert-host-to-llvm | FileCheck %s

// The device's table is field 48 of the host's; a failed call ends the entry.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[HOST:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// Structures lie in the first block: the launch (88 bytes), a map's description
// (136) and the map itself.
// CHECK-DAG: llvm.alloca %{{.*}} x i8 {alignment = 64 : i64}
// A map: rank, sizes and strides of dimensions, innermost first.
// CHECK: llvm.getelementptr %[[HOST]][48]
// CHECK-NEXT: llvm.load
// CHECK-NEXT: llvm.getelementptr %{{.*}}[40]
// CHECK: %[[MAPPED:.*]] = llvm.call
// CHECK: llvm.icmp "eq" %[[MAPPED]]
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:bb[0-9]+]](%[[MAPPED]] : i32)
// A workspace (offset 48 of the device's table); null ends the call.
// CHECK: llvm.getelementptr %[[HOST]][48]
// CHECK-NEXT: llvm.load
// CHECK-NEXT: llvm.getelementptr %{{.*}}[48]
// CHECK: %[[MEMORY:.*]] = llvm.call
// CHECK: llvm.icmp "ne" %[[MEMORY]]
// CHECK: %[[WORD:.*]] = llvm.call
// CHECK: llvm.icmp "ne" %[[WORD]]
// The number of multiprocessors is at offset 12 of the device's table, `fill` at 56.
// CHECK: llvm.getelementptr %[[HOST]][48]
// CHECK-NEXT: llvm.load
// CHECK-NEXT: llvm.getelementptr %{{.*}}[12]
// CHECK: llvm.zext
// CHECK: llvm.getelementptr %{{.*}}[56]
// CHECK: llvm.call
// The launch (offset 32). @scale is kernel 1: @add comes before it.
// CHECK: llvm.mlir.constant(88 : i32) : i32
// CHECK: llvm.mlir.constant(1 : i32) : i32
// CHECK: llvm.getelementptr %[[HOST]][48]
// CHECK-NEXT: llvm.load
// CHECK-NEXT: llvm.getelementptr %{{.*}}[32]
// CHECK: %[[STATUS:.*]] = llvm.call
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT]](%[[STATUS]] : i32)
// The entry is asked for with the bit for GPUs: 0x80000000.
// CHECK-LABEL: llvm.func @sqart_library_query
// CHECK: llvm.switch
// CHECK-NEXT: -2147483648: ^
module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  gpu.module @kernels {
    llvm.func @scale(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
      llvm.return
    }
    llvm.func @add() attributes {nvvm.kernel} {
      llvm.return
    }
  }
  func.func @f(%x: memref<?x64xbf16, strided<[?, 1]>>) {
    %c0 = arith.constant 0 : index
    %n = memref.dim %x, %c0 : memref<?x64xbf16, strided<[?, 1]>>
    %i = arith.index_cast %n : index to i32
    %map = host.tensor_map %x dims [1, 0] box [64, 128] swizzle(128) : memref<?x64xbf16, strided<[?, 1]>>
    %m = host.workspace(%n) : memref<?x64xbf16>
    %c1 = host.workspace() : memref<1xi32>
    %sms = host.multiprocessors
    host.fill %c1 with 0 : memref<1xi32>
    host.launch @kernels::@scale(%map, %m, %i : !host.tensor_map, memref<?x64xbf16>, i32) grid(%sms) threads(384) shared(1024)
    return
  }
}
