// RUN: sqa-opt %s --sqa-check-arguments --sqa-check-indices --split-input-file | FileCheck %s

// An embedding: one pass over the ids, which knows nothing of the features; the
// column is proved by its loop.
// CHECK-LABEL: func.func @embedding
// CHECK-SAME: %[[IDS:[a-z0-9]+]]: tensor<?x?xi32>
// CHECK: %[[SIZE:.*]] = tensor.dim %{{.*}}, %{{.*}} : tensor<10x16xf32>
// CHECK: %[[ALL:.*]] = linalg.generic
// CHECK-SAME: iterator_types = ["reduction", "reduction"]
// CHECK-SAME: ins(%[[IDS]] : tensor<?x?xi32>) outs(%{{.*}} : tensor<i1>)
// CHECK: ^bb0(%[[ID:.*]]: i32, %[[SOFAR:.*]]: i1):
// CHECK: %[[I:.*]] = arith.index_cast %[[ID]]
// CHECK: %[[OK:.*]] = arith.cmpi ult, %[[I]], %[[SIZE]]
// CHECK: %[[NEXT:.*]] = arith.andi %[[SOFAR]], %[[OK]]
// CHECK: linalg.yield %[[NEXT]]
// CHECK: %[[BIT:.*]] = tensor.extract %[[ALL]][]
// CHECK: host.check %[[BIT]], "expected indices computed from 'tokens' to be in range for dimension 0 of 'embedding' (10), check-indices.mlir:
// CHECK-NOT: host.check
// CHECK: return
#ids = affine_map<(b, s, d) -> (b, s)>
#all = affine_map<(b, s, d) -> (b, s, d)>
func.func @embedding(%ids: tensor<?x?xi32> {sqa.name = "tokens"}, %table: tensor<10x16xf32> {sqa.name = "embedding"}, %e: tensor<?x?x16xf32>) -> tensor<?x?x16xf32> {
  %0 = linalg.generic {indexing_maps = [#ids, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%ids : tensor<?x?xi32>) outs(%e : tensor<?x?x16xf32>) {
  ^bb0(%id: i32, %unused: f32):
    %i = arith.index_cast %id : i32 to index
    %d = linalg.index 2 : index
    %v = tensor.extract %table[%i, %d] : tensor<10x16xf32>
    linalg.yield %v : f32
  } -> tensor<?x?x16xf32>
  return %0 : tensor<?x?x16xf32>
}

// -----

// Nothing to check: clamped, a remainder, an unsigned byte, a loop over the
// dimension, sizes that the arguments share.
// CHECK-LABEL: func.func @proved
// CHECK-NOT: host.check
// CHECK: return
#map = affine_map<(i) -> (i)>
func.func @proved(%ids: tensor<?xi64>, %bytes: tensor<?xi8>, %table: tensor<256xf32>, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : i64
  %c255 = arith.constant 255 : i64
  %c100 = arith.constant 100 : index
  %0 = linalg.generic {indexing_maps = [#map, #map, #map, #map], iterator_types = ["parallel"]}
      ins(%ids, %bytes, %x : tensor<?xi64>, tensor<?xi8>, tensor<?xf32>) outs(%y : tensor<?xf32>) {
  ^bb0(%id: i64, %byte: i8, %z: f32, %unused: f32):
    %low = arith.maxsi %id, %c0 : i64
    %known = arith.minsi %low, %c255 : i64
    %i = arith.index_cast %known : i64 to index
    %a = tensor.extract %table[%i] : tensor<256xf32>
    %u = arith.extui %byte : i8 to i32
    %j = arith.index_cast %u : i32 to index
    %b = tensor.extract %table[%j] : tensor<256xf32>
    %k = linalg.index 0 : index
    %r = arith.remui %k, %c100 : index
    %c = tensor.extract %table[%r] : tensor<256xf32>
    %d = tensor.extract %x[%k] : tensor<?xf32>
    %s0 = arith.addf %a, %b : f32
    %s1 = arith.addf %c, %d : f32
    %s2 = arith.addf %s0, %s1 : f32
    linalg.yield %s2 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// Arithmetic on narrow integers may wrap: id + 1 of an i32 proves nothing, and a
// minimum alone leaves the negative ones.
// CHECK-LABEL: func.func @almost_proved
// CHECK-COUNT-2: host.check
#map = affine_map<(i) -> (i)>
func.func @almost_proved(%ids: tensor<8xi32>, %table: tensor<256xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %c255 = arith.constant 255 : i32
  %c1 = arith.constant 1 : i32
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%ids : tensor<8xi32>) outs(%y : tensor<8xf32>) {
  ^bb0(%id: i32, %unused: f32):
    %known = arith.minsi %id, %c255 : i32
    %i = arith.index_cast %known : i32 to index
    %a = tensor.extract %table[%i] : tensor<256xf32>
    %next = arith.addi %id, %c1 : i32
    %j = arith.index_cast %next : i32 to index
    %b = tensor.extract %table[%j] : tensor<256xf32>
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Two gathers in a row: the inner index is checked before the pass that reads by
// it. The same index is checked once.
// CHECK-LABEL: func.func @table_of_tables
// CHECK: linalg.generic
// CHECK-NOT: tensor.extract %arg1
// CHECK: host.check %{{.*}}, "expected indices computed from 'arg0' to be in range for dimension 0 of 'arg1' (5)
// CHECK: linalg.generic
// CHECK: tensor.extract %arg1
// CHECK: host.check %{{.*}}, "expected indices computed from 'arg1' and 'arg0' to be in range for dimension 0 of 'arg2' (7)
// CHECK-NOT: host.check
#map = affine_map<(i) -> (i)>
func.func @table_of_tables(%ids: tensor<8xi32>, %rows: tensor<5xi32>, %table: tensor<7xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%ids : tensor<8xi32>) outs(%y : tensor<8xf32>) {
  ^bb0(%id: i32, %unused: f32):
    %i = arith.index_cast %id : i32 to index
    %row = tensor.extract %rows[%i] : tensor<5xi32>
    %j = arith.index_cast %row : i32 to index
    %a = tensor.extract %table[%j] : tensor<7xf32>
    %b = tensor.extract %table[%j] : tensor<7xf32>
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Under a condition an index counts only where it is used; a loop that the index
// does not depend on may be empty.
// CHECK-LABEL: func.func @conditional
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["reduction"]
// CHECK: %[[KEEP:.*]] = arith.cmpi sge
// CHECK: %[[OK:.*]] = arith.cmpi ult
// CHECK: %[[SKIP:.*]] = arith.xori %[[KEEP]], %true
// CHECK: arith.ori %[[OK]], %[[SKIP]]
// CHECK: %[[BIT:.*]] = tensor.extract
// CHECK: %[[EMPTY:.*]] = arith.cmpi eq
// CHECK: %[[EITHER:.*]] = arith.ori %[[BIT]], %[[EMPTY]]
// CHECK: host.check %[[EITHER]]
#row = affine_map<(i, j) -> (i)>
#all = affine_map<(i, j) -> (i, j)>
func.func @conditional(%ids: tensor<?xi64>, %table: tensor<7xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : i64
  %zero = arith.constant 0.0 : f32
  %0 = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<?xi64>) outs(%y : tensor<?x?xf32>) {
  ^bb0(%id: i64, %unused: f32):
    %keep = arith.cmpi sge, %id, %c0 : i64
    %r = scf.if %keep -> f32 {
      %i = arith.index_cast %id : i64 to index
      %v = tensor.extract %table[%i] : tensor<7xf32>
      scf.yield %v : f32
    } else {
      scf.yield %zero : f32
    }
    linalg.yield %r : f32
  } -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// Slices of the host program: those of a loop over the dimension are proved, an
// offset from memory is not.
// CHECK-LABEL: func.func @slices
// CHECK: tensor.extract_slice
// CHECK-NOT: host.check
// CHECK: scf.for
// CHECK: %[[START:.*]] = tensor.extract %{{.*}}[%[[I:.*]]] : tensor<?xindex>
// CHECK: %[[DIM:.*]] = tensor.dim
// CHECK: %[[FITS:.*]] = arith.cmpi ule, %{{.*}}, %[[DIM]]
// CHECK: %[[ROOM:.*]] = arith.subi %[[DIM]]
// CHECK: %[[BEFORE:.*]] = arith.cmpi ule, %[[START]], %[[ROOM]]
// CHECK: %[[OK:.*]] = arith.andi %[[FITS]], %[[BEFORE]]
// CHECK: host.check %[[OK]], "expected a slice computed from 'starts' to be in range for dimension 0 of 'arg1', check-indices.mlir:
// CHECK-NOT: host.check
func.func @slices(%starts: tensor<?xindex> {sqa.name = "starts"}, %x: tensor<?x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %starts, %c0 : tensor<?xindex>
  %top = tensor.extract_slice %y[0, 2] [4, 4] [1, 1] : tensor<4x8xf32> to tensor<4x4xf32>
  %first = tensor.insert_slice %top into %y[0, 0] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<4x8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %first) -> (tensor<4x8xf32>) {
    %start = tensor.extract %starts[%i] : tensor<?xindex>
    %s = tensor.extract_slice %x[%start, 0] [4, 8] [1, 1] : tensor<?x8xf32> to tensor<4x8xf32>
    %z = arith.addf %acc, %s : tensor<4x8xf32>
    scf.yield %z : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}

// -----

// A slice is as large as what is written there.
// CHECK-LABEL: func.func @sizes
// CHECK: tensor.insert_slice
// CHECK: %[[GOT:.*]] = tensor.dim %arg1
// CHECK: %[[SAME:.*]] = arith.cmpi eq, %[[GOT]], %arg2
// CHECK: host.check %[[SAME]], "expected dimension 0 of 'arg1' to have the size of the slice it is written to, in dimension 1 of a computed tensor, check-indices.mlir:
// CHECK-NEXT: tensor.insert_slice
func.func @sizes(%t: tensor<3x10xf32>, %x: tensor<?xf32>, %n: index) -> tensor<3x10xf32> {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?xf32>
  %a = tensor.insert_slice %x into %t[0, 0] [1, %d] [1, 1] : tensor<?xf32> into tensor<3x10xf32>
  %b = tensor.insert_slice %x into %a[1, 0] [1, %n] [1, 1] : tensor<?xf32> into tensor<3x10xf32>
  return %b : tensor<3x10xf32>
}

// -----

// tensor.generate is a gather too; an element that is written; a scalar index.
// CHECK-LABEL: func.func @generate
// CHECK: linalg.generic
// CHECK: linalg.index 0
// CHECK: host.check %{{.*}}, "expected indices computed from 'arg0' to be in range for dimension 0 of 'table' (7)
// CHECK: tensor.generate
// CHECK: %[[OK:.*]] = arith.cmpi ult, %arg2, %{{.*}}
// CHECK: host.check %[[OK]], "expected indices computed from 'place' to be in range for dimension 0 of a computed tensor
// CHECK: tensor.insert
func.func @generate(%ids: tensor<?xi32>, %table: tensor<7xf32> {sqa.parameter = "table"}, %at: index {sqa.name = "place"}) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %ids, %c0 : tensor<?xi32>
  %zero = arith.constant 0.0 : f32
  %0 = tensor.generate %n {
  ^bb0(%i: index):
    %id = tensor.extract %ids[%i] : tensor<?xi32>
    %j = arith.index_cast %id : i32 to index
    %v = tensor.extract %table[%j] : tensor<7xf32>
    tensor.yield %v : f32
  } : tensor<?xf32>
  %1 = tensor.insert %zero into %0[%at] : tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// Looked at before; what the compiler added since is its own affair.
// CHECK-LABEL: func.func @checked
// CHECK-NOT: host.check
func.func @checked(%x: tensor<?xf32>, %i: index) -> f32 attributes {sqa.checked} {
  %v = tensor.extract %x[%i] : tensor<?xf32>
  return %v : f32
}

// -----

// The regions of attention are defined for every slot by contract.
// CHECK-LABEL: func.func @regions
// CHECK-NOT: host.check
func.func @regions(%q: tensor<1x1x8x4xf32>, %bias: tensor<3xf32>) -> tensor<1x1x8x4xf32> {
  %o = attn.sqa %q, %q, %q capture(%bias) : (tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<3xf32>) -> tensor<1x1x8x4xf32>
      score_mod(%s, %b, %h, %i, %j, %t) {
        %x = tensor.extract %t[%i] : tensor<3xf32>
        %y = arith.addf %s, %x : f32
        attn.yield %y : f32
      }
  return %o : tensor<1x1x8x4xf32>
}
