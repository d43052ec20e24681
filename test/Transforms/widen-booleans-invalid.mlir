// RUN: sqa-opt %s --sqa-widen-booleans --verify-diagnostics

// An op that is not known to be one element a byte.
func.func @atomic(%m: memref<4xi1>, %i: index, %x: i1) {
  // expected-error @below {{expected no access to memory of booleans}}
  %0 = memref.atomic_rmw ori %x, %m[%i] : (i1, memref<4xi1>) -> i1
  return
}
