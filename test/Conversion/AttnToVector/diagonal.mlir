// RUN: sqa-opt %s --sqa-convert-attn-to-vector --canonicalize --cse --split-input-file | FileCheck %s

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 4, key_rows = 1, value_rows = 1, exp_degree = 5, lazy_log2 = 8>

// ALiBi: the term of a distance is computed once a block, 4 keys + 8 rows of it,
// and the loop over keys loads it. Distances beyond the last row are cut to its.
// The index goes to f32 by way of f64.
// CHECK-LABEL: func.func @alibi
// CHECK-SAME: %[[J0:[a-z0-9]+]]: index, %[[ROWS:[a-z0-9]+]]: index, %[[SLOPES:[a-z0-9]+]]: memref<8xf32>
// CHECK-DAG: %[[LINES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1x20xf32>
// CHECK-DAG: %[[BITS:.*]] = arith.constant dense<4843621399236968448> : vector<8xi64>
// CHECK: %[[SLOPE:.*]] = memref.load %[[SLOPES]]
// CHECK: scf.for %[[P:.*]] = %c0 to %c12 step %c8
// CHECK: %[[D:.*]] = arith.maxsi
// CHECK: %[[I:.*]] = arith.index_cast %[[D]] : vector<8xindex> to vector<8xi64>
// CHECK: %[[SUM:.*]] = arith.addi %[[I]], %[[BITS]]
// CHECK: %[[WIDE:.*]] = arith.bitcast %[[SUM]] : vector<8xi64> to vector<8xf64>
// CHECK: %[[EXACT:.*]] = arith.subf %[[WIDE]]
// CHECK: %[[F:.*]] = arith.truncf %[[EXACT]]
// CHECK: %[[TERM:.*]] = arith.mulf %{{.*}}, %[[F]]
// CHECK: vector.store %[[TERM]], %[[LINES]][%c0, %[[P]]]
// CHECK: scf.for %[[KEY:.*]] = %c0 to %c4 step %c1
// CHECK: %[[S:.*]] = arith.mulf
// CHECK: %[[AT:.*]] = arith.subi %c3, %[[KEY]]
// CHECK: %[[T:.*]] = vector.load %[[LINES]][%c0, %[[AT]]]
// CHECK-NEXT: arith.addf %[[S]], %[[T]]
func.func @alibi(%q: memref<4x8xf32>, %k: memref<4x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %scale: f32, %j: index, %rows: index,
    %slopes: memref<8xf32>) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<4x4xf32>, memref<4x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %j) rows(%rows) scale(%scale)
      capture(%slopes : memref<8xf32>) rows_last schedule(#schedule)
      score_mod(%s, %b0, %h0, %i0, %j0, %sl) {
        %slope = memref.load %sl[%h0] : memref<8xf32>
        %d = arith.subi %j0, %i0 : index
        %w = arith.index_cast %d : index to i64
        %f = arith.sitofp %w : i64 to f32
        %x = arith.mulf %slope, %f : f32
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 4, key_rows = 1, value_rows = 1, exp_degree = 5, lazy_log2 = 8>

// A term that depends on more than the distance stays in the loop, on 32 bits.
// CHECK-LABEL: func.func @more_than_distance
// CHECK-NOT: memref<1x20xf32>
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK: %[[D:.*]] = arith.addi %{{.*}}, %{{.*}} : vector<8xi32>
// CHECK: arith.sitofp %[[D]] : vector<8xi32> to vector<8xf32>
func.func @more_than_distance(%q: memref<4x8xf32>, %k: memref<4x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %scale: f32, %j: index) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<4x4xf32>, memref<4x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %j) rows(%i) scale(%scale) rows_last schedule(#schedule)
      score_mod(%s, %b0, %h0, %i0, %j0) {
        %d = arith.addi %j0, %i0 : index
        %w = arith.index_cast %d : index to i32
        %f = arith.sitofp %w : i32 to f32
        %y = arith.addf %s, %f : f32
        attn.yield %y : f32
      }
  return
}
