// RUN: sqa-opt %s --split-input-file --verify-diagnostics

hopper.kernel @wgmma_c1_keys() {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 0>
    %a = hopper.convert %x : !hopper.weights<32, software_exp = 0> -> !hopper.fragment<64x32xbf16>
    %acc = hopper.splat 0.0 : !hopper.fragment<64x64xf32>
    // expected-error @below {{expected columns of A to be the rows of B, a multiple of 16, and the same elements}}
    %r = hopper.wgmma_rs %a, %k[%c] to %acc : !hopper.fragment<64x32xbf16>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2>, !hopper.fragment<64x64xf32> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_c3_accumulator() {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %w = hopper.splat 0.0 : !hopper.fragment<64x64xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) : !hopper.fragment<64x64xf32> -> !hopper.weights<64, software_exp = 0>
    %a = hopper.convert %x : !hopper.weights<64, software_exp = 0> -> !hopper.fragment<64x64xbf16>
    %acc = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    // expected-error @below {{expected an f32 accumulator and result of 64 columns}}
    %r = hopper.wgmma_rs %a, %k[%c] to %acc : !hopper.fragment<64x64xbf16>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2>, !hopper.fragment<64x32xf32> -> !hopper.pending<!hopper.fragment<64x32xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_c4_two_slabs() {
  %k = hopper.ring : !hopper.ring<2x64x128xbf16>
  %ones = hopper.ones : !hopper.ones<bf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %w = hopper.splat 0.0 : !hopper.fragment<64x64xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) : !hopper.fragment<64x64xf32> -> !hopper.weights<64, software_exp = 0>
    %a = hopper.convert %x : !hopper.weights<64, software_exp = 0> -> !hopper.fragment<64x64xbf16>
    %acc = hopper.splat 0.0 : !hopper.fragment<64x136xf32>
    // expected-error @below {{expected ones of the values' type beside values of one slab}}
    %r = hopper.wgmma_rs %a, %k[%c] ones(%ones : !hopper.ones<bf16>) to %acc : !hopper.fragment<64x64xbf16>, !hopper.ring<2x64x128xbf16>, !hopper.cursor<2>, !hopper.fragment<64x136xf32> -> !hopper.pending<!hopper.fragment<64x136xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @load_c1_copy_of_a_map(%x: !hopper.tensor_map<64x64xbf16>) {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<2>
    %z = arith.constant 0 : index
    %b = arith.constant true
    %m = arith.select %b, %x, %x : !hopper.tensor_map<64x64xbf16>
    // expected-error @below {{expected the map to be an argument of the kernel}}
    hopper.load %m[%z, %z, %z] into %k[%c] : !hopper.tensor_map<64x64xbf16>, !hopper.ring<2x64x64xbf16>
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @load_c2_box(%m: !hopper.tensor_map<64x32xbf16>) {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<2>
    %z = arith.constant 0 : index
    // expected-error @below {{expected a map with boxes of 64 x 64 'bf16' for '!hopper.ring<2x64x64xbf16>', but got '!hopper.tensor_map<64x32xbf16>'}}
    hopper.load %m[%z, %z, %z] into %k[%c] : !hopper.tensor_map<64x32xbf16>, !hopper.ring<2x64x64xbf16>
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_wait_c1_count() {
  %q = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %z = arith.constant 0 : index
    %s = hopper.wgmma_ss %q[%c] rows(%z), %q[%c] : !hopper.ring<2x64x64xbf16>, !hopper.cursor<2>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    // expected-error @below {{expected in_flight to be 0 to 7, but got 8}}
    %t = hopper.wgmma_wait in_flight(8) %s : !hopper.pending<!hopper.fragment<64x64xf32>> -> !hopper.fragment<64x64xf32>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_wait_c2_type() {
  %q = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %z = arith.constant 0 : index
    %s = hopper.wgmma_ss %q[%c] rows(%z), %q[%c] : !hopper.ring<2x64x64xbf16>, !hopper.cursor<2>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    // expected-error @below {{expected a result of '!hopper.pending<!hopper.fragment<64x64xf32>>', but got '!hopper.fragment<64x32xf32>'}}
    %t = hopper.wgmma_wait in_flight(0) %s : !hopper.pending<!hopper.fragment<64x64xf32>> -> !hopper.fragment<64x32xf32>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @fragment_op_c1_bf16() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    // expected-error @below {{expected a fragment of f32, but got '!hopper.fragment<64x64xbf16>'}}
    %f = hopper.splat 0.0 : !hopper.fragment<64x64xbf16>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @softmax_step_c1_columns() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    // expected-error @below {{expected weights of the scores' columns and of the same software_exp}}
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) : !hopper.fragment<64x32xf32> -> !hopper.weights<64, software_exp = 0>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @softmax_step_c2_sums() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    // expected-error @below {{expected software_exp to come with integer_max and sums_elsewhere}}
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) {software_exp = 4 : i64} : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 4>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @softmax_step_c3_first() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    // expected-error @below {{expected the first block to set the maximum}}
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) {first, frozen} : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 0>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @vote_c1_stages() {
  %v = hopper.vote : !hopper.vote
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<1>
    %z = arith.constant 0 : index
    // expected-error @below {{expected a round of two stages, but got '!hopper.cursor<1>'}}
    %a, %b = hopper.await_vote %v[%c] tile(%z) : !hopper.cursor<1>
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @convert_c1_f32() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 0>
    // expected-error @below {{expected a 16-bit result of 32 columns, but got '!hopper.fragment<64x32xf32>'}}
    %a = hopper.convert %x : !hopper.weights<32, software_exp = 0> -> !hopper.fragment<64x32xf32>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @convert_c2_f16() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    %x, %y, %l, %f = hopper.softmax_step %w, %m, %m scale(%one) {software_exp = 4 : i64, integer_max, sums_elsewhere} : !hopper.fragment<64x32xf32> -> !hopper.weights<32, software_exp = 4>
    // expected-error @below {{expected exponentials in software to become bf16}}
    %a = hopper.convert %x : !hopper.weights<32, software_exp = 4> -> !hopper.fragment<64x32xf16>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @store_c1_f32(%p: !llvm.ptr, %n: index, %s: i64) {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    // expected-error @below {{expected f16 or bf16, but got 'f32'}}
    hopper.store %w, %p rows(%n to %n) stride(%s) columns(32) as f32 : !hopper.fragment<64x32xf32>, !llvm.ptr
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @store_c2_columns(%p: !llvm.ptr, %n: index, %s: i64) {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %w = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    %m = hopper.splat 0.0 : !hopper.rows
    %one = arith.constant 1.0 : f32
    // expected-error @below {{expected columns to be a multiple of 8 within '!hopper.fragment<64x32xf32>', but got 40}}
    hopper.store %w, %p rows(%n to %n) stride(%s) columns(40) as bf16 : !hopper.fragment<64x32xf32>, !llvm.ptr
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @named_barrier_c1_id() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    // expected-error @below {{expected barrier 1 to 15, but got 16}}
    hopper.barrier_sync id(16) threads(128)
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @named_barrier_c2_threads() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    // expected-error @below {{expected threads to be a multiple of 32 up to the 128 of all consumers, but got 256}}
    hopper.barrier_arrive id(1) threads(256)
    hopper.yield
  }
  hopper.return
}
