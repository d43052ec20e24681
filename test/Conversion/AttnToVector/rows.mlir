// RUN: sqa-opt %s --sqa-convert-attn-to-vector --canonicalize --cse | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8, split_keys = 512>

// Without rows_last a vector holds features: 20 of them are a pair of vectors of 8
// and one of 4. Pairs of bf16 become f32 by a shift and a mask, even features
// first; four keys at a time. A key that is not visible has the score -inf, by which
// its value is left out.
// CHECK-LABEL: @rows
// CHECK-SAME: %[[Q:[a-z0-9]+]]: memref<2x20xf32>, %[[K:[a-z0-9]+]]: memref<?x20xbf16>, %[[V:[a-z0-9]+]]: memref<?x24xbf16>, %[[ACC:[a-z0-9]+]]: memref<2x24xf32>, %[[MAX:[a-z0-9]+]]: memref<2xf32>
// CHECK: memref.alloca() {{.*}} : memref<64xf32>
// CHECK: memref.alloca() {{.*}} : memref<64xf32>
// CHECK: scf.for %[[ROW:[a-z0-9]+]] = %c0 to %{{.*}} step %c1
// CHECK: scf.for %[[KEY:[a-z0-9]+]] = %c0 to %{{.*}} step %c4 {
// CHECK: vector.load %[[Q]][%[[ROW]], %c0] : memref<2x20xf32>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]
// CHECK: vector.load %[[K]][%[[KEY]], %c0] : memref<?x20xbf16>, vector<16xbf16>
// CHECK: vector.bitcast {{.*}} : vector<16xbf16> to vector<8xi32>
// CHECK: arith.shli
// CHECK: arith.andi
// CHECK: vector.fma {{.*}} : vector<16xf32>
// CHECK: vector.reduction <add>
// CHECK: vector.load %[[K]][%[[KEY]], %c16] : memref<?x20xbf16>, vector<4xbf16>
// CHECK: arith.extf
// CHECK: arith.cmpi sle
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: arith.maximumf %{{.*}} : vector<8xf32>
// CHECK: vector.reduction <maximumf>
// CHECK: memref.load %[[MAX]][%[[ROW]]]
// Weights of a vector of keys at a time.
// CHECK: scf.for {{.*}} step %c8 iter_args({{.*}}) -> (vector<8xf32>)
// CHECK: memref.store %{{.*}}, %[[MAX]][%[[ROW]]]
// CHECK: scf.if
// CHECK: scf.for {{.*}} -> (vector<16xf32>)
// CHECK: arith.cmpf oeq
// CHECK: vector.load %[[V]]
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK: vector.fma
// CHECK: vector.shuffle {{.*}} [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15]
// CHECK: vector.store %{{.*}}, %[[ACC]][%[[ROW]], %c0]
// Without a hidden key, no select.
// CHECK: else
// CHECK-NOT: arith.select
// CHECK-NOT: attn.
func.func @rows(%q: memref<2x20xf32>, %k: memref<?x20xbf16>, %v: memref<?x24xbf16>, %acc: memref<2x24xf32>,
                %max: memref<2xf32>, %sum: memref<2xf32>, %b: index, %h: index, %i: index, %j: index, %rows: index) {
  attn.online_sqa ins(%q, %k, %v : memref<2x20xf32>, memref<?x20xbf16>, memref<?x24xbf16>)
      outs(%acc, %max, %sum : memref<2x24xf32>, memref<2xf32>, memref<2xf32>)
      at(%b, %h, %i, %j) rows(%rows) schedule(#s)
      mask_mod(%bb, %hh, %ii, %jj) {
        %y = arith.cmpi sle, %jj, %ii : index
        attn.yield %y : i1
      }
  return
}
