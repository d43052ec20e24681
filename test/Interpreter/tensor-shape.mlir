// RUN: sqa-interpret %s --function=shapes --input=2x6xi32=0,1,2,3,4,5,6,7,8,9,10,11 --input=index=3 | FileCheck %s --check-prefix=SHAPES
// RUN: not sqa-interpret %s --function=shapes --input=2x6xi32=0 --input=index=4 2>&1 | FileCheck %s --check-prefix=EXPAND
// RUN: sqa-interpret %s --function=reshape --input=6xi32=1,2,3,4,5,6 --input=2xi32=3,2 | FileCheck %s --check-prefix=RESHAPE
// RUN: not sqa-interpret %s --function=reshape --input=6xi32=1 --input=2xi32=4,2 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not sqa-interpret %s --function=reshape --input=6xi32=1 --input=2xi32=-3,-2 2>&1 | FileCheck %s --check-prefix=SIGN
// RUN: sqa-interpret %s --function=cast --input=2x3xf32=0 | FileCheck %s --check-prefix=CAST
// RUN: not sqa-interpret %s --function=cast --input=2x4xf32=0 2>&1 | FileCheck %s --check-prefix=BADCAST
// RUN: sqa-interpret %s --function=bitcast --input=2xf32=1,-2 | FileCheck %s --check-prefix=BITCAST

// SHAPES: result[0]: 2x3x2xi32={{\[\[}}[0, 1], [2, 3], [4, 5]], {{\[}}[6, 7], [8, 9], [10, 11]]]
// SHAPES: result[1]: 6x2xi32={{\[}}[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]
// EXPAND: error: cannot expand dimension 1 of extent 6 to 4x2
func.func @shapes(%t: tensor<2x?xi32>, %n: index) -> (tensor<2x?x2xi32>, tensor<?x2xi32>) {
  %0 = tensor.expand_shape %t [[0], [1, 2]] output_shape [2, %n, 2] : tensor<2x?xi32> into tensor<2x?x2xi32>
  %1 = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<2x?x2xi32> into tensor<?x2xi32>
  return %0, %1 : tensor<2x?x2xi32>, tensor<?x2xi32>
}

// RESHAPE: result[0]: 3x2xi32={{\[}}[1, 2], [3, 4], [5, 6]]
// COUNT: error: cannot reshape 6 to 4x2
// SIGN: error: cannot reshape 6 to -3x-2
func.func @reshape(%t: tensor<6xi32>, %s: tensor<2xi32>) -> tensor<?x?xi32> {
  %0 = tensor.reshape %t(%s) : (tensor<6xi32>, tensor<2xi32>) -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}

// CAST: result[0]: 2x3xf32=
// BADCAST: error: result #0 has the shape 2x4 at run time, but its type is 'tensor<?x3xf32>'
func.func @cast(%t: tensor<?x?xf32>) -> tensor<?x3xf32> {
  %0 = tensor.cast %t : tensor<?x?xf32> to tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// BITCAST: result[0]: 2xi32=[1065353216, -1073741824]
func.func @bitcast(%t: tensor<2xf32>) -> tensor<2xi32> {
  %0 = tensor.bitcast %t : tensor<2xf32> to tensor<2xi32>
  return %0 : tensor<2xi32>
}
