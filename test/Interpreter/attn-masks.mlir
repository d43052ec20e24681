// Queries are 0, so every visible key has the same weight: an output is the
// mean of the visible values 1, 2, 4, 8, and the LSE the log of their number.
//
// DEFINE: %{v} = --input=1x1x4x1xf32=1,2,4,8
// DEFINE: %{q4} = --input=1x1x4x1xf32=0
// DEFINE: %{q2} = --input=1x1x2x1xf32=0
// RUN: sqa-interpret %s --function=all %{q2} %{v} | FileCheck %s --check-prefix=ALL
// RUN: sqa-interpret %s --function=causal_top_left %{q2} %{v} | FileCheck %s --check-prefix=TOP
// RUN: sqa-interpret %s --function=causal_bottom_right %{q2} %{v} | FileCheck %s --check-prefix=BOTTOM
// RUN: sqa-interpret %s --function=causal_offset %{q2} %{v} --input=index=-1 | FileCheck %s --check-prefix=OFFSET
// RUN: sqa-interpret %s --function=window %{q4} %{v} | FileCheck %s --check-prefix=WINDOW
// RUN: sqa-interpret %s --function=window_zero %{q4} %{v} | FileCheck %s --check-prefix=ZERO
// RUN: sqa-interpret %s --function=window_unbounded %{q4} %{v} | FileCheck %s --check-prefix=UNBOUNDED
// RUN: sqa-interpret %s --function=window_global %{q4} %{v} | FileCheck %s --check-prefix=GLOBAL
// RUN: sqa-interpret %s --function=causal_window_global %{q4} %{v} | FileCheck %s --check-prefix=CAUSALGLOBAL
// RUN: sqa-interpret %s --function=lengths --input=3x1x1x1xf32=0 --input=3x1x4x1xf32=1,2,4,8,1,2,4,8,1,2,4,8 --input=3xi32=2,0,9 | FileCheck %s --check-prefix=LENGTHS
// RUN: sqa-interpret %s --function=bottom_right_of_lengths %{q2} %{v} --input=1xi32=3 | FileCheck %s --check-prefix=LENGTHALIGN
// RUN: sqa-interpret %s --function=segments %{q2} %{v} --input=1x2xi32=5,7 --input=1x4xi32=5,7,7,9 | FileCheck %s --check-prefix=SEGMENTS
// RUN: sqa-interpret %s --function=dense %{q2} %{v} --input=1x1x1x4xi1=0,1,0,1 | FileCheck %s --check-prefix=DENSE
// RUN: sqa-interpret %s --function=mask_mod %{q2} %{v} --input=4xi32=1,0,1,0 | FileCheck %s --check-prefix=MOD
// RUN: sqa-interpret %s --function=conjunction %{q4} %{v} --input=1xi32=3 --input=1x1x1x4xi1=1,0,1,1 | FileCheck %s --check-prefix=CONJUNCTION

!q2 = tensor<1x1x2x1xf32>
!q4 = tensor<1x1x4x1xf32>
!l2 = tensor<1x1x2xf32>

// ALL: result[0]: 1x1x2x1xf32={{\[\[\[}}[3.75], [3.75]]]]
// ALL: result[1]: 1x1x2xf32={{\[\[}}[1.38629, 1.38629]]]
func.func @all(%q: !q2, %v: !q4) -> (!q2, !l2) {
  %o, %l = attn.sqa %q, %v, %v : (!q2, !q4, !q4) -> (!q2, !l2)
  return %o, %l : !q2, !l2
}

// TOP: {{\[\[\[}}[1], [1.5]]]]
// TOP: {{\[\[}}[0, 0.693147]]]
func.func @causal_top_left(%q: !q2, %v: !q4) -> (!q2, !l2) {
  %o, %l = attn.sqa %q, %v, %v causal(top_left) : (!q2, !q4, !q4) -> (!q2, !l2)
  return %o, %l : !q2, !l2
}

// BOTTOM: {{\[\[\[}}[2.33333], [3.75]]]]
func.func @causal_bottom_right(%q: !q2, %v: !q4) -> !q2 {
  %o = attn.sqa %q, %v, %v causal(bottom_right) : (!q2, !q4, !q4) -> !q2
  return %o : !q2
}

// The first query stands before all keys: it sees none and gives 0.
// OFFSET: {{\[\[\[}}[0], [1]]]]
// OFFSET: {{\[\[}}[-inf, 0]]]
func.func @causal_offset(%q: !q2, %v: !q4, %x: index) -> (!q2, !l2) {
  %o, %l = attn.sqa %q, %v, %v causal(offset(%x)) : (!q2, !q4, !q4, index) -> (!q2, !l2)
  return %o, %l : !q2, !l2
}

// One key before and none after, inclusive.
// WINDOW: {{\[\[\[}}[1], [1.5], [3], [6]]]]
func.func @window(%q: !q4, %v: !q4) -> !q4 {
  %o = attn.sqa %q, %v, %v window(1, 0) : (!q4, !q4, !q4) -> !q4
  return %o : !q4
}

