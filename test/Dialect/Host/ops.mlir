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
