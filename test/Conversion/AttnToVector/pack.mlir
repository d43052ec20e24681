// RUN: sqa-opt %s --sqa-convert-attn-to-vector --split-input-file | FileCheck %s

// Keys are copied 32 features at a time; the last 8 of 40 are padded with zeros.
// CHECK-LABEL: @keys
// CHECK: scf.for
// CHECK: %[[W:.*]] = scf.if %{{.*}} -> (vector<32xbf16>)
// CHECK: vector.load %{{.*}} : memref<?x40xbf16>, vector<32xbf16>
// CHECK: } else {
// CHECK: vector.store %[[W]]
// CHECK: vector.load %{{.*}} : memref<?x40xbf16>, vector<8xbf16>
// CHECK: vector.shuffle %{{.*}} : vector<8xbf16>, vector<8xbf16>
func.func @keys(%k: memref<?x40xbf16>, %to: memref<?x64xbf16>) {
  attn.pack key ins(%k : memref<?x40xbf16>) outs(%to : memref<?x64xbf16>)
  return
}

// -----

// Two features of 16 queries are turned as 16 x 16 words.
// CHECK-LABEL: @queries
// CHECK: scf.for
// CHECK: vector.load %{{.*}} vector<32xbf16>
// CHECK: vector.bitcast %{{.*}} : vector<32xbf16> to vector<16xi32>
// CHECK: vector.shuffle %{{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-COUNT-16: vector.store %{{.*}} : memref<16x64xbf16>, vector<32xbf16>
// CHECK-NOT: vector.store
func.func @queries(%q: memref<?x32xbf16>, %to: memref<16x64xbf16>) {
  attn.pack query ins(%q : memref<?x32xbf16>) outs(%to : memref<16x64xbf16>)
  return
}

// -----

// Two keys are interleaved, then 32 keys of 16 features are turned.
// CHECK-LABEL: @values
// CHECK: scf.for
// CHECK: vector.interleave %{{.*}} : vector<16xbf16> -> vector<32xbf16>
// CHECK: vector.shuffle %{{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-COUNT-16: vector.store %{{.*}} : memref<?x512xbf16>, vector<32xbf16>
// CHECK-NOT: vector.store
func.func @values(%v: memref<?x16xbf16>, %to: memref<?x512xbf16>) {
  attn.pack value ins(%v : memref<?x16xbf16>) outs(%to : memref<?x512xbf16>)
  return
}
