// RUN: sqa-opt %s --canonicalize | FileCheck %s

// Projections give batch, position, head; the transposes that models put around
// attention become layouts.
// CHECK-LABEL: @transposes
// CHECK-SAME: %[[Q:[^:]*]]: tensor<?x?x4x16xf32>, %[[K:[^:]*]]: tensor<?x?x2x16xf32>
// CHECK-NEXT: %o = attn.sqa %[[Q]], %[[K]], %[[K]] heads(group) layout(bshd, bshd, bshd -> bshd)
// CHECK-NEXT: return %o : tensor<?x?x4x16xf32>
func.func @transposes(%q: tensor<?x?x4x16xf32>, %k: tensor<?x?x2x16xf32>, %iq: tensor<?x4x?x16xf32>, %ik: tensor<?x2x?x16xf32>, %io: tensor<?x?x4x16xf32>) -> tensor<?x?x4x16xf32> {
  %qt = linalg.transpose ins(%q : tensor<?x?x4x16xf32>) outs(%iq : tensor<?x4x?x16xf32>) permutation = [0, 2, 1, 3]
  %kt = linalg.transpose ins(%k : tensor<?x?x2x16xf32>) outs(%ik : tensor<?x2x?x16xf32>) permutation = [0, 2, 1, 3]
  %o = attn.sqa %qt, %kt, %kt : (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>) -> tensor<?x4x?x16xf32>
  %ot = linalg.transpose ins(%o : tensor<?x4x?x16xf32>) outs(%io : tensor<?x?x4x16xf32>) permutation = [0, 2, 1, 3]
  return %ot : tensor<?x?x4x16xf32>
}

