// RUN: sqa-opt %s --sqa-vectorize-linalg --verify-diagnostics

// The width of a vector is a fact of the target.
func.func @no_target(%x: memref<4xf32>) {
  // expected-error @below {{requires 'sqa.target' on the enclosing module to be a #sqa.cpu}}
  linalg.exp ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  return
}
