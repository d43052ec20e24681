// RUN: sqa-opt %s --sqa-convert-attn-to-vector --canonicalize --cse | FileCheck %s

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 12, key_rows = 4, value_rows = 1, exp_degree = 5, lazy_log2 = 8>

// A dense bias: four keys of each of the 8 rows at once, turned in registers. The
// two keys that are left, one by one, load each slot.
// CHECK-LABEL: func.func @bias
// CHECK-SAME: %[[J0:[a-z0-9]+]]: index, %[[BIAS:[a-z0-9]+]]: memref<?x?xf32>
// CHECK: scf.for %[[KEY:.*]] = %c0 to %c8 step %c4
// CHECK: %[[DOTS:.*]]:4 = scf.for
// CHECK: %[[J:.*]] = arith.addi %[[J0]], %[[KEY]]
// CHECK: %[[R0:.*]] = vector.load %[[BIAS]][%{{.*}}, %[[J]]] : memref<?x?xf32>, vector<4xf32>
// CHECK-COUNT-7: vector.load %[[BIAS]]
// CHECK: vector.shuffle %[[R0]], %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf32>, vector<4xf32>
// CHECK: %[[LOW:.*]] = vector.shuffle %{{.*}}, %{{.*}} [0, 8, 1, 9, 4, 12, 5, 13]
// CHECK: %[[HIGH:.*]] = vector.shuffle %{{.*}}, %{{.*}} [2, 10, 3, 11, 6, 14, 7, 15]
// CHECK: %[[COLUMN:.*]] = vector.shuffle %[[LOW]], %{{.*}} [0, 1, 8, 9, 4, 5, 12, 13]
// CHECK-NOT: memref.load %[[BIAS]]
// CHECK: arith.addf %{{.*}}, %[[COLUMN]] : vector<8xf32>
// CHECK: scf.for %{{.*}} = %c8 to %c10 step %c1
// CHECK-COUNT-8: memref.load %[[BIAS]]
func.func @bias(%q: memref<4x8xf32>, %k: memref<10x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %scale: f32, %j: index,
    %bias: memref<?x?xf32>) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<10x4xf32>, memref<10x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %j) rows(%i) scale(%scale)
      capture(%bias : memref<?x?xf32>) rows_last schedule(#schedule)
      score_mod(%s, %b0, %h0, %i0, %j0, %bi) {
        %x = memref.load %bi[%i0, %j0] : memref<?x?xf32>
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return
}
