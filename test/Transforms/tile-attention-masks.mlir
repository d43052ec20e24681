// RUN: sqa-opt %s --sqa-tile-attention --canonicalize --cse --split-input-file | FileCheck %s
// RUN: sqa-opt %s --sqa-tile-attention --split-input-file --remarks-filter=sqa-tile-attention --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// The formula of a mask, not its values: rows [i, i + 16) see keys below
// max(prefix, i + 16) and all see those below max(prefix, i + 1). The first loop
// has no mask code.
// CHECK-LABEL: @prefix
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<1xi32>
// CHECK: %[[I:.*]] = arith.muli %{{.*}}, %c16
// CHECK: %[[X:.*]] = tensor.extract %[[P]][%c0]
// CHECK: %[[PREFIX:.*]] = arith.index_cast %[[X]]
// CHECK: %[[PAST:.*]] = arith.addi %[[I]], %c16
// CHECK: arith.minsi %[[PAST]], %c128
// CHECK: arith.minsi %[[PREFIX]], %c128
// CHECK: scf.for
// CHECK: scf.for %{{.*}} step %c64
// CHECK: attn.online_sqa
// CHECK-NOT: mask_mod
// CHECK: scf.for
// CHECK: scf.for %{{.*}} step %c64
// CHECK: attn.online_sqa {{.*}} capture(%[[P]] : tensor<1xi32>) {{.*}} mask_mod(
// CHECK-NOT: attn.online_sqa
func.func @prefix(%p: tensor<1xi32>, %q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q capture(%p) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1xi32>) -> tensor<1x2x128x16xf32>
  mask_mod(%b, %h, %i, %j, %pp) {
    %l = tensor.extract %pp[%b] : tensor<1xi32>
    %len = arith.index_cast %l : i32 to index
    %past = arith.cmpi sle, %j, %i : index
    %in = arith.cmpi slt, %j, %len : index
    %v = arith.ori %past, %in : i1
    attn.yield %v : i1
  }
  return %o : tensor<1x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Documents: whether their ids rise is looked at once a batch, then each tile
