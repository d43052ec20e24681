// RUN: sqa-opt %s --sqa-assign-scratch --split-input-file --verify-diagnostics

// No bound is known, and the dispatch cannot tell.
func.func private @unbounded(%m: memref<4xindex>, %begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  // expected-note @below {{it depends on the tile here}}
  %n = memref.load %m[%begin] : memref<4xindex>
  // expected-error @below {{expected the size of a buffer in a kernel to be bounded}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

// Both iterations would use the same address.
func.func private @carried(%m: memref<4xf32>, %begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %begin to %end step %c1 iter_args(%x = %m) -> (memref<4xf32>) {
    // expected-error @below {{expected no loop to carry a buffer made in its body}}
    %a = memref.alloc() : memref<4xf32>
    memref.copy %x, %a : memref<4xf32> to memref<4xf32>
    scf.yield %a : memref<4xf32>
  }
  return
}
