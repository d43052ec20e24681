// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --split-input-file | FileCheck %s
// RUN: sqa-opt %s --sqa-tile-attention --split-input-file --remarks-filter=sqa-tile-attention --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Whole tiles and whole blocks: every shape inside is static, nothing is padded
// and the scale (0.25 * log2(e)) is in the queries.
// CHECK-LABEL: @plain
// CHECK-SAME: %[[Q:.*]]: tensor<2x4x32x16xf32>, %[[K:.*]]: tensor<2x4x128x16xf32>, %[[V:.*]]: tensor<2x4x128x24xf32>
// CHECK-DAG: %[[SCALE:.*]] = arith.constant 0.36067
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[T:.*]]) in (2, 4, 2)
// CHECK: %[[I:.*]] = arith.muli %[[T]], %c16
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[Q]][%[[B]], %[[H]], %[[I]], 0] [1, 1, 16, 16]
// CHECK: %[[QT:.*]] = linalg.generic {{.*}} ins(%[[ROWS]] : tensor<16x16xf32>)
// CHECK: arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: linalg.fill {{.*}} -> tensor<24x16xf32>
// CHECK: scf.for %[[J:[a-z0-9_]+]] = %c0 to %c128 step %c64 iter_args
// CHECK: %[[KS:.*]] = tensor.extract_slice %[[K]][%[[B]], %[[H]], %[[J]], 0] [1, 1, 64, 16]
// CHECK: %[[VS:.*]] = tensor.extract_slice %[[V]][%[[B]], %[[H]], %[[J]], 0] [1, 1, 64, 24]
// CHECK: attn.online_sqa ins(%[[QT]], %[[KS]], %[[VS]] : tensor<16x16xf32>, tensor<64x16xf32>, tensor<64x24xf32>)
// CHECK-SAME: at(%[[B]], %[[H]], %[[I]], %[[J]]) rows(%c16)
// CHECK-NOT: scale(
// CHECK-SAME: rows_last
// CHECK: tensor.parallel_insert_slice {{.*}}[%[[B]], %[[H]], %[[I]], 0] [1, 1, 16, 24]
func.func @plain(%q: tensor<2x4x32x16xf32>, %k: tensor<2x4x128x16xf32>, %v: tensor<2x4x128x24xf32>) -> tensor<2x4x32x24xf32> {
  %o = attn.sqa %q, %k, %v schedule(#s) : (tensor<2x4x32x16xf32>, tensor<2x4x128x16xf32>, tensor<2x4x128x24xf32>) -> tensor<2x4x32x24xf32>
  return %o : tensor<2x4x32x24xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// The last tile has fewer rows: it reads and writes only those, and the rest of
// the query tile is zero. The last block has fewer keys.
// CHECK-LABEL: @ragged
// CHECK: %[[LEFT:.*]] = arith.subi %{{.*}}, %[[I:.*]] : index
// CHECK: %[[M:.*]] = arith.minsi %[[LEFT]], %c16
// CHECK: tensor.extract_slice %{{.*}}, %[[I]], 0] [1, 1, %[[M]], 16]
// CHECK: linalg.fill {{.*}} -> tensor<16x16xf32>
// CHECK: tensor.insert_slice {{.*}} [16, %[[M]]]
// CHECK: scf.for %[[J:[a-z0-9_]+]] = %c0 to %[[KEYS:.*]] step %c64
// CHECK: %[[REST:.*]] = arith.subi %[[KEYS]], %[[J]]
// CHECK: %[[N:.*]] = arith.minsi %[[REST]], %c64
// CHECK: attn.online_sqa {{.*}} tensor<?x16xf32>, tensor<?x16xf32>) {{.*}} rows(%[[M]])
// CHECK: tensor.parallel_insert_slice {{.*}} [1, 1, %[[M]], 16]
func.func @ragged(%q: tensor<?x4x?x16xf32>, %k: tensor<?x4x?x16xf32>, %v: tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v schedule(#s) : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// A few rows in one tile: their number stays static.
// CHECK-LABEL: @one_short_tile
// CHECK: scf.forall (%{{.*}}) in (4)
// CHECK: tensor.extract_slice {{.*}} [1, 1, 5, 16]
// CHECK: attn.online_sqa {{.*}} tensor<7x16xf32>, tensor<7x16xf32>) {{.*}} rows(%c5)
func.func @one_short_tile(%q: tensor<1x4x5x16xf32>, %k: tensor<1x4x7x16xf32>) -> tensor<1x4x5x16xf32> {
  %o = attn.sqa %q, %k, %k schedule(#s) : (tensor<1x4x5x16xf32>, tensor<1x4x7x16xf32>, tensor<1x4x7x16xf32>) -> tensor<1x4x5x16xf32>
  return %o : tensor<1x4x5x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// group: neighbours share a head.
// CHECK-LABEL: @group
// CHECK: scf.forall (%[[H:.*]]) in (8)
// CHECK: %[[KV:.*]] = arith.divui %[[H]], %c4
// CHECK: tensor.extract_slice %{{.*}}[0, %[[KV]], {{.*}}, 0] {{.*}} tensor<1x2x16x16xf32>
func.func @group(%q: tensor<1x8x16x16xf32>, %k: tensor<1x2x16x16xf32>) -> tensor<1x8x16x16xf32> {
  %o = attn.sqa %q, %k, %k heads(group) schedule(#s) : (tensor<1x8x16x16xf32>, tensor<1x2x16x16xf32>, tensor<1x2x16x16xf32>) -> tensor<1x8x16x16xf32>
  return %o : tensor<1x8x16x16xf32>
}

// tile, and the queries are the shared side.
// CHECK-LABEL: @tile_fewer_queries
// CHECK: scf.forall (%[[H:.*]]) in (8)
// CHECK: %[[QH:.*]] = arith.remui %[[H]], %c2
// CHECK: tensor.extract_slice %{{.*}}[0, %[[QH]], {{.*}}, 0] {{.*}} tensor<1x2x16x16xf32>
// CHECK: tensor.extract_slice %{{.*}}[0, %[[H]], {{.*}}, 0] {{.*}} tensor<1x8x16x16xf32>
func.func @tile_fewer_queries(%q: tensor<1x2x16x16xf32>, %k: tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32> {
  %o = attn.sqa %q, %k, %k heads(tile) schedule(#s) : (tensor<1x2x16x16xf32>, tensor<1x8x16x16xf32>, tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
  return %o : tensor<1x8x16x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Operands in b,s,h,d order are sliced in place; narrow types are widened block
// by block, and the output is rounded once.
// CHECK-LABEL: @layouts_and_types
// CHECK: tensor.extract_slice %{{.*}}[0, %[[I:[a-z0-9_]+]], %[[H:[a-z0-9_]+]], 0] [1, 16, 1, 16]
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: %[[KBUF:.*]] = bufferization.alloc_tensor() : tensor<64x16xf32>
// CHECK: %[[VBUF:.*]] = bufferization.alloc_tensor() : tensor<64x16xf32>
// CHECK: scf.for %[[J:[a-z0-9_]+]] =
// CHECK: tensor.extract_slice %{{.*}}[0, %[[J]], %[[H]], 0] [1, 64, 1, 16]
// CHECK: linalg.generic {{.*}} outs(%[[KBUF]]
// CHECK: tensor.extract_slice %{{.*}}[0, %[[H]], %[[J]], 0] [1, 1, 64, 16]
// CHECK: linalg.generic {{.*}} outs(%[[VBUF]]
// CHECK: attn.online_sqa {{.*}} tensor<64x16xf32>, tensor<64x16xf32>)
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: tensor.parallel_insert_slice {{.*}}[0, %[[I]], %[[H]], 0] [1, 16, 1, 16]
func.func @layouts_and_types(%q: tensor<1x32x2x16xbf16>, %k: tensor<1x128x2x16xbf16>, %v: tensor<1x2x128x16xbf16>) -> tensor<1x32x2x16xbf16> {
  %o = attn.sqa %q, %k, %v layout(bshd, bshd, bhsd -> bshd) schedule(#s) : (tensor<1x32x2x16xbf16>, tensor<1x128x2x16xbf16>, tensor<1x2x128x16xbf16>) -> tensor<1x32x2x16xbf16>
  return %o : tensor<1x32x2x16xbf16>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
#row = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// f32 rows that stand apart are packed into a block, whose size follows the keys
// that are left; rows side by side are used in place.
// CHECK-LABEL: @packs_strided_rows
// CHECK: %[[BUF:.*]] = bufferization.alloc_tensor() : tensor<64x16xf32>
// CHECK-NOT: bufferization.alloc_tensor() : tensor<64x24xf32>
// CHECK: %[[KS:.*]] = tensor.extract_slice %{{.*}} : tensor<1x100x2x16xf32> to tensor<?x16xf32>
// CHECK: %[[TO:.*]] = tensor.extract_slice %[[BUF]]
// CHECK: %[[PACKED:.*]] = bufferization.materialize_in_destination %[[KS]] in %[[TO]]
// CHECK: %[[VS:.*]] = tensor.extract_slice %{{.*}} : tensor<1x2x100x24xf32> to tensor<?x24xf32>
// CHECK: attn.online_sqa ins(%{{.*}}, %[[PACKED]], %[[VS]]
func.func @packs_strided_rows(%q: tensor<1x2x32x16xf32>, %k: tensor<1x100x2x16xf32>, %v: tensor<1x2x100x24xf32>) -> tensor<1x2x32x24xf32> {
  %o = attn.sqa %q, %k, %v layout(bhsd, bshd, bhsd -> bhsd) schedule(#s) : (tensor<1x2x32x16xf32>, tensor<1x100x2x16xf32>, tensor<1x2x100x24xf32>) -> tensor<1x2x32x24xf32>
  return %o : tensor<1x2x32x24xf32>
}

// A tile of one vector of rows reads each key once: a copy would not pay.
// CHECK-LABEL: @one_vector_of_rows
// CHECK-NOT: bufferization.alloc_tensor() : tensor<64x16xf32>
// CHECK-NOT: materialize_in_destination
// CHECK: attn.online_sqa
func.func @one_vector_of_rows(%q: tensor<1x2x1x16xf32>, %k: tensor<1x100x2x16xf32>) -> tensor<1x2x1x16xf32> {
  %o = attn.sqa %q, %k, %k layout(bhsd, bshd, bshd -> bhsd) schedule(#row) : (tensor<1x2x1x16xf32>, tensor<1x100x2x16xf32>, tensor<1x100x2x16xf32>) -> tensor<1x2x1x16xf32>
  return %o : tensor<1x2x1x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// No query: no tile. No key: no step, and the output is what zero sums give.
// CHECK-LABEL: @no_queries
// CHECK-NOT: attn.online_sqa
func.func @no_queries(%q: tensor<1x2x0x16xf32>, %k: tensor<1x2x8x16xf32>) -> tensor<1x2x0x16xf32> {
  %o = attn.sqa %q, %k, %k schedule(#s) : (tensor<1x2x0x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x0x16xf32>
  return %o : tensor<1x2x0x16xf32>
}

// CHECK-LABEL: @no_keys
// CHECK: scf.forall
// CHECK-NOT: attn.online_sqa
// CHECK: arith.cmpf oeq
// CHECK: tensor.parallel_insert_slice
func.func @no_keys(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x0x16xf32>) -> tensor<1x2x8x16xf32> {
  %o = attn.sqa %q, %k, %k schedule(#s) : (tensor<1x2x8x16xf32>, tensor<1x2x0x16xf32>, tensor<1x2x0x16xf32>) -> tensor<1x2x8x16xf32>
  return %o : tensor<1x2x8x16xf32>
}

// -----

// A schedule for something else is left for its own pass, and a remark says so.
// CHECK-LABEL: @other_schedule
// CHECK: attn.sqa
// CHECK-NOT: scf.forall
// REMARK: remark: {{.*}}not tiled: the schedule is not for a CPU
func.func @other_schedule(%q: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %o = attn.sqa %q, %q, %q schedule("by hand") : (tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32>
  return %o : tensor<1x2x8x16xf32>
}
