// RUN: sqa-opt %s --transform-interpreter --canonicalize --cse --split-input-file --mlir-print-local-scope | FileCheck %s

// Two queries heads of four read one of two key/value heads; queries of a tile
// stand at an offset, and regions see heads and queries of the whole.
// CHECK-LABEL: @group
// CHECK-SAME: %[[Q:[^:]*]]: tensor<2x4x8x16xf32>, %[[K:[^:]*]]: tensor<2x2x6x16xf32>, %[[V:[^:]*]]: tensor<2x2x6x24xf32>, %[[S:[^:]*]]: tensor<4xf32>
// CHECK: scf.for %[[B:[^ ]*]] =
// CHECK: scf.for %[[H:[^ ]*]] =
// CHECK: scf.for %[[I:[^ ]*]] =
// CHECK-DAG: %[[QT:.*]] = tensor.extract_slice %[[Q]][%[[B]], %[[H]], %[[I]], 0] [1, 2, 4, 16] [1, 1, 1, 1]
// CHECK-DAG: %[[HK:.*]] = affine.apply affine_map<(d0) -> (d0 floordiv 2)>(%[[H]])
// CHECK-DAG: %[[KT:.*]] = tensor.extract_slice %[[K]][%[[B]], %[[HK]], 0, 0] [1, 1, 6, 16] [1, 1, 1, 1]
// CHECK-DAG: %[[VT:.*]] = tensor.extract_slice %[[V]][%[[B]], %[[HK]], 0, 0] [1, 1, 6, 24] [1, 1, 1, 1]
// CHECK-DAG: %[[O:.*]] = affine.apply affine_map<(d0) -> (d0 - 2)>(%[[I]])
// CHECK: %o, %lse = attn.sqa %[[QT]], %[[KT]], %[[VT]] heads(group) causal(offset(%[[O]])) capture(%[[S]], %[[H]], %[[I]])
// CHECK-SAME: -> (tensor<1x2x4x24xf32>, tensor<1x2x4xf32>) score_mod(%s, %b, %h, %i, %j, %a, %[[AH:[^ ]*]], %[[AI:[^ ]*]]) {
// CHECK-DAG: %[[HW:.*]] = arith.addi %h, %[[AH]] : index
// CHECK-DAG: %[[IW:.*]] = arith.addi %i, %[[AI]] : index
// CHECK-DAG: tensor.extract %a[%[[HW]]]
// CHECK-DAG: arith.subi %j, %[[IW]]
// CHECK: tensor.insert_slice %o into %{{.*}}[%[[B]], %[[H]], %[[I]], 0] [1, 2, 4, 24]
// CHECK: tensor.insert_slice %lse into %{{.*}}[%[[B]], %[[H]], %[[I]]] [1, 2, 4]
func.func @group(%q: tensor<2x4x8x16xf32>, %k: tensor<2x2x6x16xf32>, %v: tensor<2x2x6x24xf32>, %slopes: tensor<4xf32>) -> (tensor<2x4x8x24xf32>, tensor<2x4x8xf32>) {
  %o, %lse = attn.sqa %q, %k, %v causal(bottom_right) capture(%slopes)
      : (tensor<2x4x8x16xf32>, tensor<2x2x6x16xf32>, tensor<2x2x6x24xf32>, tensor<4xf32>) -> (tensor<2x4x8x24xf32>, tensor<2x4x8xf32>)
      score_mod(%s, %b, %h, %i, %j, %a) {
        %slope = tensor.extract %a[%h] : tensor<4xf32>
        %d = arith.subi %j, %i : index
        %di = arith.index_cast %d : index to i32
        %df = arith.sitofp %di : i32 to f32
        %x = arith.mulf %df, %slope : f32
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %o, %lse : tensor<2x4x8x24xf32>, tensor<2x4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l:3 = transform.structured.tile_using_for %op tile_sizes [1, 2, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Every side operand follows its tile: broadcast dimensions stay, lengths with
// bottom_right become an offset of the only batch of the tile. Layout bshd.
// CHECK-LABEL: @side_operands
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[T:.*]]) in
// CHECK-DAG: %[[I:.*]] = affine.apply affine_map<(d0) -> (d0 * 32)>(%[[T]])
// CHECK-DAG: tensor.extract_slice %{{.*}}[%[[B]], %[[I]], %[[H]], 0] [1, %[[M:[^,]*]], 1, 16]
// CHECK-DAG: %[[HQ:.*]] = affine.apply affine_map<(d0) -> (d0 mod 2)>(%[[H]])
// CHECK-DAG: tensor.extract_slice %{{.*}}[%[[B]], 0, %[[HQ]], 0] [1, %{{[^,]*}}, 1, 16]
// CHECK-DAG: %[[L:.*]] = tensor.extract %{{.*}}[%[[B]]] : tensor<?xi32>
// CHECK-DAG: arith.index_cast %[[L]]
// CHECK-DAG: arith.maxsi
// CHECK-DAG: %[[LEN:.*]] = arith.minsi
// CHECK-DAG: %[[OFF:.*]] = affine.apply {{.*}}%[[LEN]]
// CHECK-DAG: %[[LT:.*]] = tensor.extract_slice %{{.*}}[%[[B]]] [1] [1] : tensor<?xi32>
// CHECK-DAG: %[[QS:.*]] = tensor.extract_slice %{{.*}}[%[[B]], %[[I]]] [1, %[[M]]] [1, 1] : tensor<?x?xi32>
// CHECK-DAG: %[[KS:.*]] = tensor.extract_slice %{{.*}}[%[[B]], 0] [1, %{{[^]]*}}] [1, 1] : tensor<?x?xi32>
// CHECK-DAG: %[[MT:.*]] = tensor.extract_slice %{{.*}}[%[[B]], 0, 0, 0] [1, 1, 1, %{{[^]]*}}] [1, 1, 1, 1] : tensor<?x1x1x?xi1>
// CHECK-DAG: %[[BT:.*]] = tensor.extract_slice %{{.*}}[0, %[[H]], %[[I]], 0] [1, 1, %[[M]], 1] [1, 1, 1, 1] : tensor<1x4x?x1xf16>
// CHECK-DAG: %[[ST:.*]] = tensor.extract_slice %{{.*}}[%[[H]]] [1] [1] : tensor<4xf32>
// CHECK: attn.sqa {{.*}} layout(bshd, bshd, bshd -> bshd) align(offset(%[[OFF]])) window(3, 0) kv_lengths(%[[LT]]) segments(%[[QS]], %[[KS]]) mask(%[[MT]]) bias(%[[BT]]) sink(%[[ST]])
// CHECK: tensor.parallel_insert_slice %o into %{{.*}}[%[[B]], %[[I]], %[[H]], 0] [1, %[[M]], 1, 16]
func.func @side_operands(%q: tensor<?x?x4x16xf16>, %k: tensor<?x?x2x16xf16>, %n: tensor<?xi32>, %qs: tensor<?x?xi32>, %ks: tensor<?x?xi32>,
    %m: tensor<?x1x1x?xi1>, %bias: tensor<1x4x?x1xf16>, %sink: tensor<4xf32>) -> tensor<?x?x4x16xf16> {
  %o = attn.sqa %q, %k, %k heads(tile) layout(bshd, bshd, bshd -> bshd) align(bottom_right) window(3, 0) kv_lengths(%n) segments(%qs, %ks) mask(%m) bias(%bias) sink(%sink)
      : (tensor<?x?x4x16xf16>, tensor<?x?x2x16xf16>, tensor<?x?x2x16xf16>, tensor<?xi32>, tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x1x1x?xi1>, tensor<1x4x?x1xf16>, tensor<4xf32>) -> tensor<?x?x4x16xf16>
  return %o : tensor<?x?x4x16xf16>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_forall %op tile_sizes [1, 1, 32] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// More key/value heads than query heads, in tile order: tiles of as many heads
// as there are query heads share them all.
// CHECK-LABEL: @reverse
// CHECK: scf.for %[[H:[^ ]*]] =
// CHECK-DAG: tensor.extract_slice %arg1[0, %[[H]], 0, 0] [1, 2, 6, 16]
// CHECK: attn.sqa %arg0, %{{.*}}, %{{.*}} heads(group) : (tensor<1x2x8x16xf32>, tensor<1x2x6x16xf32>, tensor<1x2x6x16xf32>)
func.func @reverse(%q: tensor<1x2x8x16xf32>, %k: tensor<1x4x6x16xf32>) -> tensor<1x4x8x16xf32> {
  %o = attn.sqa %q, %k, %k heads(tile) : (tensor<1x2x8x16xf32>, tensor<1x4x6x16xf32>, tensor<1x4x6x16xf32>) -> tensor<1x4x8x16xf32>
  return %o : tensor<1x4x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Heads alone: all queries are in the tile, so bottom_right stays what it is;
// the constant offset of a tile is a constant in its region.
// CHECK-LABEL: @heads_alone
// CHECK: scf.for
// CHECK: attn.sqa {{.*}} causal(bottom_right) kv_lengths(
func.func @heads_alone(%q: tensor<?x4x?x16xf32>, %k: tensor<?x4x?x16xf32>, %n: tensor<?xi32>) -> tensor<?x4x?x16xf32> {
  %o = attn.sqa %q, %k, %k causal(bottom_right) kv_lengths(%n) : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?xi32>) -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 1, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A loop over keys threads the state; row tiles count their valid rows.
// CHECK-LABEL: @online
// CHECK-SAME: %[[Q:[^:]*]]: tensor<16x?xf32>, %[[K:[^:]*]]: tensor<?x16xf32>
// CHECK: scf.for %[[M:[^ ]*]] = {{.*}} iter_args
// CHECK: scf.for %[[N:[^ ]*]] = {{.*}} iter_args(%[[A:[^ ]*]] = %{{[^ ]*}}, %[[X:[^ ]*]] = %{{[^ ]*}}, %[[L:[^ ]*]] = %{{[^ ]*}})
// CHECK-DAG: tensor.extract_slice %[[Q]][0, %[[M]]] [16, %{{.*}}]
// CHECK-DAG: tensor.extract_slice %[[K]][%[[N]], 0] [%{{.*}}, 16]
// CHECK-DAG: tensor.extract_slice %[[A]][0, %[[M]]] [24, %{{.*}}]
// CHECK-DAG: tensor.extract_slice %[[X]][%[[M]]]
// CHECK-DAG: tensor.extract_slice %[[L]][%[[M]]]
// CHECK-DAG: %[[I:.*]] = affine.apply affine_map<(d0)[s0] -> (d0 + s0)>(%[[M]])[%arg6]
// CHECK-DAG: %[[J:.*]] = affine.apply affine_map<(d0)[s0] -> (d0 + s0)>(%[[N]])[%arg7]
// CHECK-DAG: %[[R:.*]] = affine.apply affine_map<(d0)[s0] -> (-d0 + s0)>(%[[M]])[%arg8]
// CHECK: %acc, %max, %sum = attn.online_sqa {{.*}} at(%arg6, %arg7, %[[I]], %[[J]]) rows(%[[R]]) rows_last mask_mod
func.func @online(%q: tensor<16x?xf32>, %k: tensor<?x16xf32>, %v: tensor<?x24xf32>, %acc: tensor<24x?xf32>, %max: tensor<?xf32>, %sum: tensor<?xf32>, %i: index, %j: index, %rows: index)
    -> (tensor<24x?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<16x?xf32>, tensor<?x16xf32>, tensor<?x24xf32>)
      outs(%acc, %max, %sum : tensor<24x?xf32>, tensor<?xf32>, tensor<?xf32>) at(%i, %j, %i, %j) rows(%rows) rows_last
      mask_mod(%b0, %h0, %i0, %j0) {
        %y = arith.cmpi sle, %j0, %i0 : index
        attn.yield %y : i1
      }
  return %r#0, %r#1, %r#2 : tensor<24x?xf32>, tensor<?xf32>, tensor<?xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.online_sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.tile_using_for %op tile_sizes [32, 64] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A rotation is fused into the tiles of the attention that reads it; its
// position follows.
// CHECK-LABEL: @fuse_rope
// CHECK: scf.for %[[I:[^ ]*]] =
// CHECK: %[[X:.*]] = tensor.extract_slice %arg0[0, 0, %[[I]], 0] [1, 2, 4, 16]
// CHECK: %[[R:.*]] = attn.rope %[[X]] pairing(halves) offset(%[[I]]) : tensor<1x2x4x16xf32>
// CHECK: attn.sqa %[[R]]
func.func @fuse_rope(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x6x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.rope %q pairing(halves) : tensor<1x2x8x16xf32>
  %o = attn.sqa %r, %k, %k : (tensor<1x2x8x16xf32>, tensor<1x2x6x16xf32>, tensor<1x2x6x16xf32>) -> tensor<1x2x8x16xf32>
  return %o : tensor<1x2x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.sqa"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.fuse %op tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Partial results merge row by row; positions of a rotation are cut with it.
// CHECK-LABEL: @merge_and_rope
// CHECK: scf.for %[[I:[^ ]*]] =
// CHECK-DAG: %[[A:.*]] = tensor.extract_slice %arg0[0, %[[I]], 0, 0] [2, 4, 2, 16]
// CHECK-DAG: %[[L:.*]] = tensor.extract_slice %arg1[0, 0, %[[I]]] [2, 2, 4]
// CHECK: attn.merge %[[A]], %[[A]] lse(%[[L]], %[[L]]) layout(bshd)
// CHECK: scf.for %[[J:[^ ]*]] =
// CHECK: tensor.extract_slice %arg2[0, %[[J]]] [2, 4]
// CHECK: attn.rope %{{.*}} layout(bshd) positions(%{{.*}} : tensor<2x4xi32>) : tensor<2x4x2x16xf32>
func.func @merge_and_rope(%a: tensor<2x8x2x16xf32>, %l: tensor<2x2x8xf32>, %p: tensor<2x8xi32>) -> (tensor<2x8x2x16xf32>, tensor<2x2x8xf32>) {
  %o, %lse = attn.merge %a, %a lse(%l, %l) layout(bshd) : (tensor<2x8x2x16xf32>, tensor<2x8x2x16xf32>, tensor<2x2x8xf32>, tensor<2x2x8xf32>) -> (tensor<2x8x2x16xf32>, tensor<2x2x8xf32>)
  %r = attn.rope %o layout(bshd) positions(%p : tensor<2x8xi32>) : tensor<2x8x2x16xf32>
  return %r, %lse : tensor<2x8x2x16xf32>, tensor<2x2x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %m = transform.structured.match ops{["attn.merge"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %m tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %r = transform.structured.match ops{["attn.rope"]} in %root : (!transform.any_op) -> !transform.any_op
    %t2, %l2 = transform.structured.tile_using_for %r tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
