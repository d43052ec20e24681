// RUN: sqa-interpret %s --function=float_to_int --input=f32=300.7 | FileCheck %s --check-prefix=BIG
// RUN: sqa-interpret %s --function=float_to_int --input=f32=-2.7 | FileCheck %s --check-prefix=SMALL
// RUN: sqa-interpret %s --function=float_to_int --input=f32=nan | FileCheck %s --check-prefix=NAN
// RUN: sqa-interpret %s --function=truncf --input=f64=1.001 --output-f64 | FileCheck %s --check-prefix=TRUNCF
// RUN: sqa-interpret %s --function=bitcast --input=f32=1 --input=i16=0x3f80 | FileCheck %s --check-prefix=BITCAST
// RUN: sqa-interpret %s --function=index --input=i32=-1 | FileCheck %s --check-prefix=INDEX

// Values that do not fit saturate; NaN gives 0.
// BIG: result[0]: i8=127
// BIG: result[1]: i8=-1
// BIG: result[2]: i16=300
// SMALL: result[0]: i8=-2
// SMALL: result[1]: i8=0
// SMALL: result[2]: i16=-2
// NAN: result[0]: i8=0
// NAN: result[1]: i8=0
func.func @float_to_int(%a: f32) -> (i8, i8, i16) {
  %0 = arith.fptosi %a : f32 to i8
  %1 = arith.fptoui %a : f32 to i8
  %2 = arith.fptosi %a : f32 to i16
  return %0, %1, %2 : i8, i8, i16
}

// truncf rounds in every mode: the program says so. 1.001 lies between 1 and
// 1.0078125 in bf16, and rounds to 1.00097656 in f16.
// TRUNCF: result[0]: f64=1
// TRUNCF: result[1]: f64=1.00098
// TRUNCF: result[2]: f64=inf
func.func @truncf(%a: f64) -> (bf16, f16, f16) {
  %0 = arith.truncf %a : f64 to bf16
  %1 = arith.truncf %a : f64 to f16
  %big = arith.constant 65520.0 : f64
  %2 = arith.truncf %big : f64 to f16
  return %0, %1, %2 : bf16, f16, f16
}

// BITCAST: result[0]: i32=1065353216
// BITCAST: result[1]: bf16=1
func.func @bitcast(%a: f32, %b: i16) -> (i32, bf16) {
  %0 = arith.bitcast %a : f32 to i32
  %1 = arith.bitcast %b : i16 to bf16
  return %0, %1 : i32, bf16
}

// INDEX: result[0]: i64=-1
// INDEX: result[1]: i64=4294967295
// INDEX: result[2]: i8=-1
func.func @index(%a: i32) -> (index, index, i8) {
  %0 = arith.index_cast %a : i32 to index
  %1 = arith.index_castui %a : i32 to index
  %2 = arith.trunci %a : i32 to i8
  return %0, %1, %2 : index, index, i8
}
