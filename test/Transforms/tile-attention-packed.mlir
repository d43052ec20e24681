// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --cse --split-input-file | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 128, key_rows = 8, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = tile>

// Keys and values are packed first, once a key head; a tile packs its queries
// and walks packed blocks that start on groups of 32 keys. If a sum is NaN, the
// rows are done again by f32 products on the op's own operands.
// CHECK-LABEL: @window
// CHECK-SAME: %[[Q:[^:]*]]: tensor<1x4x?x40xbf16>, %[[K:[^:]*]]: tensor<1x2x?x40xbf16>, %[[V:[^:]*]]: tensor<1x2x?x24xbf16>
// CHECK: %[[P:.*]]:2 = scf.forall (%{{.*}}, %{{.*}}) in (2, %{{.*}}) {{.*}} -> (tensor<1x2x?x64xbf16>, tensor<1x2x?x1024xbf16>)
// CHECK: %[[KEYS:.*]] = tensor.extract_slice %[[K]]
// CHECK: attn.pack key ins(%[[KEYS]] : tensor<?x40xbf16>) outs(%{{.*}} : tensor<?x64xbf16>)
// CHECK: attn.pack value ins(%{{.*}} : tensor<?x24xbf16>) outs(%{{.*}} : tensor<?x1024xbf16>)
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (4, %{{.*}})
// CHECK: %[[QUERY:.*]] = attn.pack query ins(%{{.*}} : tensor<?x40xbf16>) outs(%{{.*}} : tensor<32x128xbf16>)
// CHECK: scf.for
// CHECK: %[[FIRST:.*]] = arith.subi
// CHECK: %[[BLOCK:.*]] = tensor.extract_slice %[[P]]#0
// CHECK: %[[VALUES:.*]] = tensor.extract_slice %[[P]]#1
// CHECK: attn.online_sqa ins(%[[QUERY]], %[[BLOCK]], %[[VALUES]] : tensor<32x128xbf16>, tensor<?x64xbf16>, tensor<?x1024xbf16>)
// CHECK-SAME: tensor<32x64xf32>
// CHECK-SAME: scale(%{{.*}}) packed(%{{.*}}, %{{.*}})
// CHECK: %[[BAD:.*]] = arith.cmpf uno
// CHECK: scf.if %[[BAD]] -> (tensor<32x64xf32>, tensor<64xf32>, tensor<64xf32>)
// CHECK: attn.online_sqa ins(%{{.*}} : tensor<40x64xf32>, tensor<?x40xf32>, tensor<?x24xf32>)
// CHECK-NOT: products
// CHECK: } else {
func.func @window(%q: tensor<1x4x?x40xbf16>, %k: tensor<1x2x?x40xbf16>, %v: tensor<1x2x?x24xbf16>) -> tensor<1x4x?x24xbf16> {
  %o = attn.sqa %q, %k, %v causal(bottom_right) window(100, 0) schedule(#s)
      : (tensor<1x4x?x40xbf16>, tensor<1x2x?x40xbf16>, tensor<1x2x?x24xbf16>) -> tensor<1x4x?x24xbf16>
  return %o : tensor<1x4x?x24xbf16>
}

// -----

#s = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = dot>

// Keys beyond kv_lengths are packed as zeros: what lies there may be NaN.
// CHECK-LABEL: @lengths
// CHECK: scf.forall
// CHECK: %[[LENGTH:.*]] = tensor.extract
// CHECK: %[[KEYS:.*]] = arith.minsi %{{.*}}, %c128
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, 0] [1, 1, %[[KEYS]], 64]
// CHECK: attn.pack key {{.*}} outs(%{{.*}} : tensor<128x64xbf16>)
func.func @lengths(%q: tensor<2x4x256x64xbf16>, %n: tensor<2xi32>) -> tensor<2x4x256x64xbf16> {
  %o = attn.sqa %q, %q, %q kv_lengths(%n) schedule(#s)
      : (tensor<2x4x256x64xbf16>, tensor<2x4x256x64xbf16>, tensor<2x4x256x64xbf16>, tensor<2xi32>) -> tensor<2x4x256x64xbf16>
  return %o : tensor<2x4x256x64xbf16>
}
