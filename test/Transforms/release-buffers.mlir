// RUN: sqa-opt %s --sqa-release-buffers --allow-unregistered-dialect | FileCheck %s

// After the last op that reaches it, through a view or from inside a loop.
// CHECK-LABEL: func.func @last_use(
// CHECK: %[[A:.*]] = memref.alloc
// CHECK: scf.for
// CHECK: memref.store
// CHECK: }
// CHECK-NEXT: memref.dealloc %[[A]]
// CHECK-NEXT: "test.other"
func.func @last_use(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = memref.alloc(%n) : memref<?xf32>
  %s = memref.subview %a[0] [4] [1] : memref<?xf32> to memref<4xf32, strided<[1]>>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %x, %s[%i] : memref<4xf32, strided<[1]>>
  }
  "test.other"() : () -> ()
  return
}

// A buffer that a loop carries stays until the call ends.
// CHECK-LABEL: func.func @carried(
// CHECK-NOT: memref.dealloc
func.func @carried(%n: index, %out: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<4xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%b = %a) -> (memref<4xf32>) {
    %c = memref.alloc() : memref<4xf32>
    scf.yield %c : memref<4xf32>
  }
  memref.copy %r, %out : memref<4xf32> to memref<4xf32>
  return
}
