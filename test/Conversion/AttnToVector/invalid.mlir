// RUN: sqa-opt %s --sqa-convert-attn-to-vector --split-input-file --verify-diagnostics

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @tensors(%q: tensor<4x8xf32>, %k: tensor<128x4xf32>, %acc: tensor<4x8xf32>, %max: tensor<8xf32>, %i: index) -> tensor<4x8xf32> {
  // expected-error @below {{expected query in memory (bufferize first), but got 'tensor<4x8xf32>'}}
  %r:3 = attn.online_sqa ins(%q, %k, %k : tensor<4x8xf32>, tensor<128x4xf32>, tensor<128x4xf32>)
      outs(%acc, %max, %max : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return %r#0 : tensor<4x8xf32>
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @rows_first(%q: memref<8x4xf32>, %k: memref<128x4xf32>, %acc: memref<?x4xf32>, %max: memref<8xf32>, %i: index) {
  // expected-error @below {{expected dimension 0 of acc to be static, but got 'memref<?x4xf32>'}}
  attn.online_sqa ins(%q, %k, %k : memref<8x4xf32>, memref<128x4xf32>, memref<128x4xf32>)
      outs(%acc, %max, %max : memref<?x4xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) schedule(#schedule)
  return
}

// -----

func.func @no_schedule(%q: memref<4x8xf32>, %k: memref<128x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %i: index) {
  // expected-error @below {{expected schedule(#sqa.cpu_schedule<...>)}}
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<128x4xf32>, memref<128x4xf32>)
      outs(%acc, %max, %max : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @rows_not_multiple(%q: memref<4x12xf32>, %k: memref<128x4xf32>, %acc: memref<4x12xf32>, %max: memref<12xf32>, %i: index) {
  // expected-error @below {{expected the number of query rows to be a positive multiple of lanes (8), but got 12}}
  attn.online_sqa ins(%q, %k, %k : memref<4x12xf32>, memref<128x4xf32>, memref<128x4xf32>)
      outs(%acc, %max, %max : memref<4x12xf32>, memref<12xf32>, memref<12xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @dynamic_rows(%q: memref<4x?xf32>, %k: memref<128x4xf32>, %acc: memref<4x?xf32>, %max: memref<?xf32>, %i: index) {
  // expected-error @below {{expected dimension 1 of query to be static, but got 'memref<4x?xf32>'}}
  attn.online_sqa ins(%q, %k, %k : memref<4x?xf32>, memref<128x4xf32>, memref<128x4xf32>)
      outs(%acc, %max, %max : memref<4x?xf32>, memref<?xf32>, memref<?xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @strided_values(%q: memref<4x8xf32>, %k: memref<128x4xf32>, %v: memref<128x4xf32, strided<[8, 2]>>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %i: index) {
  // expected-error @below {{expected value to have a unit innermost stride}}
  attn.online_sqa ins(%q, %k, %v : memref<4x8xf32>, memref<128x4xf32>, memref<128x4xf32, strided<[8, 2]>>)
      outs(%acc, %max, %max : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 128, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @not_elementwise(%q: memref<4x8xf32>, %k: memref<128x4xf32>, %acc: memref<4x8xf32>, %max: memref<8xf32>, %i: index) {
  attn.online_sqa ins(%q, %k, %k : memref<4x8xf32>, memref<128x4xf32>, memref<128x4xf32>)
      outs(%acc, %max, %max : memref<4x8xf32>, memref<8xf32>, memref<8xf32>) at(%i, %i, %i, %i) rows(%i) rows_last schedule(#schedule)
      mask_mod(%b0, %h0, %i0, %j0) {
        // expected-error @below {{expected an elementwise op or memref.load, since it depends on the query row or the score}}
        %x = index.add %i0, %j0
        %y = arith.cmpi eq, %x, %j0 : index
        attn.yield %y : i1
      }
  return
}

// -----

#schedule = #sqa.cpu_schedule<lanes = 16, block_m = 32, block_n = 64, key_rows = 8, value_rows = 4, exp_degree = 5, lazy_log2 = 8>
func.func @packed_without_products(%q: memref<32x64xbf16>, %k: memref<?x64xbf16>, %v: memref<?x512xbf16>, %acc: memref<16x32xf32>, %max: memref<32xf32>, %s: f32, %i: index) {
  // expected-error @below {{expected packed operands with packed products, and neither alone, but got #sqa.cpu_schedule}}
  attn.online_sqa ins(%q, %k, %v : memref<32x64xbf16>, memref<?x64xbf16>, memref<?x512xbf16>)
      outs(%acc, %max, %max : memref<16x32xf32>, memref<32xf32>, memref<32xf32>)
      at(%i, %i, %i, %i) rows(%i) scale(%s) packed(%i, %i) rows_last schedule(#schedule)
  return
}
