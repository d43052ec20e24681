// The tiles of an op compute what the op computes: both run in the interpreter.
//
// RUN: sqa-opt %s --transform-interpreter --canonicalize --cse -o %t.mlir
// RUN: FileCheck %s <%t.mlir
//
// DEFINE: %{shared} = --function=shared "--input=2x4x7x3xf32=random(1)" "--input=2x2x9x3xf32=random(2)" "--input=2x2x9x5xf32=random(3)" --input=2xi32=8,3 --input=2x1x1x9xi1=1,1,1,1,1,1,0,1,1,1,1,0,1,1,1,1,1,1 "--input=1x4x7x1xf32=random(5)" "--input=4xf32=random(6)" --input=4xf32=0.5,0.25,2,-1
// RUN: sqa-interpret %s %{shared} --output=@%t.o.npy --output=@%t.l.npy
// RUN: sqa-interpret %t.mlir %{shared} --expected-output=@%t.o.npy --expected-output=@%t.l.npy
//
// DEFINE: %{reverse} = --function=reverse "--input=2x7x2x3xf32=random(1)" "--input=2x4x7x3xf32=random(2)" "--input=2x7xi32=random(3, 0, 2)" "--input=2x7xi32=random(4, 0, 2)"
// RUN: sqa-interpret %s %{reverse} --output=@%t.o.npy
// RUN: sqa-interpret %t.mlir %{reverse} --expected-output=@%t.o.npy
//
// DEFINE: %{steps} = --function=steps "--input=3x8xf32=random(1)" "--input=11x3xf32=random(2)" "--input=11x5xf32=random(3)" "--input=5x8xf32=random(4)" "--input=8xf32=random(5)" --input=8xf32=1,2,3,4,5,6,7,8 "--input=16xf32=random(7)"
// RUN: sqa-interpret %s %{steps} --output=@%t.a.npy --output=@%t.m.npy --output=@%t.s.npy
// RUN: sqa-interpret %t.mlir %{steps} --expected-output=@%t.a.npy --expected-output=@%t.m.npy --expected-output=@%t.s.npy
//
// DEFINE: %{rows} = --function=rows "--input=2x7x2x4xf32=random(1)" "--input=2x2x7xf32=random(2)" --input=2x7xi32=0,1,2,3,9,5,6,7,1000,1,2,3,70,5 --input=index=11
// RUN: sqa-interpret %s %{rows} --output=@%t.o.npy --output=@%t.l.npy --output=@%t.r.npy
// RUN: sqa-interpret %t.mlir %{rows} --expected-output=@%t.o.npy --expected-output=@%t.l.npy --expected-output=@%t.r.npy

