// RUN: sqa-interpret %s --function=wraps --input=i8=127 --input=i8=-128 | FileCheck %s --check-prefix=WRAPS
// RUN: sqa-interpret %s --function=division --input=i32=-7 --input=i32=2 | FileCheck %s --check-prefix=DIVISION
// RUN: sqa-interpret %s --function=compare --input=i8=-1 --input=i8=1 | FileCheck %s --check-prefix=COMPARE
// RUN: sqa-interpret %s --function=bits --input=i8=0x96 --input=i8=3 | FileCheck %s --check-prefix=BITS
// RUN: sqa-interpret %s --function=booleans --input=i1=1 | FileCheck %s --check-prefix=BOOLEANS
// RUN: sqa-interpret %s --function=extended --input=i8=-2 --input=i8=100 | FileCheck %s --check-prefix=EXTENDED
// RUN: sqa-interpret %s --function=elementwise --input=3xi16=1,2,32767 --input=3xi16=10,20,1 | FileCheck %s --check-prefix=ELEMENTWISE

// Sums, differences and products wrap around at the declared width.
// WRAPS: result[0]: i8=-1
// WRAPS: result[1]: i8=-128
// WRAPS: result[2]: i8=-128
// WRAPS: result[3]: i8=127
func.func @wraps(%a: i8, %b: i8) -> (i8, i8, i8, i8) {
  %c1 = arith.constant 1 : i8
  %0 = arith.addi %a, %b : i8
  %1 = arith.addi %a, %c1 : i8
  %2 = arith.muli %a, %b : i8
  %3 = arith.subi %b, %c1 : i8
  return %0, %1, %2, %3 : i8, i8, i8, i8
}

// Each division rounds in its own direction.
// DIVISION: result[0]: i32=-3
// DIVISION: result[1]: i32=-4
// DIVISION: result[2]: i32=-3
// DIVISION: result[3]: i32=-1
// DIVISION: result[4]: i32=2147483644
// DIVISION: result[5]: i32=1
// DIVISION: result[6]: i32=2147483645
func.func @division(%a: i32, %b: i32) -> (i32, i32, i32, i32, i32, i32, i32) {
  %0 = arith.divsi %a, %b : i32
  %1 = arith.floordivsi %a, %b : i32
  %2 = arith.ceildivsi %a, %b : i32
  %3 = arith.remsi %a, %b : i32
  %4 = arith.divui %a, %b : i32
  %5 = arith.remui %a, %b : i32
  %6 = arith.ceildivui %a, %b : i32
  return %0, %1, %2, %3, %4, %5, %6 : i32, i32, i32, i32, i32, i32, i32
}

// -1 is below 1 as a signed and above it as an unsigned number.
// COMPARE: result[0]: i1=1
// COMPARE: result[1]: i1=0
// COMPARE: result[2]: i8=1
// COMPARE: result[3]: i8=-1
// COMPARE: result[4]: i8=-1
// COMPARE: result[5]: i8=1
func.func @compare(%a: i8, %b: i8) -> (i1, i1, i8, i8, i8, i8) {
  %0 = arith.cmpi slt, %a, %b : i8
  %1 = arith.cmpi ult, %a, %b : i8
  %2 = arith.maxsi %a, %b : i8
  %3 = arith.minsi %a, %b : i8
  %4 = arith.maxui %a, %b : i8
  %5 = arith.select %0, %b, %a : i8
  return %0, %1, %2, %3, %4, %5 : i1, i1, i8, i8, i8, i8
}

// 0x96 is 1001 0110.
// BITS: result[0]: i8=-80
// BITS: result[1]: i8=18
// BITS: result[2]: i8=-14
// BITS: result[3]: i8=2
// BITS: result[4]: i8=-105
// BITS: result[5]: i8=-107
// BITS: result[6]: i8=0
// BITS: result[7]: i8=1
// BITS: result[8]: i8=4
func.func @bits(%a: i8, %b: i8) -> (i8, i8, i8, i8, i8, i8, i8, i8, i8) {
  %0 = arith.shli %a, %b : i8
  %1 = arith.shrui %a, %b : i8
  %2 = arith.shrsi %a, %b : i8
  %3 = arith.andi %a, %b : i8
  %4 = arith.ori %a, %b : i8
  %5 = arith.xori %a, %b : i8
  %6 = math.ctlz %a : i8
  %7 = math.cttz %a : i8
  %8 = math.ctpop %a : i8
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : i8, i8, i8, i8, i8, i8, i8, i8, i8
}

// True is 1, but -1 where it is read as a signed number.
// BOOLEANS: result[0]: i32=1
// BOOLEANS: result[1]: i32=-1
// BOOLEANS: result[2]: i1=0
// BOOLEANS: result[3]: f32=1
// BOOLEANS: result[4]: f32=-1
func.func @booleans(%a: i1) -> (i32, i32, i1, f32, f32) {
  %0 = arith.extui %a : i1 to i32
  %1 = arith.extsi %a : i1 to i32
  %2 = arith.addi %a, %a : i1
  %3 = arith.uitofp %a : i1 to f32
  %4 = arith.sitofp %a : i1 to f32
  return %0, %1, %2, %3, %4 : i32, i32, i1, f32, f32
}

// -2 * 100 = -200 = 0xff38; 254 * 100 = 0x6338; 254 + 100 carries.
// EXTENDED: result[0]: i8=56
// EXTENDED: result[1]: i8=-1
// EXTENDED: result[2]: i8=56
// EXTENDED: result[3]: i8=99
// EXTENDED: result[4]: i8=98
// EXTENDED: result[5]: i1=1
func.func @extended(%a: i8, %b: i8) -> (i8, i8, i8, i8, i8, i1) {
  %0, %1 = arith.mulsi_extended %a, %b : i8
  %2, %3 = arith.mului_extended %a, %b : i8
  %4, %5 = arith.addui_extended %a, %b : i8, i1
  return %0, %1, %2, %3, %4, %5 : i8, i8, i8, i8, i8, i1
}

// The same ops work element by element.
// ELEMENTWISE: result[0]: 3xi16=[11, 22, -32768]
// ELEMENTWISE: result[1]: 3xi1=[1, 1, 0]
func.func @elementwise(%a: tensor<3xi16>, %b: tensor<3xi16>) -> (tensor<3xi16>, tensor<3xi1>) {
  %0 = arith.addi %a, %b : tensor<3xi16>
  %1 = arith.cmpi slt, %a, %b : tensor<3xi16>
  return %0, %1 : tensor<3xi16>, tensor<3xi1>
}
