// RUN: sqa-opt %s --split-input-file --verify-diagnostics

// Types, kernels, roles, rings and scores; the other ops are in invalid-ops.mlir.

// expected-error @below {{expected 1 to 16 stages, but got 0}}
func.func private @ring_c1_no_stage(!hopper.ring<0x64x64xbf16>)

// -----

// expected-error @below {{expected rows to be a multiple of 8 up to 256, but got 264}}
func.func private @ring_c2_rows(!hopper.ring<1x264x64xbf16>)

// -----

// expected-error @below {{expected columns to be a multiple of 16 up to 512, but got 24}}
func.func private @ring_c3_columns(!hopper.ring<1x64x24xbf16>)

// -----

// expected-error @below {{expected f16 or bf16 elements, but got 'f32'}}
func.func private @ring_c4_f32(!hopper.ring<1x64x64xf32>)

// -----

// expected-error @below {{expected a box of at most 256 rows and of 16, 32 or 64 columns, but got 64 and 128}}
func.func private @tensor_map_c1_wide_box(!hopper.tensor_map<64x128xbf16>)

// -----

// expected-error @below {{expected 1 to 16 stages, but got 0}}
func.func private @cursor_c2_no_stage(!hopper.cursor<0>)

// -----

// expected-error @below {{expected f16 or bf16 elements, but got 'f32'}}
func.func private @ones_c1_f32(!hopper.ones<f32>)

// -----

// expected-error @below {{expected a fragment to have 64 rows}}
func.func private @fragment_c1_rows(!hopper.fragment<32x64xf32>)

// -----

// expected-error @below {{expected f32, f16 or bf16 elements, but got 'f64'}}
func.func private @fragment_c2_f64(!hopper.fragment<64x64xf64>)

// -----

// expected-error @below {{expected columns to be a multiple of 8 up to 256, but got 264}}
func.func private @fragment_c3_too_wide(!hopper.fragment<64x264xf32>)

// -----

// expected-error @below {{expected columns to be a multiple of 16 up to 256, but got 24}}
func.func private @fragment_c3_half_a_step(!hopper.fragment<64x24xbf16>)

// -----

// expected-error @below {{expected a fragment of f32, but got '!hopper.fragment<64x64xbf16>'}}
func.func private @pending_c1_bf16(!hopper.pending<!hopper.fragment<64x64xbf16>>)

// -----

// expected-error @below {{expected columns to be a multiple of 16 up to 256 and software_exp to be 0 to 16, but got 64 and 17}}
func.func private @weights_c1_share(!hopper.weights<64, software_exp = 17>)

// -----