// ZERO: {{\[\[\[}}[1], [2], [4], [8]]]]
func.func @window_zero(%q: !q4, %v: !q4) -> !q4 {
  %o = attn.sqa %q, %v, %v window(0, 0) : (!q4, !q4, !q4) -> !q4
  return %o : !q4
}

// UNBOUNDED: {{\[\[\[}}[3.75], [4.66667], [6], [8]]]]
func.func @window_unbounded(%q: !q4, %v: !q4) -> !q4 {
  %o = attn.sqa %q, %v, %v window(0, unbounded) : (!q4, !q4, !q4) -> !q4
  return %o : !q4
}

// The first key stays visible outside of the window.
// GLOBAL: {{\[\[\[}}[1], [1.5], [2.5], [4.5]]]]
func.func @window_global(%q: !q4, %v: !q4) -> !q4 {
  %o = attn.sqa %q, %v, %v window(0, 0) global(1) : (!q4, !q4, !q4) -> !q4
  return %o : !q4
}

// Global keys widen the window, not the causal clause.
// CAUSALGLOBAL: {{\[\[\[}}[1], [1.5], [2.33333], [3.75]]]]
func.func @causal_window_global(%q: !q4, %v: !q4) -> !q4 {
  %o = attn.sqa %q, %v, %v causal(top_left) window(0, 0) global(3) : (!q4, !q4, !q4) -> !q4
  return %o : !q4
}

// Lengths are clamped to the keys there are.
// LENGTHS: {{\[\[\[}}[1.5]]], {{\[\[}}[0]]], {{\[\[}}[3.75]]]]
func.func @lengths(%q: tensor<3x1x1x1xf32>, %v: tensor<3x1x4x1xf32>, %n: tensor<3xi32>) -> tensor<3x1x1x1xf32> {
  %o = attn.sqa %q, %v, %v kv_lengths(%n) : (tensor<3x1x1x1xf32>, tensor<3x1x4x1xf32>, tensor<3x1x4x1xf32>, tensor<3xi32>) -> tensor<3x1x1x1xf32>
  return %o : tensor<3x1x1x1xf32>
}

// The last query stands at the last valid key.
// LENGTHALIGN: {{\[\[\[}}[1.5], [2.33333]]]]
func.func @bottom_right_of_lengths(%q: !q2, %v: !q4, %n: tensor<1xi32>) -> !q2 {
  %o = attn.sqa %q, %v, %v causal(bottom_right) kv_lengths(%n) : (!q2, !q4, !q4, tensor<1xi32>) -> !q2
  return %o : !q2
}

// SEGMENTS: {{\[\[\[}}[1], [3]]]]
func.func @segments(%q: !q2, %v: !q4, %qs: tensor<1x2xi32>, %ks: tensor<1x4xi32>) -> !q2 {
  %o = attn.sqa %q, %v, %v segments(%qs, %ks) : (!q2, !q4, !q4, tensor<1x2xi32>, tensor<1x4xi32>) -> !q2
  return %o : !q2
}

// One row of mask for all queries.
// DENSE: {{\[\[\[}}[5], [5]]]]
func.func @dense(%q: !q2, %v: !q4, %m: tensor<1x1x1x4xi1>) -> !q2 {
  %o = attn.sqa %q, %v, %v mask(%m) : (!q2, !q4, !q4, tensor<1x1x1x4xi1>) -> !q2
  return %o : !q2
}

// The region reads a captured tensor and the query's index.
// MOD: {{\[\[\[}}[2.5], [2.33333]]]]
func.func @mask_mod(%q: !q2, %v: !q4, %t: tensor<4xi32>) -> !q2 {
  %o = attn.sqa %q, %v, %v capture(%t) : (!q2, !q4, !q4, tensor<4xi32>) -> !q2
    mask_mod(%b, %h, %i, %j, %table) {
      %x = tensor.extract %table[%j] : tensor<4xi32>
      %n = arith.index_cast %i : index to i32
      %s = arith.addi %x, %n : i32
      %c0 = arith.constant 0 : i32
      %c3 = arith.constant 3 : index
      %set = arith.cmpi ne, %s, %c0 : i32
      %early = arith.cmpi slt, %j, %c3 : index
      %y = arith.andi %set, %early : i1
      attn.yield %y : i1
    }
  return %o : !q2
}

// A slot is visible only where all clauses agree.
// CONJUNCTION: {{\[\[\[}}[1], [1], [4], [4]]]]
func.func @conjunction(%q: !q4, %v: !q4, %n: tensor<1xi32>, %m: tensor<1x1x1x4xi1>) -> !q4 {
  %o = attn.sqa %q, %v, %v causal(top_left) window(1, 0) kv_lengths(%n) mask(%m) : (!q4, !q4, !q4, tensor<1xi32>, tensor<1x1x1x4xi1>) -> !q4
  return %o : !q4
}
