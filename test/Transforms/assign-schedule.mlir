// RUN: sqa-opt %s --sqa-assign-schedule --split-input-file | FileCheck %s
// RUN: sqa-opt %s --sqa-assign-schedule --split-input-file --remarks-filter=sqa-assign-schedule --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

// With 16 registers of 8 lanes: 48 rows a tile, 96 keys a block.
// CHECK-LABEL: @eight_lanes
// CHECK: attn.sqa {{.*}} schedule(#sqa.cpu_schedule<lanes = 8, block_m = 48, block_n = 96, key_rows = 4, value_rows = 4
// REMARK: remark: {{.*}}tile of 48 query rows (8 lanes), blocks of 96 keys
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3", features = "", vector_bits = 256, vector_registers = 16>} {
  func.func @eight_lanes(%q: tensor<1x4x?x16xf32>, %kv: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
    return %o : tensor<1x4x?x16xf32>
  }

  // A schedule that the user wrote stays as it is.
  // CHECK-LABEL: @given
  // CHECK: schedule(#sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 64, key_rows = 2
  func.func @given(%q: tensor<1x4x?x16xf32>, %kv: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
    %o = attn.sqa %q, %kv, %kv schedule(#sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 64, key_rows = 2, value_rows = 1, exp_degree = 6, lazy_log2 = 0>) : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
    return %o : tensor<1x4x?x16xf32>
  }

  // Few queries and many keys: the keys are divided.
  // CHECK-LABEL: @decode
  // CHECK: block_m = 8, block_n = 128, {{.*}}, split_keys = 512
  // REMARK: remark: {{.*}}few queries: tile of all queries and 512 keys
  func.func @decode(%q: tensor<1x4x2x16xf32>, %kv: tensor<1x2x?x16xf32>) -> tensor<1x4x2x16xf32> {
    %o = attn.sqa %q, %kv, %kv causal(bottom_right) : (tensor<1x4x2x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x2x16xf32>
    return %o : tensor<1x4x2x16xf32>
  }

  // One query row and nine keys need one vector of rows, which works on 8 keys
  // at a time, and sixteen keys.
  // CHECK-LABEL: @short
  // CHECK: block_m = 8, block_n = 16, key_rows = 8, value_rows = 8
  func.func @short(%q: tensor<1x4x1x16xf32>, %kv: tensor<1x2x9x16xf32>) -> tensor<1x4x1x16xf32> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x1x16xf32>, tensor<1x2x9x16xf32>, tensor<1x2x9x16xf32>) -> tensor<1x4x1x16xf32>
    return %o : tensor<1x4x1x16xf32>
  }

  // 64 rows are two tiles of 32, not 48 and 16.
  // CHECK-LABEL: @even
  // CHECK: block_m = 32, block_n = 64,
  func.func @even(%q: tensor<1x4x64x16xf32>, %kv: tensor<1x2x64x16xf32>) -> tensor<1x4x64x16xf32> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x64x16xf32>, tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>) -> tensor<1x4x64x16xf32>
    return %o : tensor<1x4x64x16xf32>
  }

  // Lengths of zero are legal and still need a legal schedule.
  // CHECK-LABEL: @empty
  // CHECK: block_m = 8, block_n = 8,
  func.func @empty(%q: tensor<1x4x0x16xf32>, %kv: tensor<1x2x0x16xf32>) -> tensor<1x4x0x16xf32> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x0x16xf32>, tensor<1x2x0x16xf32>, tensor<1x2x0x16xf32>) -> tensor<1x4x0x16xf32>
    return %o : tensor<1x4x0x16xf32>
  }
}

// -----

// Another target, other numbers: none of them is written in the pass.
// CHECK-LABEL: @sixteen_lanes
// CHECK: schedule(#sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 128,
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v4", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4", features = "", vector_bits = 512, vector_registers = 32>} {
  func.func @sixteen_lanes(%q: tensor<1x4x?x16xf32>, %kv: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
    return %o : tensor<1x4x?x16xf32>
  }
}

// -----

// bf16 is multiplied as it is where the target can, and widened where it cannot
// or where there are too few rows to be worth packing the keys.
// CHECK-LABEL: @pairs
// CHECK: products = dot>
// CHECK-LABEL: @one_row
// CHECK: exp_degree = 5, lazy_log2 = 8, split_keys = 512>
// CHECK-LABEL: @half
// CHECK: exp_degree = 5, lazy_log2 = 8>
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v4-bf16", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4", features = "+avx512bf16,+sse4a", vector_bits = 512, vector_registers = 32>} {
  func.func @pairs(%q: tensor<1x4x?x16xbf16>, %kv: tensor<1x2x?x16xbf16>) -> tensor<1x4x?x16xbf16> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x?x16xbf16>, tensor<1x2x?x16xbf16>, tensor<1x2x?x16xbf16>) -> tensor<1x4x?x16xbf16>
    return %o : tensor<1x4x?x16xbf16>
  }
  func.func @one_row(%q: tensor<1x4x1x16xbf16>, %kv: tensor<1x2x?x16xbf16>) -> tensor<1x4x1x16xbf16> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x1x16xbf16>, tensor<1x2x?x16xbf16>, tensor<1x2x?x16xbf16>) -> tensor<1x4x1x16xbf16>
    return %o : tensor<1x4x1x16xbf16>
  }
  func.func @half(%q: tensor<1x4x?x16xf16>, %kv: tensor<1x2x?x16xf16>) -> tensor<1x4x?x16xf16> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x?x16xf16>, tensor<1x2x?x16xf16>, tensor<1x2x?x16xf16>) -> tensor<1x4x?x16xf16>
    return %o : tensor<1x4x?x16xf16>
  }
}

// -----

// CHECK-LABEL: @tiles
// CHECK: lanes = 16, block_m = 64, block_n = 128, key_rows = 8, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = tile>
// The sum of rounded weights would be too rough for an LSE.
// CHECK-LABEL: @lse
// CHECK: exp_degree = 5, lazy_log2 = 8, products = tile>
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v4-amx", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4", features = "+amx-bf16,+amx-tile,+avx512bf16", vector_bits = 512, vector_registers = 32>} {
  func.func @tiles(%q: tensor<1x4x?x16xbf16>, %kv: tensor<1x2x?x16xbf16>) -> tensor<1x4x?x16xbf16> {
    %o = attn.sqa %q, %kv, %kv : (tensor<1x4x?x16xbf16>, tensor<1x2x?x16xbf16>, tensor<1x2x?x16xbf16>) -> tensor<1x4x?x16xbf16>
    return %o : tensor<1x4x?x16xbf16>
  }
  func.func @lse(%q: tensor<1x4x?x16xbf16>, %kv: tensor<1x2x?x16xbf16>) -> (tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>) {
    %o, %l = attn.sqa %q, %kv, %kv : (tensor<1x4x?x16xbf16>, tensor<1x2x?x16xbf16>, tensor<1x2x?x16xbf16>) -> (tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>)
    return %o, %l : tensor<1x4x?x16xbf16>, tensor<1x4x?xf32>
  }
}
