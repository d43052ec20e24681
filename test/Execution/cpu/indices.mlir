// An index out of range fails the call with a message, in compiled code as in
// the interpreter; those in range, the last one included, do not.
// REQUIRES: avx2
// RUN: sqa-compile %s -o %t.sqapkg
// RUN: sqa-interpret %s --function=embed '--input=10x4xf32=random(1)' --input=5xi32=0,9,3,9,1 --output=@%t.embed.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' --input=5xi32=0,9,3,9,1 --expected-output=@%t.embed.npy --guard-bands
// RUN: not sqa-interpret %s --function=embed '--input=10x4xf32=random(1)' --input=5xi32=0,9,10,9,1
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' --input=5xi32=0,9,10,9,1 2>&1 | FileCheck %s --check-prefix=EMBED
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' --input=5xi32=0,-1,1,9,1 2>&1 | FileCheck %s --check-prefix=EMBED
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' --input=5xi32=0,1,1,9,-2147483648 2>&1 | FileCheck %s --check-prefix=EMBED
// EMBED: expected indices computed from 'tokens' to be in range for dimension 0 of 'embedding' (10), indices.mlir:
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' '--input=100000xi32=random(3, 0, 10)' 2>&1 | FileCheck %s --check-prefix=EMBED
// RUN: sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' '--input=100000xi32=random(3, 0, 9)' --output=@%t.big.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(1)' '--input=0xi32=0'

// RUN: sqa-run %t.sqapkg --trust-local-build --function=rows '--input=6x8xf32=random(1)' --input=3xi32=2,0,1 --output=@%t.rows.npy
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=rows '--input=6x8xf32=random(1)' --input=3xi32=2,0,3 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=rows '--input=6x8xf32=random(1)' --input=3xi32=-1,0,2 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: expected a slice computed from 'starts' to be in range for dimension 0 of 'arg0', indices.mlir:

// RUN: sqa-run %t.sqapkg --trust-local-build --function=optional '--input=7xf32=random(1)' --input=2x3xi64=0,-1,6,-5,2,3 --output=@%t.optional.npy
// RUN: not sqa-run %t.sqapkg --trust-local-build --function=optional '--input=7xf32=random(1)' --input=2x3xi64=0,-1,6,-5,7,3 2>&1 | FileCheck %s --check-prefix=OPTIONAL
// OPTIONAL: expected indices computed from 'arg1' to be in range for dimension 0 of 'arg0' (7), indices.mlir:

func.func @embed(%t: tensor<10x4xf32> {sqa.name = "embedding"}, %ids: tensor<?xi32> {sqa.name = "tokens"}) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %ids, %c0 : tensor<?xi32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?xi32>) outs(%e : tensor<?x4xf32>) {
  ^bb0(%id: i32, %o: f32):
    %i = arith.index_cast %id : i32 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %t[%i, %j] : tensor<10x4xf32>
    linalg.yield %v : f32
  } -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// The sum of slices of four rows.
func.func @rows(%x: tensor<?x8xf32>, %starts: tensor<3xi32> {sqa.name = "starts"}) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant dense<0.0> : tensor<4x8xf32>
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%acc = %zero) -> (tensor<4x8xf32>) {
    %number = tensor.extract %starts[%i] : tensor<3xi32>
    %start = arith.index_cast %number : i32 to index
    %s = tensor.extract_slice %x[%start, 0] [4, 8] [1, 1] : tensor<?x8xf32> to tensor<4x8xf32>
    %z = arith.addf %acc, %s : tensor<4x8xf32>
    scf.yield %z : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}

// A negative index stands for nothing.
func.func @optional(%t: tensor<7xf32>, %ids: tensor<2x3xi64>) -> tensor<2x3xf32> {
  %c0 = arith.constant 0 : i64
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<2x3xi64>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%id: i64, %o: f32):
    %keep = arith.cmpi sge, %id, %c0 : i64
    %v = scf.if %keep -> f32 {
      %i = arith.index_cast %id : i64 to index
      %x = tensor.extract %t[%i] : tensor<7xf32>
      scf.yield %x : f32
    } else {
      scf.yield %zero : f32
    }
    linalg.yield %v : f32
  } -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
