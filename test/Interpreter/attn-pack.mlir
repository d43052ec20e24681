// RUN: sqa-interpret %s --function=pack --input=3x3xbf16=1,2,3,4,5,6,7,8,9 | FileCheck %s
// RUN: sqa-interpret %s --function=both --input='5x3xbf16=random(1)' --input='40x3xbf16=random(2)' --input='40x2xbf16=random(3)' | FileCheck %s --check-prefix=BOTH

// Pairs of features side by side, rows as they are, 32 keys of a feature side by
// side; the rest is 0.
// CHECK: result[0]: 4xbf16=[1, 2, 4, 5]
// CHECK: result[1]: 4xbf16=[3, 0, 6, 0]
// CHECK: result[2]: 4xbf16=[4, 5, 6, 0]
// CHECK: result[3]: 4xbf16=[2, 5, 8, 0]
func.func @pack(%x: tensor<3x3xbf16>) -> (tensor<4xbf16>, tensor<4xbf16>, tensor<4xbf16>, tensor<4xbf16>) {
  %eq = tensor.empty() : tensor<16x32xbf16>
  %ek = tensor.empty() : tensor<32x32xbf16>
  %ev = tensor.empty() : tensor<1x512xbf16>
  %q = attn.pack query ins(%x : tensor<3x3xbf16>) outs(%eq : tensor<16x32xbf16>) -> tensor<16x32xbf16>
  %k = attn.pack key ins(%x : tensor<3x3xbf16>) outs(%ek : tensor<32x32xbf16>) -> tensor<32x32xbf16>
  %v = attn.pack value ins(%x : tensor<3x3xbf16>) outs(%ev : tensor<1x512xbf16>) -> tensor<1x512xbf16>
  %q0 = tensor.extract_slice %q[0, 0] [1, 4] [1, 1] : tensor<16x32xbf16> to tensor<4xbf16>
  %q1 = tensor.extract_slice %q[1, 0] [1, 4] [1, 1] : tensor<16x32xbf16> to tensor<4xbf16>
  %k1 = tensor.extract_slice %k[1, 0] [1, 4] [1, 1] : tensor<32x32xbf16> to tensor<4xbf16>
  %v1 = tensor.extract_slice %v[0, 32] [1, 4] [1, 1] : tensor<1x512xbf16> to tensor<4xbf16>
  return %q0, %q1, %k1, %v1 : tensor<4xbf16>, tensor<4xbf16>, tensor<4xbf16>, tensor<4xbf16>
}

// The packed step on keys 7 to 37 is the plain step on these keys.
// BOTH: result[0]: f32=0
// BOTH: result[1]: f32=0
func.func @both(%q: tensor<5x3xbf16>, %k: tensor<40x3xbf16>, %v: tensor<40x2xbf16>) -> (f32, f32) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %c37 = arith.constant 37 : index
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0xFF800000 : f32
  %eq = tensor.empty() : tensor<16x32xbf16>
  %ek = tensor.empty() : tensor<64x32xbf16>
  %ev = tensor.empty() : tensor<2x512xbf16>
  %pq = attn.pack query ins(%q : tensor<5x3xbf16>) outs(%eq : tensor<16x32xbf16>) -> tensor<16x32xbf16>
  %pk = attn.pack key ins(%k : tensor<40x3xbf16>) outs(%ek : tensor<64x32xbf16>) -> tensor<64x32xbf16>
  %pv = attn.pack value ins(%v : tensor<40x2xbf16>) outs(%ev : tensor<2x512xbf16>) -> tensor<2x512xbf16>
  %acc = tensor.splat %zero : tensor<16x16xf32>
  %max = tensor.splat %none : tensor<16xf32>
  %sum = tensor.splat %zero : tensor<16xf32>
  %p:3 = attn.online_sqa ins(%pq, %pk, %pv : tensor<16x32xbf16>, tensor<64x32xbf16>, tensor<2x512xbf16>)
      outs(%acc, %max, %sum : tensor<16x16xf32>, tensor<16xf32>, tensor<16xf32>)
      at(%c0, %c0, %c0, %c0) rows(%c5) scale(%one) packed(%c7, %c37) rows_last
  %ks = tensor.extract_slice %k[7, 0] [30, 3] [1, 1] : tensor<40x3xbf16> to tensor<30x3xbf16>
  %vs = tensor.extract_slice %v[7, 0] [30, 2] [1, 1] : tensor<40x2xbf16> to tensor<30x2xbf16>
  %acc5 = tensor.splat %zero : tensor<5x2xf32>
  %max5 = tensor.splat %none : tensor<5xf32>
  %sum5 = tensor.splat %zero : tensor<5xf32>
  %r:3 = attn.online_sqa ins(%q, %ks, %vs : tensor<5x3xbf16>, tensor<30x3xbf16>, tensor<30x2xbf16>)
      outs(%acc5, %max5, %sum5 : tensor<5x2xf32>, tensor<5xf32>, tensor<5xf32>)
      at(%c0, %c0, %c0, %c7) rows(%c5) scale(%one)
  %c1 = arith.constant 1 : index
  %a = tensor.extract %p#0[%c1, %c4] : tensor<16x16xf32>
  %b = tensor.extract %r#0[%c4, %c1] : tensor<5x2xf32>
  %d = arith.subf %a, %b : f32
  %s = tensor.extract %p#2[%c4] : tensor<16xf32>
  %t = tensor.extract %r#2[%c4] : tensor<5xf32>
  %e = arith.subf %s, %t : f32
  return %d, %e : f32, f32
}
