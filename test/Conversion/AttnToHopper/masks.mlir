// RUN: sqa-opt %s --sqa-convert-attn-to-hopper --canonicalize --cse | FileCheck %s
// RUN: sqa-opt %s --sqa-convert-attn-to-hopper --sqa-convert-hopper-to-nvvm | FileCheck %s --check-prefix=NVVM

#two = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = true>

// Documents: whether the tables are in order is looked at by all threads; then the
// producer searches, loads the blocks that need the mask and those that do not, and
// says which they are. The region is evaluated slot by slot in the former alone.
// CHECK-LABEL: hopper.kernel @documents_attention_0(
// CHECK: hopper.thread_id
// CHECK: llvm.load {{.*}} invariant : !llvm.ptr -> i32
// CHECK: %[[ORDERED:.*]] = hopper.all_threads
// CHECK: scf.while
// CHECK: arith.shrui
// CHECK: hopper.push
// CHECK: hopper.write_note
// CHECK: hopper.load
// CHECK: consumers(2)
// CHECK: hopper.pop
// CHECK: hopper.read_note
// CHECK: hopper.map_slots {{.*}} {
// CHECK: llvm.load
// CHECK: arith.cmpi eq
// CHECK: {hide_missing}
// CHECK: scf.for
// CHECK: hopper.screen_values
// CHECK: hopper.map_slots
// CHECK: scf.for
// CHECK-NOT: hopper.map_slots
// CHECK: hopper.store_tile
// NVVM-LABEL: llvm.func @documents_attention_0
// NVVM: barrier.red.and.aligned.pred
// NVVM: bar.red.or.pred
// NVVM: cp.async.bulk.tensor.global.shared.cta
func.func @documents(%q: tensor<1x4x?x128xbf16>, %d: tensor<1x?xi32>) -> tensor<1x4x?x128xbf16> {
  %o = attn.sqa %q, %q, %q causal(top_left) segments(%d, %d) schedule(#two) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x?xi32>, tensor<1x?xi32>) -> tensor<1x4x?x128xbf16>
  return %o : tensor<1x4x?x128xbf16>
}

// A table of booleans is read byte by byte; the heads share it.
// CHECK-LABEL: hopper.kernel @dense_attention_0(
// CHECK-SAME: %[[TABLE:[^:]*]]: !llvm.ptr, %[[S0:[^:]*]]: i64, %[[S1:[^:]*]]: i64, %[[S2:[^:]*]]: i64)
// CHECK: hopper.map_slots
// CHECK: llvm.load {{.*}} -> i8
// CHECK-NEXT: arith.cmpi ne
func.func @dense(%q: tensor<1x4x?x128xbf16>, %m: tensor<1x1x?x?xi1>) -> tensor<1x4x?x128xbf16> {
  %o = attn.sqa %q, %q, %q mask(%m) schedule(#two) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x1x?x?xi1>) -> tensor<1x4x?x128xbf16>
  return %o : tensor<1x4x?x128xbf16>
}

// Scores are natural where a region sees them: scaled before, in base 2 behind. A
// sink joins at the end.
// CHECK-LABEL: hopper.kernel @scores_attention_0(
// CHECK-SAME: %[[SCALE:[^:]*]]: f32
// CHECK: %[[LOG2E:.*]] = arith.constant 1.442695{{.*}} : f32
// CHECK: hopper.map_slots
// CHECK: arith.mulf %{{.*}}, %[[SCALE]] : f32
// CHECK: math.tanh
// CHECK: hopper.mask_band
// CHECK: hopper.softmax_step {{.*}} scale(%[[LOG2E]])
// CHECK: hopper.softmax_finish {{.*}} sink(
// NVVM-LABEL: llvm.func @scores_attention_0
// NVVM: rcp.approx.f32
func.func @scores(%q: tensor<1x4x?x128xbf16>, %s: tensor<4xf32>) -> tensor<1x4x?x128xbf16> {
  %o = attn.sqa %q, %q, %q causal(top_left) sink(%s) schedule(#two) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<4xf32>) -> tensor<1x4x?x128xbf16>
    score_mod(%x, %b, %h, %i, %j) {
      %c = arith.constant 0.05 : f32
      %y = arith.mulf %x, %c : f32
      %t = math.tanh %y : f32
      attn.yield %t : f32
    }
  return %o : tensor<1x4x?x128xbf16>
}

// A scale that may turn the order of scores is applied before the maximum.
// CHECK-LABEL: hopper.kernel @scale_attention_0(
// CHECK: hopper.map_slots
// CHECK: arith.mulf
// CHECK: hopper.softmax_step
func.func @scale(%q: tensor<1x4x?x128xbf16>, %s: f32) -> tensor<1x4x?x128xbf16> {
  %o = attn.sqa %q, %q, %q scale(%s) schedule(#two) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, f32) -> tensor<1x4x?x128xbf16>
  return %o : tensor<1x4x?x128xbf16>
}

// No instruction computes an error function.
// CHECK-NOT: @refused_attention
func.func @refused(%q: tensor<1x4x?x128xbf16>) -> tensor<1x4x?x128xbf16> {
  %o = attn.sqa %q, %q, %q schedule(#two) : (tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>, tensor<1x4x?x128xbf16>) -> tensor<1x4x?x128xbf16>
    score_mod(%x, %b, %h, %i, %j) {
      %t = math.erf %x : f32
      attn.yield %t : f32
    }
  return %o : tensor<1x4x?x128xbf16>
}