// The same transposes as importers write them, on an op that has layouts already.
// CHECK-LABEL: @generic_transposes
// CHECK: attn.sqa %arg0, %arg1, %arg1 heads(group) : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#swap = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
func.func @generic_transposes(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32> {
  %eq = tensor.empty() : tensor<1x8x4x16xf32>
  %qt = linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q : tensor<1x4x8x16xf32>) outs(%eq : tensor<1x8x4x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
  } -> tensor<1x8x4x16xf32>
  %o = attn.sqa %qt, %k, %k layout(bshd, bhsd, bhsd -> bshd) : (tensor<1x8x4x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x8x4x16xf32>
  %eo = tensor.empty() : tensor<1x4x8x16xf32>
  %ot = linalg.generic {indexing_maps = [#id, #swap], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o : tensor<1x8x4x16xf32>) outs(%eo : tensor<1x4x8x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
  } -> tensor<1x4x8x16xf32>
  return %ot : tensor<1x4x8x16xf32>
}

// Another permutation is no layout, and an output that is used twice stays.
// CHECK-LABEL: @other_transposes
// CHECK: linalg.transpose
// CHECK: attn.sqa {{.*}} heads(group) :
// CHECK: linalg.transpose
func.func @other_transposes(%q: tensor<1x8x4x8xf32>, %i: tensor<1x8x4x8xf32>) -> (tensor<1x8x4x8xf32>, tensor<1x4x8x8xf32>) {
  %e = tensor.empty() : tensor<1x8x4x8xf32>
  %qt = linalg.transpose ins(%q : tensor<1x8x4x8xf32>) outs(%e : tensor<1x8x4x8xf32>) permutation = [0, 3, 2, 1]
  %o = attn.sqa %qt, %qt, %qt : (tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>) -> tensor<1x8x4x8xf32>
  %f = tensor.empty() : tensor<1x4x8x8xf32>
  %ot = linalg.transpose ins(%o : tensor<1x8x4x8xf32>) outs(%f : tensor<1x4x8x8xf32>) permutation = [0, 2, 1, 3]
  return %o, %ot : tensor<1x8x4x8xf32>, tensor<1x4x8x8xf32>
}

// Rotation stands between projection and attention: the transpose passes it.
// CHECK-LABEL: @transpose_before_rope
// CHECK-SAME: %[[Q:[^:]*]]: tensor<?x?x4x16xf32>
// CHECK-NEXT: %[[R:.*]] = attn.rope %[[Q]] pairing(halves) layout(bshd) : tensor<?x?x4x16xf32>
// CHECK-NEXT: attn.sqa %[[R]], %[[R]], %[[R]] heads(group) layout(bshd, bshd, bshd -> bhsd)
func.func @transpose_before_rope(%q: tensor<?x?x4x16xf32>, %i: tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32> {
  %qt = linalg.transpose ins(%q : tensor<?x?x4x16xf32>) outs(%i : tensor<?x4x?x16xf32>) permutation = [0, 2, 1, 3]
  %r = attn.rope %qt pairing(halves) : tensor<?x4x?x16xf32>
  %o = attn.sqa %r, %r, %r : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// A rotation that something else reads keeps its transpose.
// CHECK-LABEL: @rope_with_other_use
// CHECK: linalg.transpose
// CHECK: attn.rope {{.*}} : tensor<?x4x?x16xf32>
func.func @rope_with_other_use(%q: tensor<?x?x4x16xf32>, %i: tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32> {
  %qt = linalg.transpose ins(%q : tensor<?x?x4x16xf32>) outs(%i : tensor<?x4x?x16xf32>) permutation = [0, 2, 1, 3]
  %r = attn.rope %qt : tensor<?x4x?x16xf32>
  return %r : tensor<?x4x?x16xf32>
}

// repeat_kv of grouped-query models: broadcast after the heads, then collapse.
// CHECK-LABEL: @broadcast_group
// CHECK: attn.sqa %arg0, %arg1, %arg2 heads(group) : (tensor<1x8x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
func.func @broadcast_group(%q: tensor<1x8x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>, %i: tensor<1x2x4x?x16xf32>) -> tensor<1x8x?x16xf32> {
  %kb = linalg.broadcast ins(%k : tensor<1x2x?x16xf32>) outs(%i : tensor<1x2x4x?x16xf32>) dimensions = [2]
  %vb = linalg.broadcast ins(%v : tensor<1x2x?x16xf32>) outs(%i : tensor<1x2x4x?x16xf32>) dimensions = [2]
  %kc = tensor.collapse_shape %kb [[0], [1, 2], [3], [4]] : tensor<1x2x4x?x16xf32> into tensor<1x8x?x16xf32>
  %vc = tensor.collapse_shape %vb [[0], [1, 2], [3], [4]] : tensor<1x2x4x?x16xf32> into tensor<1x8x?x16xf32>
  %o = attn.sqa %q, %kc, %vc : (tensor<1x8x?x16xf32>, tensor<1x8x?x16xf32>, tensor<1x8x?x16xf32>) -> tensor<1x8x?x16xf32>
  return %o : tensor<1x8x?x16xf32>
}

// A broadcast before the heads is the other order.
// CHECK-LABEL: @broadcast_tile
// CHECK: attn.sqa %arg0, %arg1, %arg1 heads(tile) : (tensor<1x8x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
func.func @broadcast_tile(%q: tensor<1x8x?x16xf32>, %k: tensor<1x2x?x16xf32>, %i: tensor<1x4x2x?x16xf32>) -> tensor<1x8x?x16xf32> {
  %kb = linalg.broadcast ins(%k : tensor<1x2x?x16xf32>) outs(%i : tensor<1x4x2x?x16xf32>) dimensions = [1]
  %kc = tensor.collapse_shape %kb [[0], [1, 2], [3], [4]] : tensor<1x4x2x?x16xf32> into tensor<1x8x?x16xf32>
  %o = attn.sqa %q, %kc, %kc : (tensor<1x8x?x16xf32>, tensor<1x8x?x16xf32>, tensor<1x8x?x16xf32>) -> tensor<1x8x?x16xf32>
  return %o : tensor<1x8x?x16xf32>
}

// The form with an added dimension of 1, in layout bshd.
// CHECK-LABEL: @expand_then_generic
// CHECK: attn.sqa %arg0, %arg1, %arg1 heads(group) layout(bshd, bshd, bshd -> bshd) : (tensor<1x6x8x16xf32>, tensor<1x6x2x16xf32>, tensor<1x6x2x16xf32>)
#id5 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>
#unit = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, 0, d4)>
func.func @expand_then_generic(%q: tensor<1x6x8x16xf32>, %k: tensor<1x6x2x16xf32>) -> tensor<1x6x8x16xf32> {
  %x = tensor.expand_shape %k [[0], [1], [2, 3], [4]] output_shape [1, 6, 2, 1, 16] : tensor<1x6x2x16xf32> into tensor<1x6x2x1x16xf32>
  %e = tensor.empty() : tensor<1x6x2x4x16xf32>
  %g = linalg.generic {indexing_maps = [#unit, #id5], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x6x2x1x16xf32>) outs(%e : tensor<1x6x2x4x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
  } -> tensor<1x6x2x4x16xf32>
  %c = tensor.collapse_shape %g [[0], [1], [2, 3], [4]] : tensor<1x6x2x4x16xf32> into tensor<1x6x8x16xf32>
  %o = attn.sqa %q, %c, %c layout(bshd, bshd, bshd -> bshd) : (tensor<1x6x8x16xf32>, tensor<1x6x8x16xf32>, tensor<1x6x8x16xf32>) -> tensor<1x6x8x16xf32>
  return %o : tensor<1x6x8x16xf32>
}

// Heads gathered by index.
// CHECK-LABEL: @indexed_heads
// CHECK: attn.sqa %arg0, %arg1, %arg1 heads(group) : (tensor<1x8x6x16xf32>, tensor<1x2x6x16xf32>
#head = affine_map<(d0, d1, d2, d3) -> (d0, d1 floordiv 4, d2, d3)>
func.func @indexed_heads(%q: tensor<1x8x6x16xf32>, %k: tensor<1x2x6x16xf32>) -> tensor<1x8x6x16xf32> {
  %e = tensor.empty() : tensor<1x8x6x16xf32>
  %g = linalg.generic {indexing_maps = [#head, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k : tensor<1x2x6x16xf32>) outs(%e : tensor<1x8x6x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
  } -> tensor<1x8x6x16xf32>
  %o = attn.sqa %q, %g, %g : (tensor<1x8x6x16xf32>, tensor<1x8x6x16xf32>, tensor<1x8x6x16xf32>) -> tensor<1x8x6x16xf32>
  return %o : tensor<1x8x6x16xf32>
}

// repeat() of the queries, as reverse SQA writes it.
// CHECK-LABEL: @concat_queries
// CHECK: attn.sqa %arg0, %arg1, %arg1 heads(tile) : (tensor<1x2x6x16xf32>, tensor<1x4x6x16xf32>
func.func @concat_queries(%q: tensor<1x2x6x16xf32>, %k: tensor<1x4x6x16xf32>) -> tensor<1x4x6x16xf32> {
  %c = tensor.concat dim(1) %q, %q : (tensor<1x2x6x16xf32>, tensor<1x2x6x16xf32>) -> tensor<1x4x6x16xf32>
  %o = attn.sqa %c, %k, %k : (tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) -> tensor<1x4x6x16xf32>
  return %o : tensor<1x4x6x16xf32>
}

// Repeated twice in one way is repeated in that way; in two ways it is neither.
// CHECK-LABEL: @twice
// CHECK: attn.sqa %arg0, %arg1, %arg1 heads(tile) : (tensor<1x8x6x16xf32>, tensor<1x2x6x16xf32>
// CHECK: attn.sqa %arg0, %{{concat.*}}, %{{concat.*}} heads(group) : (tensor<1x8x6x16xf32>, tensor<1x4x6x16xf32>
func.func @twice(%q: tensor<1x8x6x16xf32>, %k: tensor<1x2x6x16xf32>) -> (tensor<1x8x6x16xf32>, tensor<1x8x6x16xf32>) {
  %c = tensor.concat dim(1) %k, %k : (tensor<1x2x6x16xf32>, tensor<1x2x6x16xf32>) -> tensor<1x4x6x16xf32>
  %a = attn.sqa %q, %c, %c heads(tile) : (tensor<1x8x6x16xf32>, tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) -> tensor<1x8x6x16xf32>
  %b = attn.sqa %q, %c, %c heads(group) : (tensor<1x8x6x16xf32>, tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) -> tensor<1x8x6x16xf32>
  return %a, %b : tensor<1x8x6x16xf32>, tensor<1x8x6x16xf32>
}

// Keys alone cannot have fewer heads than their values, and repeating both
// sides makes output heads that one side alone would not.
// CHECK-LABEL: @repeats_that_stay
// CHECK: attn.sqa %arg0, %{{concat.*}}, %arg2
// CHECK: attn.sqa %arg1, %{{concat.*}}, %{{concat.*}}
func.func @repeats_that_stay(%q: tensor<1x4x6x16xf32>, %k: tensor<1x2x6x16xf32>, %v: tensor<1x4x6x16xf32>) -> (tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) {
  %c = tensor.concat dim(1) %k, %k : (tensor<1x2x6x16xf32>, tensor<1x2x6x16xf32>) -> tensor<1x4x6x16xf32>
  %a = attn.sqa %q, %c, %v : (tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) -> tensor<1x4x6x16xf32>
  %b = attn.sqa %k, %c, %c : (tensor<1x2x6x16xf32>, tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) -> tensor<1x4x6x16xf32>
  return %a, %b : tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>
}
