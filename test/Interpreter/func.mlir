// RUN: sqa-interpret %s --function=factorial --input=i64=10 | FileCheck %s --check-prefix=FACTORIAL
// RUN: not sqa-interpret %s --function=factorial --input=i64=1000 2>&1 | FileCheck %s --check-prefix=DEPTH
// RUN: sqa-interpret %s --function=values --input=2xf32=1,2 | FileCheck %s --check-prefix=VALUES
// RUN: not sqa-interpret %s --function=external --input=f32=0 2>&1 | FileCheck %s --check-prefix=EXTERNAL
// RUN: not sqa-interpret %s --function=assertion --input=i1=0 2>&1 | FileCheck %s --check-prefix=ASSERT
// RUN: sqa-interpret %s --function=assertion --input=i1=1

// FACTORIAL: result[0]: i64=3628800
// DEPTH: error: calls are nested more than 200 deep
// DEPTH: remark: called here
func.func @factorial(%n: i64) -> i64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %done = arith.cmpi sle, %n, %c0 : i64
  %r = scf.if %done -> i64 {
    scf.yield %c1 : i64
  } else {
    %m = arith.subi %n, %c1 : i64
    %f = func.call @factorial(%m) : (i64) -> i64
    %x = arith.muli %f, %n : i64
    scf.yield %x : i64
  }
  return %r : i64
}

// A callee that overwrites its argument does not change the caller's.
// VALUES: result[0]: 2xf32=[9, 2]
// VALUES: result[1]: 2xf32=[1, 2]
func.func @values(%a: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = call @overwrite(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0, %a : tensor<2xf32>, tensor<2xf32>
}
func.func private @overwrite(%a: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %nine = arith.constant 9.0 : f32
  %0 = tensor.insert %nine into %a[%c0] : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// EXTERNAL: error: sqa-interpret cannot call a function that has no body
func.func private @elsewhere(f32) -> f32
func.func @external(%x: f32) -> f32 {
  %0 = call @elsewhere(%x) : (f32) -> f32
  return %0 : f32
}

// ASSERT: error: assertion failed: the flag must be set
func.func @assertion(%c: i1) {
  cf.assert %c, "the flag must be set"
  return
}
