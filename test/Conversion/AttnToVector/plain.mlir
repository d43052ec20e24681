// RUN: sqa-opt %s --sqa-convert-attn-to-vector --split-input-file | FileCheck %s

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Prescaled queries and no regions: the accumulators start at the negated
// maximum, so nothing is subtracted after the dot products.
// CHECK-LABEL: func.func @plain
// CHECK-SAME: %[[Q:.*]]: memref<64x16xf32>, %[[K:.*]]: memref<128x64xf32, {{.*}}>, %[[V:.*]]: memref<128x64xf32, {{.*}}>, %[[ACC:.*]]: memref<64x16xf32>, %[[MAX:.*]]: memref<16xf32>, %[[SUM:.*]]: memref<16xf32>
// Scratch: P and, for each row, the negated maximum and the threshold.
// CHECK-DAG: %[[P:.*]] = memref.alloca() {alignment = 64 : i64} : memref<128x16xf32>
// CHECK-DAG: %[[STATE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2x16xf32>
// CHECK: scf.for
// A row without a key yet has negated maximum 0 and threshold -inf.
// CHECK: %[[M:.*]] = vector.load %[[MAX]]
// CHECK: %[[INF:.*]] = arith.constant dense<0xFF800000> : vector<8xf32>
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[M]], %[[INF]]
// CHECK: arith.negf %[[M]]
// CHECK: vector.store %{{.*}}, %[[STATE]]
// CHECK: vector.store %{{.*}}, %[[STATE]]
// The score block: 4 keys against 2 vectors of rows.
// CHECK: scf.for %[[KEY:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[M0:.*]] = vector.load %[[STATE]]
// CHECK: %[[M1:.*]] = vector.load %[[STATE]]
// CHECK: %[[S:.*]]:8 = scf.for {{.*}} iter_args(%{{.*}} = %[[M0]], %{{.*}} = %[[M1]], %{{.*}} = %[[M0]], %{{.*}} = %[[M1]],
// CHECK: vector.load %[[Q]]
// CHECK: vector.load %[[Q]]
// CHECK: memref.load %[[K]]
// CHECK-COUNT-8: vector.fma
// CHECK: scf.yield
// The check for a larger maximum, and the rare path.
// CHECK: %[[ANY:.*]] = vector.reduction <or>, %{{.*}} : vector<8xi1> into i1
// CHECK: scf.if %[[ANY]] -> (vector<8xf32>,
// CHECK: vector.store %{{.*}}, %[[MAX]]
// CHECK: vector.store %{{.*}}, %[[SUM]]
// CHECK: scf.for
// CHECK: vector.store %{{.*}}, %[[ACC]]
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[KEY]]
// CHECK: vector.store %{{.*}}, %[[P]]
// CHECK: } else {
// The power of two keeps NaN: the clamp yields its second operand on NaN, and
// the last step is a product.
// CHECK: %[[LOWEST:.*]] = arith.constant dense<-1.270000e+02> : vector<8xf32>
// CHECK: %[[LOWER:.*]] = arith.cmpf ogt, %[[LOWEST]], %[[T:.*]] :
// CHECK: %[[CLAMPED:.*]] = arith.select %[[LOWER]], %[[LOWEST]], %[[T]]
// CHECK: arith.addf %[[CLAMPED]]
// CHECK-COUNT-5: vector.fma
// CHECK: arith.shli
// CHECK: %[[W:.*]] = arith.mulf
// CHECK: arith.addf %{{.*}}, %[[W]]
// CHECK: vector.store %[[W]], %[[P]]
// CHECK: vector.store %{{.*}}, %[[SUM]]
// The second product: 4 features by 2 vectors of rows, no select, and stored
// unless a sum is NaN.
// CHECK: %[[DONE:.*]] = scf.while (%[[D:.*]] =
// CHECK-COUNT-8: vector.load %[[ACC]]
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: vector.load %[[P]]
// CHECK: memref.load %[[V]]
// CHECK-NOT: arith.select
// CHECK-COUNT-4: arith.cmpf uno
// CHECK: %[[NAN:.*]] = vector.reduction <or>
// CHECK: scf.if %[[NAN]]
// CHECK: scf.yield %[[D]]
// CHECK: } else {
// CHECK: vector.store %{{.*}}, %[[ACC]]
// CHECK: scf.condition
// The rare path, from the first NaN on: scores again, from 0 and not from the
// maximum; slots of score -inf are marked by a weight of -0.0 and left out.
// CHECK: %[[LEFT:.*]] = arith.cmpi ult, %[[DONE]]
// CHECK: scf.if %[[LEFT]] {
// CHECK: %[[START:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK: scf.for
// CHECK: %[[T:.*]]:2 = scf.for {{.*}} iter_args(%{{.*}} = %[[START]], %{{.*}} = %[[START]])
// CHECK: %[[W:.*]] = vector.load %[[P]]
// CHECK: arith.constant dense<0xFF800000>
// CHECK: arith.cmpf oeq, %[[T]]#0
// CHECK: arith.cmpf oeq, %[[W]]
// CHECK: %[[MINUS:.*]] = arith.constant dense<-0.000000e+00>
// CHECK: %[[MARKED:.*]] = arith.select %{{.*}}, %[[MINUS]], %[[W]]
// CHECK: vector.store %[[MARKED]], %[[P]]
// CHECK: scf.for %{{.*}} = %[[DONE]] to
// CHECK: %[[BITS:.*]] = vector.bitcast %{{.*}} : vector<8xf32> to vector<8xi32>
// CHECK: %[[MASKED:.*]] = arith.cmpi eq, %[[BITS]], %{{.*}} : vector<8xi32>
// CHECK: %[[NEXT:.*]] = vector.fma %{{.*}}, %{{.*}}, %[[OLD:.*]] : vector<8xf32>
// CHECK: arith.select %[[MASKED]], %[[OLD]], %[[NEXT]]
// CHECK: vector.store %{{.*}}, %[[ACC]]
// CHECK-NOT: attn.online_sqa
func.func @plain(%q: memref<64x16xf32>, %k: memref<128x64xf32, strided<[?, 1], offset: ?>>, %v: memref<128x64xf32, strided<[?, 1], offset: ?>>,
    %acc: memref<64x16xf32>, %max: memref<16xf32>, %sum: memref<16xf32>, %i: index) {
  attn.online_sqa ins(%q, %k, %v : memref<64x16xf32>, memref<128x64xf32, strided<[?, 1], offset: ?>>, memref<128x64xf32, strided<[?, 1], offset: ?>>)
      outs(%acc, %max, %sum : memref<64x16xf32>, memref<16xf32>, memref<16xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 6, lazy_log2 = 0>

// An unknown number of keys: whole score blocks, then one key at a time. Six
// features: a block of four, then one of two. Scratch has room for block_n keys.
// CHECK-LABEL: func.func @tails
// CHECK-SAME: %{{.*}}: memref<5x8xf32>, %[[K:.*]]: memref<?x5xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<128x8xf32>
// CHECK: %[[N:.*]] = memref.dim %[[K]]
// CHECK: %[[REST:.*]] = arith.remui %[[N]]
// CHECK: %[[END:.*]] = arith.subi %[[N]], %[[REST]]
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[END]]
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) {
// CHECK: scf.for %{{.*}} = %[[END]] to %[[N]]
// CHECK: scf.for {{.*}} -> (vector<8xf32>) {
// CHECK-COUNT-6: vector.fma
// CHECK: scf.for
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[N]] {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) {
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[N]] {{.*}} -> (vector<8xf32>, vector<8xf32>) {
func.func @tails(%q: memref<5x8xf32>, %k: memref<?x5xf32>, %v: memref<?x6xf32>,
    %acc: memref<6x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index) {
  attn.online_sqa ins(%q, %k, %v : memref<5x8xf32>, memref<?x5xf32>, memref<?x6xf32>)
      outs(%acc, %max, %sum : memref<6x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 64, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// 8 vectors of rows, and 16 registers hold 3 at a time: 3 + 3, then 2.
// CHECK-LABEL: func.func @groups
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<128x24xf32>
// CHECK: %[[C48:.*]] = arith.constant 48 : index
// CHECK: %[[C24:.*]] = arith.constant 24 : index
// CHECK: scf.for %[[COLUMN:.*]] = %{{.*}} to %[[C48]] step %[[C24]]
// CHECK: arith.addi %[[COLUMN]]
// CHECK: %[[C48_2:.*]] = arith.constant 48 : index
// CHECK: %[[C64:.*]] = arith.constant 64 : index
// CHECK: %[[C16:.*]] = arith.constant 16 : index
// CHECK: scf.for %{{.*}} = %[[C48_2]] to %[[C64]] step %[[C16]]
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3", features = "", vector_bits = 256, vector_registers = 16>} {
  func.func @groups(%q: memref<16x64xf32>, %k: memref<128x16xf32>, %acc: memref<16x64xf32>, %max: memref<64xf32>, %sum: memref<64xf32>, %i: index) {
    attn.online_sqa ins(%q, %k, %k : memref<16x64xf32>, memref<128x16xf32>, memref<128x16xf32>)
        outs(%acc, %max, %sum : memref<16x64xf32>, memref<64xf32>, memref<64xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
    return
  }
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Narrow keys and values are widened one element at a time.
// CHECK-LABEL: func.func @bf16
// CHECK: %[[E:.*]] = memref.load %{{.*}} : memref<128x4xbf16>
// CHECK: %[[W:.*]] = arith.extf %[[E]] : bf16 to f32
// CHECK: vector.broadcast %[[W]] : f32 to vector<8xf32>
func.func @bf16(%q: memref<4x8xf32>, %k: memref<128x4xbf16>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<128x4xbf16>, memref<128x4xbf16>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Scratch belongs to the tile: inside the scf.forall, outside the key loop, and
// shared by the ops of one tile.
// CHECK-LABEL: func.func @scratch_in_tile
// CHECK-NOT: memref.alloca
// CHECK: scf.forall
// CHECK-COUNT-2: memref.alloca
// CHECK-NOT: memref.alloca
func.func @scratch_in_tile(%q: memref<4x8xf32>, %k: memref<128x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index) {
  scf.forall (%t) in (4) {
    scf.for %n = %t to %i step %i {
      attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<128x4xf32>, memref<128x4xf32>)
          outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
    }
    attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<128x4xf32>, memref<128x4xf32>)
        outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  }
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 4, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// With two keys the weights are of the shape of the state, and still apart.
// CHECK-LABEL: func.func @two_keys
// CHECK-COUNT-2: memref.alloca() {alignment = 64 : i64} : memref<2x8xf32>
func.func @two_keys(%q: memref<4x8xf32>, %k: memref<2x4xf32>, %v: memref<2x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index) {
  attn.online_sqa ins(%q, %k, %v : memref<4x8xf32>, memref<2x4xf32>, memref<2x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}
