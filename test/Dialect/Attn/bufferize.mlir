// RUN: sqa-opt %s --one-shot-bufferize="bufferize-function-boundaries" --canonicalize | FileCheck %s

// A loop over keys updates the state in place: no copy, no allocation. Captures
// become memrefs and are read by memref.load.
// CHECK-LABEL: @in_place
// CHECK-SAME: %[[Q:[^:]*]]: memref<16x32xf32, {{.*}}>, %[[K:[^:]*]]: memref<?x16xf32, {{.*}}>, %[[ACC:[^:]*]]: memref<16x32xf32, {{.*}}>, %[[MAX:[^:]*]]: memref<32xf32, {{.*}}>, %[[SUM:[^:]*]]: memref<32xf32, {{.*}}>, %[[S:[^:]*]]: memref<?xf32
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: scf.for
// CHECK-DAG: %[[KT:.*]] = memref.subview %[[K]]
// CHECK: attn.online_sqa ins(%[[Q]], %[[KT]], %[[KT]] : {{.*}}) outs(%[[ACC]], %[[MAX]], %[[SUM]] : {{.*}}) at({{.*}}) rows(%{{.*}}) scale(%{{.*}}) capture(%[[S]] : {{.*}}) rows_last
// CHECK-SAME: score_mod(%s, %b, %h, %i, %j, %a) {
// CHECK-DAG: memref.dim %a
// CHECK-DAG: memref.load %a[
// CHECK: } mask_mod(%b, %h, %i, %j, %a) {
func.func @in_place(%q: tensor<16x32xf32>, %k: tensor<?x16xf32>, %acc: tensor<16x32xf32> {bufferization.writable = true},
    %max: tensor<32xf32> {bufferization.writable = true}, %sum: tensor<32xf32> {bufferization.writable = true}, %slopes: tensor<?xf32>, %n: index, %scale: f32)
    -> (tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %r:3 = scf.for %j = %c0 to %n step %c64 iter_args(%a = %acc, %m = %max, %s = %sum) -> (tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) {
    %kt = tensor.extract_slice %k[%j, 0] [64, 16] [1, 1] : tensor<?x16xf32> to tensor<64x16xf32>
    %o:3 = attn.online_sqa ins(%q, %kt, %kt : tensor<16x32xf32>, tensor<64x16xf32>, tensor<64x16xf32>)
        outs(%a, %m, %s : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%c0, %c0, %c0, %j) rows(%n) scale(%scale) capture(%slopes : tensor<?xf32>) rows_last
        score_mod(%x, %b0, %h0, %i0, %j0, %t) {
          %z = arith.constant 0 : index
          %d = tensor.dim %t, %z : tensor<?xf32>
          %w = arith.remui %h0, %d : index
          %e = tensor.extract %t[%w] : tensor<?xf32>
          %y = arith.mulf %x, %e : f32
          attn.yield %y : f32
        }
        mask_mod(%b0, %h0, %i0, %j0, %t) {
          %y = arith.cmpi sle, %j0, %i0 : index
          attn.yield %y : i1
        }
    scf.yield %o#0, %o#1, %o#2 : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>
}

// A state that is read afterwards is copied before it is updated.
// CHECK-LABEL: @old_state_is_kept
// CHECK-SAME: %[[ACC:[^:]*]]: memref<8x4xf32
// CHECK: %[[COPY:.*]] = memref.alloc() {{.*}} : memref<8x4xf32>
// CHECK: memref.copy %[[ACC]], %[[COPY]]
// CHECK: attn.online_sqa {{.*}} outs(%[[COPY]],
// CHECK: memref.load %[[ACC]]
func.func @old_state_is_kept(%acc: tensor<8x4xf32> {bufferization.writable = true}, %max: tensor<8xf32> {bufferization.writable = true},
    %sum: tensor<8xf32> {bufferization.writable = true}, %q: tensor<8x4xf32>, %c: index) -> (tensor<8x4xf32>, f32) {
  %r:3 = attn.online_sqa ins(%q, %q, %q : tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>)
      outs(%acc, %max, %sum : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
  %old = tensor.extract %acc[%c, %c] : tensor<8x4xf32>
  return %r#0, %old : tensor<8x4xf32>, f32
}

// An operand that is also the state must not be overwritten while it is read.
// CHECK-LABEL: @query_is_state
// CHECK-SAME: %[[Q:[^:]*]]: memref<4x4xf32
// CHECK: %[[COPY:.*]] = memref.alloc
// CHECK: memref.copy %[[Q]], %[[COPY]]
// CHECK: attn.online_sqa ins(%[[Q]], {{.*}} outs(%[[COPY]],
func.func @query_is_state(%q: tensor<4x4xf32> {bufferization.writable = true}, %max: tensor<4xf32> {bufferization.writable = true},
    %sum: tensor<4xf32> {bufferization.writable = true}, %c: index) -> tensor<4x4xf32> {
  %r:3 = attn.online_sqa ins(%q, %q, %q : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)
      outs(%q, %max, %sum : tensor<4x4xf32>, tensor<4xf32>, tensor<4xf32>) at(%c, %c, %c, %c) rows(%c)
  return %r#0 : tensor<4x4xf32>
}
