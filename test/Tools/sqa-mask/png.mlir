// Pixels: whole PNG files with the slots of the text, and one pixel for several
// slots where there are too many.
// RUN: sqa-mask %s --format=png --size=S=4,T=6 --tile=2x2 -o %t.png
// RUN: %python %S/Inputs/read_png.py %t.png 80 | FileCheck %s --match-full-lines --strict-whitespace
// RUN: sqa-mask %s --format=png --size=S=9000,T=3000 -o %t.large.png
// RUN: %python %S/Inputs/read_png.py %t.large.png 300 | FileCheck %s --check-prefix=LARGE --match-full-lines
// RUN: not sqa-mask %s --format=png --size=S=0,T=6 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: error: there is nothing to draw, or this build has no zlib

//      CHECK:480 320 5
// CHECK-NEXT:##+.--
// CHECK-NEXT:##++--
// CHECK-NEXT:####+.
// CHECK-NEXT:####++

//      LARGE: 600 1800 5
// LARGE-NEXT: --
// LARGE-NEXT: --
// LARGE-NEXT: --
// LARGE-NEXT: --
// LARGE-NEXT: .-
// LARGE-NEXT: #.
func.func @f(%q: tensor<1x1x?x8xf32>, %k: tensor<1x1x?x8xf32>) -> tensor<1x1x?x8xf32> {
  %o = attn.sqa %q, %k, %k causal(bottom_right)
      : (tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}
