// RUN: sqa-compile %s -o %t.sqapkg --explain 2>&1 | FileCheck %s --check-prefix=EXPLAIN
// RUN: sqa-run %t.sqapkg --trust-local-build --inspect | FileCheck %s --check-prefix=INSPECT
// RUN: sqa-run %t.sqapkg --trust-local-build --function=add --input=3x4xf32=1,2,3,4,5,6,7,8,9,10,11,12 --input=3x4xf32=0.5 \
// RUN:   | FileCheck %s --check-prefix=ADD
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=add --input=3x4xf32=1 --input=3x5xf32=1 2>&1 | FileCheck %s --check-prefix=SIZES
// RUN: sqa-run %t.sqapkg --trust-local-build --function=add --input=0x4xf32=1 --input=0x4xf32=1 | FileCheck %s --check-prefix=EMPTY
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=append --input=2xf32=1,2 --input=2xf32=3,4 --input=5xf32=0 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CHECKED
// RUN: sqa-run %t.sqapkg --trust-local-build --function=append --input=2xf32=1,2 --input=2xf32=3,4 --input=4xf32=10 \
// RUN:   | FileCheck %s --check-prefix=APPEND
// RUN: sqa-run %t.sqapkg --trust-local-build --function=scalar --input=i64=5 --input=f32=0.5 | FileCheck %s --check-prefix=SCALAR

// EXPLAIN: x86-64-v3:
// EXPLAIN: stages: planned
// EXPLAIN: code: {{[0-9]+}} bytes
// EXPLAIN: x86-64-v4:
// EXPLAIN: output: {{[0-9]+}} bytes

// INSPECT: code.x86-64-v3
// INSPECT: code.x86-64-v4
// INSPECT: source
// INSPECT: in a a.0x4xf32
// INSPECT: in b a.0x4xf32
// INSPECT: out sum a.0x4xf32

// ADD: sum: 3x4xf32={{\[\[}}1.5, 2.5, 3.5, 4.5], [5.5, 6.5, 7.5, 8.5], [9.5, 10.5, 11.5, 12.5]]
// SIZES: error: {{.*}}'b'
// EMPTY: sum: 0x4xf32
func.func @add(%a: tensor<?x4xf32> {sqa.name = "a"}, %b: tensor<?x4xf32> {sqa.name = "b"}) -> (tensor<?x4xf32> {sqa.name = "sum"}) {
  %0 = arith.addf %a, %b : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// A size that is only known inside is checked there.
// CHECKED: expected equal operand sizes of an elementwise op
// APPEND: result0: 4xf32=[11, 12, 13, 14]
func.func @append(%a: tensor<?xf32>, %b: tensor<?xf32>, %c: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %na = tensor.dim %a, %c0 : tensor<?xf32>
  %nb = tensor.dim %b, %c0 : tensor<?xf32>
  %n = arith.addi %na, %nb : index
  %e = tensor.empty(%n) : tensor<?xf32>
  %0 = tensor.insert_slice %a into %e[0] [%na] [1] : tensor<?xf32> into tensor<?xf32>
  %1 = tensor.insert_slice %b into %0[%na] [%nb] [1] : tensor<?xf32> into tensor<?xf32>
  %2 = arith.addf %1, %c : tensor<?xf32>
  return %2 : tensor<?xf32>
}

// SCALAR: result0: i64=6
// SCALAR: result1: f32=0.5
func.func @scalar(%i: index, %x: f32) -> (index, f32) {
  %c1 = arith.constant 1 : index
  %0 = arith.addi %i, %c1 : index
  return %0, %x : index, f32
}
