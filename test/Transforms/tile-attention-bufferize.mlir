// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --cse --one-shot-bufferize="bufferize-function-boundaries" --canonicalize --cse --canonicalize | FileCheck %s

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// The state and the widened blocks have one buffer each, made before the key
// loops; a tile writes its rows in place. Key and value blocks of one shape must
// not share a buffer.
// CHECK-LABEL: @in_place
// CHECK: scf.forall
// CHECK: memref.alloc() {{.*}} : memref<64x16xf32>
// CHECK: memref.alloc() {{.*}} : memref<64x16xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: attn.online_sqa
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: attn.online_sqa {{.*}} capture(%{{.*}} : index)
// CHECK-NOT: memref.copy
// CHECK: return
func.func @in_place(%q: tensor<?x4x?x16xbf16>, %k: tensor<?x2x?x16xbf16>, %v: tensor<?x2x?x16xbf16>, %len: tensor<?xi32>) -> (tensor<?x4x?x16xbf16>, tensor<?x4x?xf32>) {
  %o, %lse = attn.sqa %q, %k, %v causal(bottom_right) window(100, 0) global(8) kv_lengths(%len) schedule(#s)
      : (tensor<?x4x?x16xbf16>, tensor<?x2x?x16xbf16>, tensor<?x2x?x16xbf16>, tensor<?xi32>) -> (tensor<?x4x?x16xbf16>, tensor<?x4x?xf32>)
  return %o, %lse : tensor<?x4x?x16xbf16>, tensor<?x4x?xf32>
}

// Captures are read where they are.
// CHECK-LABEL: @captures_in_place
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: memref<1x4x64x128xf32, strided<[?, ?, ?, ?], offset: ?>>
// CHECK-NOT: memref.copy
// CHECK: attn.online_sqa {{.*}} capture(%[[BIAS]] : memref<1x4x64x128xf32, strided<[?, ?, ?, ?], offset: ?>>)
// CHECK: memref.load
// CHECK-NOT: memref.copy
// CHECK: return
func.func @captures_in_place(%bias: tensor<1x4x64x128xf32>, %q: tensor<1x4x64x16xf32>, %k: tensor<1x4x128x16xf32>) -> tensor<1x4x64x16xf32> {
  %o = attn.sqa %q, %k, %k bias(%bias) schedule(#s) : (tensor<1x4x64x16xf32>, tensor<1x4x128x16xf32>, tensor<1x4x128x16xf32>, tensor<1x4x64x128xf32>) -> tensor<1x4x64x16xf32>
  return %o : tensor<1x4x64x16xf32>
}

// Packing fills the buffer that was made before the loop: one copy, no other.
// CHECK-LABEL: @packing_in_place
// CHECK: scf.forall
// CHECK: %[[BUF:.*]] = memref.alloc() {{.*}} : memref<64x16xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloc
// CHECK: memref.copy
// CHECK-NOT: memref.alloc
// CHECK: attn.online_sqa ins(%{{.*}}, %[[BUF]],
// CHECK-NOT: memref.copy
// CHECK: return
func.func @packing_in_place(%q: tensor<1x2x64x16xf32>, %k: tensor<1x128x2x16xf32>, %v: tensor<1x2x128x16xf32>) -> tensor<1x2x64x16xf32> {
  %o = attn.sqa %q, %k, %v layout(bhsd, bshd, bhsd -> bhsd) schedule(#s) : (tensor<1x2x64x16xf32>, tensor<1x128x2x16xf32>, tensor<1x2x128x16xf32>) -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}

// Of a slice 1 x n x 1 x 1 the last size of 1 need not be the feature: its
// stride is unknown, so the keys are copied where it is 1.
// CHECK-LABEL: @one_feature
// CHECK: %[[BUF:.*]] = memref.alloc() {{.*}} : memref<64x1xf32>
// CHECK: %[[ROWS:.*]] = memref.subview %[[BUF]]{{.*}} to memref<?x1xf32, strided<[1, 1]>>
// CHECK: attn.online_sqa ins(%{{.*}}, %[[ROWS]]
func.func @one_feature(%q: tensor<1x2x64x1xf32>, %k: tensor<1x100x1x1xf32>, %v: tensor<1x1x100x16xf32>) -> tensor<1x2x64x16xf32> {
  %o = attn.sqa %q, %k, %v layout(bhsd, bshd, bhsd -> bhsd) schedule(#s) : (tensor<1x2x64x1xf32>, tensor<1x100x1x1xf32>, tensor<1x1x100x16xf32>) -> tensor<1x2x64x16xf32>
  return %o : tensor<1x2x64x16xf32>
}
