// RUN: sqa-interpret %s --function=tiles --input=5xf32=1,2,3,4,5 | FileCheck %s --check-prefix=TILES
// RUN: sqa-interpret %s --function=none --input=2xf32=1,2 | FileCheck %s --check-prefix=NONE
// RUN: sqa-interpret %s --function=sees_the_input --input=3xf32=1,2,3 | FileCheck %s --check-prefix=INPUT
// RUN: not sqa-interpret %s --function=outside --input=3xf32=1,2,3 2>&1 | FileCheck %s --check-prefix=OUTSIDE

// Tiles of two, the last one cut; rows go to the end.
// TILES: result[0]: 2x5xf32={{\[}}[1, 4, 9, 16, 25], [2, 4, 6, 8, 10]]
func.func @tiles(%a: tensor<5xf32>) -> tensor<2x5xf32> {
  %e = tensor.empty() : tensor<2x5xf32>
  %r = scf.forall (%row, %i) = (0, 0) to (2, 5) step (1, 2) shared_outs(%out = %e) -> tensor<2x5xf32> {
    %n = affine.min affine_map<(i) -> (2, 5 - i)>(%i)
    %t = tensor.extract_slice %a[%i] [%n] [1] : tensor<5xf32> to tensor<?xf32>
    %init = tensor.empty(%n) : tensor<?xf32>
    %c0 = arith.constant 0 : index
    %first = arith.cmpi eq, %row, %c0 : index
    %s = linalg.map ins(%t : tensor<?xf32>) outs(%init : tensor<?xf32>)
      (%x: f32, %o: f32) {
        %square = arith.mulf %x, %x : f32
        %double = arith.addf %x, %x : f32
        %y = arith.select %first, %square, %double : f32
        linalg.yield %y : f32
      }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %s into %out[%row, %i] [1, %n] [1, 1] : tensor<?xf32> into tensor<2x5xf32>
    }
  }
  return %r : tensor<2x5xf32>
}

// NONE: result[0]: 2xf32=[1, 2]
func.func @none(%a: tensor<2xf32>) -> tensor<2xf32> {
  %r = scf.forall (%i) in (0) shared_outs(%out = %a) -> tensor<2xf32> {
    scf.forall.in_parallel {
    }
  }
  return %r : tensor<2xf32>
}

// An iteration never sees what another one wrote: the sum of all elements is
// that of the input each time.
// INPUT: result[0]: 3xf32=[6, 6, 6]
func.func @sees_the_input(%a: tensor<3xf32>) -> tensor<3xf32> {
  %r = scf.forall (%i) in (3) shared_outs(%out = %a) -> tensor<3xf32> {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %s = linalg.reduce ins(%out : tensor<3xf32>) outs(%zero : tensor<f32>) dimensions = [0]
      (%x: f32, %acc: f32) {
        %y = arith.addf %x, %acc : f32
        linalg.yield %y : f32
      }
    %t = tensor.expand_shape %s [] output_shape [1] : tensor<f32> into tensor<1xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %out[%i] [1] [1] : tensor<1xf32> into tensor<3xf32>
    }
  }
  return %r : tensor<3xf32>
}

// OUTSIDE: error: the slice [offset 2, size 2, stride 1] of dimension 0 is out of bounds (3)
func.func @outside(%a: tensor<3xf32>) -> tensor<3xf32> {
  %c2 = arith.constant 2 : index
  %r = scf.forall (%i) in (3) shared_outs(%out = %a) -> tensor<3xf32> {
    %t = tensor.empty(%c2) : tensor<?xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %out[%i] [%c2] [1] : tensor<?xf32> into tensor<3xf32>
    }
  }
  return %r : tensor<3xf32>
}
