// RUN: sqa-interpret %s --function=matmul --input=2x3xf32=1,2,3,4,5,6 --input=3x2xf32=1,0,0,1,1,1 | FileCheck %s --check-prefix=MATMUL
// RUN: sqa-interpret %s --function=matmul --input=2x3xf32=1,2,3,4,5,6 --input=3x2xf32=1,0,0,1,1,1 --round-to-types | FileCheck %s --check-prefix=MATMUL
// RUN: not sqa-interpret %s --function=matmul --input=2x3xf32=1 --input=2x2xf32=1 2>&1 | FileCheck %s --check-prefix=EXTENT
// RUN: sqa-interpret %s --function=named --input=2x2xf32=1,2,3,4 | FileCheck %s --check-prefix=NAMED
// RUN: sqa-interpret %s --function=index --input=2x3xi32=0 | FileCheck %s --check-prefix=INDEX
// RUN: sqa-interpret %s --function=convolution --input=1x5xf32=1,2,3,4,5 --input=3xf32=1,0,-1 | FileCheck %s --check-prefix=CONV
// RUN: not sqa-interpret %s --function=convolution --input=1x5xf32=1 --input=4xf32=1 2>&1 | FileCheck %s --check-prefix=CONVBOUNDS
// RUN: sqa-interpret %s --function=nonlinear --input=4xf32=1,2,3,4 | FileCheck %s --check-prefix=NONLINEAR
// RUN: sqa-interpret %s --function=reductions --input=2x3xf32=1,5,2,nan,0,1 | FileCheck %s --check-prefix=REDUCE
// RUN: sqa-interpret %s --function=control_flow --input=3xf32=2,-3,0 | FileCheck %s --check-prefix=FLOW
// RUN: sqa-interpret %s --function=empty --input=0x3xf32= --input=3x2xf32=1 | FileCheck %s --check-prefix=EMPTY
// RUN: sqa-interpret %s --function=mixed --input=2x2xbf16=1,2,3,4 | FileCheck %s --check-prefix=MIXED

// MATMUL: result[0]: 2x2xf32={{\[}}[4, 5], [10, 11]]
// MATMUL: result[1]: 2x2xf32={{\[}}[104, 105], [110, 111]]
// EXTENT: error: operand #1 has extent 2 in dimension 0, but loop 2 has 3
func.func @matmul(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<2x2xf32>
  %hundred = arith.constant dense<100.0> : tensor<2x2xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<?x?xf32>) outs(%zero : tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<?x?xf32>) outs(%hundred : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}

