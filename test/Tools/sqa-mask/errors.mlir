// What is missing or wrong is said in one line, at the place in question.
// RUN: not sqa-mask %s 2>&1 | FileCheck %s --check-prefix=WHICH-FUNCTION
// RUN: not sqa-mask %s --function=nobody 2>&1 | FileCheck %s --check-prefix=NO-FUNCTION
// RUN: not sqa-mask %s --function=two --size=S=4,T=4 2>&1 | FileCheck %s --check-prefix=WHICH-OP
// RUN: not sqa-mask %s --function=two --op=2 2>&1 | FileCheck %s --check-prefix=NO-OP
// RUN: not sqa-mask %s --function=two --op=0 --size=T=4 2>&1 | FileCheck %s --check-prefix=NO-SIZE
// RUN: not sqa-mask %s --function=two --op=1 --size=S=4,T=4 2>&1 | FileCheck %s --check-prefix=NO-INPUT
// RUN: not sqa-mask %s --function=two --op=1 --size=S=4,T=4,B=2 --input=1xi32=3 2>&1 | FileCheck %s --check-prefix=SIZES
// RUN: not sqa-mask %s --function=two --op=0 --size=S=4,T=4 --head=7 2>&1 | FileCheck %s --check-prefix=HEAD
// RUN: not sqa-mask %s --function=loop --size=S=4,T=4 2>&1 | FileCheck %s --check-prefix=LOOP
// RUN: not sqa-mask %s --size=D=4 2>&1 | FileCheck %s --check-prefix=SIZE-NAME
// RUN: not sqa-mask %s --function=two --op=0 --tile=0x8 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: not sqa-mask %s --function=two --op=0 --size=S=4,T=4 -o %t.no/such 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not sqa-mask %t.none 2>&1 | FileCheck %s --check-prefix=FILE

// WHICH-FUNCTION: error: expected one public function, but got 2; name one with --function
// NO-FUNCTION: error: expected a function named 'nobody'
// SIZE-NAME: error: expected --size=S=64, T=64 or B=1, or several with commas between them
// TILE: error: expected --tile=64x64, but got '0x8'
// OUTPUT: error: cannot write '{{.*}}such'
// FILE: error: cannot open input file

// WHICH-OP: errors.mlir:[[#@LINE+8]]:1: error: expected one attn.sqa, but got 2; choose one with --op
// WHICH-OP: errors.mlir:[[#@LINE+8]]:8: note: this is one
// NO-OP: error: expected an attn.sqa of number 2, but got 2 of them
// NO-SIZE: errors.mlir:[[#@LINE+6]]:8: error: the number of queries is not known: give it with --size=S=64
// HEAD: errors.mlir:[[#@LINE+5]]:8: error: expected a batch below 1 and a head below 1, but got 0 and 7
// NO-INPUT: errors.mlir:[[#@LINE+3]]:1: error: expected 1 inputs, but got 0; expected are lengths
// SIZES: errors.mlir:[[#@LINE+5]]:8: error: expected one size B, but got 2 and 1

func.func @two(%q: tensor<?x1x?x8xf32>, %k: tensor<?x1x?x8xf32>, %n: tensor<?xi32> {sqa.name = "lengths"}) -> tensor<?x1x?x8xf32> {
  %0 = attn.sqa %q, %k, %k
      : (tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>) -> tensor<?x1x?x8xf32>
  %1 = attn.sqa %0, %k, %k kv_lengths(%n)
      : (tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?xi32>) -> tensor<?x1x?x8xf32>
  return %1 : tensor<?x1x?x8xf32>
}

func.func @loop(%q: tensor<1x1x?x8xf32>, %n: index) -> tensor<1x1x?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %l = %c0 to %n step %c1 iter_args(%x = %q) -> tensor<1x1x?x8xf32> {
    // LOOP: errors.mlir:[[#@LINE+1]]:10: error: expected the attention op to stand outside of loops and other regions
    %y = attn.sqa %x, %x, %x : (tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x1x?x8xf32>
    scf.yield %y : tensor<1x1x?x8xf32>
  }
  return %r : tensor<1x1x?x8xf32>
}
