// What --explain says of masks: closed forms, tiles at given sizes, and what
// could not be read. It is no part of the package.
// RUN: sqa-compile %s -o %t1 --name=p --target=x86-64-v3 --explain --explain-size=S=1000,T=1000 2>&1 | FileCheck %s
// RUN: sqa-compile %s -o %t2 --name=p --target=x86-64-v3
// RUN: cmp %t1 %t2
// RUN: sqa-compile %s -o - --target=x86-64-v3 --stop-after=planned --explain --explain-size=S=1000,T=1000,prefix[b]=200 2>&1 >/dev/null | FileCheck %s --check-prefix=PREFIX
// RUN: not sqa-compile %s -o - --explain --explain-size=S 2>&1 | FileCheck %s --check-prefix=USAGE
// USAGE: expected --explain-size=S=32768, or several with commas between them

// CHECK: [[#@LINE+5]]:8: Mask: seen by some row of [i0, i1): [max(0, i0 - 99), i1); hidden from some row: [i0 + 1, T) and [0, i1 - 100)
// CHECK: [[#@LINE+4]]:8: Mask: S = 512, T = 512, tiles of {{[0-9]+}} x {{[0-9]+}}: skipped {{[1-9][0-9]*}} ({{.*}} %), full {{[0-9]+}} ({{.*}} %), partial {{[1-9][0-9]*}} ({{.*}} %) of {{[0-9]+}} tiles

// Static sizes are those of the types.
func.func @window(%q: tensor<1x2x512x8xf32>) -> tensor<1x2x512x8xf32> {
  %0 = attn.sqa %q, %q, %q causal(top_left) window(99, 0)
      : (tensor<1x2x512x8xf32>, tensor<1x2x512x8xf32>, tensor<1x2x512x8xf32>) -> tensor<1x2x512x8xf32>
  return %0 : tensor<1x2x512x8xf32>
}

// CHECK: [[#@LINE+4]]:8: Mask: seen by some row of [i0, i1): [0, i1 + T - S); hidden from some row: [max(0, i0 + T - S + 1), T)
// CHECK: [[#@LINE+3]]:8: Mask: S = 1000, T = 1000, tiles of
// The captured sizes are known by their names.
func.func @cache(%q: tensor<1x2x?x8xf32>, %k: tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %0 = attn.sqa %q, %k, %k causal(bottom_right)
      : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}

// A number that depends on data has to be given; what only a table can tell is
// tested, at the op that reads the table.
// CHECK: Mask: no count of tiles: give --explain-size=prefix[b]=...
// CHECK: [[#@LINE+10]]:15: Mask: not known from the formula, so tested slot by slot: allowed[j]
// PREFIX: Mask: S = 1000, T = 1000, tiles of
// PREFIX: Mask: S = 1000, T = 1000, tiles of
func.func @prefix(%q: tensor<1x2x?x8xf32>, %n: tensor<1xi32> {sqa.name = "prefix"}, %a: tensor<?xi1> {sqa.name = "allowed"}) -> tensor<1x2x?x8xf32> {
  %0 = attn.sqa %q, %q, %q capture(%n, %a)
      : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1xi32>, tensor<?xi1>) -> tensor<1x2x?x8xf32>
      mask_mod(%b, %h, %i, %j, %lengths, %table) {
        %l = tensor.extract %lengths[%b] : tensor<1xi32>
        %length = arith.index_cast %l : i32 to index
        %prompt = arith.cmpi slt, %j, %length : index
        %ok = tensor.extract %table[%j] : tensor<?xi1>
        %y = arith.andi %prompt, %ok : i1
        attn.yield %y : i1
      }
  return %0 : tensor<1x2x?x8xf32>
}
