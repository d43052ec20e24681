// RUN: sqa-opt %s --sqa-results-to-destinations | FileCheck %s
// RUN: sqa-opt %s --sqa-results-to-destinations --eliminate-empty-tensors --one-shot-bufferize --canonicalize | FileCheck %s --check-prefix=MEM

// Results are written in place: no copy, no allocation.
// CHECK-LABEL: func.func @add(
// CHECK-SAME: %[[A:.*]]: memref<?x4xf32, strided<[?, 1]>> {sqa.name = "a", sqa.shape = [[MAP:.*]]},
// CHECK-SAME: %[[OUT:.*]]: memref<?x4xf32, strided<[?, 1]>> {sqa.result, sqa.shape = [[MAP]]})
// CHECK: %[[T:.*]] = bufferization.to_tensor %[[A]] restrict
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[OUT]]
// CHECK: return{{$}}
// MEM-LABEL: func.func @add(
// MEM-NOT: memref.alloc
// MEM-NOT: memref.copy
// MEM: linalg.add ins(%arg0, %arg0 {{.*}} outs(%arg1
func.func @add(%a: tensor<?x4xf32> {sqa.name = "a", sqa.shape = affine_map<()[s0] -> (s0, 4)>})
    -> (tensor<?x4xf32> {sqa.shape = affine_map<()[s0] -> (s0, 4)>}) attributes {sqa.symbols = ["N"]} {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %0 = linalg.add ins(%a, %a : tensor<?x4xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// An argument that is returned is copied; inputs are never written.
// MEM-LABEL: func.func @identity(
// MEM: memref.copy %arg0, %arg1
func.func @identity(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}

// The same value twice: both destinations get it.
// MEM-LABEL: func.func @twice(
// MEM: linalg.exp
// MEM: memref.copy
// MEM-NOT: memref.alloc
func.func @twice(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %0, %0 : tensor<4xf32>, tensor<4xf32>
}

// Scalars travel in memory of rank 0, index as i64.
// CHECK-LABEL: func.func @scalars(
// CHECK-SAME: memref<i64>, %{{.*}}: memref<f32>, %{{.*}}: memref<f32> {sqa.result}, %{{.*}}: memref<i64> {sqa.result})
// CHECK: memref.load
// CHECK: arith.index_cast
// CHECK: memref.store
func.func @scalars(%i: index, %x: f32) -> (f32, index) {
  return %x, %i : f32, index
}
