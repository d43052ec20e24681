// RUN: sqa-interpret %s --function=scores --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=0,1.0986122886681098 --input=1x1x2x1xf32=0,4 | FileCheck %s --check-prefix=SCORES
// RUN: sqa-interpret %s --function=default_scale --input=1x1x1x4xf32=1 --input=1x1x2x4xf32=0,0,0,0,0.54930614,0.54930614,0.54930614,0.54930614 --input=1x1x2x1xf32=0,4 | FileCheck %s --check-prefix=SCORES
// RUN: sqa-interpret %s --function=runtime_scale --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=0,-2.1972246 --input=1x1x2x1xf32=0,4 --input=f32=-0.5 | FileCheck %s --check-prefix=SCORES
// RUN: sqa-interpret %s --function=score_mod --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=0,7 --input=1x1x2x1xf32=0,4 --input=2xf32=0,1.0986122886681098 | FileCheck %s --check-prefix=SCORES
// RUN: sqa-interpret %s --function=bias --input=1x1x1x1xf32=0 --input=1x1x2x1xf32=0 --input=1x1x2x1xf32=0,4 --input=1x1x1x2xf32=0,1.0986122886681098 | FileCheck %s --check-prefix=SCORES
// RUN: sqa-interpret %s --function=bias --input=1x1x1x1xf32=0 --input=1x1x2x1xf32=0 --input=1x1x2x1xf32=nan,4 --input=1x1x1x2xf32=-inf,0 | FileCheck %s --check-prefix=BIASINF
// RUN: sqa-interpret %s --function=bias --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=-3e38,1 --input=1x1x2x1xf32=nan,4 --input=1x1x1x2xf32=-3e38,0 | FileCheck %s --check-prefix=OVERFLOW
// RUN: sqa-interpret %s --function=scores --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=-1e5,-1e5 --input=1x1x2x1xf32=0,4 | FileCheck %s --check-prefix=LARGE
// RUN: sqa-interpret %s --function=scores --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=0,nan --input=1x1x2x1xf32=0,4 | FileCheck %s --check-prefix=NAN
// RUN: sqa-interpret %s --function=scores --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=0,inf --input=1x1x2x1xf32=0,4 | FileCheck %s --check-prefix=NAN
// RUN: sqa-interpret %s --function=scores --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=inf,inf --input=1x1x2x1xf32=0,4 | FileCheck %s --check-prefix=NAN
// RUN: sqa-interpret %s --function=scores --input=1x1x1x1xf32=1 --input=1x1x2x1xf32=1,-inf --input=1x1x2x1xf32=3,nan | FileCheck %s --check-prefix=MINUSINF
// RUN: sqa-interpret %s --function=live_nan_value --input=1x1x1x2xf32=0 --input=1x1x2x2xf32=0 --input=1x1x2x2xf32=1,nan,3,4 | FileCheck %s --check-prefix=NANVALUE
// RUN: sqa-interpret %s --function=masked_nan --input=1x1x2x1xf32=0 --input=1x1x2x1xf32=0,nan --input=1x1x2x1xf32=5,nan --input=1x1x1x2xf32=0,nan | FileCheck %s --check-prefix=MASKEDNAN
// RUN: sqa-interpret %s --function=sink --input=1x2x1x1xf32=0 --input=1x1x4x1xf32=1,2,4,8 --input=2xf32=0,-inf --input=index=0 | FileCheck %s --check-prefix=SINK
// RUN: sqa-interpret %s --function=sink --input=1x2x1x1xf32=0 --input=1x1x4x1xf32=1,2,4,8 --input=2xf32=0.5,-inf --input=index=-9 | FileCheck %s --check-prefix=SINKALONE
// RUN: sqa-interpret %s --function=sink --input=1x2x1x1xf32=0 --input=1x1x4x1xf32=1,2,4,8 --input=2xf32=nan,inf --input=index=0 | FileCheck %s --check-prefix=SINKNAN
// RUN: sqa-interpret %s --function=empty --input=1x2x3x4xf32=0 --input=1x2x0x4xf32= --input=0x1x5x1xf32= --input=0x1x0x1xf32= | FileCheck %s --check-prefix=EMPTY

!one = tensor<1x1x1x1xf32>
!two = tensor<1x1x2x1xf32>
!lse = tensor<1x1x1xf32>

// Weights 1/4 and 3/4 of the values 0 and 4, by every way to make logits 0
// and ln 3.
// SCORES: result[0]: 1x1x1x1xf32={{\[\[\[}}[3]]]]
// SCORES: result[1]: 1x1x1xf32={{\[\[}}[1.38629]]]
// Logits below -5e4 are as good as any other.
// LARGE: result[0]: 1x1x1x1xf32={{\[\[\[}}[2]]]]
// LARGE: result[1]: 1x1x1xf32={{\[\[}}[-99999.3]]]
// A live NaN, and +inf (which is the maximum minus itself), reach the row.
// NAN: result[0]: 1x1x1x1xf32={{\[\[\[}}[nan]]]]
// NAN: result[1]: 1x1x1xf32={{\[\[}}[nan]]]
// A logit of -inf is masked: its value is not read.
// MINUSINF: result[0]: 1x1x1x1xf32={{\[\[\[}}[3]]]]
// MINUSINF: result[1]: 1x1x1xf32={{\[\[}}[1]]]
func.func @scores(%q: !one, %k: !two, %v: !two) -> (!one, !lse) {
  %o, %l = attn.sqa %q, %k, %v scale(1.0) : (!one, !two, !two) -> (!one, !lse)
  return %o, %l : !one, !lse
}

