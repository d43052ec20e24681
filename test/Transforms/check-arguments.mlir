// RUN: sqa-opt %s --sqa-check-arguments --split-input-file | FileCheck %s

// Sizes that must agree are one symbol; the result has the same shape.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: %{{.*}}: tensor<?xf32> {sqa.name = "a", sqa.shape = [[MAP:.*]]}, %{{.*}}: tensor<?xf32> {sqa.shape = [[MAP]]}
// CHECK-SAME: -> (tensor<?xf32> {sqa.shape = [[MAP]]})
// CHECK-SAME: sqa.symbols = ["a.0"]
// CHECK-NOT: host.check
func.func @elementwise(%a: tensor<?xf32> {sqa.name = "a"}, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = arith.addf %a, %b : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// Attention names its sizes, and a batch that one operand fixes is fixed for all.
// CHECK-DAG: [[Q:#.*]] = affine_map<()[s0, s1] -> (2, 4, s0, 16)>
// CHECK-DAG: [[L:#.*]] = affine_map<()[s0, s1] -> (2, 4, s0)>
// CHECK-LABEL: func.func @attention
// CHECK-SAME: tensor<?x4x?x16xf32> {sqa.shape = [[Q]]}
// CHECK-SAME: tensor<?x2x?x16xf32> {sqa.shape = affine_map<()[s0, s1] -> (2, 2, s1, 16)>}
// CHECK-SAME: tensor<2x2x?x16xf32> {sqa.shape = affine_map<()[s0, s1] -> (2, 2, s1, 16)>}
// CHECK-SAME: tensor<?x4x?xf32> {sqa.shape = [[L]]}
// CHECK-SAME: sqa.symbols = ["S", "T"]
func.func @attention(%q: tensor<?x4x?x16xf32>, %k: tensor<?x2x?x16xf32>, %v: tensor<2x2x?x16xf32>)
    -> (tensor<?x4x?x16xf32>, tensor<?x4x?xf32>) {
  %o, %lse = attn.sqa %q, %k, %v : (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<2x2x?x16xf32>) -> (tensor<?x4x?x16xf32>, tensor<?x4x?xf32>)
  return %o, %lse : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
}

// -----

// A size that is computed is checked at run time; the shape of the result is an
// expression.
// CHECK-DAG: [[SUM:#.*]] = affine_map<()[s0, s1, s2] -> (s0 + s1)>
// CHECK-LABEL: func.func @appended
// CHECK-SAME: -> (tensor<?xf32> {sqa.shape = [[SUM]]})
// CHECK: %[[OK:.*]] = arith.cmpi eq
// CHECK-NEXT: host.check %[[OK]], "expected equal operand sizes of an elementwise op"
// CHECK-NEXT: arith.addf
func.func @appended(%a: tensor<?xf32>, %b: tensor<?xf32>, %c: tensor<?xf32>) -> tensor<?xf32> {
  %0 = tensor.concat dim(0) %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %1 = arith.addf %0, %c : tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// Under a condition an equality binds only the calls that get there.
// CHECK-LABEL: func.func @conditional
// CHECK-SAME: sqa.symbols = ["arg1.0", "arg2.0"]
// CHECK: scf.if
// CHECK: host.check
func.func @conditional(%c: i1, %a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = scf.if %c -> tensor<?xf32> {
    %1 = arith.addf %a, %b : tensor<?xf32>
    scf.yield %1 : tensor<?xf32>
  } else {
    scf.yield %a : tensor<?xf32>
  }
  return %0 : tensor<?xf32>
}

// -----

// Private functions have no callers outside.
// CHECK-LABEL: func.func private @helper
// CHECK-NOT: sqa.symbols
func.func private @helper(%a: tensor<?xf32>) -> tensor<?xf32> {
  return %a : tensor<?xf32>
}
