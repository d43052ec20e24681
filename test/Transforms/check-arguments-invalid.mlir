// RUN: sqa-opt %s --sqa-check-arguments --split-input-file --verify-diagnostics

// The caller could not allocate this result.
func.func @data_dependent(%n: tensor<1xindex>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %size = tensor.extract %n[%c0] : tensor<1xindex>
  // expected-note @below {{it is computed here}}
  %0 = tensor.empty(%size) : tensor<?xf32>
  // expected-error @below {{expected the shape of result 0 to follow from the shapes of the arguments}}
  return %0 : tensor<?xf32>
}
