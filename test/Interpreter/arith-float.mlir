// RUN: sqa-interpret %s --function=extrema --input=f32=nan --input=f32=2 | FileCheck %s --check-prefix=EXTREMA
// RUN: sqa-interpret %s --function=zeros --input=f32=-0.0 --input=f32=0.0 | FileCheck %s --check-prefix=ZEROS
// RUN: sqa-interpret %s --function=compare --input=f32=nan --input=f32=2 | FileCheck %s --check-prefix=UNORDERED
// RUN: sqa-interpret %s --function=compare --input=f32=1 --input=f32=2 | FileCheck %s --check-prefix=LESS
// RUN: sqa-interpret %s --function=remainder --input=f32=-7.5 --input=f32=2 | FileCheck %s --check-prefix=REMAINDER
// RUN: sqa-interpret %s --function=tiny --input=f32=1 --output-f64 | FileCheck %s --check-prefix=EXACT
// RUN: sqa-interpret %s --function=tiny --input=f32=1 --round-to-types | FileCheck %s --check-prefix=NAIVE

// maximumf and minimumf give NaN, maxnumf and minnumf the other operand.
// EXTREMA: result[0]: f32=nan
// EXTREMA: result[1]: f32=nan
// EXTREMA: result[2]: f32=2
// EXTREMA: result[3]: f32=2
func.func @extrema(%a: f32, %b: f32) -> (f32, f32, f32, f32) {
  %0 = arith.maximumf %a, %b : f32
  %1 = arith.minimumf %b, %a : f32
  %2 = arith.maxnumf %a, %b : f32
  %3 = arith.minnumf %b, %a : f32
  return %0, %1, %2, %3 : f32, f32, f32, f32
}

// -0 is below +0, whichever comes first.
// ZEROS: result[0]: f32=0
// ZEROS: result[1]: f32=0
// ZEROS: result[2]: f32=-0
// ZEROS: result[3]: f32=-0
func.func @zeros(%a: f32, %b: f32) -> (f32, f32, f32, f32) {
  %0 = arith.maximumf %a, %b : f32
  %1 = arith.maximumf %b, %a : f32
  %2 = arith.minimumf %a, %b : f32
  %3 = arith.minimumf %b, %a : f32
  return %0, %1, %2, %3 : f32, f32, f32, f32
}

// With a NaN every ordered predicate is false and every unordered one true.
// UNORDERED: result[0]: 8xi1=[0, 0, 0, 0, 1, 1, 1, 1]
// LESS: result[0]: 8xi1=[0, 1, 1, 1, 0, 1, 1, 0]
func.func @compare(%a: f32, %b: f32) -> tensor<8xi1> {
  %0 = arith.cmpf oeq, %a, %b : f32
  %1 = arith.cmpf olt, %a, %b : f32
  %2 = arith.cmpf one, %a, %b : f32
  %3 = arith.cmpf ord, %a, %b : f32
  %4 = arith.cmpf ueq, %a, %b : f32
  %5 = arith.cmpf ult, %a, %b : f32
  %6 = arith.cmpf une, %a, %b : f32
  %7 = arith.cmpf uno, %a, %b : f32
  %t = tensor.from_elements %0, %1, %2, %3, %4, %5, %6, %7 : tensor<8xi1>
  return %t : tensor<8xi1>
}

// The remainder has the sign of the dividend.
// REMAINDER: result[0]: f32=-1.5
// REMAINDER: result[1]: f32=7.5
func.func @remainder(%a: f32, %b: f32) -> (f32, f32) {
  %0 = arith.remf %a, %b : f32
  %1 = arith.negf %a : f32
  return %0, %1 : f32, f32
}

// An f32 computation keeps what f32 cannot hold, unless rounding is asked for.
// EXACT: result[0]: f64=1e-10
// NAIVE: result[0]: f32=0
func.func @tiny(%a: f32) -> f32 {
  %eps = arith.constant 1.0e-10 : f32
  %0 = arith.addf %a, %eps : f32
  %1 = arith.subf %0, %a : f32
  return %1 : f32
}
