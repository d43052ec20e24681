// Inputs are asked for only where the mask reads them, and sizes follow from
// types, inputs and --size. A mask inside a model is drawn without running it.
// RUN: sqa-mask %s --function=model --op=1 --size=S=6 --input=lengths=2xi32=3,5 --batch=1 --tile=2x2 | FileCheck %s --check-prefix=MODEL
// RUN: sqa-mask %s --function=segments --input=1x6xi32=0,0,0,1,1,1 --format=statistics 2>&1 | FileCheck %s --check-prefix=SEGMENTS
// RUN: sqa-mask %s --function=heads --head=1 --input=2xi64=0,2 --input=arg0=1x2x6x8xf32=0 --tile=2x2 --format=statistics | FileCheck %s --check-prefix=HEADS
// RUN: sqa-mask %s --function=scheduled --format=statistics | FileCheck %s --check-prefix=SCHEDULED

// The first op has no mask; the second one's keys come out of it.
// MODEL: causal(bottom_right) kv_lengths(lengths)
// MODEL: S = 6 queries, T = 6 keys, tiles of 2 x 2, batch 1, head 0
// MODEL: visible 15 of 36 slots
// MODEL: seen by some row of [i0, i1): [0, min({{.*}}lengths[b]{{.*}}))
func.func @model(%x: tensor<2x?x8xf32>, %w: tensor<8x8xf32>, %lengths: tensor<2xi32> {sqa.name = "lengths"}) -> tensor<2x1x?x8xf32> {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<2x?x8xf32>
  %q = tensor.expand_shape %x [[0, 1], [2], [3]] output_shape [2, 1, %n, 8] : tensor<2x?x8xf32> into tensor<2x1x?x8xf32>
  %h = attn.sqa %q, %q, %q : (tensor<2x1x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x8xf32>) -> tensor<2x1x?x8xf32>
  %o = attn.sqa %h, %h, %h causal(bottom_right) kv_lengths(%lengths)
      : (tensor<2x1x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2xi32>) -> tensor<2x1x?x8xf32>
  return %o : tensor<2x1x?x8xf32>
}

// SEGMENTS-NOT: slot by slot
// SEGMENTS: segments(doc, doc)
// SEGMENTS: S = 6 queries, T = 6 keys, tiles of 64 x 64
// SEGMENTS: visible 18 of 36 slots
// SEGMENTS: seen by some row of [i0, i1): [max(0, first{doc[b, j] == doc[b, i]}), end{doc[b, j] == doc[b, i]})
func.func @segments(%q: tensor<1x1x?x8xf32>, %doc: tensor<1x?xi32> {sqa.name = "doc"}) -> tensor<1x1x?x8xf32> {
  %o = attn.sqa %q, %q, %q segments(%doc, %doc)
      : (tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x?xi32>, tensor<1x?xi32>) -> tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}

// A width for each head. What only score_mod reads is not asked for.
// HEADS: S = 6 queries, T = 6 keys, tiles of 2 x 2, batch 0, head 1
// HEADS: visible 15 of 36 slots
func.func @heads(%q: tensor<1x2x?x8xf32>, %widths: tensor<2xi64>, %slopes: tensor<2xf32>) -> tensor<1x2x?x8xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) capture(%slopes, %widths)
      : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<2xf32>, tensor<2xi64>) -> tensor<1x2x?x8xf32>
      score_mod(%s, %b, %h, %i, %j, %a, %w) {
        %slope = tensor.extract %a[%h] : tensor<2xf32>
        %y = arith.mulf %s, %slope : f32
        attn.yield %y : f32
      }
      mask_mod(%b, %h, %i, %j, %a, %w) {
        %n = tensor.extract %w[%h] : tensor<2xi64>
        %width = arith.index_cast %n : i64 to index
        %d = arith.subi %i, %j : index
        %y = arith.cmpi sle, %d, %width : index
        attn.yield %y : i1
      }
  return %o : tensor<1x2x?x8xf32>
}

// SCHEDULED: S = 100 queries, T = 100 keys, tiles of 16 x 32
func.func @scheduled(%q: tensor<1x2x100x8xf32>) -> tensor<1x2x100x8xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) schedule(#sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 32, key_rows = 8, value_rows = 8, exp_degree = 5, lazy_log2 = 0>)
      : (tensor<1x2x100x8xf32>, tensor<1x2x100x8xf32>, tensor<1x2x100x8xf32>) -> tensor<1x2x100x8xf32>
  return %o : tensor<1x2x100x8xf32>
}
