// RUN: sqa-opt %s --sqa-expand-mask-clauses --split-input-file | FileCheck %s

// The position of the alignment, and the window on both sides of it.
// CHECK-LABEL: @window
// CHECK: attn.sqa %{{.*}}, %{{.*}}, %{{.*}} heads(group) :
// CHECK: mask_mod(%{{.*}}, %{{.*}}, %[[I:.*]], %[[J:.*]]) {
// CHECK: %[[OFFSET:.*]] = arith.constant 24
// CHECK: %[[POS:.*]] = arith.addi %[[I]], %[[OFFSET]]
// CHECK: arith.cmpi sge, %[[J]]
// CHECK: arith.cmpi sle, %[[J]]
// CHECK: %[[WINDOW:.*]] = arith.andi
// CHECK: %[[GLOBAL:.*]] = arith.cmpi slt, %[[J]], %c4
// CHECK: %[[Y:.*]] = arith.ori %[[WINDOW]], %[[GLOBAL]]
// CHECK: attn.yield %[[Y]]
func.func @window(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x32x16xf32>) -> tensor<1x2x8x16xf32> {
  %o = attn.sqa %q, %k, %k align(bottom_right) window(3, 5) global(4) : (tensor<1x2x8x16xf32>, tensor<1x2x32x16xf32>, tensor<1x2x32x16xf32>) -> tensor<1x2x8x16xf32>
  return %o : tensor<1x2x8x16xf32>
}

// -----

// Causal covers the right side of the window: one comparison, not two.
// CHECK-LABEL: @causal_top_left
// CHECK: mask_mod(%{{.*}}, %{{.*}}, %[[I:.*]], %[[J:.*]]) {
// CHECK-NEXT: %[[Y:.*]] = arith.cmpi sle, %[[J]], %[[I]]
// CHECK-NEXT: attn.yield %[[Y]]
func.func @causal_top_left(%q: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) window(unbounded, 2) : (tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32>
  return %o : tensor<1x2x8x16xf32>
}

// -----

// Lengths that are only known at run time come in as captures; the last valid
// key counts, clamped to the keys that exist.
// CHECK-LABEL: @ragged_bottom_right
// CHECK-SAME: %[[LEN:[a-z0-9]+]]: tensor<?xi32>
// CHECK: %[[S:.*]] = tensor.dim
// CHECK: %[[T:.*]] = tensor.dim
// CHECK: attn.sqa {{.*}} capture(%[[LEN]], %[[S]], %[[T]])
// CHECK-NOT: kv_lengths
// CHECK: mask_mod(%[[B:.*]], %{{.*}}, %[[I:.*]], %[[J:.*]], %[[RLEN:.*]], %[[RS:.*]], %[[RT:.*]]) {
// CHECK: %[[RAW:.*]] = tensor.extract %[[RLEN]][%[[B]]]
// CHECK: %[[VALID:.*]] = arith.index_cast %[[RAW]]
// CHECK: %[[NONNEG:.*]] = arith.maxsi %[[VALID]]
// CHECK: %[[KEYS:.*]] = arith.minsi %[[NONNEG]], %[[RT]]
// CHECK: %[[OFFSET:.*]] = arith.subi %[[KEYS]], %[[RS]]
// CHECK: arith.addi %[[I]], %[[OFFSET]]
// CHECK: arith.cmpi slt, %[[J]], %[[VALID]]
func.func @ragged_bottom_right(%q: tensor<?x2x?x16xf32>, %k: tensor<?x2x?x16xf32>, %len: tensor<?xi32>) -> tensor<?x2x?x16xf32> {
  %o = attn.sqa %q, %k, %k causal(bottom_right) kv_lengths(%len) : (tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?xi32>) -> tensor<?x2x?x16xf32>
  return %o : tensor<?x2x?x16xf32>
}

// -----

// Segments, a broadcast mask and the user's own region; new captures come after
// the user's, and both regions take all of them. The bias ends the score.
// CHECK-LABEL: @everything_dense
// CHECK-SAME: %[[QS:[a-z0-9]+]]: tensor<2x8xi32>, %[[KS:[a-z0-9]+]]: tensor<2x9xi32>, %[[M:[a-z0-9]+]]: tensor<2x1x1x9xi1>, %[[BIAS:[a-z0-9]+]]: tensor<1x2x8x9xf16>, %[[SINK:[a-z0-9]+]]: tensor<2xf32>, %[[A:[a-z0-9]+]]: tensor<2xf32>
// CHECK: attn.sqa {{.*}} sink(%[[SINK]]) capture(%[[A]], %[[QS]], %[[KS]], %[[M]], %[[BIAS]])
// CHECK: score_mod(%[[X:.*]], %{{.*}}, %[[H:.*]], %[[I:.*]], %[[J:.*]], %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[RBIAS:.*]]) {
// CHECK: %[[SCORED:.*]] = math.tanh %[[X]]
// CHECK: %[[E:.*]] = tensor.extract %[[RBIAS]][%c0{{.*}}, %[[H]], %[[I]], %[[J]]]
// CHECK: %[[WIDE:.*]] = arith.extf %[[E]]
// CHECK: arith.addf %[[SCORED]], %[[WIDE]]
// CHECK: mask_mod(%[[B:.*]], %{{.*}}, %[[I:.*]], %[[J:.*]], %{{.*}}, %[[RQS:.*]], %[[RKS:.*]], %[[RM:.*]], %{{.*}}) {
// CHECK: %[[OWN:.*]] = arith.cmpi ule
// CHECK: tensor.extract %[[RQS]][%[[B]], %[[I]]]
// CHECK: tensor.extract %[[RKS]][%[[B]], %[[J]]]
// CHECK: tensor.extract %[[RM]][%[[B]], %[[Z:.*]], %[[Z]], %[[J]]]
// CHECK: arith.andi %[[OWN]]
func.func @everything_dense(%qs: tensor<2x8xi32>, %ks: tensor<2x9xi32>, %m: tensor<2x1x1x9xi1>, %bias: tensor<1x2x8x9xf16>, %sink: tensor<2xf32>, %a: tensor<2xf32>,
    %q: tensor<2x2x8x16xf32>, %k: tensor<2x2x9x16xf32>) -> tensor<2x2x8x16xf32> {
  %o = attn.sqa %q, %k, %k segments(%qs, %ks) mask(%m) bias(%bias) sink(%sink) capture(%a)
      : (tensor<2x2x8x16xf32>, tensor<2x2x9x16xf32>, tensor<2x2x9x16xf32>, tensor<2x8xi32>, tensor<2x9xi32>, tensor<2x1x1x9xi1>, tensor<1x2x8x9xf16>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2x8x16xf32>
      score_mod(%s, %b, %h, %i, %j, %c) {
        %x = math.tanh %s : f32
        attn.yield %x : f32
      }
      mask_mod(%b, %h, %i, %j, %c) {
        %y = arith.cmpi ule, %j, %i : index
        attn.yield %y : i1
      }
  return %o : tensor<2x2x8x16xf32>
}

// -----

// Nothing to expand: nothing changes, and clauses that hide nothing just go.
// CHECK-LABEL: @no_clauses
// CHECK: attn.sqa {{.*}} heads(group) scale(5.000000e-01) :
// CHECK: attn.sqa {{.*}} heads(group) :
// CHECK-NOT: mask_mod
func.func @no_clauses(%q: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %o = attn.sqa %q, %q, %q scale(0.5) : (tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32>
  %p = attn.sqa %o, %q, %q window(unbounded, unbounded) global(3) : (tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32>
  return %p : tensor<1x2x8x16xf32>
}
