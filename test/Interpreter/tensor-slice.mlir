// RUN: sqa-interpret %s --function=extract --input=3x4xi32=0,1,2,3,10,11,12,13,20,21,22,23 --input=index=1 | FileCheck %s --check-prefix=EXTRACT
// RUN: not sqa-interpret %s --function=extract --input=3x4xi32=0 --input=index=3 2>&1 | FileCheck %s --check-prefix=BOUNDS
// RUN: sqa-interpret %s --function=insert --input=3x4xi32=0 --input=2xi32=7,8 | FileCheck %s --check-prefix=INSERT
// RUN: sqa-interpret %s --function=pad --input=1x2xf32=1,2 --input=index=1 | FileCheck %s --check-prefix=PAD
// RUN: not sqa-interpret %s --function=concat --input=2x1xi32=1,2 --input=2x?xi32=3 2>&1 | FileCheck %s --check-prefix=SPEC
// RUN: sqa-interpret %s --function=concat --input=2x1xi32=1,2 --input=2x2xi32=3,4,5,6 | FileCheck %s --check-prefix=CONCAT
// RUN: not sqa-interpret %s --function=concat --input=2x1xi32=1,2 --input=3x2xi32=0 2>&1 | FileCheck %s --check-prefix=MISMATCH
// RUN: sqa-interpret %s --function=gather --input=3x2xi32=1,2,3,4,5,6 --input=2x1xindex=2,0 | FileCheck %s --check-prefix=GATHER
// RUN: not sqa-interpret %s --function=gather --input=3x2xi32=1,2,3,4,5,6 --input=2x1xindex=2,3 2>&1 | FileCheck %s --check-prefix=GATHERBOUNDS

// EXTRACT: result[0]: 2x2xi32={{\[}}[1, 3], [11, 13]]
// EXTRACT: result[1]: 4xi32=[10, 11, 12, 13]
// BOUNDS: error: the slice [offset 3, size 2, stride 2] of dimension 1 is out of bounds (4)
func.func @extract(%t: tensor<3x4xi32>, %o: index) -> (tensor<2x2xi32>, tensor<4xi32>) {
  %0 = tensor.extract_slice %t[0, %o] [2, 2] [1, 2] : tensor<3x4xi32> to tensor<2x2xi32>
  %1 = tensor.extract_slice %t[%o, 0] [1, 4] [1, 1] : tensor<3x4xi32> to tensor<4xi32>
  return %0, %1 : tensor<2x2xi32>, tensor<4xi32>
}

// INSERT: result[0]: 3x4xi32={{\[}}[0, 0, 0, 0], [0, 7, 0, 8], [0, 0, 0, 0]]
// INSERT: result[1]: 3x4xi32={{\[}}[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
func.func @insert(%t: tensor<3x4xi32>, %s: tensor<2xi32>) -> (tensor<3x4xi32>, tensor<3x4xi32>) {
  %0 = tensor.insert_slice %s into %t[1, 1] [1, 2] [1, 2] : tensor<2xi32> into tensor<3x4xi32>
  return %0, %t : tensor<3x4xi32>, tensor<3x4xi32>
}

// The padding is computed from the index.
// PAD: result[0]: 2x4xf32={{\[}}[0, 1, 2, 3], [10, 11, 12, 13]]
func.func @pad(%t: tensor<1x2xf32>, %n: index) -> tensor<?x4xf32> {
  %0 = tensor.pad %t low[0, 1] high[%n, 1] {
  ^bb0(%i: index, %j: index):
    %ten = arith.constant 10 : index
    %row = arith.muli %i, %ten : index
    %at = arith.addi %row, %j : index
    %int = arith.index_cast %at : index to i32
    %x = arith.sitofp %int : i32 to f32
    tensor.yield %x : f32
  } : tensor<1x2xf32> to tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// SPEC: '2x?xi32' is neither a type such as 2x3xf32 nor an argument
// CONCAT: result[0]: 2x3xi32={{\[}}[1, 3, 4], [2, 5, 6]]
// MISMATCH: error: inputs have shapes 2x1 and 3x2
func.func @concat(%a: tensor<?x?xi32>, %b: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %0 = tensor.concat dim(1) %a, %b : (tensor<?x?xi32>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}

// GATHER: result[0]: 2x2xi32={{\[}}[5, 6], [1, 2]]
// GATHER: result[1]: 3x2xi32={{\[}}[1, 2], [0, 0], [5, 6]]
// GATHERBOUNDS: error: the slice [offset 3, size 1, stride 1] of dimension 0 is out of bounds (3)
func.func @gather(%t: tensor<3x2xi32>, %i: tensor<2x1xindex>) -> (tensor<2x2xi32>, tensor<3x2xi32>) {
  %0 = tensor.gather %t[%i] gather_dims([0]) : (tensor<3x2xi32>, tensor<2x1xindex>) -> tensor<2x2xi32>
  %zero = arith.constant dense<0> : tensor<3x2xi32>
  %e = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 1, 2] : tensor<2x2xi32> into tensor<2x1x2xi32>
  %1 = tensor.scatter %e into %zero[%i] scatter_dims([0]) unique : (tensor<2x1x2xi32>, tensor<3x2xi32>, tensor<2x1xindex>) -> tensor<3x2xi32>
  return %0, %1 : tensor<2x2xi32>, tensor<3x2xi32>
}
