// RUN: sqa-opt %s --sqa-tile-linalg --canonicalize --cse --split-input-file | FileCheck %s
// RUN: sqa-opt %s --sqa-tile-linalg --split-input-file --remarks-filter=sqa-tile-linalg --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

// A product takes its fill along; its elementwise consumer is the root, so the
// sums never leave the tile. The row tile is a multiple of the register blocks.
// CHECK-LABEL: @product_and_residual
// CHECK-NOT: linalg
// CHECK: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (%{{.*}}, 1024) step (192, 128)
// CHECK: linalg.fill
// CHECK: linalg.matmul {{.*}} outs(%{{.*}} : tensor<?x128xf32>)
// CHECK: linalg.generic
// CHECK: tensor.parallel_insert_slice
// CHECK-NOT: linalg
// REMARK: 3 ops in tiles of 192x128
func.func @product_and_residual(%x: tensor<?x512xf32>, %w: tensor<512x1024xf32>, %r: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = tensor.dim %x, %c0 : tensor<?x512xf32>
  %e = tensor.empty(%s) : tensor<?x1024xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x1024xf32>) -> tensor<?x1024xf32>
  %p = linalg.matmul ins(%x, %w : tensor<?x512xf32>, tensor<512x1024xf32>) outs(%f : tensor<?x1024xf32>) -> tensor<?x1024xf32>
  %y = linalg.add ins(%p, %r : tensor<?x1024xf32>, tensor<?x1024xf32>) outs(%e : tensor<?x1024xf32>) -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}

// -----

// Rows of a normalisation stay whole: the sum of squares is computed in the tile
// that uses it, once.
// CHECK-LABEL: @norm
// CHECK: scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (16)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK: tensor.parallel_insert_slice
// CHECK-NOT: linalg
func.func @norm(%x: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %e1 = tensor.empty(%s) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x1024xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %a : f32
    %t = arith.addf %m, %b : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  %e = tensor.empty(%s) : tensor<?x1024xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x1024xf32>, tensor<?xf32>) outs(%e : tensor<?x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = math.rsqrt %b : f32
    %m = arith.mulf %a, %r : f32
    linalg.yield %m : f32
  } -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}

// -----

// The same with the reciprocal root as an op of its own, which is computed once a
// row and not once a column.
// CHECK-LABEL: @norm_in_three
// CHECK: scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (16)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: math.rsqrt
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK-NOT: scf.forall (
// CHECK: return
func.func @norm_in_three(%x: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %e1 = tensor.empty(%s) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x1024xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %a : f32
    %t = arith.addf %m, %b : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  %r = linalg.rsqrt ins(%sum : tensor<?xf32>) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %e = tensor.empty(%s) : tensor<?x1024xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %r : tensor<?x1024xf32>, tensor<?xf32>) outs(%e : tensor<?x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}

// -----

// A row sum by itself: a tile counts what it reads.
// CHECK-LABEL: @row_sum
// CHECK: scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (16)
func.func @row_sum(%x: tensor<?x1024xf32>, %o: tensor<?xf32>) -> tensor<?xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<?x1024xf32>) outs(%o : tensor<?xf32>) dimensions = [1]
  return %y : tensor<?xf32>
}

// -----

// A softmax is taken apart and is one loop over whole rows; after --cse nothing
// in it is there twice.
// CHECK-LABEL: @softmax
// CHECK: scf.forall
// CHECK: linalg.fill
// CHECK-COUNT-2: linalg.generic
// CHECK: linalg.fill
// CHECK-COUNT-2: linalg.generic
// CHECK-NOT: linalg.generic
func.func @softmax(%x: tensor<?x256x256xf32>) -> tensor<?x256x256xf32> {
  %c0 = arith.constant 0 : index
  %h = tensor.dim %x, %c0 : tensor<?x256x256xf32>
  %e = tensor.empty(%h) : tensor<?x256x256xf32>
  %y = linalg.softmax dimension(2) ins(%x : tensor<?x256x256xf32>) outs(%e : tensor<?x256x256xf32>) -> tensor<?x256x256xf32>
  return %y : tensor<?x256x256xf32>
}

