// RUN: sqa-interpret %s --function=make --input=index=2 --input=f32=7 | FileCheck %s --check-prefix=MAKE
// RUN: not sqa-interpret %s --function=make --input=index=-1 --input=f32=7 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not sqa-interpret %s --function=make --input=index=0x7fffffffffffffff --input=f32=7 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: sqa-interpret %s --function=elements --input=2x3xi32=1,2,3,4,5,6 --input=index=1 | FileCheck %s --check-prefix=ELEMENTS
// RUN: not sqa-interpret %s --function=elements --input=2x3xi32=1,2,3,4,5,6 --input=index=3 2>&1 | FileCheck %s --check-prefix=BOUNDS
// RUN: not sqa-interpret %s --function=elements --input=2x3xi32=1,2,3,4,5,6 --input=index=-1 2>&1 | FileCheck %s --check-prefix=BELOW
// RUN: sqa-interpret %s --function=generate --input=index=3 | FileCheck %s --check-prefix=GENERATE
// RUN: sqa-interpret %s --function=extents --input=2x0x5xf32= --input=index=2 | FileCheck %s --check-prefix=EXTENTS
// RUN: not sqa-interpret %s --function=extents --input=2x0x5xf32= --input=index=3 2>&1 | FileCheck %s --check-prefix=RANK

// What was never written is NaN, or a conspicuous integer.
// MAKE: result[0]: 2x1xf32={{\[}}[nan], [nan]]
// MAKE: result[1]: 2xi8=[-91, -91]
// MAKE: result[2]: 2x2xf32={{\[}}[7, 7], [7, 7]]
// MAKE: result[3]: 3xf32=[7, 8, 7]
// NEGATIVE: error: cannot make a tensor of shape -1x1
// HUGE: error: cannot make a tensor of shape 9223372036854775807x1
func.func @make(%n: index, %x: f32) -> (tensor<?x1xf32>, tensor<?xi8>, tensor<?x2xf32>, tensor<3xf32>) {
  %eight = arith.constant 8.0 : f32
  %0 = tensor.empty(%n) : tensor<?x1xf32>
  %1 = tensor.empty(%n) : tensor<?xi8>
  %2 = tensor.splat %x[%n] : tensor<?x2xf32>
  %3 = tensor.from_elements %x, %eight, %x : tensor<3xf32>
  return %0, %1, %2, %3 : tensor<?x1xf32>, tensor<?xi8>, tensor<?x2xf32>, tensor<3xf32>
}

// ELEMENTS: result[0]: i32=5
// ELEMENTS: result[1]: 2x3xi32={{\[}}[1, 2, 3], [4, -5, 6]]
// BOUNDS: tensor.mlir:[[#@LINE+5]]:{{.*}} error: index 3 of dimension 1 is out of bounds (3)
// BELOW: error: index -1 of dimension 1 is out of bounds (3)
func.func @elements(%t: tensor<2x3xi32>, %j: index) -> (i32, tensor<2x3xi32>) {
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : i32
  %x = tensor.extract %t[%c1, %j] : tensor<2x3xi32>
  %y = arith.subi %c0, %x : i32
  %u = tensor.insert %y into %t[%c1, %j] : tensor<2x3xi32>
  return %x, %u : i32, tensor<2x3xi32>
}

// The body may hold loops and calls.
// GENERATE: result[0]: 3x2xi64={{\[}}[0, 1], [10, 11], [20, 21]]
func.func @generate(%n: index) -> tensor<?x2xi64> {
  %t = tensor.generate %n {
  ^bb0(%i: index, %j: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %ten = arith.constant 10 : index
    %s = scf.for %k = %c0 to %i step %c1 iter_args(%acc = %j) -> index {
      %x = arith.addi %acc, %ten : index
      scf.yield %x : index
    }
    %v = arith.index_cast %s : index to i64
    tensor.yield %v : i64
  } : tensor<?x2xi64>
  return %t : tensor<?x2xi64>
}

// EXTENTS: result[0]: i64=5
// EXTENTS: result[1]: i64=3
// RANK: error: dimension 3 of a tensor of rank 3
func.func @extents(%t: tensor<?x?x?xf32>, %d: index) -> (index, index) {
  %0 = tensor.dim %t, %d : tensor<?x?x?xf32>
  %1 = tensor.rank %t : tensor<?x?x?xf32>
  return %0, %1 : index, index
}
