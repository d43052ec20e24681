// RUN: sqa-opt %s --split-input-file --verify-diagnostics

// Tiles handed out, functions of slots, results through shared memory.

// expected-error @+1 {{expected 1 to 32 words, but got 33}}
func.func private @queue_c1_words(!hopper.queue<33>)

// -----

hopper.kernel @queue_c2_selected(%n: index) {
  %q = hopper.queue : !hopper.queue<1>
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<2>
    %r = builtin.unrealized_conversion_cast %n : index to !hopper.queue<1>
    // expected-error @below {{expected a queue that hopper.queue made, not one that control flow selects}}
    hopper.push %r[%c] %n : !hopper.queue<1>, !hopper.cursor<2>
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @queue_c3_stages(%n: index) {
  %q = hopper.queue : !hopper.queue<1>
  hopper.warp_roles producer registers(24) {
    %c = hopper.cursor : !hopper.cursor<1>
    // expected-error @below {{expected a cursor of two stages, but got '!hopper.cursor<1>'}}
    hopper.push %q[%c] %n : !hopper.queue<1>, !hopper.cursor<1>
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @queue_c4_values(%n: index) {
  %q = hopper.queue : !hopper.queue<1>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    // expected-error @below {{expected 1 values, but got 2}}
    %a, %b = hopper.pop %q[%c] : !hopper.queue<1>, !hopper.cursor<2> -> index, index
    hopper.yield
  }
  hopper.return
}

// -----

// expected-error @below {{expected at most one hopper.queue}}
hopper.kernel @kernel_c4_queues() {
  %q = hopper.queue : !hopper.queue<1>
  %r = hopper.queue : !hopper.queue<1>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @slot_region_c1_arguments(%n: index) {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %s = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    // expected-error @below {{expected a region of 'f32', 'index', 'index', but got 'f32', 'index'}}
    %m = hopper.map_slots %s at(%n, %n) of(%n, %n) {
    ^bb0(%x: f32, %i: index):
      hopper.yield %x : f32
    } : !hopper.fragment<64x32xf32>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @slot_region_c2_result(%n: index) {
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %s = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    // expected-error @below {{expected the region to end in a hopper.yield of 'f32'}}
    %m = hopper.map_slots %s at(%n, %n) of(%n, %n) {
    ^bb0(%x: f32, %i: index, %j: index):
      hopper.yield
    } : !hopper.fragment<64x32xf32>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @screen_values_c1_columns(%n: index) {
  %v = hopper.ring : !hopper.ring<2x32x64xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %c = hopper.cursor : !hopper.cursor<2>
    %s = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    // expected-error @below {{expected an accumulator of the values' columns, but got '!hopper.fragment<64x32xf32>' and '!hopper.ring<2x32x64xbf16>'}}
    %m = hopper.screen_values %v[%c] into %s at(%n, %n) of(%n, %n) {
    ^bb0(%i: index, %j: index):
      %sees = arith.cmpi sle, %j, %i : index
      hopper.yield %sees : i1
    } : !hopper.ring<2x32x64xbf16>, !hopper.cursor<2>, !hopper.fragment<64x32xf32>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @store_tile_c1_stages(%map: !hopper.tensor_map<64x32xbf16>, %n: index) {
  %v = hopper.ring : !hopper.ring<2x64x32xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %s = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    // expected-error @below {{expected a ring of one stage and a multiple of 64 rows within the fragment's columns, but got '!hopper.ring<2x64x32xbf16>' and '!hopper.fragment<64x32xf32>'}}
    hopper.store_tile %s, %map[%n, %n, %n] via %v group(%group) : !hopper.fragment<64x32xf32>, !hopper.tensor_map<64x32xbf16>, !hopper.ring<2x64x32xbf16>
    hopper.yield
  }
  hopper.return
}

// -----

hopper.kernel @store_tile_c2_box(%map: !hopper.tensor_map<128x32xbf16>, %n: index) {
  %v = hopper.ring : !hopper.ring<1x64x32xbf16>
  hopper.warp_roles producer registers(24) {
    hopper.yield
  } consumers(1) registers(240) {
  ^bb0(%group: index):
    %s = hopper.splat 0.0 : !hopper.fragment<64x32xf32>
    // expected-error @below {{expected an argument of the kernel with boxes of 64 x 32 'bf16', but got '!hopper.tensor_map<128x32xbf16>'}}
    hopper.store_tile %s, %map[%n, %n, %n] via %v group(%group) : !hopper.fragment<64x32xf32>, !hopper.tensor_map<128x32xbf16>, !hopper.ring<1x64x32xbf16>
    hopper.yield
  }
  hopper.return
}
