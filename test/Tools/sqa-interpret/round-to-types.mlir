// The naive computation in the declared types against the f64 reference.
//
// RUN: sqa-interpret %s --function=logit --input=1x1x1x1xf32=1 --input=1x1x1x1xf32=1 --output-f64 | FileCheck %s --check-prefix=F64
// RUN: sqa-interpret %s --function=logit --input=1x1x1x1xf32=1 --input=1x1x1x1xf32=1 --output-f64 --round-to-types | FileCheck %s --check-prefix=TYPES
// RUN: sqa-interpret %s --function=weights --input=1x1x1x1xbf16=0 --input=1x1x3x1xbf16=0,0,0 --input=1x1x3x1xbf16=1,1,1 --output-f64 | FileCheck %s --check-prefix=WEIGHTS64
// RUN: sqa-interpret %s --function=weights --input=1x1x1x1xbf16=0 --input=1x1x3x1xbf16=0,0,0 --input=1x1x3x1xbf16=1,1,256 --output-f64 --round-to-types | FileCheck %s --check-prefix=WEIGHTS
// RUN: sqa-interpret %s --function=store --input=2xf32=1.001,1 --output-f64 | FileCheck %s --check-prefix=STORE64
// RUN: sqa-interpret %s --function=store --input=2xf32=1.001,1 --output-f64 --round-to-types | FileCheck %s --check-prefix=STORE

// The logit is 1/3 of a run-time scale: f32 has 8 good digits of it.
// F64: result[0]: f64=0
// TYPES: result[0]: f64=-2.98023e-08
func.func @logit(%q: tensor<1x1x1x1xf32>, %k: tensor<1x1x1x1xf32>) -> f32 {
  %one = arith.constant 1.0 : f32
  %three = arith.constant 3.0 : f32
  %s = arith.divf %one, %three : f32
  %o, %l = attn.sqa %q, %k, %k scale(%s) : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, f32) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %c0 = arith.constant 0 : index
  %x = tensor.extract %l[%c0, %c0, %c0] : tensor<1x1x1xf32>
  %d = arith.extf %x : f32 to f64
  %d3 = arith.constant 3.0 : f64
  %d1 = arith.constant 1.0 : f64
  %t = arith.mulf %d, %d3 : f64
  %e = arith.subf %d1, %t : f64
  %r = arith.truncf %e : f64 to f32
  return %r : f32
}

// The weights 1/3 become 0.333984 in bf16; 258 of them are 86.168, and the
// output becomes 86.
// WEIGHTS64: f64={{\[\[\[}}[1]]]]
// WEIGHTS: f64={{\[\[\[}}[86]]]]
func.func @weights(%q: tensor<1x1x1x1xbf16>, %k: tensor<1x1x3x1xbf16>, %v: tensor<1x1x3x1xbf16>) -> tensor<1x1x1x1xbf16> {
  %o = attn.sqa %q, %k, %v : (tensor<1x1x1x1xbf16>, tensor<1x1x3x1xbf16>, tensor<1x1x3x1xbf16>) -> tensor<1x1x1x1xbf16>
  return %o : tensor<1x1x1x1xbf16>
}

// truncf gives 1 + 2^-10 in both modes; adding 1 rounds it away in f16.
// STORE64: 2xf64=[2.00098, 2]
// STORE: 2xf64=[2, 2]
func.func @store(%x: tensor<2xf32>) -> tensor<2xf16> {
  %e = tensor.empty() : tensor<2xf16>
  %c1 = arith.constant 1.0 : f16
  %0 = linalg.map ins(%x : tensor<2xf32>) outs(%e : tensor<2xf16>)
    (%a: f32, %o: f16) {
      %b = arith.truncf %a : f32 to f16
      %y = arith.addf %b, %c1 : f16
      linalg.yield %y : f16
    }
  return %0 : tensor<2xf16>
}
