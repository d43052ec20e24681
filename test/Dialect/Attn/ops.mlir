// RUN: sqa-opt %s --verify-roundtrip | FileCheck %s
// RUN: sqa-opt %s --emit-bytecode | sqa-opt | FileCheck %s
// RUN: sqa-opt %s --mlir-print-op-generic | sqa-opt | FileCheck %s

// The shortest form: everything has a default.
// CHECK-LABEL: @plain
// CHECK: %o = attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
func.func @plain(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32> {
  %o = attn.sqa %q, %k, %v : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x4x8x16xf32>
  return %o : tensor<1x4x8x16xf32>
}

// Every clause at once, in another order than they are printed.
// CHECK-LABEL: @every_clause
// CHECK: %o, %lse = attn.sqa {{.*}} heads(tile) layout(bshd, bhsd, bhsd -> bshd) scale(2.500000e-01) causal(offset(%{{.*}})) window(128, unbounded) global(16) kv_lengths(%{{.*}}) segments(%{{.*}}, %{{.*}}) mask(%{{.*}}) bias(%{{.*}}) sink(%{{.*}}) capture(%{{[^)]*}}) :
// CHECK-SAME: score_mod(%s, %b, %h, %i, %j, %a) {
// CHECK-NEXT: tensor.extract %a[%h]
// CHECK-NEXT: arith.mulf %s
// CHECK-NEXT: attn.yield
// CHECK-NEXT: } mask_mod(%b, %h, %i, %j, %a) {
// CHECK-NEXT: arith.cmpi ule, %j, %i
func.func @every_clause(%q: tensor<?x?x4x16xbf16>, %k: tensor<?x8x?x16xbf16>, %v: tensor<?x8x?x24xbf16>,
    %off: index, %len: tensor<?xi32>, %qs: tensor<?x?xi32>, %ks: tensor<?x?xi32>, %m: tensor<?x1x1x?xi1>,
    %bias: tensor<1x8x?x?xbf16>, %sink: tensor<8xf32>, %slopes: tensor<8xf32>) -> (tensor<?x?x8x24xbf16>, tensor<?x8x?xf32>) {
  %o, %lse = attn.sqa %q, %k, %v capture(%slopes) sink(%sink) bias(%bias) mask(%m) segments(%qs, %ks) kv_lengths(%len)
      global(16) window(128, unbounded) causal(offset(%off)) scale(0.25) layout(bshd, bhsd, bhsd -> bshd) heads(tile)
      : (tensor<?x?x4x16xbf16>, tensor<?x8x?x16xbf16>, tensor<?x8x?x24xbf16>, index, tensor<?xi32>, tensor<?x?xi32>, tensor<?x?xi32>,
         tensor<?x1x1x?xi1>, tensor<1x8x?x?xbf16>, tensor<8xf32>, tensor<8xf32>) -> (tensor<?x?x8x24xbf16>, tensor<?x8x?xf32>)
      score_mod(%s, %b, %h, %i, %j, %a) {
        %slope = tensor.extract %a[%h] : tensor<8xf32>
        %x = arith.mulf %s, %slope : f32
        attn.yield %x : f32
      }
      mask_mod(%b, %h, %i, %j, %a) {
        %y = arith.cmpi ule, %j, %i : index
        attn.yield %y : i1
      }
  return %o, %lse : tensor<?x?x8x24xbf16>, tensor<?x8x?xf32>
}

// CHECK-LABEL: @online
// CHECK: %acc, %max, %sum = attn.online_sqa ins({{.*}}) outs({{.*}}) at(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) rows(%{{.*}}) rows_last
func.func @online(%q: tensor<16x32xf32>, %k: tensor<128x16xf32>, %v: tensor<128x24xf32>, %acc: tensor<24x32xf32>,
    %max: tensor<32xf32>, %sum: tensor<32xf32>, %b: index, %h: index, %i: index, %j: index, %rows: index)
    -> (tensor<24x32xf32>, tensor<32xf32>, tensor<32xf32>) {
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<16x32xf32>, tensor<128x16xf32>, tensor<128x24xf32>)
      outs(%acc, %max, %sum : tensor<24x32xf32>, tensor<32xf32>, tensor<32xf32>) at(%b, %h, %i, %j) rows(%rows) rows_last
      mask_mod(%b0, %h0, %i0, %j0) {
        %y = arith.cmpi ule, %j0, %i0 : index
        attn.yield %y : i1
      }
  return %r#0, %r#1, %r#2 : tensor<24x32xf32>, tensor<32xf32>, tensor<32xf32>
}

