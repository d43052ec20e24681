// RUN: sqa-interpret %s --function=step --input=2x1xf32=1,0 --input=2x1xf32=0,2 --input=2x1xf32=8,4 --input=2x1xf32=0 --input=2xf32=-inf --input=2xf32=0 --input=index=2 | FileCheck %s --check-prefix=FIRST
// RUN: sqa-interpret %s --function=step --input=2x1xf32=1,0 --input=2x1xf32=0,2 --input=2x1xf32=8,4 --input=2x1xf32=16,1 --input=2xf32=3,-1 --input=2xf32=2,1 --input=index=2 | FileCheck %s --check-prefix=NEXT
// RUN: sqa-interpret %s --function=step --input=2x1xf32=1,0 --input=2x1xf32=0,2 --input=2x1xf32=8,4 --input=2x1xf32=0 --input=2xf32=-inf --input=2xf32=0 --input=index=1 | FileCheck %s --check-prefix=PADDED
// RUN: sqa-interpret %s --function=masked --input=2x1xf32=1,1 --input=2x1xf32=0,nan --input=2x1xf32=8,nan | FileCheck %s --check-prefix=MASKED
// RUN: sqa-interpret %s --function=rows_last --input=1x2xf32=1,0 --input=2x1xf32=0,2 --input=2x2xf32=8,0,4,1 --input=2x2xf32=0 | FileCheck %s --check-prefix=ROWSLAST
// RUN: sqa-interpret %s --function=scaled --input=1x1xf32=1 --input=2x1xf32=0,1.0986122886681098 --input=2x1xf32=0,4 | FileCheck %s --check-prefix=SCALED
// RUN: sqa-interpret %s --function=step --input=2x1xf32=nan,0 --input=2x1xf32=0,2 --input=2x1xf32=8,4 --input=2x1xf32=0,nan --input=2xf32=-inf --input=2xf32=0,nan --input=index=2 | FileCheck %s --check-prefix=NAN

!m2 = tensor<2x1xf32>
!s2 = tensor<2xf32>

// Base-2 logits 0 and 2 in row 0, 0 and 0 in row 1.
// FIRST: result[0]: 2x1xf32={{\[}}[6], [12]]
// FIRST: result[1]: 2xf32=[2, 0]
// FIRST: result[2]: 2xf32=[1.25, 2]
// The old state is scaled by 2^0 and 2^-1.
// NEXT: result[0]: 2x1xf32={{\[}}[19], [12.5]]
// NEXT: result[1]: 2xf32=[3, 0]
// NEXT: result[2]: 2xf32=[2.625, 2.5]
// Rows that do not exist become NaN: nobody may rely on them.
// PADDED: result[0]: 2x1xf32={{\[}}[6], [nan]]
// PADDED: result[1]: 2xf32=[2, nan]
// A NaN logit reaches its row, and a row that is NaN stays so.
// NAN: result[0]: 2x1xf32={{\[}}[nan], [nan]]
// NAN: result[2]: 2xf32=[nan, nan]
func.func @step(%q: !m2, %k: !m2, %v: !m2, %acc: !m2, %max: !s2, %sum: !s2, %rows: index) -> (!m2, !s2, !s2) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online_sqa ins(%q, %k, %v : !m2, !m2, !m2) outs(%acc, %max, %sum : !m2, !s2, !s2) at(%c0, %c0, %c0, %c0) rows(%rows)
  return %r#0, %r#1, %r#2 : !m2, !s2, !s2
}

// Query 4 sees no key of this block, query 5 the first one; the masked NaN is
// never touched.
// MASKED: result[0]: 2x1xf32={{\[}}[0], [8]]
// MASKED: result[1]: 2xf32=[-inf, 0]
// MASKED: result[2]: 2xf32=[0, 1]
func.func @masked(%q: !m2, %k: !m2, %v: !m2) -> (!m2, !s2, !s2) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %acc = arith.constant dense<0.0> : !m2
  %max = arith.constant dense<0xff800000> : !s2
  %sum = arith.constant dense<0.0> : !s2
  %r:3 = attn.online_sqa ins(%q, %k, %v : !m2, !m2, !m2) outs(%acc, %max, %sum : !m2, !s2, !s2) at(%c0, %c0, %c4, %c5) rows(%c2)
    mask_mod(%b, %h, %i, %j) {
      %y = arith.cmpi sle, %j, %i : index
      attn.yield %y : i1
    }
  return %r#0, %r#1, %r#2 : !m2, !s2, !s2
}

// The same numbers as FIRST, with the query and the accumulator turned; a
// second feature of the values.
// ROWSLAST: result[0]: 2x2xf32={{\[}}[6, 12], [1, 1]]
// ROWSLAST: result[1]: 2xf32=[2, 0]
func.func @rows_last(%q: tensor<1x2xf32>, %k: !m2, %v: tensor<2x2xf32>, %acc: tensor<2x2xf32>) -> (tensor<2x2xf32>, !s2) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %max = arith.constant dense<0xff800000> : !s2
  %sum = arith.constant dense<0.0> : !s2
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<1x2xf32>, !m2, tensor<2x2xf32>) outs(%acc, %max, %sum : tensor<2x2xf32>, !s2, !s2) at(%c0, %c0, %c0, %c0) rows(%c2) rows_last
  return %r#0, %r#1 : tensor<2x2xf32>, !s2
}

// With a scale the logits are natural: ln 3 is log2 3 in base 2, and the
// weights are 1/3 and 1 of the maximum. score_mod doubles, scale halves.
// SCALED: result[0]: 1x1xf32={{\[}}[4]]
// SCALED: result[1]: 1xf32=[1.58496]
// SCALED: result[2]: 1xf32=[1.33333]
func.func @scaled(%q: tensor<1x1xf32>, %k: !m2, %v: !m2) -> (tensor<1x1xf32>, tensor<1xf32>, tensor<1xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %half = arith.constant 0.5 : f32
  %acc = arith.constant dense<0.0> : tensor<1x1xf32>
  %max = arith.constant dense<0xff800000> : tensor<1xf32>
  %sum = arith.constant dense<0.0> : tensor<1xf32>
  %r:3 = attn.online_sqa ins(%q, %k, %v : tensor<1x1xf32>, !m2, !m2) outs(%acc, %max, %sum : tensor<1x1xf32>, tensor<1xf32>, tensor<1xf32>) at(%c0, %c0, %c0, %c0) rows(%c1) scale(%half)
    score_mod(%s, %b, %h, %i, %j) {
      %x = arith.addf %s, %s : f32
      attn.yield %x : f32
    }
  return %r#0, %r#1, %r#2 : tensor<1x1xf32>, tensor<1xf32>, tensor<1xf32>
}
