// RUN: sqa-opt %s --sqa-widen-booleans | FileCheck %s

// CHECK: memref.global "private" constant @mask : memref<2xi8> = dense<[1, 0]>
memref.global "private" constant @mask : memref<2xi1> = dense<[true, false]>

// Loads give i1 again, stores write 0 or 1.
// CHECK-LABEL: func.func @accesses(
// CHECK-SAME: memref<?xi8, strided<[1]>>
// CHECK: %[[B:.*]] = memref.load %{{.*}} : memref<?xi8
// CHECK: arith.trunci %[[B]] : i8 to i1
// CHECK: %[[V:.*]] = vector.load %{{.*}} : memref<?xi8{{.*}}, vector<8xi8>
// CHECK: %[[T:.*]] = arith.trunci %[[V]] : vector<8xi8> to vector<8xi1>
// CHECK: %[[E:.*]] = arith.extui %[[T]] : vector<8xi1> to vector<8xi8>
// CHECK: vector.store %[[E]]
// CHECK: memref.get_global @mask : memref<2xi8>
func.func @accesses(%m: memref<?xi1, strided<[1]>>, %i: index) -> i1 {
  %x = memref.load %m[%i] : memref<?xi1, strided<[1]>>
  %v = vector.load %m[%i] : memref<?xi1, strided<[1]>>, vector<8xi1>
  %s = memref.subview %m[%i] [8] [1] : memref<?xi1, strided<[1]>> to memref<8xi1, strided<[1], offset: ?>>
  %c0 = arith.constant 0 : index
  vector.store %v, %s[%c0] : memref<8xi1, strided<[1], offset: ?>>, vector<8xi1>
  %g = memref.get_global @mask : memref<2xi1>
  %y = memref.load %g[%i] : memref<2xi1>
  %z = arith.andi %x, %y : i1
  return %z : i1
}

// Masks in registers stay what they are.
// CHECK-LABEL: func.func @registers(
// CHECK-SAME: vector<8xi1>
func.func @registers(%m: memref<?xf32>, %mask: vector<8xi1>, %p: vector<8xf32>, %i: index) -> vector<8xf32> {
  %v = vector.maskedload %m[%i], %mask, %p : memref<?xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  return %v : vector<8xf32>
}
