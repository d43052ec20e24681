// RUN: sqa-opt %s --verify-roundtrip | FileCheck %s
// RUN: sqa-opt %s --one-shot-bufferize=bufferize-function-boundaries | FileCheck %s --check-prefix=MEMORY

// The packed form of a step, and the ops that make its operands: the key packing
// writes where its target stands, in place.
// CHECK-LABEL: @step
// CHECK: attn.pack query ins(%{{.*}} : tensor<?x40xbf16>) outs(%{{.*}} : tensor<32x64xbf16>) -> tensor<32x64xbf16>
// CHECK: attn.pack key ins(%{{.*}} : tensor<?x40xbf16>) outs(%{{.*}} : tensor<?x64xbf16>) -> tensor<?x64xbf16>
// CHECK: attn.pack value ins(%{{.*}} : tensor<?x16xbf16>) outs(%{{.*}} : tensor<?x512xbf16>) -> tensor<?x512xbf16>
// CHECK: attn.online_sqa {{.*}} rows(%{{.*}}) scale(%{{.*}}) packed(%{{.*}}, %{{.*}}) rows_last
// MEMORY-LABEL: @step
// MEMORY-SAME: %[[Q:[^:]*]]: memref<?x40xbf16, {{.*}}, %[[K:[^:]*]]: memref<?x40xbf16, {{.*}}, %[[V:[^:]*]]: memref<?x16xbf16, {{[^%]*}} %[[QT:[^:]*]]: memref<32x64xbf16
// MEMORY-NOT: memref.copy
// MEMORY: attn.pack query ins(%[[Q]] : {{.*}}) outs(%[[QT]] : {{[^)]*}})
// MEMORY: attn.pack key ins(%[[K]] :
// MEMORY: attn.pack value ins(%[[V]] :
// MEMORY: attn.online_sqa ins(%[[QT]],
func.func @step(%q: tensor<?x40xbf16>, %k: tensor<?x40xbf16>, %v: tensor<?x16xbf16>,
    %qt: tensor<32x64xbf16> {bufferization.writable = true}, %kt: tensor<?x64xbf16> {bufferization.writable = true}, %vt: tensor<?x512xbf16> {bufferization.writable = true},
    %acc: tensor<16x32xf32> {bufferization.writable = true}, %max: tensor<32xf32> {bufferization.writable = true}, %sum: tensor<32xf32> {bufferization.writable = true},
    %scale: f32, %c: index) -> tensor<16x32xf32> {
  %pq = attn.pack query ins(%q : tensor<?x40xbf16>) outs(%qt : tensor<32x64xbf16>) -> tensor<32x64xbf16>
  %pk = attn.pack key ins(%k : tensor<?x40xbf16>) outs(%kt : tensor<?x64xbf16>) -> tensor<?x64xbf16>
  %pv = attn.pack value ins(%v : tensor<?x16xbf16>) outs(%vt : tensor<?x512xbf16>) -> tensor<?x512xbf16>
  %r:3 = attn.online_sqa ins(%pq, %pk, %pv : tensor<32x64xbf16>, tensor<?x64xbf16>, tensor<?x512xbf16>)
      outs(%acc, %max, %sum : tensor<16x32xf32>, tensor<32xf32>, tensor<32xf32>)
      at(%c, %c, %c, %c) rows(%c) scale(%scale) packed(%c, %c) rows_last
  return %r#0 : tensor<16x32xf32>
}
