// RUN: sqa-interpret %s --function=exponentials --input=f32=2 | FileCheck %s --check-prefix=EXP
// RUN: sqa-interpret %s --function=circular --input=f32=0.5 | FileCheck %s --check-prefix=CIRCULAR
// RUN: sqa-interpret %s --function=rounding --input=f32=2.5 | FileCheck %s --check-prefix=ROUND
// RUN: sqa-interpret %s --function=rounding --input=f32=-1.5 | FileCheck %s --check-prefix=NEGATIVE
// RUN: sqa-interpret %s --function=several --input=f32=-3 --input=f32=2 | FileCheck %s --check-prefix=SEVERAL
// RUN: sqa-interpret %s --function=classes --input=f32=inf | FileCheck %s --check-prefix=INF
// RUN: sqa-interpret %s --function=classes --input=f32=nan | FileCheck %s --check-prefix=NAN
// RUN: sqa-interpret %s --function=integers --input=i8=-128 --input=i8=-3 | FileCheck %s --check-prefix=INTEGERS

// EXP: 11xf32=[7.38906, 4, 6.38906, 0.693147, 1, 0.30103, 1.09861, 1.41421, 0.707107, 1.25992, 0.995322]
func.func @exponentials(%x: f32) -> tensor<11xf32> {
  %0 = math.exp %x : f32
  %1 = math.exp2 %x : f32
  %2 = math.expm1 %x : f32
  %3 = math.log %x : f32
  %4 = math.log2 %x : f32
  %5 = math.log10 %x : f32
  %6 = math.log1p %x : f32
  %7 = math.sqrt %x : f32
  %8 = math.rsqrt %x : f32
  %9 = math.cbrt %x : f32
  %10 = math.erf %x : f32
  %t = tensor.from_elements %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10 : tensor<11xf32>
  return %t : tensor<11xf32>
}

// CIRCULAR: 13xf32=[0.479426, 0.877583, 0.546302, 0.523599, 1.0472, 0.463648, 0.521095, 1.12763, 0.462117, 0.481212, 0.549306, 0.479426, 0.877583]
// CIRCULAR: f32=0.4795
func.func @circular(%x: f32) -> (tensor<13xf32>, f32) {
  %0 = math.sin %x : f32
  %1 = math.cos %x : f32
  %2 = math.tan %x : f32
  %3 = math.asin %x : f32
  %4 = math.acos %x : f32
  %5 = math.atan %x : f32
  %6 = math.sinh %x : f32
  %7 = math.cosh %x : f32
  %8 = math.tanh %x : f32
  %9 = math.asinh %x : f32
  %10 = math.atanh %x : f32
  %11, %12 = math.sincos %x : f32
  %13 = math.erfc %x : f32
  %t = tensor.from_elements %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12 : tensor<13xf32>
  return %t, %13 : tensor<13xf32>, f32
}

// ROUND: 6xf32=[3, 2, 3, 2, 2, 2.5]
// NEGATIVE: 6xf32=[-1, -2, -2, -2, -1, 1.5]
func.func @rounding(%x: f32) -> tensor<6xf32> {
  %0 = math.ceil %x : f32
  %1 = math.floor %x : f32
  %2 = math.round %x : f32
  %3 = math.roundeven %x : f32
  %4 = math.trunc %x : f32
  %5 = math.absf %x : f32
  %t = tensor.from_elements %0, %1, %2, %3, %4, %5 : tensor<6xf32>
  return %t : tensor<6xf32>
}

// SEVERAL: 7xf32=[9, -0.982794, 3, -4, -27, -1, 0]
func.func @several(%x: f32, %y: f32) -> tensor<7xf32> {
  %c3 = arith.constant 3 : i32
  %one = arith.constant 1.0 : f32
  %minus = arith.constant -1.0 : f32
  %0 = math.powf %x, %y : f32
  %1 = math.atan2 %x, %y : f32
  %2 = math.copysign %x, %y : f32
  %3 = math.fma %x, %y, %y : f32
  %4 = math.fpowi %x, %c3 : f32, i32
  %5 = math.clampf %x to [%minus, %one] : f32
  %6 = math.acosh %one : f32
  %t = tensor.from_elements %0, %1, %2, %3, %4, %5, %6 : tensor<7xf32>
  return %t : tensor<7xf32>
}

// INF: 4xi1=[0, 1, 0, 0]
// NAN: 4xi1=[0, 0, 1, 0]
func.func @classes(%x: f32) -> tensor<4xi1> {
  %0 = math.isfinite %x : f32
  %1 = math.isinf %x : f32
  %2 = math.isnan %x : f32
  %3 = math.isnormal %x : f32
  %t = tensor.from_elements %0, %1, %2, %3 : tensor<4xi1>
  return %t : tensor<4xi1>
}

// The absolute value of the lowest number wraps; -3 cubed is -27.
// INTEGERS: 3xi8=[-128, 3, -27]
func.func @integers(%x: i8, %y: i8) -> tensor<3xi8> {
  %c3 = arith.constant 3 : i8
  %0 = math.absi %x : i8
  %1 = math.absi %y : i8
  %2 = math.ipowi %y, %c3 : i8
  %t = tensor.from_elements %0, %1, %2 : tensor<3xi8>
  return %t : tensor<3xi8>
}
