// RUN: sqa-interpret %s --function=layouts --input=1x1x2x4xf32=1,0,2,0,1,0,2,0 | FileCheck %s --check-prefix=LAYOUTS
// RUN: sqa-interpret %s --function=sign_and_base --input=1x1x1x2xf32=3,4 --input=index=1 | FileCheck %s --check-prefix=SIGN
// RUN: sqa-interpret %s --function=partial --input=1x1x2x3xf32=1,0,7,1,0,7 --input=2xi32=1,0 | FileCheck %s --check-prefix=PARTIAL
// RUN: sqa-interpret %s --function=per_batch --input=2x1x1x2xf32=1,0,1,0 --input=2x1xi32=0,1 | FileCheck %s --check-prefix=BATCH
// RUN: sqa-interpret %s --function=far --input=1x1x1x4xf32=0,0,1,0 --input=index=131071 | FileCheck %s --check-prefix=FAR
// RUN: sqa-interpret %s --function=same_scores "--input=1x2x5x8xf32=random(1)" "--input=1x2x5x8xf32=random(2)" | FileCheck %s --check-prefix=SCORES

!x = tensor<1x1x2x4xf32>

// Row 1 turns by the angles 1 and 0.01; cos 0.5403 and 0.9999, sin 0.8415 and
// 0.0100.
// LAYOUTS: result[0]: 1x1x2x4xf32={{\[\[\[}}[1, 0, 2, 0], [0.540302, 0.841471, 1.9999, 0.0199997]]]]
// LAYOUTS: result[1]: 1x1x2x4xf32={{\[\[\[}}[1, 0, 2, 0], [-1.14264, 0, 1.92208, 0]]]]
// LAYOUTS: result[2]: 1x1x2x4xf32={{\[\[\[}}[1, 2, 0, 0], [0.540302, 1.9999, 0.841471, 0.0199997]]]]
func.func @layouts(%x: !x) -> (!x, !x, !x) {
  %0 = attn.rope %x pairing(pairs) : !x
  %1 = attn.rope %x pairing(halves) : !x
  %2 = attn.rope %x pairing(pairs_to_halves) : !x
  return %0, %1, %2 : !x, !x, !x
}

// `negative` turns back.
// SIGN: result[0]: 1x1x1x2xf32={{\[\[\[}}[-1.74498, 4.68562]]]]
// SIGN: result[1]: 1x1x1x2xf32={{\[\[\[}}[4.98679, -0.363204]]]]
// SIGN: result[2]: 1x1x1x2xf32={{\[\[\[}}[3, 4]]]]
func.func @sign_and_base(%x: tensor<1x1x1x2xf32>, %p: index) -> (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) {
  %0 = attn.rope %x base(500.0) offset(%p) : tensor<1x1x1x2xf32>
  %1 = attn.rope %x base(500.0) offset(%p) negative : tensor<1x1x1x2xf32>
  %2 = attn.rope %0 base(500.0) offset(%p) negative : tensor<1x1x1x2xf32>
  return %0, %1, %2 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
}

// Features from rotary_dim on pass through; positions need not rise.
// PARTIAL: {{\[\[\[}}[0.540302, 0.841471, 7], [1, 0, 7]]]]
func.func @partial(%x: tensor<1x1x2x3xf32>, %p: tensor<2xi32>) -> tensor<1x1x2x3xf32> {
  %0 = attn.rope %x rotary_dim(2) positions(%p : tensor<2xi32>) : tensor<1x1x2x3xf32>
  return %0 : tensor<1x1x2x3xf32>
}

// BATCH: {{\[\[\[}}[1, 0]]], {{\[\[}}[0.540302, 0.841471]]]]
func.func @per_batch(%x: tensor<2x1x1x2xf32>, %p: tensor<2x1xi32>) -> tensor<2x1x1x2xf32> {
  %0 = attn.rope %x layout(bshd) positions(%p : tensor<2x1xi32>) : tensor<2x1x1x2xf32>
  return %0 : tensor<2x1x1x2xf32>
}

// The angle is an f32 product: 131071 * f32(0.01) is 1310.71 less 3.9e-5. In
// f64 the cosine would be -0.786384.
// FAR: {{\[\[\[}}[0, -0, -0.786408, -0.617708]]]]
func.func @far(%x: tensor<1x1x1x4xf32>, %p: index) -> tensor<1x1x1x4xf32> {
  %0 = attn.rope %x offset(%p) : tensor<1x1x1x4xf32>
  return %0 : tensor<1x1x1x4xf32>
}

// Pairs in and halves out only reorders the features: scores agree with those
// of pairs if both sides are rotated so.
// SCORES: result[0]: i1=1
// SCORES: result[1]: i1=0
func.func @same_scores(%q: tensor<1x2x5x8xf32>, %k: tensor<1x2x5x8xf32>) -> (i1, i1) {
  %qp = attn.rope %q pairing(pairs) : tensor<1x2x5x8xf32>
  %kp = attn.rope %k pairing(pairs) : tensor<1x2x5x8xf32>
  %qh = attn.rope %q pairing(pairs_to_halves) : tensor<1x2x5x8xf32>
  %kh = attn.rope %k pairing(pairs_to_halves) : tensor<1x2x5x8xf32>
  %o0, %l0 = attn.sqa %qp, %kp, %k : (tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x2x5x8xf32>, tensor<1x2x5xf32>)
  %o1, %l1 = attn.sqa %qh, %kh, %k : (tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x2x5x8xf32>, tensor<1x2x5xf32>)
  %o2, %l2 = attn.sqa %qh, %k, %k : (tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x2x5x8xf32>, tensor<1x2x5xf32>)
  %o3, %l3 = attn.sqa %qp, %k, %k : (tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x2x5x8xf32>, tensor<1x2x5xf32>)
  %both = func.call @close(%l0, %l1) : (tensor<1x2x5xf32>, tensor<1x2x5xf32>) -> i1
  %one = func.call @close(%l2, %l3) : (tensor<1x2x5xf32>, tensor<1x2x5xf32>) -> i1
  return %both, %one : i1, i1
}

func.func private @close(%a: tensor<1x2x5xf32>, %b: tensor<1x2x5xf32>) -> i1 {
  %true = arith.constant dense<true> : tensor<i1>
  %all = linalg.generic {
      indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> ()>],
      iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%a, %b : tensor<1x2x5xf32>, tensor<1x2x5xf32>) outs(%true : tensor<i1>) {
    ^bb0(%x: f32, %y: f32, %so_far: i1):
      %eps = arith.constant 1.0e-6 : f32
      %0 = arith.subf %x, %y : f32
      %1 = math.absf %0 : f32
      %2 = arith.cmpf olt, %1, %eps : f32
      %3 = arith.andi %2, %so_far : i1
      linalg.yield %3 : i1
  } -> tensor<i1>
  %r = tensor.extract %all[] : tensor<i1>
  return %r : i1
}