// finds its keys by two binary searches.
// CHECK-LABEL: @documents
// CHECK-SAME: %[[IDS:[a-z0-9]+]]: tensor<3x128xi32>
// CHECK: %[[FLAGS:.*]] = scf.forall (%[[B:[a-z0-9]+]]) in (3) {{.*}} (tensor<3xi32>)
// CHECK: scf.for %[[J:[a-z0-9]+]] = %c1 to %c128 step %c1
// CHECK: %[[BEFORE:.*]] = arith.subi %[[J]], %c1
// CHECK: tensor.extract %[[IDS]][%[[B]], %[[BEFORE]]]
// CHECK: tensor.extract %[[IDS]][%[[B]], %[[J]]]
// CHECK: arith.cmpi sle
// CHECK: scf.forall (%[[B1:[a-z0-9]+]], %{{.*}}, %{{.*}}) in (3, 2, 8)
// CHECK: scf.for
// CHECK: %[[ID:.*]] = tensor.extract %[[IDS]][%[[B1]], %{{.*}}]
// CHECK-DAG: arith.minsi %{{.*}}, %[[ID]]
// CHECK-DAG: arith.maxsi %{{.*}}, %[[ID]]
// CHECK: scf.while
// CHECK: scf.while
// CHECK: %[[FLAG:.*]] = tensor.extract %[[FLAGS]][%[[B1]]]
// CHECK: attn.online_sqa
// CHECK-NOT: mask_mod
// CHECK: scf.for
// CHECK: attn.online_sqa
// CHECK: mask_mod
func.func @documents(%ids: tensor<3x128xi32>, %q: tensor<3x2x128x16xf32>) -> tensor<3x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q segments(%ids, %ids) schedule(#s) : (tensor<3x2x128x16xf32>, tensor<3x2x128x16xf32>, tensor<3x2x128x16xf32>, tensor<3x128xi32>, tensor<3x128xi32>) -> tensor<3x2x128x16xf32>
  return %o : tensor<3x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// A table of positions is searched without a search: key j is j.
// CHECK-LABEL: @positions
// CHECK-NOT: scf.while
// CHECK: attn.online_sqa
// CHECK-NOT: mask_mod
// CHECK: attn.online_sqa
// CHECK: mask_mod
func.func @positions(%at: tensor<128xindex>, %q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q capture(%at) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<128xindex>) -> tensor<1x2x128x16xf32>
  mask_mod(%b, %h, %i, %j, %table) {
    %p = tensor.extract %table[%i] : tensor<128xindex>
    %v = arith.cmpi sle, %j, %p : index
    attn.yield %v : i1
  }
  return %o : tensor<1x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// A dense mask can hide anything: one loop, and a remark. Causal still ends it.
// REMARK: tile-attention-masks.mlir:[[# @LINE + 8]]:{{.*}}'tensor.extract' does not tell which keys are visible
// CHECK-LABEL: @dense
// CHECK: %[[I:.*]] = arith.muli %{{.*}}, %c16
// CHECK: %[[END:.*]] = arith.addi %[[I]], %c16
// CHECK: arith.minsi %[[END]], %c128
// CHECK: mask_mod
// CHECK-NOT: attn.online_sqa
func.func @dense(%m: tensor<1x1x128x128xi1>, %q: tensor<1x2x128x16xf32>) -> tensor<1x2x128x16xf32> {
  %o = attn.sqa %q, %q, %q causal(top_left) mask(%m) schedule(#s) : (tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x2x128x16xf32>, tensor<1x1x128x128xi1>) -> tensor<1x2x128x16xf32>
  return %o : tensor<1x2x128x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Positions in 32 bits: the formula holds while lengths are small, which dynamic
// lengths must show at run time.
// CHECK-LABEL: @narrow
// CHECK: %[[FITS:.*]] = arith.cmpi sle, %{{.*}}, %c16777216
// CHECK: %[[BOTH:.*]] = arith.andi %[[FITS]], %[[FITS]]
// CHECK: arith.select %[[BOTH]], %c0
func.func @narrow(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %o = attn.sqa %q, %q, %q schedule(#s) : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  mask_mod(%b, %h, %i, %j) {
    %ni = arith.index_cast %i : index to i32
    %nj = arith.index_cast %j : index to i32
    %v = arith.cmpi sle, %nj, %ni : i32
    attn.yield %v : i1
  }
  return %o : tensor<1x2x?x16xf32>
}

// -----

#s = #sqa.cpu_schedule<lanes = 8, block_m = 16, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>

// Keys that repeat: both loops walk the same blocks, and each block finds out
// whether it has visible keys and hidden ones.
// CHECK-LABEL: @summaries
// CHECK: scf.for %[[J:[a-z0-9]+]] = %c0 to %c4096 step %c64
// CHECK: arith.divsi %{{.*}}, %c1024
// CHECK: arith.cmpi sle
// CHECK: scf.if
// CHECK: attn.online_sqa
// CHECK-NOT: mask_mod
// CHECK: scf.yield
// CHECK: scf.for %{{.*}} = %c0 to %c4096 step %c64
// CHECK: scf.if
// CHECK: attn.online_sqa
// CHECK: mask_mod
func.func @summaries(%q: tensor<1x2x4096x16xf32>) -> tensor<1x2x4096x16xf32> {
  %o = attn.sqa %q, %q, %q schedule(#s) : (tensor<1x2x4096x16xf32>, tensor<1x2x4096x16xf32>, tensor<1x2x4096x16xf32>) -> tensor<1x2x4096x16xf32>
  mask_mod(%b, %h, %i, %j) {
    %block = arith.constant 1024 : index
    %size = arith.constant 128 : index
    %place = arith.remui %j, %block : index
    %v = arith.cmpi slt, %place, %size : index
    attn.yield %v : i1
  }
  return %o : tensor<1x2x4096x16xf32>
}