// NAMED: result[0]: 2x2xf32={{\[}}[7, 7], [7, 7]]
// NAMED: result[1]: 2x2xf32={{\[}}[1, 3], [2, 4]]
// NAMED: result[2]: 2x2x2xf32={{\[\[}}[1, 2], [3, 4]], {{\[}}[1, 2], [3, 4]]]
// NAMED: result[3]: 2x2xf32={{\[}}[8, 9], [10, 11]]
// NAMED: result[4]: 2x2xf32={{\[}}[2.71828, 7.38906], [20.0855, 54.5981]]
// NAMED: result[5]: f32=30
func.func @named(%a: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<f32>) {
  %seven = arith.constant 7.0 : f32
  %e = tensor.empty() : tensor<2x2xf32>
  %e3 = tensor.empty() : tensor<2x2x2xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %fill = linalg.fill ins(%seven : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %transpose = linalg.transpose ins(%a : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) permutation = [1, 0]
  %broadcast = linalg.broadcast ins(%a : tensor<2x2xf32>) outs(%e3 : tensor<2x2x2xf32>) dimensions = [0]
  %add = linalg.add ins(%a, %fill : tensor<2x2xf32>, tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %exp = linalg.exp ins(%a : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %flat = tensor.collapse_shape %a [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>
  %dot = linalg.dot ins(%flat, %flat : tensor<4xf32>, tensor<4xf32>) outs(%zero : tensor<f32>) -> tensor<f32>
  return %fill, %transpose, %broadcast, %add, %exp, %dot : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<f32>
}

// INDEX: result[0]: 2x3xi32={{\[}}[0, 1, 2], [10, 11, 12]]
func.func @index(%t: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%t : tensor<2x3xi32>) {
    ^bb0(%out: i32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %x = affine.apply affine_map<(i, j) -> (10 * i + j)>(%i, %j)
      %y = arith.index_cast %x : index to i32
      linalg.yield %y : i32
  } -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// A sum of loops as index; it is checked before anything is read.
// CONV: result[0]: 1x3xf32={{\[}}[-2, -2, -2]]
// CONVBOUNDS: error: operand #0 is read at 5 of dimension 1, which is out of bounds (5)
func.func @convolution(%x: tensor<1x5xf32>, %w: tensor<?xf32>) -> tensor<1x3xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x3xf32>
  %0 = linalg.generic {
      indexing_maps = [affine_map<(n, i, k) -> (n, i + k)>, affine_map<(n, i, k) -> (k)>, affine_map<(n, i, k) -> (n, i)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<1x5xf32>, tensor<?xf32>) outs(%zero : tensor<1x3xf32>) {
    ^bb0(%a: f32, %b: f32, %acc: f32):
      %p = arith.mulf %a, %b : f32
      %s = arith.addf %p, %acc : f32
      linalg.yield %s : f32
  } -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// NONLINEAR: result[0]: 8xf32=[1, 1, 2, 2, 3, 3, 4, 4]
func.func @nonlinear(%x: tensor<4xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i floordiv 2)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<8xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// Two results at once; a NaN stays.
// REDUCE: result[0]: 2xf32=[8, nan]
// REDUCE: result[1]: 2xf32=[5, nan]
func.func @reductions(%x: tensor<2x3xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %zero = arith.constant dense<0.0> : tensor<2xf32>
  %low = arith.constant dense<0xff800000> : tensor<2xf32>
  %0:2 = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%x : tensor<2x3xf32>) outs(%zero, %low : tensor<2xf32>, tensor<2xf32>) {
    ^bb0(%a: f32, %sum: f32, %max: f32):
      %s = arith.addf %a, %sum : f32
      %m = arith.maximumf %a, %max : f32
      linalg.yield %s, %m : f32, f32
  } -> (tensor<2xf32>, tensor<2xf32>)
  return %0#0, %0#1 : tensor<2xf32>, tensor<2xf32>
}

// A body that is no straight line of scalar ops.
// FLOW: result[0]: 3xf32=[3, 3, 0]
func.func @control_flow(%x: tensor<3xf32>) -> tensor<3xf32> {
  %e = tensor.empty() : tensor<3xf32>
  %one = arith.constant 1.0 : f32
  %0 = linalg.map ins(%x : tensor<3xf32>) outs(%e : tensor<3xf32>)
    (%a: f32, %out: f32) {
      %zero = arith.constant 0.0 : f32
      %positive = arith.cmpf ogt, %a, %zero : f32
      %y = scf.if %positive -> f32 {
        %b = arith.addf %a, %one : f32
        scf.yield %b : f32
      } else {
        %b = arith.subf %zero, %a : f32
        scf.yield %b : f32
      }
      linalg.yield %y : f32
    }
  return %0 : tensor<3xf32>
}

// EMPTY: result[0]: 0x2xf32=[]
// EMPTY: result[1]: 3x3xf32={{\[}}[0, 0, 0], [0, 0, 0], [0, 0, 0]]
func.func @empty(%a: tensor<?x3xf32>, %b: tensor<3x2xf32>) -> (tensor<?x2xf32>, tensor<3x3xf32>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x3xf32>
  %e = tensor.empty(%n) : tensor<?x2xf32>
  %zero = arith.constant dense<0.0> : tensor<3x3xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x3xf32>, tensor<3x2xf32>) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %1 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %a : tensor<?x3xf32>, tensor<?x3xf32>) outs(%zero : tensor<3x3xf32>) -> tensor<3x3xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<3x3xf32>
}

// Named ops widen their operands to the type of the result.
// MIXED: result[0]: 2x2xf32={{\[}}[7, 10], [15, 22]]
func.func @mixed(%a: tensor<2x2xbf16>) -> tensor<2x2xf32> {
  %zero = arith.constant dense<0.0> : tensor<2x2xf32>
  %0 = linalg.matmul ins(%a, %a : tensor<2x2xbf16>, tensor<2x2xbf16>) outs(%zero : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
