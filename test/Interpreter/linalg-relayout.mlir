// RUN: sqa-interpret %s --function=softmax --input=2x2xf32=0,1.0986122886681098,1000,1000 | FileCheck %s --check-prefix=SOFTMAX
// RUN: sqa-interpret %s --function=pack --input=3x4xi32=0,1,2,3,10,11,12,13,20,21,22,23 | FileCheck %s --check-prefix=PACK
// RUN: not sqa-interpret %s --function=no_padding --input=3x4xi32=0 2>&1 | FileCheck %s --check-prefix=PADDING

// SOFTMAX: result[0]: 2x2xf32={{\[}}[0.25, 0.75], [0.5, 0.5]]
func.func @softmax(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %e = tensor.empty() : tensor<2x2xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Tiles of 2x4 with outer dimensions swapped; the missing row is -1. Unpacking
// gives the source back.
// PACK: result[0]: 1x2x2x4xi32={{\[\[\[}}[0, 1, 2, 3], [10, 11, 12, 13]], {{\[}}[20, 21, 22, 23], [-1, -1, -1, -1]]]]
// PACK: result[1]: 3x4xi32={{\[}}[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]]
func.func @pack(%x: tensor<3x4xi32>) -> (tensor<1x2x2x4xi32>, tensor<3x4xi32>) {
  %pad = arith.constant -1 : i32
  %e = tensor.empty() : tensor<1x2x2x4xi32>
  %f = tensor.empty() : tensor<3x4xi32>
  %0 = linalg.pack %x padding_value(%pad : i32) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 4] into %e : tensor<3x4xi32> -> tensor<1x2x2x4xi32>
  %1 = linalg.unpack %0 outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 4] into %f : tensor<1x2x2x4xi32> -> tensor<3x4xi32>
  return %0, %1 : tensor<1x2x2x4xi32>, tensor<3x4xi32>
}

// PADDING: error: tiles reach beyond the source, but there is no padding value
func.func @no_padding(%x: tensor<?x4xi32>) -> tensor<?x4x2xi32> {
  %c2 = arith.constant 2 : index
  %e = tensor.empty(%c2) : tensor<?x4x2xi32>
  %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [2] into %e : tensor<?x4xi32> -> tensor<?x4x2xi32>
  return %0 : tensor<?x4x2xi32>
}
