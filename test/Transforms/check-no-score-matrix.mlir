// RUN: not sqa-opt %s --sqa-check-no-score-matrix --split-input-file 2>%t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=ERROR <%t.err

// Tiles of the scores are no matrix; operands of that shape are the caller's.
// CHECK-LABEL: func.func @tiles
// CHECK-NOT: sqa.scores
func.func @tiles(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %mask: tensor<?x?xi1>) -> tensor<?x16xf32>
    attributes {sqa.scores = [{from = [], op = loc("attention":1:1), shape = affine_map<()[s0, s1, s2, s3] -> (s0, s1)>}]} {
  %c0 = arith.constant 0 : index
  %t = tensor.dim %k, %c0 : tensor<?x16xf32>
  %row = tensor.empty(%t) : tensor<64x?xf32>
  return %q : tensor<?x16xf32>
}

// -----

// A matrix of scores over dynamic sizes, transposed, and with its sizes behind
// arithmetic.
func.func @dynamic(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>) -> tensor<?x16xf32>
    attributes {sqa.scores = [{from = [], op = loc(unknown), shape = affine_map<()[s0, s1] -> (s0, s1)>}]} {
  %c0 = arith.constant 0 : index
  %s = tensor.dim %q, %c0 : tensor<?x16xf32>
  %t = tensor.dim %k, %c0 : tensor<?x16xf32>
  // ERROR: check-no-score-matrix.mlir:[[#@LINE+2]]:{{.*}} 'tensor.empty' op expected no value of as many elements as attention has scores, but got 'tensor<4x?x?xf32>'
  // ERROR: note: the attention is here
  %scores = tensor.empty(%t, %s) : tensor<4x?x?xf32>
  return %q : tensor<?x16xf32>
}

// -----

// One dimension for both.
func.func @collapsed(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>) -> tensor<?x16xf32>
    attributes {sqa.scores = [{from = [], op = loc(unknown), shape = affine_map<()[s0, s1] -> (s0, s1)>}]} {
  %c0 = arith.constant 0 : index
  %s = tensor.dim %q, %c0 : tensor<?x16xf32>
  %t = tensor.dim %k, %c0 : tensor<?x16xf32>
  %n = arith.muli %t, %s : index
  // ERROR: but got 'tensor<?xi1>'
  // ERROR: note: the attention is here
  %mask = tensor.empty(%n) : tensor<?xi1>
  return %q : tensor<?x16xf32>
}

// -----

// Static sizes.
func.func @static(%q: tensor<1024x16xf32>, %k: tensor<1024x16xf32>) -> tensor<1024x16xf32>
    attributes {sqa.scores = [{from = [], op = loc(unknown), shape = affine_map<() -> (1024, 1024)>}]} {
  // ERROR: but got 'tensor<1024x1024xf32>'
  // ERROR: note: the attention is here
  %weights = arith.constant dense<0.0> : tensor<1024x1024xf32>
  return %q : tensor<1024x16xf32>
}

// -----

// What stands where such a value was made before is the user's own.
// CHECK-LABEL: func.func @own_mask
#here = loc("model.mlir":7:3)
func.func @own_mask(%q: tensor<1024x16xf32>) -> tensor<1024x16xf32>
    attributes {sqa.scores = [{from = [loc("model.mlir":7:3)], op = loc("model.mlir":9:3), shape = affine_map<() -> (1024, 1024)>}]} {
  %mask = tensor.empty() : tensor<1024x1024xi1> loc(#here)
  return %q : tensor<1024x16xf32>
}
