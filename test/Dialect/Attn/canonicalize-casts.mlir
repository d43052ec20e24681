// RUN: sqa-opt %s --canonicalize | FileCheck %s

// Sizes that a cast forgets reach the op, in every kind of operand: a block, the
// state (whose results are cast back) and a capture (in both places).
// CHECK-LABEL: @online_reads_through
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor<64x8xf32>, %[[ACC:[a-z0-9]+]]: tensor<8x32xf32>, %{{.*}}, %[[C:[a-z0-9]+]]: tensor<4xf32>
// CHECK: attn.online_sqa ins(%{{.*}}, %[[K]], %{{.*}} : tensor<8x32xf32>, tensor<64x8xf32>, tensor<?x8xf32>)
// CHECK-SAME: outs(%[[ACC]], {{.*}} : tensor<8x32xf32>, tensor<32xf32>, tensor<32xf32>)
// CHECK-SAME: capture(%[[C]] : tensor<4xf32>)
// CHECK: tensor.extract %{{.*}} : tensor<4xf32>
// CHECK: tensor.cast %{{.*}} : tensor<8x32xf32> to tensor<8x?xf32>
func.func @online_reads_through(%k0: tensor<64x8xf32>, %acc0: tensor<8x32xf32>, %q: tensor<8x32xf32>, %v: tensor<?x8xf32>,
    %max: tensor<32xf32>, %sum: tensor<32xf32>, %c0: tensor<4xf32>, %scale: f32, %i: index) -> tensor<8x?xf32> {
  %k = tensor.cast %k0 : tensor<64x8xf32> to tensor<?x8xf32>
  %acc = tensor.cast %acc0 : tensor<8x32xf32> to tensor<8x?xf32>
  %c = tensor.cast %c0 : tensor<4xf32> to tensor<?xf32>
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<8x32xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
      outs(%acc, %max, %sum : tensor<8x?xf32>, tensor<32xf32>, tensor<32xf32>) at(%i, %i, %i, %i) rows(%i) scale(%scale) capture(%c : tensor<?xf32>) rows_last
      score_mod(%s, %b0, %h0, %i0, %j0, %c1) {
        %e = tensor.extract %c1[%h0] : tensor<?xf32>
        %x = arith.addf %s, %e : f32
        attn.yield %x : f32
      }
  return %r#0 : tensor<8x?xf32>
}

// Without regions too, where there is nothing to clone.
// CHECK-LABEL: @online_without_regions
// CHECK: attn.online_sqa ins({{.*}} : tensor<8x32xf32>, tensor<64x8xf32>, tensor<64x8xf32>)
func.func @online_without_regions(%k0: tensor<64x8xf32>, %acc: tensor<8x32xf32>, %q: tensor<8x32xf32>,
    %max: tensor<32xf32>, %sum: tensor<32xf32>, %i: index) -> tensor<8x32xf32> {
  %k = tensor.cast %k0 : tensor<64x8xf32> to tensor<?x8xf32>
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x32xf32>, tensor<?x8xf32>, tensor<?x8xf32>)
      outs(%acc, %max, %sum : tensor<8x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%i, %i, %i, %i) rows(%i) rows_last
  return %r#0 : tensor<8x32xf32>
}

// A cast that adds what is not known stays.
// CHECK-LABEL: @online_keeps_sharpening_cast
// CHECK: %[[K:.*]] = tensor.cast %{{.*}} : tensor<?x8xf32> to tensor<64x8xf32>
// CHECK: attn.online_sqa ins(%{{.*}}, %[[K]], %[[K]]
func.func @online_keeps_sharpening_cast(%k0: tensor<?x8xf32>, %acc: tensor<8x32xf32>, %q: tensor<8x32xf32>,
    %max: tensor<32xf32>, %sum: tensor<32xf32>, %i: index) -> tensor<8x32xf32> {
  %k = tensor.cast %k0 : tensor<?x8xf32> to tensor<64x8xf32>
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<8x32xf32>, tensor<64x8xf32>, tensor<64x8xf32>)
      outs(%acc, %max, %sum : tensor<8x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%i, %i, %i, %i) rows(%i) rows_last
  return %r#0 : tensor<8x32xf32>
}