// expected-error @below {{expected arguments to be tensor maps, pointers, index, i32, i64 or f32, but got 'tensor<4xf32>'}}
hopper.kernel @kernel_c1_tensor(%t: tensor<4xf32>) {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

// expected-error @below {{expected 1 to 8 blocks_per_sm, but got 9}}
hopper.kernel @kernel_c2_blocks() attributes {blocks_per_sm = 9 : i64} {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

// expected-error @below {{expected one hopper.warp_roles in its body}}
hopper.kernel @kernel_c3_no_roles() {
  hopper.return
}

// -----

// expected-error @below {{expected hopper.return behind hopper.warp_roles and nothing between them}}
hopper.kernel @kernel_c3_tail() {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  %x = arith.constant 0 : i32
  hopper.return
}

// -----

// expected-error @below {{expected at most one hopper.ones}}
hopper.kernel @kernel_c4_two_ones() {
  %a = hopper.ones : !hopper.ones<f16>
  %b = hopper.ones : !hopper.ones<f16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

// expected-error @below {{expected at most one hopper.vote}}
hopper.kernel @kernel_c4_two_votes() {
  %a = hopper.vote : !hopper.vote
  %b = hopper.vote : !hopper.vote
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

// expected-error @below {{expected at most 232448 bytes of shared memory, but its rings take 262208}}
hopper.kernel @kernel_c5_shared_memory() {
  %a = hopper.ring : !hopper.ring<4x256x128xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

// expected-error @below {{expected at most 115712 bytes of shared memory, but its rings take 131104}}
hopper.kernel @kernel_c5_two_blocks() attributes {blocks_per_sm = 2 : i64} {
  %a = hopper.ring : !hopper.ring<2x256x128xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(104) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @warp_roles_c1_consumers() {
  // expected-error @below {{expected 1 to 7 consumers, but got 8}}
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(8) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @warp_roles_c2_step() {
  // expected-error @below {{expected registers to be a multiple of 8 from 24 to 256, but got 24 and 236}}
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(236) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @warp_roles_c3_pool() {
  // expected-error @below {{expected all warpgroups to take at most 512 registers a lane (4 x 128), but got 528}}
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(3) registers(168) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @warp_roles_c4_argument() {
  // expected-error @below {{expected no argument of the producer and one index, the warpgroup, of the consumers}}
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @role_c1_producer_waits_for_data() {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<2>
    // expected-error @below {{expected to stand in the consumers of hopper.warp_roles}}
    hopper.wait_full %k[%c] : !hopper.ring<2x64x64xbf16>
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @role_c1_consumer_waits_for_space() {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    // expected-error @below {{expected to stand in the producer of hopper.warp_roles}}
    hopper.wait_empty %k[%c] : !hopper.ring<2x64x64xbf16>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @ring_c5_selected(%p: index) {
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  %l = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %b = arith.cmpi eq, %p, %p : index
    %s = arith.select %b, %k, %l : !hopper.ring<2x64x64xbf16>
    // expected-error @below {{expected a ring that hopper.ring made, not one that control flow selects}}
    hopper.wait_full %s[%c] : !hopper.ring<2x64x64xbf16>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @cursor_c1_other_ring() {
  %q = hopper.ring : !hopper.ring<1x64x64xbf16>
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %d = hopper.cursor : !hopper.cursor<3>
    %z = arith.constant 0 : index
    // expected-error @below {{expected a cursor of 1 stages, but got '!hopper.cursor<3>'}}
    %s = hopper.wgmma_ss %q[%d] rows(%z), %k[%c] : !hopper.ring<1x64x64xbf16>, !hopper.cursor<3>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_c1_columns() {
  %q = hopper.ring : !hopper.ring<1x64x32xbf16>
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %d = hopper.cursor : !hopper.cursor<1>
    %z = arith.constant 0 : index
    // expected-error @below {{expected A and B to have the same columns and elements, but got '!hopper.ring<1x64x32xbf16>' and '!hopper.ring<2x64x64xbf16>'}}
    %s = hopper.wgmma_ss %q[%d] rows(%z), %k[%c] : !hopper.ring<1x64x32xbf16>, !hopper.cursor<1>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_c1_elements() {
  %q = hopper.ring : !hopper.ring<1x64x64xf16>
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %d = hopper.cursor : !hopper.cursor<1>
    %z = arith.constant 0 : index
    // expected-error @below {{expected A and B to have the same columns and elements}}
    %s = hopper.wgmma_ss %q[%d] rows(%z), %k[%c] : !hopper.ring<1x64x64xf16>, !hopper.cursor<1>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_c2_rows_of_a() {
  %q = hopper.ring : !hopper.ring<1x96x64xbf16>
  %k = hopper.ring : !hopper.ring<2x64x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %d = hopper.cursor : !hopper.cursor<1>
    %z = arith.constant 0 : index
    // expected-error @below {{expected rows of A to be a multiple of 64, but got 96}}
    %s = hopper.wgmma_ss %q[%d] rows(%z), %k[%c] : !hopper.ring<1x96x64xbf16>, !hopper.cursor<1>, !hopper.ring<2x64x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @wgmma_c3_result() {
  %q = hopper.ring : !hopper.ring<1x64x64xbf16>
  %k = hopper.ring : !hopper.ring<2x128x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %d = hopper.cursor : !hopper.cursor<1>
    %z = arith.constant 0 : index
    // expected-error @below {{expected a result of 128 columns, but got '!hopper.pending<!hopper.fragment<64x64xf32>>'}}
    %s = hopper.wgmma_ss %q[%d] rows(%z), %k[%c] : !hopper.ring<1x64x64xbf16>, !hopper.cursor<1>, !hopper.ring<2x128x64xbf16>, !hopper.cursor<2> -> !hopper.pending<!hopper.fragment<64x64xf32>>
    hopper.yield
  }
  hopper.return
}
