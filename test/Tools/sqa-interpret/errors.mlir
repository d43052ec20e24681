// RUN: split-file %s %t
// RUN: not sqa-interpret %t/two.mlir 2>&1 | FileCheck %s --check-prefix=WHICH
// RUN: not sqa-interpret %t/two.mlir --function=c 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not sqa-interpret %t/two.mlir --function=a 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not sqa-interpret %t/two.mlir --function=a --input=3xf32=0 2>&1 | FileCheck %s --check-prefix=EXTENT
// RUN: not sqa-interpret %t/two.mlir --function=a --input=2x1xf32=0 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not sqa-interpret %t/two.mlir --function=a --input=2xf16=0 2>&1 | FileCheck %s --check-prefix=DTYPE
// RUN: not sqa-interpret %t/two.mlir --function=a --input=@%t/none.npy 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not sqa-interpret %t/two.mlir --function=a --input=2xf32=1,x 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not sqa-interpret %t/two.mlir --function=a --input=2xf32=1 --output=there 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not sqa-interpret %t/two.mlir --function=a --input=2xf32=1 --output=- --output=- 2>&1 | FileCheck %s --check-prefix=OUTPUTS
// RUN: not sqa-interpret %t/two.mlir --function=a --input=2xf32=1 --expected-output=2xf32=z 2>&1 | FileCheck %s --check-prefix=EXPECTED
// RUN: not sqa-interpret %t/nothing.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not sqa-interpret %t/syntax.mlir 2>&1 | FileCheck %s --check-prefix=SYNTAX
// RUN: not sqa-interpret %t/unknown.mlir --input=2xf32=1 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not sqa-interpret %t/memory.mlir 2>&1 | FileCheck %s --check-prefix=MEMORY
// RUN: not sqa-interpret %t/branches.mlir --input=i1=1 2>&1 | FileCheck %s --check-prefix=BRANCHES
// RUN: not sqa-interpret %t/division.mlir --input=i32=0 2>&1 | FileCheck %s --check-prefix=DIVISION
// RUN: not sqa-interpret %t/attention.mlir --input=1x1x2x4xf32=0 --input=1x1x3x4xf32=0 --input=1x1x5x4xf32=0 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: sqa-interpret --help | FileCheck %s --check-prefix=HELP

// WHICH: error: expected one public function, but got 2; name one with --function
// NAME: error: expected a function named 'c'
// COUNT: two.mlir:1:1: error: expected 1 inputs, but got 0
// EXTENT: error: input #0: expected 2xf32, but got 3xf32
// RANK: error: input #0: expected 2xf32, but got 2x1xf32
// DTYPE: error: input #0: expected 2xf32, but got 2xf16
// FILE: error: input #0: '{{.*}}none.npy': No such file or directory
// VALUE: error: input #0: 'x' is no value of f32
// OUTPUT: error: expected --output=@file.npy or --output=-, but got 'there'
// OUTPUTS: error: the function has 1 results, but more outputs were named
// EXPECTED: error: expected output #0: 'z' is no value of f32
//--- two.mlir
func.func @a(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
func.func @b() {
  return
}
func.func private @not_counted() {
  return
}

// MISSING: error: {{.*}}nothing.mlir
// SYNTAX: syntax.mlir:1:1: error:
//--- syntax.mlir
func @f

// UNKNOWN: unknown.mlir:2:8: error: sqa-interpret does not know 'tosa.abs'
//--- unknown.mlir
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %y = tosa.abs %x : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// MEMORY: memory.mlir:2:8: error: sqa-interpret has no values of type 'memref<2xf32>'
//--- memory.mlir
func.func @main() {
  %y = memref.alloc() : memref<2xf32>
  return
}

// BRANCHES: branches.mlir:2:3: error: sqa-interpret does not know 'cf.cond_br'
//--- branches.mlir
func.func @main(%c: i1) {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  return
^bb2:
  return
}

// DIVISION: division.mlir:3:8: error: division by zero
//--- division.mlir
func.func @main(%x: i32) -> i32 {
  %c1 = arith.constant 1 : i32
  %y = arith.divsi %c1, %x : i32
  return %y : i32
}

// ATTENTION: attention.mlir:2:8: error: value has the shape 1x1x5x4, expected 1x1x3x4
//--- attention.mlir
func.func @main(%q: tensor<1x1x?x4xf32>, %k: tensor<1x1x?x4xf32>, %v: tensor<1x1x?x4xf32>) -> tensor<1x1x?x4xf32> {
  %y = attn.sqa %q, %k, %v : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> tensor<1x1x?x4xf32>
  return %y : tensor<1x1x?x4xf32>
}

// HELP: USAGE: sqa-interpret [options] <file.mlir>
// HELP-DAG: --expected-output=<spec>
// HELP-DAG: --function=<name>
// HELP-DAG: --input=<spec>
// HELP-DAG: --output=<@file.npy|->
// HELP-DAG: --output-f64
// HELP-DAG: --parameters=<file.safetensors>
// HELP-DAG: --round-to-types
//--- end
