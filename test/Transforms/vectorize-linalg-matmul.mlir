// RUN: sqa-opt %s --sqa-vectorize-linalg --canonicalize --cse | FileCheck %s

module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
                                         features = "", vector_bits = 256, vector_registers = 16>} {

// 6 x 16 sums in 12 registers over the depth, panels of 16 columns, rows read in
// place; no sum goes to memory before the depth block ends.
// CHECK-LABEL: @matmul
// CHECK: memref.alloc() {{.*}} : memref<16x256x16xf32>
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) {
// CHECK-COUNT-2: vector.load
// CHECK-COUNT-12: vector.fma
// CHECK-NOT: vector.store
// CHECK: scf.yield
// CHECK: vector.store
// CHECK: memref.dealloc
func.func @matmul(%a: memref<60x512xf32>, %b: memref<512x256xf32>, %c: memref<60x256xf32>) {
  linalg.matmul ins(%a, %b : memref<60x512xf32>, memref<512x256xf32>) outs(%c : memref<60x256xf32>)
  return
}

// Where the number of rows is known at run time, a few rows take loops without
// packing; rows that fill no register block have code of their own.
// CHECK-LABEL: @dynamic_rows
// CHECK: arith.cmpi slt, {{.*}}, %c4
// CHECK: scf.if
// CHECK: } else {
// CHECK: memref.alloc
// CHECK: scf.index_switch
// CHECK: case 5
func.func @dynamic_rows(%a: memref<?x64xf32>, %b: memref<64x32xf32>, %c: memref<?x32xf32>) {
  linalg.matmul ins(%a, %b : memref<?x64xf32>, memref<64x32xf32>) outs(%c : memref<?x32xf32>)
  return
}

// x W^T with bf16 inputs: both are widened while they are copied, the sums are
// f32.
// CHECK-LABEL: @transposed_bf16
// CHECK: memref.alloc() {{.*}} : memref<96x256xf32>
// CHECK: arith.extf {{.*}} : vector<16xbf16> to vector<16xf32>
// CHECK: vector.fma {{.*}} : vector<8xf32>
func.func @transposed_bf16(%x: memref<48x64xbf16>, %w: memref<32x64xbf16>, %y: memref<48x32xf32>) {
  linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : memref<48x64xbf16>, memref<32x64xbf16>) outs(%y : memref<48x32xf32>)
  return
}

// Batches are a loop around the kernel; columns past the last whole panel are
// added one by one.
// CHECK-LABEL: @batch_cut_columns
// CHECK: scf.for %{{.*}} = %c0 to %c3
// CHECK: vector.fma
// CHECK: memref.load {{.*}} : memref<6x16xf32>
func.func @batch_cut_columns(%a: memref<3x12x8xf32>, %b: memref<3x8x20xf32>, %c: memref<3x12x20xf32>) {
  linalg.batch_matmul ins(%a, %b : memref<3x12x8xf32>, memref<3x8x20xf32>) outs(%c : memref<3x12x20xf32>)
  return
}

// One row is no matrix product: its columns are vectors of sums, with no packing.
// CHECK-LABEL: @one_row
// CHECK-NOT: memref.alloc
// CHECK: vector.load {{.*}} vector<32xf32>
// CHECK: return
func.func @one_row(%a: memref<1x64xf32>, %b: memref<64x32xf32>, %c: memref<1x32xf32>) {
  linalg.matmul ins(%a, %b : memref<1x64xf32>, memref<64x32xf32>) outs(%c : memref<1x32xf32>)
  return
}

// Integers take the loops as well.
// CHECK-LABEL: @integers
// CHECK-NOT: vector.fma
// CHECK: arith.muli
func.func @integers(%a: memref<16x16xi32>, %b: memref<16x16xi32>, %c: memref<16x16xi32>) {
  linalg.matmul ins(%a, %b : memref<16x16xi32>, memref<16x16xi32>) outs(%c : memref<16x16xi32>)
  return
}
}