// CHECK-LABEL: @online_in_memory
// CHECK: attn.online_sqa ins({{.*}} : memref<16x32xf32>
func.func @online_in_memory(%q: memref<16x32xf32>, %k: memref<?x16xf32>, %v: memref<?x24xf32>, %acc: memref<24x32xf32>,
    %max: memref<32xf32>, %sum: memref<32xf32>, %b: index, %scale: f32) {
  attn.online_sqa ins(%q, %k, %v : memref<16x32xf32>, memref<?x16xf32>, memref<?x24xf32>)
      outs(%acc, %max, %sum : memref<24x32xf32>, memref<32xf32>, memref<32xf32>) at(%b, %b, %b, %b) rows(%b) scale(%scale) rows_last
  return
}

// CHECK-LABEL: @merge
// CHECK: %o, %lse = attn.merge %{{.*}}, %{{.*}} lse(%{{.*}}, %{{.*}})
func.func @merge(%a: tensor<1x2x3x4xf32>, %b: tensor<1x2x3x4xf32>, %la: tensor<1x2x3xf32>, %lb: tensor<1x2x3xf32>) -> tensor<1x2x3x4xf32> {
  %o, %l = attn.merge %a, %b lse(%la, %lb) : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return %o : tensor<1x2x3x4xf32>
}

// CHECK-LABEL: @rope
// CHECK: attn.rope %{{.*}} pairing(pairs_to_halves) base(1.000000e+05) rotary_dim(8) positions(%{{.*}} : tensor<?xi32>) negative
func.func @rope(%x: tensor<1x2x?x16xbf16>, %p: tensor<?xi32>) -> tensor<1x2x?x16xbf16> {
  %y = attn.rope %x pairing(pairs_to_halves) base(1.0e5) rotary_dim(8) positions(%p : tensor<?xi32>) negative : tensor<1x2x?x16xbf16>
  return %y : tensor<1x2x?x16xbf16>
}

// Layouts print inside their parentheses without a space.
// CHECK-LABEL: @layouts
// CHECK: attn.merge %{{.*}} lse(%{{.*}}) layout(bshd) :
// CHECK: attn.rope %{{.*}} pairing(halves) layout(bshd) offset(%{{.*}}) :
func.func @layouts(%a: tensor<1x3x2x4xf16>, %l: tensor<1x2x3xf32>, %p: index) -> tensor<1x3x2x4xf16> {
  %o, %lse = attn.merge %a lse(%l) layout(bshd) : (tensor<1x3x2x4xf16>, tensor<1x2x3xf32>) -> (tensor<1x3x2x4xf16>, tensor<1x2x3xf32>)
  %y = attn.rope %o offset(%p) layout(bshd) pairing(halves) : tensor<1x3x2x4xf16>
  return %y : tensor<1x3x2x4xf16>
}

// A schedule, a run-time scale, captures of numbers, and an attribute of
// somebody else.
// CHECK-LABEL: @scheduled
// CHECK: attn.sqa {{.*}} scale(%{{.*}}) align(bottom_right) window(3, 0) capture(%{{.*}}, %{{.*}}) schedule({x = 1 : i64}) {note = "kept"}
func.func @scheduled(%q: tensor<1x1x2x4xf32>, %k: tensor<1x1x0x4xf32>, %s: f32, %n: i64) -> tensor<1x1x2x4xf32> {
  %o = attn.sqa %q, %k, %k scale(%s) align(bottom_right) window(3, 0) capture(%s, %n) schedule({x = 1}) {note = "kept"}
      : (tensor<1x1x2x4xf32>, tensor<1x1x0x4xf32>, tensor<1x1x0x4xf32>, f32, f32, i64) -> tensor<1x1x2x4xf32>
      mask_mod(%b, %h, %i, %j, %x, %y) {
        %yi = arith.index_cast %y : i64 to index
        %z = arith.cmpi ult, %j, %yi : index
        attn.yield %z : i1
      }
  return %o : tensor<1x1x2x4xf32>
}
