// RUN: sqa-opt %s --verify-diagnostics --split-input-file

// expected-error @below {{expected name, triple and cpu to be non-empty}}
func.func private @cpu_c1_empty_name() attributes {t = #sqa.cpu<name = "", triple = "x86_64", cpu = "x86-64-v3", features = "", vector_bits = 256, vector_registers = 16>}

// -----

// expected-error @below {{expected vector_bits to be 128, 256 or 512, but got 300}}
func.func private @cpu_c2_vector_bits() attributes {t = #sqa.cpu<name = "a", triple = "x86_64", cpu = "x86-64-v3", features = "", vector_bits = 300, vector_registers = 16>}

// -----

// expected-error @below {{expected at least 8 vector_registers, but got 7}}
func.func private @cpu_c3_registers() attributes {t = #sqa.cpu<name = "a", triple = "x86_64", cpu = "x86-64-v3", features = "", vector_bits = 256, vector_registers = 7>}

// -----

// expected-error @below {{expected lanes to be 4, 8 or 16, but got 6}}
func.func private @cpu_schedule_c1_lanes() attributes {t = #sqa.cpu_schedule<lanes = 6, block_m = 36, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>}

// -----

// expected-error @below {{expected block_m to be a positive multiple of lanes (8), but got 36}}
func.func private @cpu_schedule_c2_rows() attributes {t = #sqa.cpu_schedule<lanes = 8, block_m = 36, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>}

// -----

// expected-error @below {{expected block_n to be a positive multiple of key_rows, but got 62 and 4}}
func.func private @cpu_schedule_c3_keys() attributes {t = #sqa.cpu_schedule<lanes = 8, block_m = 32, block_n = 62, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8>}

// -----

// expected-error @below {{expected value_rows to be positive, but got 0}}
func.func private @cpu_schedule_c4_values() attributes {t = #sqa.cpu_schedule<lanes = 8, block_m = 32, block_n = 64, key_rows = 4, value_rows = 0, exp_degree = 5, lazy_log2 = 8>}

// -----

// expected-error @below {{expected exp_degree to be between 4 and 6, but got 7}}
func.func private @cpu_schedule_c5_degree() attributes {t = #sqa.cpu_schedule<lanes = 8, block_m = 32, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 7, lazy_log2 = 8>}

// -----

// expected-error @below {{expected lazy_log2 to be between 0 and 16, but got -1}}
func.func private @cpu_schedule_c6_lag() attributes {t = #sqa.cpu_schedule<lanes = 8, block_m = 32, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = -1>}

// -----

// expected-error @below {{expected exp_degree to be between 3 and 6, but got 2}}
func.func private @cpu_schedule_c5_packed() attributes {t = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 128, key_rows = 8, value_rows = 4, exp_degree = 2, lazy_log2 = 8, products = tile>}

// -----

// expected-error @below {{expected packed products to have 16 lanes and a block_m that is a multiple of 32, but got 16 and 48}}
func.func private @cpu_schedule_c7_rows() attributes {t = #sqa.cpu_schedule<lanes = 16, block_m = 48, block_n = 128, key_rows = 8, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = tile>}

// -----

// expected-error @below {{expected packed products to have a block_n that is a multiple of 32 and key_rows that are an even divisor of 32, but got 48 and 4}}
func.func private @cpu_schedule_c8_keys() attributes {t = #sqa.cpu_schedule<lanes = 16, block_m = 64, block_n = 48, key_rows = 4, value_rows = 4, exp_degree = 3, lazy_log2 = 8, products = dot>}

// -----

// expected-error @+1 {{expected split_keys to be 0, or a multiple of block_n with fma products, but got 100}}
func.func private @cpu_schedule_c9_split() attributes {t = #sqa.cpu_schedule<lanes = 8, block_m = 8, block_n = 64, key_rows = 4, value_rows = 4, exp_degree = 5, lazy_log2 = 8, split_keys = 100>}

// -----

// expected-error @below {{expected 'sqa.target' on a module only}}
func.func private @sqa_attr_c1_target_of_function() attributes {sqa.target = 1 : i32}

// -----

// expected-error @below {{expected no attribute 'sqa.tarket'}}
module @sqa_attr_c1_misspelt attributes {sqa.tarket = 1 : i32} {}

// -----

// expected-error @below {{expected no argument attribute 'sqa.weight'}}
func.func private @sqa_attr_c2_misspelt(f32 {sqa.weight = "a"})

// -----

// expected-error @below {{expected 'sqa.name' to be a non-empty string}}
func.func private @sqa_attr_c2_empty(f32 {sqa.name = ""})

// -----

// expected-error @below {{expected 'sqa.parameter' to be a non-empty string}}
func.func private @sqa_attr_c2_number(f32 {sqa.parameter = 3 : i32})

// -----

// expected-error @below {{expected no result attribute 'sqa.parameter'}}
func.func private @sqa_attr_c2_result() -> (f32 {sqa.parameter = "w"})

// -----

// expected-error @below {{expected 'sqa.symbols' to be a list of names on a function}}
func.func private @sqa_attr_c3_numbers() attributes {sqa.symbols = [1, 2]}

// -----

// expected-error @below {{expected 'sqa.shape' to map the symbols of 'sqa.symbols' to the dimensions of 'tensor<?x4xf32>'}}
func.func private @sqa_attr_c4_rank(tensor<?x4xf32> {sqa.shape = affine_map<()[s0] -> (s0)>}) attributes {sqa.symbols = ["N"]}

// -----

// expected-error @below {{expected 'sqa.shape' to agree with 'tensor<?x4xf32>'}}
func.func private @sqa_attr_c4_constant(tensor<?x4xf32> {sqa.shape = affine_map<()[s0] -> (s0, 5)>}) attributes {sqa.symbols = ["N"]}

// -----

// expected-error @below {{expected 'sqa.checked' without a value on a function}}
func.func private @sqa_attr_c5_value() attributes {sqa.checked = true}

// -----

// expected-error @below {{expected 'sqa.scores' to be a list of {from, op, shape} on a function}}
func.func private @sqa_attr_c6_no_place() attributes {sqa.scores = [{from = [], shape = affine_map<() -> (1, 2)>}]}

// -----

// expected-error @below {{expected name, triple and chip to be non-empty}}
module @gpu_c1_no_chip attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {}

// -----

// expected-error @below {{expected shared_bytes and registers to be positive, but got 0 and 65536}}
module @gpu_c2_no_memory attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 0, registers = 65536>} {}

// -----

// expected-error @below {{expected 1 to 4 consumers, but got 5}}
func.func private @gpu_schedule_c1_five() attributes {schedule = #sqa.gpu_schedule<consumers = 5, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>}

// -----

// expected-error @below {{expected block_n to be a multiple of 16 up to 256, but got 120}}
func.func private @gpu_schedule_c2_block() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 120, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>}

// -----

// expected-error @below {{expected 1 to 16 stages, but got 0}}
func.func private @gpu_schedule_c3_stages() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 0, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>}

// -----

// expected-error @below {{expected registers to be a multiple of 8 from 24 to 256, but got 244}}
func.func private @gpu_schedule_c4_registers() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 244, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>}

// -----

// expected-error @below {{expected software_exp to be 0 to 16, and above 0 only with integer_max and tensor_row_sums, but got 4}}
func.func private @gpu_schedule_c5_sums() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 4, frozen_max = false, exp_order = 0, heads_per_section = 8, wide_stores = false, tile_stores = false>}

// -----

// expected-error @below {{expected heads_per_section to be positive, but got 0}}
func.func private @gpu_schedule_c6_section() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 0, heads_per_section = 0, wide_stores = false, tile_stores = false>}

// -----

// expected-error @below {{expected exp_order to be 0 to 8, but got 9}}
func.func private @gpu_schedule_c7_order() attributes {schedule = #sqa.gpu_schedule<consumers = 2, block_n = 128, stages = 2, producer_registers = 24, consumer_registers = 240, scores_ahead = true, tensor_row_sums = false, integer_max = false, software_exp = 0, frozen_max = false, exp_order = 9, heads_per_section = 8, wide_stores = false, tile_stores = false>}
