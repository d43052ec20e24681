// RUN: sqa-interpret %s --input=1xf32=1 | FileCheck %s

// Poison is NaN, or a conspicuous integer: it must not look like a result.
// CHECK: result[0]: 2xf32=[1, nan]
// CHECK: result[1]: i8=-91
func.func @main(%a: tensor<1xf32>) -> (tensor<2xf32>, i8) {
  %p = ub.poison : f32
  %i = ub.poison : i8
  %0 = tensor.pad %a low[0] high[1] {
  ^bb0(%x: index):
    tensor.yield %p : f32
  } : tensor<1xf32> to tensor<2xf32>
  return %0, %i : tensor<2xf32>, i8
}
