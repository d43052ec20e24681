// The picture is one self-contained XML document: tiles in three tints, visible
// slots of partial tiles, axes with units, legend, closed forms.
// RUN: sqa-mask %s --format=svg --size=S=8,T=12 --tile=4x4 --input=index=4 -o %t.svg
// RUN: FileCheck %s <%t.svg
// RUN: %python -c "import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])" %t.svg

// CHECK: <svg xmlns="http://www.w3.org/2000/svg" width="{{[0-9]+}}" height="{{[0-9]+}}" viewBox=
// CHECK: <title>causal(offset(x &lt;1&gt;))</title>
// CHECK: class="title">causal(offset(x &lt;1&gt;))</text>
// CHECK-COUNT-4: class="tick"
// CHECK: >key j (T = 12)</text>
// CHECK-COUNT-3: class="tick"
// CHECK: rotate(-90 {{.*}}>query i (S = 8)</text>
// Equal neighbours are one rectangle.
// CHECK: <path fill="#e1e5ea" d="M8 0h4v4h-4z"/>
// CHECK: <path fill="#fde3bf" d="M4 0h4v4h-4zM8 4h4v4h-4z"/>
// CHECK: <path fill="#2f6fab" d="M0 0h4v4h-4zM0 4h8v4h-8z"/>
// A staircase, rows of one width joined.
// CHECK: <path fill="#e8912d" d="M4 0h1v1h-1zM4 1h2v1h-2z
// CHECK: >full 3 (50.0 %)</text>
// CHECK: >partial 2 (33.3 %)</text>
// CHECK: >skipped 1 (16.7 %)</text>
// CHECK: >visible 68 of 96 slots (70.8 %)</text>
// CHECK: </svg>
func.func @f(%q: tensor<1x1x?x8xf32>, %k: tensor<1x1x?x8xf32>, %x: index {sqa.name = "x <1>"}) -> tensor<1x1x?x8xf32> {
  %o = attn.sqa %q, %k, %k causal(offset(%x))
      : (tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, index) -> tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}
