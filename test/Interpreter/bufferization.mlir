// RUN: sqa-interpret %s --input=2xf32=1,2 --input=index=1 | FileCheck %s

// The tensor forms, as passes before bufferization leave them.
// CHECK: result[0]: 2xf32=[5, 2]
// CHECK: result[1]: 2xf32=[1, 2]
// CHECK: result[2]: 1xf32=[nan]
func.func @main(%a: tensor<2xf32>, %n: index) -> (tensor<2xf32>, tensor<2xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %five = arith.constant 5.0 : f32
  %0 = bufferization.alloc_tensor() copy(%a) : tensor<2xf32>
  %1 = tensor.insert %five into %0[%c0] : tensor<2xf32>
  %2 = bufferization.materialize_in_destination %1 in %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %3 = bufferization.alloc_tensor(%n) : tensor<?xf32>
  return %2, %a, %3 : tensor<2xf32>, tensor<2xf32>, tensor<?xf32>
}
