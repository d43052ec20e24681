// RUN: sqa-opt %s --sqa-convert-attn-to-vector --split-input-file | FileCheck %s

#tiles = #sqa.cpu_schedule<lanes = 16, block_m = 32, block_n = 64, key_rows = 8, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = tile>

// AMX: the scores of 32 keys against 32 rows are 2 x 2 tiles, each the sum over
// two steps of 32 features, and go to memory: those of the first chunk here,
// those of the next while a chunk is worked on.
// CHECK-LABEL: @tiles
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<32x64xbf16>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<3x32xf32>
// CHECK-DAG: %[[SCORES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<64x32xf32>
// CHECK-COUNT-4: amx.tile_zero
// CHECK-COUNT-8: amx.tile_mulf
// CHECK-COUNT-4: amx.tile_store %[[SCORES]]
// CHECK: scf.for
// CHECK: scf.if
// CHECK-COUNT-8: amx.tile_mulf
// CHECK-COUNT-4: amx.tile_store %[[SCORES]]
// A chunk whose keys all take part is not tested key by key.
// CHECK: scf.if
// CHECK: vector.load %[[SCORES]]
// CHECK: vector.fma
// CHECK: vector.reduction <or>
// The weights: bf16 bits by a sum with a large number, two keys a word, and
// their sum as it was rounded.
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"
// CHECK: arith.shli
// CHECK: arith.addi
// CHECK: x86vector.avx512.dot
// CHECK: vector.store %{{.*}} : memref<32x64xbf16>, vector<32xbf16>
// CHECK: } else {
// At the edge of the range, keys that take no part score -inf.
// CHECK: arith.cmpi eq
// CHECK: arith.select
// The second product: accumulator tiles stay in registers over both groups of
// a whole block.
// CHECK: scf.if
// CHECK-COUNT-2: amx.tile_load %{{.*}} : memref<16x32xf32> into
// CHECK-COUNT-3: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-3: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-2: amx.tile_store
func.func @tiles(%q: memref<32x64xbf16>, %k: memref<?x64xbf16>, %v: memref<?x512xbf16>, %acc: memref<16x32xf32>, %max: memref<32xf32>, %sum: memref<32xf32>, %s: f32, %from: index, %to: index, %i: index) {
  attn.online_sqa ins(%q, %k, %v : memref<32x64xbf16>, memref<?x64xbf16>, memref<?x512xbf16>)
      outs(%acc, %max, %sum : memref<16x32xf32>, memref<32xf32>, memref<32xf32>)
      at(%i, %i, %i, %i) rows(%i) scale(%s) packed(%from, %to) rows_last schedule(#tiles)
  return
}

// -----

#pairs = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = dot>

// AVX-512 BF16: scores of 4 keys against 4 vectors of rows in registers, a pair
// of features a step; then 4 features, a pair of keys a step.
// CHECK-LABEL: @pairs
// CHECK-NOT: amx
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.load %{{.*}} : memref<16x128xbf16>, vector<32xbf16>
// CHECK: vector.load %{{.*}} : memref<?x32xbf16>, vector<2xbf16>
// CHECK-COUNT-16: x86vector.avx512.dot
// CHECK: scf.yield
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.load %{{.*}} : memref<?x512xbf16>, vector<2xbf16>
func.func @pairs(%q: memref<16x128xbf16>, %k: memref<?x32xbf16>, %v: memref<?x512xbf16>, %acc: memref<16x64xf32>, %max: memref<64xf32>, %sum: memref<64xf32>, %s: f32, %from: index, %to: index, %i: index) {
  attn.online_sqa ins(%q, %k, %v : memref<16x128xbf16>, memref<?x32xbf16>, memref<?x512xbf16>)
      outs(%acc, %max, %sum : memref<16x64xf32>, memref<64xf32>, memref<64xf32>)
      at(%i, %i, %i, %i) rows(%i) scale(%s) packed(%from, %to) rows_last schedule(#pairs)
  return
}
