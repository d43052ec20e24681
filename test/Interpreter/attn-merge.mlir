// RUN: sqa-interpret %s --function=rows --input=1x1x3x2xf32=1,2,nan,nan,5,6 --input=1x1x3x2xf32=3,6,7,8,nan,nan --input=1x1x3xf32=0,-inf,-inf --input=1x1x3xf32=1.0986122886681098,2,-inf | FileCheck %s --check-prefix=ROWS
// RUN: sqa-interpret %s --function=rows --input=1x1x3x2xf32=1 --input=1x1x3x2xf32=2 --input=1x1x3xf32=nan,inf,1000 --input=1x1x3xf32=0,0,1000 | FileCheck %s --check-prefix=SPECIAL
// RUN: sqa-interpret %s --function=split "--input=2x2x3x4xf32=random(1)" "--input=2x1x7x4xf32=random(2)" "--input=2x1x7x4xf32=random(3)" | FileCheck %s --check-prefix=SPLIT

// Weights 1/4 and 3/4; one partial without keys; none at all.
// ROWS: result[0]: 1x1x3x2xf32={{\[\[\[}}[2.5, 5], [7, 8], [0, 0]]]]
// ROWS: result[1]: 1x1x3xf32={{\[\[}}[1.38629, 2, -inf]]]
// SPECIAL: result[0]: 1x1x3x2xf32={{\[\[\[}}[nan, nan], [nan, nan], [1.5, 1.5]]]]
// SPECIAL: result[1]: 1x1x3xf32={{\[\[}}[nan, nan, 1000.69]]]
func.func @rows(%a: tensor<1x1x3x2xf32>, %b: tensor<1x1x3x2xf32>, %la: tensor<1x1x3xf32>, %lb: tensor<1x1x3xf32>) -> (tensor<1x1x3x2xf32>, tensor<1x1x3xf32>) {
  %o, %l = attn.merge %a, %b lse(%la, %lb) : (tensor<1x1x3x2xf32>, tensor<1x1x3x2xf32>, tensor<1x1x3xf32>, tensor<1x1x3xf32>) -> (tensor<1x1x3x2xf32>, tensor<1x1x3xf32>)
  return %o, %l : tensor<1x1x3x2xf32>, tensor<1x1x3xf32>
}

// Attention over two sets of keys, merged, is attention over all.
// SPLIT: result[0]: i1=1
func.func @split(%q: tensor<2x2x3x4xf32>, %k: tensor<2x1x7x4xf32>, %v: tensor<2x1x7x4xf32>) -> i1 {
  %k0 = tensor.extract_slice %k[0, 0, 0, 0] [2, 1, 3, 4] [1, 1, 1, 1] : tensor<2x1x7x4xf32> to tensor<2x1x3x4xf32>
  %k1 = tensor.extract_slice %k[0, 0, 3, 0] [2, 1, 4, 4] [1, 1, 1, 1] : tensor<2x1x7x4xf32> to tensor<2x1x4x4xf32>
  %v0 = tensor.extract_slice %v[0, 0, 0, 0] [2, 1, 3, 4] [1, 1, 1, 1] : tensor<2x1x7x4xf32> to tensor<2x1x3x4xf32>
  %v1 = tensor.extract_slice %v[0, 0, 3, 0] [2, 1, 4, 4] [1, 1, 1, 1] : tensor<2x1x7x4xf32> to tensor<2x1x4x4xf32>
  %o0, %l0 = attn.sqa %q, %k0, %v0 : (tensor<2x2x3x4xf32>, tensor<2x1x3x4xf32>, tensor<2x1x3x4xf32>) -> (tensor<2x2x3x4xf32>, tensor<2x2x3xf32>)
  %o1, %l1 = attn.sqa %q, %k1, %v1 : (tensor<2x2x3x4xf32>, tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> (tensor<2x2x3x4xf32>, tensor<2x2x3xf32>)
  %m, %lm = attn.merge %o0, %o1 lse(%l0, %l1) : (tensor<2x2x3x4xf32>, tensor<2x2x3x4xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>) -> (tensor<2x2x3x4xf32>, tensor<2x2x3xf32>)
  %o, %l = attn.sqa %q, %k, %v : (tensor<2x2x3x4xf32>, tensor<2x1x7x4xf32>, tensor<2x1x7x4xf32>) -> (tensor<2x2x3x4xf32>, tensor<2x2x3xf32>)
  %same = arith.constant dense<true> : tensor<i1>
  %map = linalg.generic {
      indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>,
                       affine_map<(a, b, c, d) -> (a, b, c)>, affine_map<(a, b, c, d) -> (a, b, c)>, affine_map<(a, b, c, d) -> ()>],
      iterator_types = ["reduction", "reduction", "reduction", "reduction"]}
      ins(%m, %o, %lm, %l : tensor<2x2x3x4xf32>, tensor<2x2x3x4xf32>, tensor<2x2x3xf32>, tensor<2x2x3xf32>) outs(%same : tensor<i1>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %all: i1):
      %eps = arith.constant 1.0e-12 : f32
      %0 = arith.subf %a, %b : f32
      %1 = math.absf %0 : f32
      %2 = arith.subf %c, %d : f32
      %3 = math.absf %2 : f32
      %4 = arith.maximumf %1, %3 : f32
      %5 = arith.cmpf olt, %4, %eps : f32
      %6 = arith.andi %5, %all : i1
      linalg.yield %6 : i1
  } -> tensor<i1>
  %r = tensor.extract %map[] : tensor<i1>
  return %r : i1
}
