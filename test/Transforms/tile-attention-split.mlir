// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8, split_keys = 512>

// Tiles are pieces of the keys; the four heads that share keys come one after
// the other. The window ends what a piece visits.
// CHECK-LABEL: @decode
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<3x8x1x64xbf16>, %[[K:[a-z0-9]+]]: tensor<3x2x?x64xbf16>
// CHECK: %[[PIECES:.*]] = arith.divui %{{.*}}, %c512
// CHECK: %[[STATES:.*]]:3 = scf.forall (%[[B:[a-z0-9]+]], %[[HK:[a-z0-9]+]], %[[P:[a-z0-9]+]], %[[G:[a-z0-9]+]]) in (3, 2, %[[PIECES]], 4)
// CHECK-SAME: (tensor<3x8x?x1x64xf32>, tensor<3x8x?x1xf32>, tensor<3x8x?x1xf32>)
// CHECK-DAG: %[[LO:.*]] = arith.muli %[[P]], %c512
// CHECK-DAG: %[[HI:.*]] = arith.addi %[[LO]], %c512
// CHECK-DAG: arith.maxsi %{{.*}}, %[[LO]]
// CHECK-DAG: arith.minsi %{{.*}}, %[[HI]]
// CHECK: tensor.extract_slice %[[K]][%[[B]], %[[HK]], %{{.*}}, 0] [1, 1, %{{.*}}, 64] {{.*}} to tensor<?x64xbf16>
// CHECK: attn.online_sqa ins(%{{.*}} : tensor<1x64xf32>, tensor<?x64xbf16>, tensor<?x64xbf16>)
// CHECK-NOT: rows_last
// CHECK: tensor.parallel_insert_slice {{.*}} tensor<1x64xf32> into tensor<3x8x?x1x64xf32>
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (3, 8)
// CHECK: arith.maximumf
// CHECK: math.exp2
// CHECK: tensor.parallel_insert_slice {{.*}} into tensor<3x8x1x64xbf16>
func.func @decode(%q: tensor<3x8x1x64xbf16>, %k: tensor<3x2x?x64xbf16>, %v: tensor<3x2x?x64xbf16>) -> tensor<3x8x1x64xbf16> {
  %o = attn.sqa %q, %k, %v causal(bottom_right) window(1023, 0) schedule(#s)
      : (tensor<3x8x1x64xbf16>, tensor<3x2x?x64xbf16>, tensor<3x2x?x64xbf16>) -> tensor<3x8x1x64xbf16>
  return %o : tensor<3x8x1x64xbf16>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8, split_keys = 512>

func.func @dynamic(%q: tensor<3x8x?x64xf32>, %k: tensor<3x8x?x64xf32>) -> tensor<3x8x?x64xf32> {
  // expected-error @below {{expected a static number of queries, and more than one feature, to split the keys, but got 'tensor<3x8x?x64xf32>'}}
  %o = attn.sqa %q, %k, %k schedule(#s) : (tensor<3x8x?x64xf32>, tensor<3x8x?x64xf32>, tensor<3x8x?x64xf32>) -> tensor<3x8x?x64xf32>
  return %o : tensor<3x8x?x64xf32>
}
