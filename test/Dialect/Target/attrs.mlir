// RUN: sqa-opt %s --verify-roundtrip | FileCheck %s
// RUN: sqa-opt %s --emit-bytecode | sqa-opt | FileCheck %s

// A module carries its target, an attention op its schedule, an argument its
// name and the weight it takes.
// CHECK: module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3", features = "+avx2", vector_bits = 256, vector_registers = 16>}
module attributes {sqa.target = #sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3", features = "+avx2", vector_bits = 256, vector_registers = 16>} {
  // CHECK: func.func @scheduled(%{{.*}}: tensor<1x1x2x4xf32> {sqa.name = "query"}, %{{.*}}: tensor<1x1x2x4xf32> {sqa.parameter = "layers.0.memory"})
  func.func @scheduled(%q: tensor<1x1x2x4xf32> {sqa.name = "query"}, %k: tensor<1x1x2x4xf32> {sqa.parameter = "layers.0.memory"}) -> tensor<1x1x2x4xf32> {
    // CHECK: schedule(#sqa.cpu_schedule<lanes = 8, block_m = 32, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>)
    %o = attn.sqa %q, %k, %k schedule(#sqa.cpu_schedule<lanes = 8, block_m = 32, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>)
        : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
    return %o : tensor<1x1x2x4xf32>
  }
}

// The same of a GPU.
// CHECK: module @gpu attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>}
module @gpu attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  // CHECK: schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>
  func.func private @scheduled() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>}
}

// Products other than the default are printed.
// CHECK: schedule = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 128, key_rows = 8, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = tile>
module @packed {
  func.func private @scheduled() attributes {schedule = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 128, key_rows = 8, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = tile>}
}
