// The drawing in characters: slots, tiles, and the numbers under it.
// RUN: sqa-mask %s --function=window --size=S=12,T=16 --tile=4x4 | FileCheck %s --check-prefix=SLOTS --match-full-lines --strict-whitespace
// RUN: sqa-mask %s --function=window --size=S=12,T=16 --tile=4x4 --width=12 | FileCheck %s --check-prefix=TILES --match-full-lines --strict-whitespace
// RUN: sqa-mask %s --function=window --size=S=12,T=16 --tile=2x2 --width=12 | FileCheck %s --check-prefix=SQUARES --match-full-lines --strict-whitespace
// RUN: sqa-mask %s --function=window --size=S=100000,T=100000 --tile=1000x1000 --format=statistics | FileCheck %s --check-prefix=LARGE
// RUN: sqa-mask %s --function=window --size=S=0,T=5 --title=nothing | FileCheck %s --check-prefix=EMPTY

func.func @window(%q: tensor<1x2x?x8xf32>, %k: tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %o = attn.sqa %q, %k, %k causal(bottom_right) window(5, 0) global(1)
      : (tensor<1x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %o : tensor<1x2x?x8xf32>
}

// A number wherever a tile begins. What is in a skipped tile is blank.
//        SLOTS:causal(bottom_right) window(5, 0) global(1)
//  SLOTS-EMPTY:
//   SLOTS-NEXT:        0   4   8   12  key j
//   SLOTS-NEXT:        |   |   |   |
//   SLOTS-NEXT:     0  +++++...
//   SLOTS-NEXT:        ++++++..
//   SLOTS-NEXT:        +++++++.
//   SLOTS-NEXT:        +.++++++
//   SLOTS-NEXT:     4  +..++++++...
//   SLOTS-NEXT:        +...++++++..
//   SLOTS-NEXT:        +....++++++.
//   SLOTS-NEXT:        +.....++++++
//   SLOTS-NEXT:     8  +......++++++...
//   SLOTS-NEXT:        +.......++++++..
//   SLOTS-NEXT:        +........++++++.
//   SLOTS-NEXT:        +.........++++++
//   SLOTS-NEXT:query i
//  SLOTS-EMPTY:
//   SLOTS-NEXT:'#' visible, in a full tile   '+' visible, '.' hidden, in a partial tile   ' ' in a skipped tile
//   SLOTS-NEXT:S = 12 queries, T = 16 keys, tiles of 4 x 4, batch 0, head 0
//   SLOTS-NEXT:skipped 3 (25.0 %), full 0 (0.0 %), partial 9 (75.0 %) of 12 tiles
//   SLOTS-NEXT:visible 81 of 192 slots (42.2 %)
//   SLOTS-NEXT:seen by some row of [i0, i1): [max(0, i0 + T - S - 5), i1 + T - S) and [0, min(i1 + T - S, 1))
//   SLOTS-NEXT:hidden from some row of [i0, i1): [max(0, i0 + T - S + 1), T) and [1, i1 + T - S - 6)

// Too narrow for slots: a character is a tile, or a square of tiles. A square of
// tiles that differ is partial.
//        TILES:        0  key j
//   TILES-NEXT:        |
//   TILES-NEXT:     0  ++
//   TILES-NEXT:     4  +++
//   TILES-NEXT:     8  ++++
//   TILES-NEXT:query i
//  TILES-EMPTY:
//   TILES-NEXT:a character is 4 queries by 4 keys: '#' full   '+' partial   ' ' skipped

//      SQUARES:        0  key j
// SQUARES-NEXT:        |
// SQUARES-NEXT:     0  ++
// SQUARES-NEXT:     4  +++
// SQUARES-NEXT:     8  ++++
// SQUARES-NEXT:query i
//SQUARES-EMPTY:
// SQUARES-NEXT:a character is 4 queries by 4 keys: '#' full   '+' partial   ' ' skipped

// Slots are not looked at one by one beyond what a picture can show.
// LARGE: skipped 9703 (97.0 %), full 0 (0.0 %), partial 297 (3.0 %) of 10000 tiles
// LARGE-NOT: visible

// EMPTY: nothing
// EMPTY: skipped 0 (0.0 %), full 0 (0.0 %), partial 0 (0.0 %) of 0 tiles