// -----

// Two readers: the shared producer is computed once, in a loop of its own.
// CHECK-LABEL: @two_readers
// CHECK: scf.forall
// CHECK: math.exp
// CHECK: scf.forall
// CHECK: math.tanh
// CHECK: return
func.func @two_readers(%x: tensor<512x512xf32>) -> (tensor<512x512xf32>, tensor<512x512xf32>) {
  %e = tensor.empty() : tensor<512x512xf32>
  %a = linalg.exp ins(%x : tensor<512x512xf32>) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
  %b = linalg.tanh ins(%a : tensor<512x512xf32>) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
  return %a, %b : tensor<512x512xf32>, tensor<512x512xf32>
}

// -----

// Sines are not repeated for every head: the table is no member of the group.
// CHECK-LABEL: @table
// CHECK: math.cos
// CHECK: scf.forall
// CHECK-NOT: math.cos
// CHECK: arith.mulf
// CHECK: return
func.func @table(%x: tensor<64x128x64xf32>, %angle: tensor<128x64xf32>) -> tensor<64x128x64xf32> {
  %et = tensor.empty() : tensor<128x64xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(s, j) -> (s, j)>, affine_map<(s, j) -> (s, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%angle : tensor<128x64xf32>) outs(%et : tensor<128x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %c = math.cos %a : f32
    linalg.yield %c : f32
  } -> tensor<128x64xf32>
  %e = tensor.empty() : tensor<64x128x64xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(h, s, j) -> (h, s, j)>, affine_map<(h, s, j) -> (s, j)>, affine_map<(h, s, j) -> (h, s, j)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %t : tensor<64x128x64xf32>, tensor<128x64xf32>) outs(%e : tensor<64x128x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<64x128x64xf32>
  return %y : tensor<64x128x64xf32>
}

// -----

// A sum over long columns is cut between columns, but never into slivers that use
// a part of each cache line.
// CHECK-LABEL: @column_sum
// CHECK: scf.forall (%{{.*}}) = (0) to (512) step (64)
func.func @column_sum(%x: tensor<100000x512xf32>, %o: tensor<512xf32>) -> tensor<512xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<100000x512xf32>) outs(%o : tensor<512xf32>) dimensions = [0]
  return %y : tensor<512xf32>
}

// -----

// Little work stays where it is.
// CHECK-LABEL: @small
// CHECK-NOT: scf.forall
// CHECK: linalg.generic
func.func @small(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %e = tensor.empty() : tensor<16x16xf32>
  %a = linalg.exp ins(%x : tensor<16x16xf32>) outs(%e : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %a : tensor<16x16xf32>
}

// -----

// What is inside a parallel loop already is a tile.
// CHECK-LABEL: @inside
// CHECK: scf.forall (
// CHECK-NOT: scf.forall (
// CHECK: return
func.func @inside(%x: tensor<4x512x512xf32>, %o: tensor<4x512x512xf32>) -> tensor<4x512x512xf32> {
  %r = scf.forall (%i) in (4) shared_outs(%out = %o) -> (tensor<4x512x512xf32>) {
    %a = tensor.extract_slice %x[%i, 0, 0] [1, 512, 512] [1, 1, 1] : tensor<4x512x512xf32> to tensor<512x512xf32>
    %b = tensor.extract_slice %out[%i, 0, 0] [1, 512, 512] [1, 1, 1] : tensor<4x512x512xf32> to tensor<512x512xf32>
    %c = linalg.exp ins(%a : tensor<512x512xf32>) outs(%b : tensor<512x512xf32>) -> tensor<512x512xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %c into %out[%i, 0, 0] [1, 512, 512] [1, 1, 1] : tensor<512x512xf32> into tensor<4x512x512xf32>
    }
  }
  return %r : tensor<4x512x512xf32>
}
