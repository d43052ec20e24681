// Inputs, outputs and expectations through files.
//
// RUN: sqa-interpret %s --function=half "--input=2x3xf32=random(7)" --output=@%t.npy
// RUN: sqa-interpret %s --function=double --input=@%t.npy "--expected-output=2x3xf32=random(7)" | FileCheck %s --check-prefix=MATCH
// RUN: not sqa-interpret %s --function=double --input=@%t.npy "--expected-output=2x3xf32=random(8)" | FileCheck %s --check-prefix=MISMATCH
// RUN: not sqa-interpret %s --function=double --input=@%t.npy --expected-output=2x3xf32=nan | FileCheck %s --check-prefix=NAN
// RUN: not sqa-interpret %s --function=double --input=@%t.npy --expected-output=3x2xf32=1 | FileCheck %s --check-prefix=SHAPE
//
// Every type keeps its own through a file; bf16 is 2 opaque bytes in NumPy.
// RUN: sqa-interpret %s --function=types --input=2xbf16=1.5,nan --input=2xf16=-2,inf --input=2xi1=1,0 --input=2xi64=-1,9007199254740993 --output=@%t.bf16.npy --output=@%t.f16.npy --output=@%t.i1.npy --output=@%t.i64.npy
// RUN: sqa-interpret %s --function=types --input=@%t.bf16.npy --input=@%t.f16.npy --input=@%t.i1.npy --input=@%t.i64.npy | FileCheck %s --check-prefix=TYPES
// RUN: grep -q "'descr': '<V2'" %t.bf16.npy
//
// f64 output keeps what the declared type would round.
// RUN: sqa-interpret %s --function=third --output=- | FileCheck %s --check-prefix=ROUNDED
// RUN: sqa-interpret %s --function=third --output-f64 --output=@%t.f64.npy
// RUN: grep -q "'descr': '<f8'" %t.f64.npy
// RUN: sqa-interpret %s --function=third --output-f64 --expected-output=@%t.f64.npy | FileCheck %s --check-prefix=EXACT

func.func @half(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %two = arith.constant dense<2.0> : tensor<2x3xf32>
  %y = tensor.cast %x : tensor<?x3xf32> to tensor<2x3xf32>
  %z = arith.divf %y, %two : tensor<2x3xf32>
  %r = tensor.cast %z : tensor<2x3xf32> to tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// MATCH: result[0]: match: 2x3xf32, tolerance 0.0001 absolute + 0.0001 relative
// MISMATCH: result[0]: mismatch: 2x3xf32
// MISMATCH-NEXT: of 6 elements: 0 differ in NaN, 0 in inf, 6 in value
// NAN: of 6 elements: 6 differ in NaN
// SHAPE: mismatch: expected 3x2xf32, but got 2x3xf32
func.func @double(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %z = arith.addf %x, %x : tensor<2x3xf32>
  return %z : tensor<2x3xf32>
}

// TYPES: result[0]: 2xbf16=[1.5, nan]
// TYPES: result[1]: 2xf16=[-2, inf]
// TYPES: result[2]: 2xi1=[1, 0]
// TYPES: result[3]: 2xi64=[-1, 9007199254740993]
func.func @types(%a: tensor<2xbf16>, %b: tensor<2xf16>, %c: tensor<2xi1>, %d: tensor<2xi64>) -> (tensor<2xbf16>, tensor<2xf16>, tensor<2xi1>, tensor<2xi64>) {
  return %a, %b, %c, %d : tensor<2xbf16>, tensor<2xf16>, tensor<2xi1>, tensor<2xi64>
}

// ROUNDED: result[0]: bf16=0.333984
// EXACT: max error 0 absolute
func.func @third() -> bf16 {
  %one = arith.constant 1.0 : bf16
  %three = arith.constant 3.0 : bf16
  %x = arith.divf %one, %three : bf16
  return %x : bf16
}
