// The micro-kernel on values that break an online softmax; each function is one
// query vector against two blocks of 4 keys, D = Dv = 1, and returns a number.
// With queries 0 all weights are equal, so a row is the mean of what it sees.

// RUN: sqa-opt %s --sqa-convert-attn-to-vector --convert-vector-to-scf --expand-strided-metadata --lower-affine --convert-scf-to-cf \
// RUN:   --convert-vector-to-llvm --finalize-memref-to-llvm --convert-arith-to-llvm --convert-func-to-llvm --convert-cf-to-llvm \
// RUN:   --convert-index-to-llvm --reconcile-unrealized-casts -o %t
// RUN: mlir-runner %t -e masked_nan_stays_out --entry-point-result=f32 | FileCheck %s --check-prefix=OUT
// RUN: mlir-runner %t -e live_nan_comes_through --entry-point-result=f32 | FileCheck %s --check-prefix=LIVE
// RUN: mlir-runner %t -e first_block_masked --entry-point-result=f32 | FileCheck %s --check-prefix=FIRST
// RUN: mlir-runner %t -e nothing_visible --entry-point-result=f32 | FileCheck %s --check-prefix=NOTHING
// RUN: mlir-runner %t -e very_negative --entry-point-result=f32 | FileCheck %s --check-prefix=NEGATIVE
// RUN: mlir-runner %t -e infinite_score --entry-point-result=f32 | FileCheck %s --check-prefix=INFINITE
// RUN: mlir-runner %t -e hidden_by_product --entry-point-result=f32 | FileCheck %s --check-prefix=PRODUCT

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 4, key_rows = 2, value_rows = 1, exp_degree = 5, lazy_log2 = 8>
!query = memref<1x8xf32>
!block = memref<4x1xf32, strided<[1, 1], offset: ?>>
!state = memref<8xf32>

memref.global "private" constant @ones : memref<8x1xf32> = dense<1.0>
memref.global "private" constant @count : memref<8x1xf32> = dense<[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]]>
// Key 5 is NaN, key 6 infinite.
memref.global "private" constant @broken : memref<8x1xf32> = dense<[[0.0], [1.0], [2.0], [3.0], [4.0], [0x7FC00000], [0x7F800000], [7.0]]>
memref.global "private" constant @infinite : memref<8x1xf32> = dense<[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [0x7F800000], [7.0]]>

