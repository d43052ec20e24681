// RUN: sqa-opt %s --sqa-convert-attn-to-vector --canonicalize --cse | FileCheck %s

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 4, key_rows = 1, value_rows = 1, exp_degree = 5, lazy_log2 = 8>

// A mask on vectors of rows: the key index stays scalar until it meets the row
// index, rows beyond the last repeat it, a hidden slot scores -inf.
// CHECK-LABEL: func.func @causal
// CHECK-SAME: %[[I0:[a-z0-9]+]]: index, %[[J0:[a-z0-9]+]]: index, %[[ROWS:[a-z0-9]+]]: index
// CHECK-DAG: %[[INF:.*]] = arith.constant dense<0xFF800000> : vector<8xf32>
// CHECK-DAG: %[[LANES:.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : vector<8xindex>
// CHECK: %[[LAST:.*]] = arith.subi %[[ROWS]], %c1
// CHECK: %[[LASTS:.*]] = vector.broadcast %[[LAST]] : index to vector<8xindex>
// CHECK: %[[FIRST:.*]] = vector.broadcast %[[I0]] : index to vector<8xindex>
// CHECK: %[[ROW:.*]] = arith.minsi %[[LASTS]], %[[LANES]] : vector<8xindex>
// CHECK: %[[I:.*]] = arith.addi %[[FIRST]], %[[ROW]] : vector<8xindex>
// CHECK: scf.for %[[KEY:.*]] =
// CHECK: %[[J:.*]] = arith.addi %[[J0]], %[[KEY]] : index
// CHECK: %[[JV:.*]] = vector.broadcast %[[J]] : index to vector<8xindex>
// CHECK: %[[VISIBLE:.*]] = arith.cmpi ule, %[[JV]], %[[I]] : vector<8xindex>
// CHECK: arith.select %[[VISIBLE]], %{{.*}}, %[[INF]]
// The hot loops do not ask again which slots are hidden; the rare path does, for
// each key by itself.
// CHECK: scf.while
// CHECK-NOT: arith.select
// CHECK: scf.condition
// CHECK: scf.if
// CHECK: arith.cmpi ule, %{{.*}} : vector<8xindex>
// CHECK: arith.select
// CHECK: arith.cmpf oeq, %{{.*}}, %[[INF]]
func.func @causal(%q: memref<4x8xf32>, %k: memref<4x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %j: index, %rows: index) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<4x4xf32>, memref<4x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %j) rows(%rows) rows_last schedule(#schedule)
      mask_mod(%b0, %h0, %i0, %j0) {
        %y = arith.cmpi ule, %j0, %i0 : index
        attn.yield %y : i1
      }
  return
}

// A score_mod sees scale * dot in natural units; log2(e) and the maximum come
// after it. The slope depends on the head alone and is loaded before
// the keys; the bias
// depends on the row and is loaded lane by lane, at scalar indices.
// CHECK-LABEL: func.func @score
// CHECK-SAME: %[[H:[a-z0-9]+]]: index, %[[SCALE:[a-z0-9]+]]: f32, %[[SLOPES:[a-z0-9]+]]: memref<8xf32>, %[[BIAS:[a-z0-9]+]]: memref<?x?xf32>
// CHECK-DAG: %[[LOG2E:.*]] = arith.constant dense<1.44269502> : vector<8xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK: %[[SCALES:.*]] = vector.broadcast %[[SCALE]]
// CHECK: %[[SLOPE:.*]] = memref.load %[[SLOPES]][%[[H]]]
// CHECK: scf.for
// CHECK: %[[MAX:.*]] = vector.load
// CHECK: %[[DOT:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[ZERO]])
// CHECK: %[[S:.*]] = arith.mulf %[[DOT]], %[[SCALES]] : vector<8xf32>
// CHECK-NOT: memref.load %[[SLOPES]]
// CHECK: %[[SV:.*]] = vector.broadcast %[[SLOPE]]
// CHECK: %[[X:.*]] = arith.mulf %[[S]], %[[SV]] : vector<8xf32>
// CHECK-NOT: vector.extract
// CHECK-COUNT-8: memref.load %[[BIAS]]
// CHECK: %[[B:.*]] = vector.from_elements
// CHECK: %[[Y:.*]] = arith.addf %[[X]], %[[B]] : vector<8xf32>
// CHECK: vector.fma %[[Y]], %[[LOG2E]], %{{.*}}
func.func @score(%q: memref<4x8xf32>, %k: memref<4x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %h: index, %scale: f32,
    %slopes: memref<8xf32>, %bias: memref<?x?xf32>) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<4x4xf32>, memref<4x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %h, %i, %i) rows(%i) scale(%scale)
      capture(%slopes, %bias : memref<8xf32>, memref<?x?xf32>) rows_last schedule(#schedule)
      score_mod(%s, %b0, %h0, %i0, %j0, %sl, %bi) {
        %slope = memref.load %sl[%h0] : memref<8xf32>
        %x = arith.mulf %s, %slope : f32
        %z = memref.load %bi[%i0, %j0] : memref<?x?xf32>
        %y = arith.addf %x, %z : f32
        attn.yield %y : f32
      }
  return
}

// A scale without score_mod is one factor with log2(e).
// CHECK-LABEL: func.func @scale_only
// CHECK: %[[FACTOR:.*]] = arith.mulf %{{.*}}, %cst{{.*}} : f32
// CHECK: %[[FACTORS:.*]] = vector.broadcast %[[FACTOR]]
// CHECK: vector.fma %{{.*}}, %[[FACTORS]], %{{.*}}
func.func @scale_only(%q: memref<4x8xf32>, %k: memref<4x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %scale: f32) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<4x4xf32>, memref<4x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) scale(%scale) rows_last schedule(#schedule)
  return
}

// A mask in memory: truth values are widened to build their vector.
// CHECK-LABEL: func.func @mask_in_memory
// CHECK-SAME: %[[MASK:[a-z0-9]+]]: memref<?x?xi1>
// CHECK: %[[BIT:.*]] = memref.load %[[MASK]]
// CHECK: arith.extui %[[BIT]] : i1 to i32
// CHECK: %[[BITS:.*]] = vector.from_elements
// CHECK: arith.cmpi ne, %[[BITS]], %{{.*}} : vector<8xi32>
func.func @mask_in_memory(%q: memref<4x8xf32>, %k: memref<4x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %sum: memref<8xf32>, %i: index, %mask: memref<?x?xi1>) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<4x4xf32>, memref<4x4xf32>)
      outs(%acc, %max, %sum : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) capture(%mask : memref<?x?xi1>) rows_last schedule(#schedule)
      mask_mod(%b0, %h0, %i0, %j0, %m) {
        %y = memref.load %m[%i0, %j0] : memref<?x?xi1>
        attn.yield %y : i1
      }
  return
}
