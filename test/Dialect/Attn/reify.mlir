// RUN: sqa-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize --cse | FileCheck %s

// Sizes of results come from operands, through each operand's layout.
// CHECK-LABEL: @sqa
// CHECK-SAME: %[[Q:[^:]*]]: tensor<?x?x4x16xf32>, %[[K:[^:]*]]: tensor<?x8x?x16xf32>
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[Q]], %[[C0]]
// CHECK-DAG: %[[S:.*]] = tensor.dim %[[Q]], %[[C1]]
// CHECK: return %[[B]], %[[C8]], %[[S]], %[[S]] : index
func.func @sqa(%q: tensor<?x?x4x16xf32>, %k: tensor<?x8x?x16xf32>) -> (index, index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %o, %lse = attn.sqa %q, %k, %k layout(bshd, bhsd, bhsd -> bhsd) : (tensor<?x?x4x16xf32>, tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>) -> (tensor<?x8x?x16xf32>, tensor<?x8x?xf32>)
  %b = tensor.dim %o, %c0 : tensor<?x8x?x16xf32>
  %h = tensor.dim %lse, %c1 : tensor<?x8x?xf32>
  %s = tensor.dim %o, %c2 : tensor<?x8x?x16xf32>
  %t = tensor.dim %lse, %c2 : tensor<?x8x?xf32>
  return %b, %h, %s, %t : index, index, index, index
}

// CHECK-LABEL: @online
// CHECK-SAME: %[[ACC:[^:]*]]: tensor<4x?xf32>, %[[M:[^:]*]]: tensor<?xf32>
// CHECK-DAG: %[[R:.*]] = tensor.dim %[[ACC]], %c1
// CHECK-DAG: %[[X:.*]] = tensor.dim %[[M]], %c0
// CHECK: return %[[R]], %[[X]]
func.func @online(%acc: tensor<4x?xf32>, %m: tensor<?xf32>, %q: tensor<4x?xf32>, %k: tensor<8x4xf32>, %c: index) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<4x?xf32>, tensor<8x4xf32>, tensor<8x4xf32>) outs(%acc, %m, %m : tensor<4x?xf32>, tensor<?xf32>, tensor<?xf32>) at(%c, %c, %c, %c) rows(%c) rows_last
  %a = tensor.dim %r#0, %c1 : tensor<4x?xf32>
  %b = tensor.dim %r#1, %c0 : tensor<?xf32>
  return %a, %b : index, index
}

// CHECK-LABEL: @merge_and_rope
// CHECK-SAME: %[[A:[^:]*]]: tensor<?x2x?x4xf32>, %[[L:[^:]*]]: tensor<?x2x?xf32>
// CHECK-DAG: %[[S:.*]] = tensor.dim %[[A]], %c2
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[L]], %c0
// CHECK: return %[[S]], %[[B]]
func.func @merge_and_rope(%a: tensor<?x2x?x4xf32>, %l: tensor<?x2x?xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %o, %lse = attn.merge %a lse(%l) : (tensor<?x2x?x4xf32>, tensor<?x2x?xf32>) -> (tensor<?x2x?x4xf32>, tensor<?x2x?xf32>)
  %y = attn.rope %o : tensor<?x2x?x4xf32>
  %s = tensor.dim %y, %c2 : tensor<?x2x?x4xf32>
  %b = tensor.dim %lse, %c0 : tensor<?x2x?xf32>
  return %s, %b : index, index
}