// Row r sees the keys from `from` on, up to r if `causal`. Returns acc / sum, sum
// and max.
func.func private @attend(%query: vector<8xf32>, %keys: memref<8x1xf32>, %values: memref<8x1xf32>, %from: index, %causal: i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %none = arith.constant dense<0xFF800000> : vector<8xf32>
  %q = memref.alloca() : !query
  %acc = memref.alloca() : !query
  %max = memref.alloca() : !state
  %sum = memref.alloca() : !state
  vector.store %query, %q[%c0, %c0] : !query, vector<8xf32>
  vector.store %zero, %acc[%c0, %c0] : !query, vector<8xf32>
  vector.store %none, %max[%c0] : !state, vector<8xf32>
  vector.store %zero, %sum[%c0] : !state, vector<8xf32>
  scf.for %j = %c0 to %c8 step %c4 {
    %k = memref.subview %keys[%j, 0] [4, 1] [1, 1] : memref<8x1xf32> to !block
    %v = memref.subview %values[%j, 0] [4, 1] [1, 1] : memref<8x1xf32> to !block
    attn.online_sqa ins(%q, %k, %v : !query, !block, !block) outs(%acc, %max, %sum : !query, !state, !state)
        at(%c0, %c0, %c0, %j) rows(%c8) capture(%from, %causal : index, i1) rows_last schedule(#schedule)
        mask_mod(%b, %h, %r, %n, %first, %limited) {
          %after = arith.cmpi uge, %n, %first : index
          %before = arith.cmpi ule, %n, %r : index
          %true = arith.constant true
          %near = arith.select %limited, %before, %true : i1
          %visible = arith.andi %after, %near : i1
          attn.yield %visible : i1
        }
  }
  %a = vector.load %acc[%c0, %c0] : !query, vector<8xf32>
  %s = vector.load %sum[%c0] : !state, vector<8xf32>
  %m = vector.load %max[%c0] : !state, vector<8xf32>
  %o = arith.divf %a, %s : vector<8xf32>
  return %o, %s, %m : vector<8xf32>, vector<8xf32>, vector<8xf32>
}

// Rows 0..4 see finite values only: 0 + 0.5 + 1 + 1.5 + 2.
// OUT: 5.000000e+00
func.func @masked_nan_stays_out() -> f32 {
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %c0 = arith.constant 0 : index
  %true = arith.constant true
  %k = memref.get_global @broken : memref<8x1xf32>
  %o, %s, %m = call @attend(%zero, %k, %k, %c0, %true) : (vector<8xf32>, memref<8x1xf32>, memref<8x1xf32>, index, i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
  %rows = vector.extract_strided_slice %o {offsets = [0], sizes = [5], strides = [1]} : vector<8xf32> to vector<5xf32>
  %r = vector.reduction <add>, %rows : vector<5xf32> into f32
  return %r : f32
}

// Rows 5, 6 and 7 see a NaN value.
// LIVE: 3.000000e+00
func.func @live_nan_comes_through() -> f32 {
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %one = arith.constant dense<1.0> : vector<8xf32>
  %c0 = arith.constant 0 : index
  %true = arith.constant true
  %k = memref.get_global @ones : memref<8x1xf32>
  %v = memref.get_global @broken : memref<8x1xf32>
  %o, %s, %m = call @attend(%zero, %k, %v, %c0, %true) : (vector<8xf32>, memref<8x1xf32>, memref<8x1xf32>, index, i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
  %nan = arith.cmpf uno, %o, %o : vector<8xf32>
  %rows = arith.select %nan, %one, %zero : vector<8xi1>, vector<8xf32>
  %r = vector.reduction <add>, %rows : vector<8xf32> into f32
  return %r : f32
}

// All rows see keys 5, 6 and 7, whose scores are negative: the maximum of the
// empty first block must not stay. 2^-300 between keys makes 5 the only weight.
// FIRST: 4.000000e+01
func.func @first_block_masked() -> f32 {
  %q = arith.constant dense<-300.0> : vector<8xf32>
  %c5 = arith.constant 5 : index
  %false = arith.constant false
  %k = memref.get_global @count : memref<8x1xf32>
  %o, %s, %m = call @attend(%q, %k, %k, %c5, %false) : (vector<8xf32>, memref<8x1xf32>, memref<8x1xf32>, index, i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
  %r = vector.reduction <add>, %o : vector<8xf32> into f32
  return %r : f32
}

// No key at all: maximum -inf and sum 0.
// NOTHING: -INF
func.func @nothing_visible() -> f32 {
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %c9 = arith.constant 9 : index
  %false = arith.constant false
  %k = memref.get_global @broken : memref<8x1xf32>
  %o, %s, %m = call @attend(%zero, %k, %k, %c9, %false) : (vector<8xf32>, memref<8x1xf32>, memref<8x1xf32>, index, i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
  %x = arith.addf %s, %m : vector<8xf32>
  %r = vector.reduction <add>, %x : vector<8xf32> into f32
  return %r : f32
}

// Every score is -70000: weights are still 1, the means 0, 0.5, ... 3.5.
// NEGATIVE: 1.400000e+01
func.func @very_negative() -> f32 {
  %q = arith.constant dense<-70000.0> : vector<8xf32>
  %c0 = arith.constant 0 : index
  %true = arith.constant true
  %k = memref.get_global @ones : memref<8x1xf32>
  %v = memref.get_global @count : memref<8x1xf32>
  %o, %s, %m = call @attend(%q, %k, %v, %c0, %true) : (vector<8xf32>, memref<8x1xf32>, memref<8x1xf32>, index, i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
  %r = vector.reduction <add>, %o : vector<8xf32> into f32
  return %r : f32
}

// A score of +inf makes the row NaN, as inf - inf in the definition: rows 6 and
// 7 see the infinite key.
// INFINITE: 2.000000e+00
func.func @infinite_score() -> f32 {
  %q = arith.constant dense<1.0> : vector<8xf32>
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %c0 = arith.constant 0 : index
  %true = arith.constant true
  %k = memref.get_global @infinite : memref<8x1xf32>
  %v = memref.get_global @ones : memref<8x1xf32>
  %o, %s, %m = call @attend(%q, %k, %v, %c0, %true) : (vector<8xf32>, memref<8x1xf32>, memref<8x1xf32>, index, i1) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
  %nan = arith.cmpf uno, %o, %o : vector<8xf32>
  %rows = arith.select %nan, %q, %zero : vector<8xi1>, vector<8xf32>
  %r = vector.reduction <add>, %rows : vector<8xf32> into f32
  return %r : f32
}

// No region at all. Key 3 is -inf and its value NaN: a slot that its product
// hides. Key 5 is 200 below the others, so its weight is 0, but it is visible:
// its infinite value makes feature 1 NaN, and only that. Feature 0 is the mean
// of the six keys that count: (0 + 1 + 2 + 4 + 6 + 7) / 6.
// PRODUCT: 1.333333e+01
memref.global "private" constant @far : memref<8x1xf32> = dense<[[0.0], [0.0], [0.0], [0xFF800000], [0.0], [-200.0], [0.0], [0.0]]>
memref.global "private" constant @pairs : memref<8x2xf32> = dense<[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0x7FC00000, 0x7FC00000], [4.0, 0.0], [5.0, 0x7F800000], [6.0, 0.0], [7.0, 0.0]]>
func.func @hidden_by_product() -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %one = arith.constant dense<1.0> : vector<8xf32>
  %ten = arith.constant 10.0 : f32
  %none = arith.constant dense<0xFF800000> : vector<8xf32>
  %q = memref.alloca() : !query
  %acc = memref.alloca() : memref<2x8xf32>
  %max = memref.alloca() : !state
  %sum = memref.alloca() : !state
  vector.store %one, %q[%c0, %c0] : !query, vector<8xf32>
  vector.store %zero, %acc[%c0, %c0] : memref<2x8xf32>, vector<8xf32>
  vector.store %zero, %acc[%c1, %c0] : memref<2x8xf32>, vector<8xf32>
  vector.store %none, %max[%c0] : !state, vector<8xf32>
  vector.store %zero, %sum[%c0] : !state, vector<8xf32>
  %k = memref.get_global @far : memref<8x1xf32>
  %v = memref.get_global @pairs : memref<8x2xf32>
  attn.online_sqa ins(%q, %k, %v : !query, memref<8x1xf32>, memref<8x2xf32>) outs(%acc, %max, %sum : memref<2x8xf32>, !state, !state)
      at(%c0, %c0, %c0, %c0) rows(%c8) rows_last schedule(#schedule)
  %s = vector.load %sum[%c0] : !state, vector<8xf32>
  %a0 = vector.load %acc[%c0, %c0] : memref<2x8xf32>, vector<8xf32>
  %a1 = vector.load %acc[%c1, %c0] : memref<2x8xf32>, vector<8xf32>
  %o = arith.divf %a0, %s : vector<8xf32>
  %row = vector.extract %o[7] : f32 from vector<8xf32>
  %x = vector.extract %a1[7] : f32 from vector<8xf32>
  %nan = arith.cmpf uno, %x, %x : f32
  %f0 = arith.constant 0.0 : f32
  %bonus = arith.select %nan, %ten, %f0 : f32
  %r = arith.addf %row, %bonus : f32
  return %r : f32
}
