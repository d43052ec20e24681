// RUN: sqa-opt %s --sqa-convert-attn-to-vector --canonicalize --cse | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8, split_keys = 512>

// Without rows_last a vector holds features: 20 of them are two vectors of 8 and
// one of 4. Keys are read as bf16, four at a time; a key that is not visible has
// the score -inf, by which its value is left out.
// CHECK-LABEL: @rows
// CHECK-SAME: %[[Q:[a-z0-9]+]]: memref<2x20xf32>, %[[K:[a-z0-9]+]]: memref<?x20xbf16>, %[[V:[a-z0-9]+]]: memref<?x24xbf16>, %[[ACC:[a-z0-9]+]]: memref<2x24xf32>, %[[MAX:[a-z0-9]+]]: memref<2xf32>
// CHECK: memref.alloca() {{.*}} : memref<64xf32>
// CHECK: memref.alloca() {{.*}} : memref<64xf32>
// CHECK: scf.for %[[ROW:[a-z0-9]+]] = %c0 to %{{.*}} step %c1
// CHECK: scf.for %[[KEY:[a-z0-9]+]] = %c0 to %{{.*}} step %c4 {
// CHECK: scf.for %[[D:[a-z0-9]+]] = %c0 to %c16 step %c8
// CHECK: vector.load %[[Q]][%[[ROW]], %[[D]]]
// CHECK: vector.load %[[K]][%[[KEY]], %[[D]]] : memref<?x20xbf16>, vector<8xbf16>
// CHECK: arith.extf
// CHECK: vector.fma
// CHECK: vector.reduction <add>
// CHECK: vector.load %[[K]][%[[KEY]], %c16] : memref<?x20xbf16>, vector<4xbf16>
// CHECK: arith.cmpi sle
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: arith.maximumf %{{.*}} : vector<8xf32>
// CHECK: vector.reduction <maximumf>
// CHECK: memref.load %[[MAX]][%[[ROW]]]
// Weights of a vector of keys at a time.
// CHECK: scf.for {{.*}} step %c8 iter_args({{.*}}) -> (vector<8xf32>)
// CHECK: memref.store %{{.*}}, %[[MAX]][%[[ROW]]]
// CHECK: scf.if
// CHECK: vector.load %[[ACC]][%[[ROW]], %c16]
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: arith.cmpf oeq
// CHECK: vector.load %[[V]]
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK: vector.fma
// CHECK: vector.store %{{.*}}, %[[ACC]][%[[ROW]], %c16]
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
