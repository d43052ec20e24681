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

// CHECK: [[#@LINE+5]]:8: Mask: seen by some row of [i0, i1): [0, i1 + T - S); hidden from some row: [max(0, i0 + T - S + 1), T)
// CHECK: [[#@LINE+4]]:8: Mask: S = T = 96 k, k >= 1: skipped k^2 - k, full k^2 - k, partial 2 k of 2 k^2 tiles of 48 x 96
// CHECK: [[#@LINE+3]]:8: Mask: S = 1000, T = 1000, tiles of
// The captured sizes are known by their names; the shares are a formula.
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

// Keys that repeat: which blocks have any.
// CHECK: Mask: seen by some row of [i0, i1): [0, T) in blocks [j0, j1) with ceil((j0 - 127) / 1024) <= floor((j1 - 1) / 1024);
// CHECK: Mask: S = T = 3072 k, k >= 1: skipped 1664 k^2, full 128 k^2, partial 256 k^2 of 2048 k^2 tiles of 48 x 96
func.func @summaries(%q: tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %0 = attn.sqa %q, %q, %q : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
      mask_mod(%b, %h, %i, %j) {
        %block = arith.constant 1024 : index
        %size = arith.constant 128 : index
        %place = arith.remui %j, %block : index
        %y = arith.cmpi slt, %place, %size : index
        attn.yield %y : i1
      }
  return %0 : tensor<1x2x?x8xf32>
}
