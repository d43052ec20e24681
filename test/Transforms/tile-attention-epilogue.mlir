// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --split-input-file | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// One division a row. "No visible key" is an ordered test of the sum, so that a
// NaN sum stays NaN; then the output is 0 and the log-sum-exp -inf.
// CHECK-LABEL: @rows_without_keys
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[NEGINF:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG: %[[LN2:.*]] = arith.constant 0.693147182 : f32
// CHECK: %[[STATE:.*]]:3 = scf.for
// CHECK: %[[FACTORS:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK: ^bb0(%{{.*}}: f32, %[[SUM:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[INVERSE:.*]] = arith.divf %{{.*}}, %[[SUM]]
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[SUM]], %[[ZERO]]
// CHECK: arith.select %[[NONE]], %[[ZERO]], %[[INVERSE]]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[STATE]]#0, %[[FACTORS]]
// CHECK: arith.mulf
// CHECK: linalg.generic {{.*}} ins(%[[STATE]]#1, %[[STATE]]#2
// CHECK: ^bb0(%[[MAX:.*]]: f32, %[[SUM:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[LOG:.*]] = math.log2 %[[SUM]]
// CHECK: %[[BASE2:.*]] = arith.addf %[[MAX]], %[[LOG]]
// CHECK: %[[LSE:.*]] = arith.mulf %[[BASE2]], %[[LN2]]
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[SUM]], %[[ZERO]]
// CHECK: arith.select %[[NONE]], %[[NEGINF]], %[[LSE]]
// CHECK-COUNT-2: tensor.parallel_insert_slice
func.func @rows_without_keys(%q: tensor<1x2x128x16xf32>) -> (tensor<1x2x128x16xf32>, tensor<1x2x128xf32>) {
  %o, %lse = attn.sqa %q, %q, %q schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>) -> (tensor<1x2x128x16xf32>, tensor<1x2x128xf32>)
  return %o, %lse : tensor<1x2x128x16xf32>, tensor<1x2x128xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// A sink joins the sum after the loop, in base 2, at the larger of the two
// maxima; -inf minus -inf is never formed.
// CHECK-LABEL: @sink
// CHECK-SAME: %[[SINKS:[a-z0-9]+]]: tensor<2xf32>
// CHECK-DAG: %[[LOG2E:.*]] = arith.constant 1.442{{.*}} : f32
// CHECK-DAG: %[[NEGINF:.*]] = arith.constant 0xFF800000 : f32
// CHECK: scf.forall (%[[H:.*]], %{{.*}}) in (2, 8)
// CHECK: attn.online_sqa
// CHECK-NOT: capture
// CHECK: %[[SINK:.*]] = tensor.extract %[[SINKS]][%[[H]]]
// CHECK: %[[BASE2:.*]] = arith.mulf %[[SINK]], %[[LOG2E]]
// CHECK: ^bb0(%[[MAX:.*]]: f32, %[[SUM:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[TOP:.*]] = arith.maximumf %[[MAX]], %[[BASE2]]
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[TOP]], %[[NEGINF]]
// CHECK: %[[REF:.*]] = arith.select %[[NONE]], %{{.*}}, %[[TOP]]
// CHECK: arith.subf %[[MAX]], %[[REF]]
// CHECK: arith.subf %[[BASE2]], %[[REF]]
func.func @sink(%sink: tensor<2xf32>, %q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q sink(%sink) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<2xf32>) -> tensor<1x2x128x16xf32>
  return %o : tensor<1x2x128x16xf32>
}