func.func @default_scale(%q: tensor<1x1x1x4xf32>, %k: tensor<1x1x2x4xf32>, %v: !two) -> (!one, !lse) {
  %o, %l = attn.sqa %q, %k, %v : (tensor<1x1x1x4xf32>, tensor<1x1x2x4xf32>, !two) -> (!one, !lse)
  return %o, %l : !one, !lse
}

func.func @runtime_scale(%q: !one, %k: !two, %v: !two, %s: f32) -> (!one, !lse) {
  %o, %l = attn.sqa %q, %k, %v scale(%s) : (!one, !two, !two, f32) -> (!one, !lse)
  return %o, %l : !one, !lse
}

// The score is replaced by a captured number; 0 * score keeps it in use.
func.func @score_mod(%q: !one, %k: !two, %v: !two, %t: tensor<2xf32>) -> (!one, !lse) {
  %o, %l = attn.sqa %q, %k, %v capture(%t) : (!one, !two, !two, tensor<2xf32>) -> (!one, !lse)
    score_mod(%s, %b, %h, %i, %j, %table) {
      %zero = arith.constant 0.0 : f32
      %x = tensor.extract %table[%j] : tensor<2xf32>
      %y = math.fma %s, %zero, %x : f32
      attn.yield %y : f32
    }
  return %o, %l : !one, !lse
}

// BIASINF: result[0]: 1x1x1x1xf32={{\[\[\[}}[4]]]]
// A sum that leaves f32 is -inf as well, though f64 could hold it.
// OVERFLOW: result[0]: 1x1x1x1xf32={{\[\[\[}}[4]]]]
func.func @bias(%q: !one, %k: !two, %v: !two, %bias: tensor<1x1x1x2xf32>) -> (!one, !lse) {
  %o, %l = attn.sqa %q, %k, %v bias(%bias) : (!one, !two, !two, tensor<1x1x1x2xf32>) -> (!one, !lse)
  return %o, %l : !one, !lse
}

// A NaN value spoils its own feature only.
// NANVALUE: {{\[\[\[}}[2, nan]]]]
func.func @live_nan_value(%q: tensor<1x1x1x2xf32>, %k: tensor<1x1x2x2xf32>, %v: tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32> {
  %o = attn.sqa %q, %k, %v : (tensor<1x1x1x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32>
  return %o : tensor<1x1x1x2xf32>
}

// NaN in the key, the value and the bias of a masked slot changes nothing.
// MASKEDNAN: {{\[\[\[}}[5], [nan]]]]
func.func @masked_nan(%q: !two, %k: !two, %v: !two, %bias: tensor<1x1x1x2xf32>) -> !two {
  %o = attn.sqa %q, %k, %v causal(top_left) bias(%bias) : (!two, !two, !two, tensor<1x1x1x2xf32>) -> !two
  return %o : !two
}

// A sink of 0 counts as one more key without a value; -inf is no sink.
// SINK: result[0]: 1x2x1x1xf32={{\[\[\[}}[3]], {{\[}}[3.75]]]]
// SINK: result[1]: 1x2x1xf32={{\[\[}}[1.60944], [1.38629]]]
// Alone it is the whole denominator.
// SINKALONE: result[0]: 1x2x1x1xf32={{\[\[\[}}[0]], {{\[}}[0]]]]
// SINKALONE: result[1]: 1x2x1xf32={{\[\[}}[0.5], [-inf]]]
// SINKNAN: result[0]: 1x2x1x1xf32={{\[\[\[}}[nan]], {{\[}}[nan]]]]
// SINKNAN: result[1]: 1x2x1xf32={{\[\[}}[nan], [nan]]]
func.func @sink(%q: tensor<1x2x1x1xf32>, %k: tensor<1x1x4x1xf32>, %s: tensor<2xf32>, %x: index) -> (tensor<1x2x1x1xf32>, tensor<1x2x1xf32>) {
  %big = arith.constant 3 : index
  %p = arith.addi %x, %big : index
  %o, %l = attn.sqa %q, %k, %k causal(offset(%p)) sink(%s) : (tensor<1x2x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, index, tensor<2xf32>) -> (tensor<1x2x1x1xf32>, tensor<1x2x1xf32>)
  return %o, %l : tensor<1x2x1x1xf32>, tensor<1x2x1xf32>
}

// No keys, no queries, no batch.
// EMPTY: result[0]: 1x2x3x4xf32={{\[\[\[}}[0, 0, 0, 0],
// EMPTY: result[1]: 1x2x0x4xf32=[]
// EMPTY: result[2]: 0x1x5x1xf32=[]
func.func @empty(%a: tensor<1x2x3x4xf32>, %b: tensor<1x2x?x4xf32>, %c: tensor<?x1x5x1xf32>, %d: tensor<?x1x?x1xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x?x4xf32>, tensor<?x1x5x1xf32>) {
  %0 = attn.sqa %a, %b, %b : (tensor<1x2x3x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x3x4xf32>
  %1 = attn.sqa %b, %a, %a : (tensor<1x2x?x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x?x4xf32>
  %2 = attn.sqa %c, %d, %d : (tensor<?x1x5x1xf32>, tensor<?x1x?x1xf32>, tensor<?x1x?x1xf32>) -> tensor<?x1x5x1xf32>
  return %0, %1, %2 : tensor<1x2x3x4xf32>, tensor<1x2x?x4xf32>, tensor<?x1x5x1xf32>
}
