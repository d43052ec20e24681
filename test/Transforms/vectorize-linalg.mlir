// RUN: sqa-opt %s --sqa-vectorize-linalg --canonicalize | FileCheck %s
// RUN: sqa-opt %s --sqa-vectorize-linalg --remarks-filter=sqa-vectorize-linalg --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
                                         features = "", vector_bits = 256, vector_registers = 16>} {

// Static rows: whole vectors, then one short vector. Functions become functions
// of vectors.
// CHECK-LABEL: @static_elementwise
// CHECK: scf.for
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: math.exp {{.*}} : vector<16xf32>
// CHECK: vector.store
// CHECK: vector.load {{.*}} vector<5xf32>
// CHECK-NOT: linalg
// CHECK: return
func.func @static_elementwise(%x: memref<?x37xf32>, %y: memref<?x37xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x37xf32>) outs(%y : memref<?x37xf32>) {
  ^bb0(%a: f32, %b: f32):
    %e = math.exp %a : f32
    linalg.yield %e : f32
  }
  return
}

// Dynamic rows: the rest is scalar, so no element past the end is touched.
// CHECK-LABEL: @dynamic_elementwise
// CHECK: arith.remui
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: vector.load {{.*}} vector<8xf32>
// CHECK: memref.load
// CHECK: memref.store
func.func @dynamic_elementwise(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.exp ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  return
}

// A reduction along the rows: four registers of partial sums, combined by
// halves at the end.
// CHECK-LABEL: @row_sum
// CHECK: arith.constant dense<0.000000e+00> : vector<32xf32>
// CHECK: scf.for {{.*}} iter_args
// CHECK: arith.addf {{.*}} : vector<32xf32>
// CHECK: vector.extract_strided_slice {{.*}} : vector<32xf32> to vector<16xf32>
// CHECK: vector.extract_strided_slice {{.*}} : vector<2xf32> to vector<1xf32>
// CHECK: memref.store
func.func @row_sum(%x: memref<?x64xf32>, %y: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x64xf32>) outs(%y : memref<?xf32>) dimensions = [1]
  return
}

// A reduction along the columns keeps its vectors of columns in registers.
// CHECK-LABEL: @column_sum
// CHECK: vector.load {{.*}} vector<32xf32>
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<32xf32>)
// CHECK: vector.store
func.func @column_sum(%x: memref<?x64xf32>, %y: memref<64xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x64xf32>) outs(%y : memref<64xf32>) dimensions = [0]
  return
}

// An embedding: the row of the table is found once, then read as vectors.
// CHECK-LABEL: @embedding
// CHECK: memref.load %{{.*}} : memref<?xi32>
// CHECK: vector.load %{{.*}}[%{{.*}}, %{{.*}}] : memref<100x64xf32>, vector<16xf32>
// CHECK-NOT: vector.from_elements
// CHECK: return
func.func @embedding(%ids: memref<?xi32>, %table: memref<100x64xf32>, %y: memref<?x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : memref<?xi32>) outs(%y : memref<?x64xf32>) {
  ^bb0(%id: i32, %b: f32):
    %row = arith.index_cast %id : i32 to index
    %j = linalg.index 1 : index
    %v = memref.load %table[%row, %j] : memref<100x64xf32>
    linalg.yield %v : f32
  }
  return
}

// i1 takes a byte an element in memory and a bit in a vector: it is read lane by
// lane.
// CHECK-LABEL: @mask
// CHECK-NOT: vector.load {{.*}}xi1>
// CHECK: vector.from_elements {{.*}} : vector<8xi1>
// CHECK: arith.select {{.*}} : vector<8xi1>, vector<8xf32>
func.func @mask(%m: memref<8xi1>, %x: memref<8xf32>, %y: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%m, %x : memref<8xi1>, memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%c: i1, %a: f32, %b: f32):
    %s = arith.select %c, %a, %zero : f32
    linalg.yield %s : f32
  }
  return
}

// A copy of memory is vectors as well.
// CHECK-LABEL: @copy
// CHECK-NOT: memref.copy
// CHECK: vector.load {{.*}} vector<16xbf16>
func.func @copy(%x: memref<?x16xbf16, strided<[?, 1], offset: ?>>, %y: memref<?x16xbf16>) {
  memref.copy %x, %y : memref<?x16xbf16, strided<[?, 1], offset: ?>> to memref<?x16xbf16>
  return
}

// A region that has no vector form becomes scalar loops, and says so.
// CHECK-LABEL: @scalar
// CHECK-NOT: vector
// CHECK: arith.select {{.*}} : f32
// REMARK: 'linalg.generic' becomes scalar loops: 'scf.if' has no vector form
func.func @scalar(%x: memref<?xf32>, %y: memref<?xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.cmpf ogt, %a, %zero : f32
    %s = scf.if %c -> f32 {
      scf.yield %a : f32
    } else {
      scf.yield %zero : f32
    }
    linalg.yield %s : f32
  }
  return
}

// Sums that a loop carries in bf16 are carried as integers.
// CHECK-LABEL: @bf16_sum
// CHECK: scf.for {{.*}} -> (vector<32xi16>)
// CHECK: arith.bitcast {{.*}} : vector<32xi16> to vector<32xbf16>
func.func @bf16_sum(%x: memref<?x64xbf16>, %y: memref<64xbf16>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x64xbf16>) outs(%y : memref<64xbf16>) dimensions = [0]
  return
}

// What a row shares is computed once, in front of its vectors.
// CHECK-LABEL: @row_scale
// CHECK: scf.for
// CHECK: math.rsqrt {{.*}} : f32
// CHECK: scf.for
// CHECK-NOT: math.rsqrt
// CHECK: return
func.func @row_scale(%x: memref<?x64xf32>, %s: memref<?xf32>, %y: memref<?x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x64xf32>, memref<?xf32>) outs(%y : memref<?x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = math.rsqrt %b : f32
    %m = arith.mulf %a, %r : f32
    linalg.yield %m : f32
  }
  return
}

// A transposing copy reads rows and writes rows: squares of vectors are transposed
// in registers; only the edges go element by element.
// CHECK-LABEL: @transpose
// CHECK: scf.for
// CHECK: scf.for
// CHECK-COUNT-8: vector.load {{.*}} : memref<?x16xbf16>, vector<8xbf16>
// CHECK-COUNT-24: vector.shuffle {{.*}} : vector<8xi16>, vector<8xi16>
// CHECK-COUNT-8: vector.store {{.*}} : memref<16x?xf32>, vector<8xf32>
// CHECK: memref.store
func.func @transpose(%x: memref<?x16xbf16>, %y: memref<16x?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x16xbf16>) outs(%y : memref<16x?xf32>) {
  ^bb0(%a: bf16, %b: f32):
    %f = arith.extf %a : bf16 to f32
    linalg.yield %f : f32
  }
  return
}

// Ops on tensors are for later.
// CHECK-LABEL: @tensors
// CHECK: linalg.exp
func.func @tensors(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
}
