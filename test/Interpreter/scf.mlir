// RUN: sqa-interpret %s --function=sum --input=index=2 --input=index=11 --input=index=3 | FileCheck %s --check-prefix=SUM
// RUN: sqa-interpret %s --function=sum --input=index=5 --input=index=5 --input=index=1 | FileCheck %s --check-prefix=NONE
// RUN: not sqa-interpret %s --function=sum --input=index=0 --input=index=5 --input=index=0 2>&1 | FileCheck %s --check-prefix=STEP
// RUN: sqa-interpret %s --function=narrow | FileCheck %s --check-prefix=NARROW
// RUN: sqa-interpret %s --function=carried --input=3xf32=1,2,3 | FileCheck %s --check-prefix=CARRIED
// RUN: sqa-interpret %s --function=collatz --input=i64=27 | FileCheck %s --check-prefix=WHILE
// RUN: sqa-interpret %s --function=branch --input=i1=1 | FileCheck %s --check-prefix=THEN
// RUN: sqa-interpret %s --function=branch --input=i1=0 | FileCheck %s --check-prefix=ELSE
// RUN: sqa-interpret %s --function=choose --input=index=5 | FileCheck %s --check-prefix=FIVE
// RUN: sqa-interpret %s --function=choose --input=index=6 | FileCheck %s --check-prefix=OTHER

// 2 + 5 + 8.
// SUM: result[0]: i64=15
// NONE: result[0]: i64=0
// STEP: scf.mlir:[[#@LINE+3]]:{{.*}} error: expected a positive step, but got 0
func.func @sum(%from: index, %to: index, %step: index) -> index {
  %c0 = arith.constant 0 : index
  %r = scf.for %i = %from to %to step %step iter_args(%acc = %c0) -> index {
    %x = arith.addi %acc, %i : index
    scf.yield %x : index
  }
  return %r : index
}

// A signed loop from -1 ends before 2; an unsigned one never starts. The last
// step of an i8 loop may pass 127.
// NARROW: result[0]: i32=3
// NARROW: result[1]: i32=0
// NARROW: result[2]: i32=2
func.func @narrow() -> (i32, i32, i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %low = arith.constant -1 : i8
  %high = arith.constant 2 : i8
  %step = arith.constant 1 : i8
  %0 = scf.for %i = %low to %high step %step iter_args(%n = %c0) -> i32 : i8 {
    %x = arith.addi %n, %c1 : i32
    scf.yield %x : i32
  }
  %1 = scf.for unsigned %i = %low to %high step %step iter_args(%n = %c0) -> i32 : i8 {
    %x = arith.addi %n, %c1 : i32
    scf.yield %x : i32
  }
  %c100 = arith.constant 100 : i8
  %c127 = arith.constant 127 : i8
  %c20 = arith.constant 20 : i8
  %2 = scf.for %i = %c100 to %c127 step %c20 iter_args(%n = %c0) -> i32 : i8 {
    %x = arith.addi %n, %c1 : i32
    scf.yield %x : i32
  }
  return %0, %1, %2 : i32, i32, i32
}

// Tensors carried by a loop are values: the argument keeps its elements.
// CARRIED: result[0]: 3xf32=[11, 12, 13]
// CARRIED: result[1]: 3xf32=[1, 2, 3]
func.func @carried(%a: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %ten = arith.constant 10.0 : f32
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%t = %a) -> tensor<3xf32> {
    %x = tensor.extract %t[%i] : tensor<3xf32>
    %y = arith.addf %x, %ten : f32
    %u = tensor.insert %y into %t[%i] : tensor<3xf32>
    scf.yield %u : tensor<3xf32>
  }
  return %r, %a : tensor<3xf32>, tensor<3xf32>
}

// WHILE: result[0]: i64=111
func.func @collatz(%start: i64) -> i64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant 3 : i64
  %r:2 = scf.while (%n = %start, %steps = %c0) : (i64, i64) -> (i64, i64) {
    %more = arith.cmpi ne, %n, %c1 : i64
    scf.condition(%more) %n, %steps : i64, i64
  } do {
  ^bb0(%n: i64, %steps: i64):
    %rest = arith.remui %n, %c2 : i64
    %even = arith.cmpi eq, %rest, %c0 : i64
    %next = scf.if %even -> i64 {
      %half = arith.divui %n, %c2 : i64
      scf.yield %half : i64
    } else {
      %triple = arith.muli %n, %c3 : i64
      %plus = arith.addi %triple, %c1 : i64
      scf.yield %plus : i64
    }
    %count = arith.addi %steps, %c1 : i64
    scf.yield %next, %count : i64, i64
  }
  return %r#1 : i64
}

// THEN: result[0]: f32=1
// ELSE: result[0]: f32=2
func.func @branch(%c: i1) -> f32 {
  %r = scf.if %c -> f32 {
    %x = arith.constant 1.0 : f32
    scf.yield %x : f32
  } else {
    %x = arith.constant 2.0 : f32
    scf.yield %x : f32
  }
  scf.if %c {
    %false = arith.constant true
    cf.assert %false, "never"
  }
  return %r : f32
}

// FIVE: result[0]: i32=50
// OTHER: result[0]: i32=-1
func.func @choose(%i: index) -> i32 {
  %r = scf.index_switch %i -> i32
  case 2 {
    %x = arith.constant 20 : i32
    scf.yield %x : i32
  }
  case 5 {
    %x = scf.execute_region -> i32 {
      %y = arith.constant 50 : i32
      scf.yield %y : i32
    }
    scf.yield %x : i32
  }
  default {
    %x = arith.constant -1 : i32
    scf.yield %x : i32
  }
  return %r : i32
}
