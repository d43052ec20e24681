// RUN: sqa-opt %s --sqa-expand-math --split-input-file | FileCheck %s
// RUN: sqa-opt %s --sqa-expand-math --convert-scf-to-cf --convert-vector-to-llvm --convert-math-to-llvm \
// RUN:   --convert-arith-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | llc -mcpu=x86-64-v3 -relocation-model=pic -filetype=obj -o %t.o
// RUN: llvm-nm -u %t.o | FileCheck %s --check-prefix=UNDEFINED --allow-empty

// No function of the C library is called by the object of this file.
// UNDEFINED-NOT: {{[a-z]}}

// An exponential is clamped, reduced and scaled; no conversion to integer may
// meet a NaN.
// CHECK-LABEL: @exp
// CHECK-NOT: math.exp
// CHECK-NOT: arith.fptosi
// CHECK: math.fma
// CHECK: arith.bitcast
func.func @exp(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.exp %x : vector<8xf32>
  return %y : vector<8xf32>
}

// Scalars take the same way.
// CHECK-LABEL: @scalar
// CHECK-NOT: math.exp2
// CHECK: math.fma {{.*}} : f32
func.func @scalar(%x: f32) -> f32 {
  %y = math.exp2 %x : f32
  return %y : f32
}

// Every function of one argument.
// CHECK-LABEL: @unary
// CHECK-NOT: math.{{exp|log|tanh|erf|sin|cos|tan|asin|acos|atan|cbrt|rsqrt|expm1}}
// CHECK: return
func.func @unary(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  %1 = math.exp2 %0 : vector<8xf32>
  %2 = math.expm1 %1 : vector<8xf32>
  %3 = math.log %2 : vector<8xf32>
  %4 = math.log2 %3 : vector<8xf32>
  %5 = math.log10 %4 : vector<8xf32>
  %6 = math.log1p %5 : vector<8xf32>
  %7 = math.tanh %6 : vector<8xf32>
  %8 = math.erf %7 : vector<8xf32>
  %9 = math.erfc %8 : vector<8xf32>
  %10 = math.sin %9 : vector<8xf32>
  %11 = math.cos %10 : vector<8xf32>
  %12 = math.tan %11 : vector<8xf32>
  %13 = math.sinh %12 : vector<8xf32>
  %14 = math.cosh %13 : vector<8xf32>
  %15 = math.asin %14 : vector<8xf32>
  %16 = math.acos %15 : vector<8xf32>
  %17 = math.atan %16 : vector<8xf32>
  %18 = math.asinh %17 : vector<8xf32>
  %19 = math.acosh %18 : vector<8xf32>
  %20 = math.atanh %19 : vector<8xf32>
  %21 = math.cbrt %20 : vector<8xf32>
  %22 = math.rsqrt %21 : vector<8xf32>
  %23, %24 = math.sincos %22 : vector<8xf32>
  %25 = arith.addf %23, %24 : vector<8xf32>
  return %25 : vector<8xf32>
}

// Two arguments, and integers.
// CHECK-LABEL: @binary
// CHECK-NOT: math.{{powf|atan2|fpowi|ipowi}}
// CHECK-NOT: arith.remf
// CHECK: return
func.func @binary(%x: vector<4xf32>, %y: vector<4xf32>, %n: vector<4xi32>) -> (vector<4xf32>, vector<4xi32>) {
  %0 = math.powf %x, %y : vector<4xf32>
  %1 = math.atan2 %0, %y : vector<4xf32>
  %2 = math.fpowi %1, %n : vector<4xf32>, vector<4xi32>
  %3 = arith.remf %2, %y : vector<4xf32>
  %4 = math.ipowi %n, %n : vector<4xi32>
  return %3, %4 : vector<4xf32>, vector<4xi32>
}

// bf16 arithmetic is f32 arithmetic; its conversions are integer ops.
// CHECK-LABEL: @bf16
// CHECK-NOT: arith.truncf
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: arith.mulf {{.*}} : vector<8xf32>
// CHECK: arith.shrui
// CHECK-NOT: arith.truncf
// CHECK: return
func.func @bf16(%x: vector<8xbf16>, %y: vector<8xbf16>) -> vector<8xbf16> {
  %0 = arith.addf %x, %y : vector<8xbf16>
  %1 = arith.mulf %0, %y : vector<8xbf16>
  return %1 : vector<8xbf16>
}

// f16 conversions are instructions and stay; its functions are f32 functions.
// CHECK-LABEL: @f16
// CHECK: arith.extf {{.*}} : vector<8xf16> to vector<8xf32>
// CHECK-NOT: math.tanh
// CHECK: arith.truncf {{.*}} : vector<8xf32> to vector<8xf16>
func.func @f16(%x: vector<8xf16>) -> vector<8xf16> {
  %0 = math.tanh %x : vector<8xf16>
  return %0 : vector<8xf16>
}

// Ops with an instruction of their own stay.
// CHECK-LABEL: @native
// CHECK: math.sqrt
// CHECK: math.floor
// CHECK: math.roundeven
// CHECK: math.copysign
func.func @native(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.sqrt %x : vector<8xf32>
  %1 = math.floor %0 : vector<8xf32>
  %2 = math.roundeven %1 : vector<8xf32>
  %3 = math.copysign %2, %x : vector<8xf32>
  return %3 : vector<8xf32>
}

// NaN-propagating maximum and rounding divisions become comparisons.
// CHECK-LABEL: @expanded_arith
// CHECK-NOT: arith.maximumf
// CHECK-NOT: arith.ceildivsi
// CHECK: return
func.func @expanded_arith(%x: f32, %y: f32, %i: index) -> (f32, index) {
  %0 = arith.maximumf %x, %y : f32
  %1 = arith.ceildivsi %i, %i : index
  return %0, %1 : f32, index
}
