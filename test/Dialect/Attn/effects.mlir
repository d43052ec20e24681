// RUN: sqa-opt %s --loop-invariant-code-motion | FileCheck %s --check-prefix=HOIST
// RUN: sqa-opt %s --cse --canonicalize | FileCheck %s --check-prefix=CLEAN

// Static shapes cannot mismatch, so the op leaves a loop that may run 0 times.
// HOIST-LABEL: @static
// HOIST: attn.sqa
// HOIST: attn.merge
// HOIST: attn.rope
// HOIST: scf.for
func.func @static(%q: tensor<1x2x8x4xf32>, %n: index) -> tensor<1x2x8x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %q) -> tensor<1x2x8x4xf32> {
    %o, %lse = attn.sqa %q, %q, %q : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
    %m, %l = attn.merge %o, %o lse(%lse, %lse) : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8xf32>, tensor<1x2x8xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
    %p = attn.rope %m : tensor<1x2x8x4xf32>
    scf.yield %p : tensor<1x2x8x4xf32>
  }
  return %r : tensor<1x2x8x4xf32>
}

// Dynamic ones may: the op stays behind the check that guards the loop.
// HOIST-LABEL: @dynamic
// HOIST: scf.for
// HOIST: attn.sqa
// HOIST: attn.merge
// HOIST: attn.rope
func.func @dynamic(%q: tensor<1x2x?x4xf32>, %p: tensor<?xi32>, %n: index) -> tensor<1x2x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %q) -> tensor<1x2x?x4xf32> {
    %o, %lse = attn.sqa %q, %q, %q : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?xf32>)
    %m, %l = attn.merge %o, %o lse(%lse, %lse) : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?xf32>, tensor<1x2x?xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?xf32>)
    %y = attn.rope %m positions(%p : tensor<?xi32>) : tensor<1x2x?x4xf32>
    scf.yield %y : tensor<1x2x?x4xf32>
  }
  return %r : tensor<1x2x?x4xf32>
}

// Equal ops are one op, and one that nobody reads is none, dynamic or not.
// CLEAN-LABEL: @equal_and_unused
// CLEAN-COUNT-1: attn.sqa
// CLEAN-NOT: attn.sqa
// CLEAN: return %o, %o
func.func @equal_and_unused(%q: tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) {
  %a = attn.sqa %q, %q, %q : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  %b = attn.sqa %q, %q, %q : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  %c = attn.sqa %a, %q, %q : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  return %a, %b : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
}

// On tensors the online form is a value; in memory it is what it writes.
// CLEAN-LABEL: @online
// CLEAN-COUNT-2: attn.online_sqa ins({{.*}} : memref
// CLEAN-NOT: attn.online_sqa
func.func @online(%q: memref<8x4xf32>, %acc: memref<8x4xf32>, %m: memref<8xf32>, %l: memref<8xf32>, %t: tensor<8x4xf32>, %s: tensor<8xf32>, %c: index) {
  attn.online_sqa ins(%q, %q, %q : memref<8x4xf32>, memref<8x4xf32>, memref<8x4xf32>) outs(%acc, %m, %l : memref<8x4xf32>, memref<8xf32>, memref<8xf32>) at(%c, %c, %c, %c) rows(%c)
  attn.online_sqa ins(%q, %q, %q : memref<8x4xf32>, memref<8x4xf32>, memref<8x4xf32>) outs(%acc, %m, %l : memref<8x4xf32>, memref<8xf32>, memref<8xf32>) at(%c, %c, %c, %c) rows(%c)
  %r:3 = attn.online_sqa ins(%t, %t, %t : tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>) outs(%t, %s, %s : tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>) at(%c, %c, %c, %c) rows(%c)
  return
}
