// RUN: sqa-opt %s --verify-roundtrip | FileCheck %s
// RUN: sqa-opt %s --emit-bytecode | sqa-opt | FileCheck %s

// CHECK: func.func private @kernel(%{{.*}}: memref<4xf32>, %{{.*}}: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>) attributes {host.kernel}
func.func private @kernel(%x: memref<4xf32>, %s: f32, %begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  return
}

// A kernel may capture nothing.
// CHECK: func.func private @empty(%{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>) attributes {host.kernel}
func.func private @empty(%begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  return
}

// CHECK-LABEL: @entry
func.func @entry(%x: memref<4xf32>, %s: f32, %tiles: index, %bytes: index, %ok: i1) {
  // CHECK: host.check %{{.*}}, "expected an even length"
  host.check %ok, "expected an even length"
  // CHECK: host.dispatch @kernel(%{{.*}}, %{{.*}} : memref<4xf32>, f32) tiles(%{{.*}}) scratch(%{{.*}})
  host.dispatch @kernel(%x, %s : memref<4xf32>, f32) tiles(%tiles) scratch(%bytes)
  // CHECK: host.dispatch @empty() tiles(%{{.*}}) scratch(%{{.*}})
  host.dispatch @empty() tiles(%tiles) scratch(%bytes)
  return
}

// CHECK-LABEL: gpu.module @kernels
gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32, %s: f32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @nothing() attributes {nvvm.kernel} {
    llvm.return
  }
}

// CHECK-LABEL: @on_gpu
func.func @on_gpu(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %s: f32) {
  // CHECK: %[[MAP:.*]] = host.tensor_map %{{.*}} dims [1, 0] box [64, 128] swizzle(128) : memref<?x64xbf16, strided<[?, 1]>>
  %map = host.tensor_map %x dims [1, 0] box [64, 128] swizzle(128) : memref<?x64xbf16, strided<[?, 1]>>
  // CHECK: host.tensor_map %{{.*}} dims [1, 0] box [8, 1] : memref
  %plain = host.tensor_map %x dims [1, 0] box [8, 1] : memref<?x64xbf16, strided<[?, 1]>>
  // CHECK: %[[MEMORY:.*]] = host.workspace(%{{.*}}) : memref<?x4xf32>
  %m = host.workspace(%n) : memref<?x4xf32>
  // CHECK: %[[WORDS:.*]] = host.workspace() : memref<1xi32>
  %w = host.workspace() : memref<1xi32>
  // CHECK: host.fill %[[WORDS]] with -1 : memref<1xi32>
  host.fill %w with -1 : memref<1xi32>
  // CHECK: host.multiprocessors
  %sms = host.multiprocessors
  // CHECK: host.launch @kernels::@k(%[[MAP]], %[[MEMORY]], %{{.*}}, %{{.*}} : !host.tensor_map, memref<?x4xf32>, i32, f32) grid(%{{.*}}) threads(384) shared(1024)
  host.launch @kernels::@k(%map, %m, %i, %s : !host.tensor_map, memref<?x4xf32>, i32, f32) grid(%n) threads(384) shared(1024)
  // CHECK: host.launch @kernels::@nothing() grid(%{{.*}}, %{{.*}}, %{{.*}}) threads(1) cluster [2, 1, 1] cooperative overlap
  host.launch @kernels::@nothing() grid(%n, %n, %n) threads(1) cluster [2, 1, 1] cooperative overlap
  return
}
