// RUN: sqa-opt %s --sqa-check-arguments --sqa-check-indices --split-input-file --verify-diagnostics

// The index is a running sum: no pass over the operands can tell it.
#map = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>
func.func @running_index(%x: tensor<8xindex>, %table: tensor<7xindex>, %y: tensor<index>) -> tensor<index> {
  %0 = linalg.generic {indexing_maps = [#map, #none], iterator_types = ["reduction"]}
      ins(%x : tensor<8xindex>) outs(%y : tensor<index>) {
  // expected-error @below {{expected an index that does not depend on a running value, to check its range}}
  ^bb0(%a: index, %sum: index):
    %v = tensor.extract %table[%sum] : tensor<7xindex>
    %next = arith.addi %v, %a : index
    linalg.yield %next : index
  } -> tensor<index>
  return %0 : tensor<index>
}

// -----

// No thread of a parallel loop may stop the call.
func.func @parallel(%x: tensor<8xindex>, %table: tensor<7xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %r = scf.forall (%i) in (8) shared_outs(%out = %y) -> (tensor<8xf32>) {
    %j = tensor.extract %x[%i] : tensor<8xindex>
    // expected-error @below {{'tensor.extract' op expected an index in range for dimension 0, which is neither proved nor can be checked in a parallel loop or a private function}}
    %v = tensor.extract %table[%j] : tensor<7xf32>
    %s = tensor.from_elements %v : tensor<1xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %s into %out[%i] [1] [1] : tensor<1xf32> into tensor<8xf32>
    }
  }
  return %r : tensor<8xf32>
}
