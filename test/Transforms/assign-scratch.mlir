// RUN: sqa-opt %s --allow-unregistered-dialect --sqa-assign-scratch --canonicalize --cse | FileCheck %s

// Each buffer starts on a line of its own; a size that depends on the tile
// counts with its bound, one that does not is computed at the dispatch.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[N:[^:]*]]: index)
// CHECK: %[[BYTES:.*]] = arith.muli %[[N]], %c4
// CHECK: %[[LINES:.*]] = arith.ceildivui %[[BYTES]], %c64
// CHECK: %[[ROUND:.*]] = arith.muli %[[LINES]], %c64
// CHECK: %[[ALL:.*]] = arith.addi %[[ROUND]], %c704
// CHECK: host.dispatch @f_kernel_0(%[[N]] : index) tiles(%c4) scratch(%[[ALL]])
func.func @f(%n: index) {
  %c4 = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  host.dispatch @f_kernel_0(%n : index) tiles(%c4) scratch(%c0)
  return
}

// CHECK-LABEL: func.func private @f_kernel_0(
// CHECK-SAME: %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[SCRATCH:[^:]*]]: memref<?xi8>)
// CHECK-NOT: memref.alloc
// CHECK: memref.view %[[SCRATCH]][%c0][] : memref<?xi8> to memref<5x3xf32>
// CHECK: memref.view %[[SCRATCH]][%c64][%{{.*}}] : memref<?xi8> to memref<?xf32>
// CHECK: memref.view %[[SCRATCH]][%{{.*}}][%{{.*}}] : memref<?xi8> to memref<?x16xbf16>
// CHECK-NOT: memref.dealloc
func.func private @f_kernel_0(%n: index, %begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  scf.for %t = %begin to %end step %c1 {
    %a = memref.alloc() : memref<5x3xf32>
    %b = memref.alloc(%n) : memref<?xf32>
    %m = affine.min affine_map<(d0)[s0] -> (s0 - d0, 20)>(%t)[%n]
    %c = memref.alloca(%m) : memref<?x16xbf16>
    "test.use"(%a, %b, %c) : (memref<5x3xf32>, memref<?xf32>, memref<?x16xbf16>) -> ()
    memref.dealloc %a : memref<5x3xf32>
  }
  return
}

// A minimum of arith bounds a size as well.
// CHECK-LABEL: func.func @g(
// CHECK: host.dispatch {{.*}} scratch(%c192)
func.func @g(%n: index) {
  %c4 = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  host.dispatch @g_kernel_0(%n : index) tiles(%c4) scratch(%c0)
  return
}

func.func private @g_kernel_0(%n: index, %begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  %c48 = arith.constant 48 : index
  %rest = arith.subi %n, %begin : index
  %size = arith.minsi %rest, %c48 : index
  %a = memref.alloc(%size) : memref<?xf32>
  "test.use"(%a) : (memref<?xf32>) -> ()
  return
}
