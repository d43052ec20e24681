// RUN: sqa-opt %s --sqa-convert-attn-to-linalg | FileCheck %s

// One table of angles for all heads (two results), one rotation that writes both
// features of a pair, and no copy: the result is a view of it.
// CHECK-LABEL: @halves
// CHECK: arith.constant dense<[1.000000e+00, 0.00999999977]> : tensor<2xf32>
// CHECK: [[TABLE:%.*]]:2 = linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<?x2xf32>, tensor<?x2xf32>)
// CHECK: math.cos
// CHECK: math.sin
// CHECK-DAG: tensor.extract_slice %{{.*}}[0, 0, 0, 0] [1, 3, %{{.*}}, 2] [1, 1, 1, 1]
// CHECK-DAG: tensor.extract_slice %{{.*}}[0, 0, 0, 2] [1, 3, %{{.*}}, 2] [1, 1, 1, 1]
// CHECK: [[Y:%.*]] = linalg.generic {{.*}} ins({{.*}}[[TABLE]]#0, [[TABLE]]#1{{.*}}) outs(%{{.*}} : tensor<1x3x?x2x2xf32>)
// CHECK: tensor.collapse_shape [[Y]] {{\[\[}}0], [1], [2], [3, 4]]
// CHECK-NOT: tensor.insert_slice
func.func @halves(%x: tensor<1x3x?x4xf32>) -> tensor<1x3x?x4xf32> {
  %y = attn.rope %x pairing(halves) : tensor<1x3x?x4xf32>
  return %y : tensor<1x3x?x4xf32>
}

// Pairs are slices of stride 2; features that do not rotate pass through; the
// position is the row of the second dimension; arithmetic is f32.
// CHECK-LABEL: @pairs_partial_bshd
// CHECK-SAME: [[X:%.*]]: tensor<2x5x3x6xbf16>, [[OFFSET:%.*]]: index
// CHECK: arith.addi {{.*}}, [[OFFSET]]
// CHECK-DAG: tensor.extract_slice [[X]][0, 0, 0, 0] [2, 5, 3, 2] [1, 1, 1, 2]
// CHECK-DAG: tensor.extract_slice [[X]][0, 0, 0, 1] [2, 5, 3, 2] [1, 1, 1, 2]
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x5x3x2x2xbf16>)
// CHECK: arith.extf
// CHECK: arith.truncf
// CHECK: tensor.insert_slice %{{.*}} into [[X]][0, 0, 0, 0] [2, 5, 3, 4]
func.func @pairs_partial_bshd(%x: tensor<2x5x3x6xbf16>, %offset: index) -> tensor<2x5x3x6xbf16> {
  %y = attn.rope %x layout(bshd) rotary_dim(4) offset(%offset) : tensor<2x5x3x6xbf16>
  return %y : tensor<2x5x3x6xbf16>
}

// Positions of each batch: the table has a batch dimension. Pairs in, halves
// out: the dimension of the pair comes first in the result.
// CHECK-LABEL: @pairs_to_halves_positions
// CHECK: linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<?x?x4xf32>)
// CHECK: arith.negf
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x2x?x2x4xf32>)
func.func @pairs_to_halves_positions(%x: tensor<?x2x?x8xf32>, %p: tensor<?x?xi32>) -> tensor<?x2x?x8xf32> {
  %y = attn.rope %x pairing(pairs_to_halves) positions(%p : tensor<?x?xi32>) negative : tensor<?x2x?x8xf32>
  return %y : tensor<?x2x?x8xf32>
}

// A row of which every partial is empty has LSE -inf; a partial of weight 0 is
// selected away, not multiplied.
// CHECK-LABEL: @merge
// CHECK: linalg.generic {{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<1x2x?xf32>, tensor<1x2x?xf32>, tensor<1x2x?xf32>)
// CHECK: arith.cmpf oeq, %{{.*}}, %{{.*}}
// CHECK: math.exp
// CHECK: math.log
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x?x2x4xf16>)
// CHECK: arith.select
// CHECK: arith.truncf
func.func @merge(%a: tensor<1x?x2x4xf16>, %b: tensor<1x?x2x4xf16>, %la: tensor<1x2x?xf32>, %lb: tensor<1x2x?xf32>)
    -> (tensor<1x?x2x4xf16>, tensor<1x2x?xf32>) {
  %o, %l = attn.merge %a, %b lse(%la, %lb) layout(bshd)
      : (tensor<1x?x2x4xf16>, tensor<1x?x2x4xf16>, tensor<1x2x?xf32>, tensor<1x2x?xf32>) -> (tensor<1x?x2x4xf16>, tensor<1x2x?xf32>)
  return %o, %l : tensor<1x?x2x4xf16>, tensor<1x2x?xf32>
}
