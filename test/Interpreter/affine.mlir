// RUN: sqa-interpret %s --function=maps --input=index=-7 --input=index=3 | FileCheck %s --check-prefix=MAPS
// RUN: not sqa-interpret %s --function=maps --input=index=-7 --input=index=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: sqa-interpret %s --function=linear --input=index=23 --input=index=4 | FileCheck %s --check-prefix=LINEAR

// Division rounds down (or up), the modulus is never negative.
// MAPS: result[0]: i64=-3
// MAPS: result[1]: i64=-2
// MAPS: result[2]: i64=-13
// MAPS: result[3]: i64=2
// MAPS: result[4]: i64=3
// ZERO: error: division by a number that is not positive
func.func @maps(%a: index, %b: index) -> (index, index, index, index, index) {
  %0 = affine.apply affine_map<(d0)[s0] -> (d0 floordiv s0)>(%a)[%b]
  %1 = affine.apply affine_map<(d0)[s0] -> (d0 ceildiv s0)>(%a)[%b]
  %2 = affine.apply affine_map<(d0)[s0] -> (d0 mod s0 + 2 * d0 - 1)>(%a)[%b]
  %3 = affine.min affine_map<(d0, d1) -> (d0 + 9, d1, 5)>(%a, %b)
  %4 = affine.max affine_map<(d0, d1) -> (d0 + 9, d1)>(%a, %b)
  return %0, %1, %2, %3, %4 : index, index, index, index, index
}

// 23 = 2 * 8 + 1 * 4 + 3: the outermost result takes what is left.
// LINEAR: result[0]: i64=2
// LINEAR: result[1]: i64=1
// LINEAR: result[2]: i64=3
// LINEAR: result[3]: i64=23
func.func @linear(%a: index, %n: index) -> (index, index, index, index) {
  %0:3 = affine.delinearize_index %a into (2, %n) : index, index, index
  %1 = affine.linearize_index [%0#0, %0#1, %0#2] by (2, %n) : index
  return %0#0, %0#1, %0#2, %1 : index, index, index, index
}
