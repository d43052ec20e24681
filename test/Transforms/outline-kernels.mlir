// RUN: sqa-opt %s --sqa-outline-kernels --canonicalize --cse | FileCheck %s

// The tiles of both dimensions are counted together; constants and cheap index
// arithmetic are recomputed, memory is captured.
// CHECK-LABEL: func.func @two_dims(
// CHECK-SAME: %[[M:.*]]: memref<?x8xf32>)
// CHECK: host.dispatch @two_dims_kernel_0(%[[M]] : memref<?x8xf32>) tiles(%{{.*}}) scratch(%c0)
func.func @two_dims(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %m, %c0 : memref<?x8xf32>
  %one = arith.constant 1.0 : f32
  scf.forall (%i, %j) = (0, 0) to (%n, 8) step (4, 2) {
    memref.store %one, %m[%i, %j] : memref<?x8xf32>
  }
  return
}

// An inner forall is serial, an empty one has no tile.
// CHECK-LABEL: func.func @nested(
// CHECK: host.dispatch @nested_kernel_0({{.*}}) tiles(%c4)
// CHECK: host.dispatch @nested_kernel_1({{.*}}) tiles(%c0)
func.func @nested(%m: memref<4x8xf32>) {
  %one = arith.constant 1.0 : f32
  scf.forall (%i) in (4) {
    scf.forall (%j) in (8) {
      memref.store %one, %m[%i, %j] : memref<4x8xf32>
    }
  }
  scf.forall (%i) in (0) {
    memref.store %one, %m[%i, %i] : memref<4x8xf32>
  }
  return
}

// A value read from memory is captured: another tile may write there.
// CHECK-LABEL: func.func @loaded(
// CHECK: %[[X:.*]] = memref.load
// CHECK: host.dispatch @loaded_kernel_0(%[[X]], %{{.*}} : f32, memref<4xf32>)
func.func @loaded(%m: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %x = memref.load %m[%c0] : memref<4xf32>
  scf.forall (%i) in (4) {
    memref.store %x, %m[%i] : memref<4xf32>
  }
  return
}

// CHECK-LABEL: func.func private @two_dims_kernel_0(
// CHECK-SAME: %[[KM:.*]]: memref<?x8xf32>, %[[BEGIN:.*]]: index, %[[END:.*]]: index, %{{.*}}: memref<?xi8>) attributes {host.kernel}
// CHECK: scf.for %[[T:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: %[[REM:.*]] = arith.remui %[[T]], %c4
// CHECK: %[[QUOT:.*]] = arith.divui %[[T]], %c4
// CHECK: arith.muli %[[REM]], %c2
// CHECK: arith.muli %[[QUOT]], %c4
// CHECK-LABEL: func.func private @nested_kernel_0(
// CHECK: scf.for
// CHECK: scf.for