// Grouped heads, the ends of lengths, side operands that broadcast, both regions.
// CHECK-LABEL: @shared
// CHECK: scf.forall
// CHECK: attn.sqa
func.func @shared(%q: tensor<2x4x7x3xf32>, %k: tensor<2x2x9x3xf32>, %v: tensor<2x2x9x5xf32>, %n: tensor<2xi32>, %m: tensor<2x1x1x9xi1>,
    %bias: tensor<1x4x7x1xf32>, %sink: tensor<4xf32>, %slopes: tensor<4xf32>) -> (tensor<2x4x7x5xf32>, tensor<2x4x7xf32>) {
  %o, %lse = attn.sqa %q, %k, %v causal(bottom_right) kv_lengths(%n) mask(%m) bias(%bias) sink(%sink) capture(%slopes) {tiled = "shared"}
      : (tensor<2x4x7x3xf32>, tensor<2x2x9x3xf32>, tensor<2x2x9x5xf32>, tensor<2xi32>, tensor<2x1x1x9xi1>, tensor<1x4x7x1xf32>, tensor<4xf32>, tensor<4xf32>)
      -> (tensor<2x4x7x5xf32>, tensor<2x4x7xf32>)
      score_mod(%s, %b, %h, %i, %j, %a) {
        %slope = tensor.extract %a[%h] : tensor<4xf32>
        %d = arith.subi %j, %i : index
        %di = arith.index_cast %d : index to i32
        %df = arith.sitofp %di : i32 to f32
        %x = arith.mulf %df, %slope : f32
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
      mask_mod(%b, %h, %i, %j, %a) {
        %c2 = arith.constant 2 : index
        %hb = arith.addi %h, %b : index
        %ij = arith.addi %i, %j : index
        %x = arith.addi %hb, %ij : index
        %r = arith.remui %x, %c2 : index
        %z = arith.constant 0 : index
        %y = arith.cmpi eq, %r, %z : index
        attn.yield %y : i1
      }
  return %o, %lse : tensor<2x4x7x5xf32>, tensor<2x4x7xf32>
}

// More key/value heads than query heads, a window without an alignment, segments.
// CHECK-LABEL: @reverse
// CHECK: scf.for
// CHECK: attn.sqa
func.func @reverse(%q: tensor<2x7x2x3xf32>, %k: tensor<2x4x7x3xf32>, %qs: tensor<2x7xi32>, %ks: tensor<2x7xi32>) -> tensor<2x4x7x3xf32> {
  %o = attn.sqa %q, %k, %k heads(tile) layout(bshd, bhsd, bhsd -> bhsd) window(2, 1) global(1) segments(%qs, %ks) {tiled = "reverse"}
      : (tensor<2x7x2x3xf32>, tensor<2x4x7x3xf32>, tensor<2x4x7x3xf32>, tensor<2x7xi32>, tensor<2x7xi32>) -> tensor<2x4x7x3xf32>
  return %o : tensor<2x4x7x3xf32>
}

// Six of eight rows exist: tiles of four rows count them from their own first.
// The region reads a capture that ends right after the last row.
// CHECK-LABEL: @steps
// CHECK: scf.for
// CHECK: scf.for
// CHECK: attn.online_sqa
func.func @steps(%q: tensor<3x8xf32>, %k: tensor<11x3xf32>, %v: tensor<11x5xf32>, %acc: tensor<5x8xf32>, %max: tensor<8xf32>, %sum: tensor<8xf32>, %table: tensor<16xf32>)
    -> (tensor<5x6xf32>, tensor<6xf32>, tensor<6xf32>) {
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %scale = arith.constant 0.5 : f32
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<3x8xf32>, tensor<11x3xf32>, tensor<11x5xf32>)
      outs(%acc, %max, %sum : tensor<5x8xf32>, tensor<8xf32>, tensor<8xf32>) at(%c1, %c1, %c10, %c5) rows(%c6) scale(%scale) capture(%table : tensor<16xf32>) rows_last {tiled = "steps"}
      score_mod(%s, %b, %h, %i, %j, %t) {
        %e = tensor.extract %t[%i] : tensor<16xf32>
        %f = tensor.extract %t[%j] : tensor<16xf32>
        %g = arith.mulf %e, %f : f32
        %y = arith.addf %s, %g : f32
        attn.yield %y : f32
      }
      mask_mod(%b, %h, %i, %j, %t) {
        %y = arith.cmpi sle, %j, %i : index
        attn.yield %y : i1
      }
  %a = tensor.extract_slice %r#0[0, 0] [5, 6] [1, 1] : tensor<5x8xf32> to tensor<5x6xf32>
  %m = tensor.extract_slice %r#1[0] [6] [1] : tensor<8xf32> to tensor<6xf32>
  %l = tensor.extract_slice %r#2[0] [6] [1] : tensor<8xf32> to tensor<6xf32>
  return %a, %m, %l : tensor<5x6xf32>, tensor<6xf32>, tensor<6xf32>
}

// CHECK-LABEL: @rows
// CHECK: scf.for
// CHECK: attn.merge
// CHECK: scf.for
// CHECK: attn.rope
// CHECK: scf.for
// CHECK: attn.rope
func.func @rows(%a: tensor<2x7x2x4xf32>, %l: tensor<2x2x7xf32>, %p: tensor<2x7xi32>, %past: index) -> (tensor<2x7x2x4xf32>, tensor<2x2x7xf32>, tensor<2x7x2x4xf32>) {
  %o, %lse = attn.merge %a, %a lse(%l, %l) layout(bshd) {tiled = "merge"} : (tensor<2x7x2x4xf32>, tensor<2x7x2x4xf32>, tensor<2x2x7xf32>, tensor<2x2x7xf32>) -> (tensor<2x7x2x4xf32>, tensor<2x2x7xf32>)
  %r = attn.rope %o layout(bshd) positions(%p : tensor<2x7xi32>) {tiled = "rope"} : tensor<2x7x2x4xf32>
  %s = attn.rope %r layout(bshd) pairing(halves) offset(%past) {tiled = "rope"} : tensor<2x7x2x4xf32>
  return %r, %lse, %s : tensor<2x7x2x4xf32>, tensor<2x2x7xf32>, tensor<2x7x2x4xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %shared = transform.structured.match ops{["attn.sqa"]} attributes {tiled = "shared"} in %root : (!transform.any_op) -> !transform.any_op
    %t0, %l0 = transform.structured.tile_using_forall %shared tile_sizes [1, 1, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %reverse = transform.structured.match ops{["attn.sqa"]} attributes {tiled = "reverse"} in %root : (!transform.any_op) -> !transform.any_op
    %t1, %l1:3 = transform.structured.tile_using_for %reverse tile_sizes [1, 2, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    %steps = transform.structured.match ops{["attn.online_sqa"]} attributes {tiled = "steps"} in %root : (!transform.any_op) -> !transform.any_op
    %t2, %l2:2 = transform.structured.tile_using_for %steps tile_sizes [4, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    %merge = transform.structured.match ops{["attn.merge"]} attributes {tiled = "merge"} in %root : (!transform.any_op) -> !transform.any_op
    %t3, %l3:3 = transform.structured.tile_using_for %merge tile_sizes [1, 1, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    %rope = transform.structured.match ops{["attn.rope"]} attributes {tiled = "rope"} in %root : (!transform.any_op) -> !transform.any_op
    %t4, %l4:3 = transform.structured.tile_using_for %rope tile_sizes [1, 1, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
