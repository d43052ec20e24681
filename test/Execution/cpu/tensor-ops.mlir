// Tensor code without attention: the same numbers as the interpreter, type by type.
// REQUIRES: avx2
// RUN: sqa-compile %s --target=x86-64-v3 -o %t.sqapkg
// RUN: sqa-interpret %s --function=bf16 --round-to-types '--input=37xbf16=random(1)' '--input=37xbf16=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=bf16 '--input=37xbf16=random(1)' '--input=37xbf16=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=f16 --round-to-types '--input=37xf16=random(1)' '--input=37xf16=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=f16 '--input=37xf16=random(1)' '--input=37xf16=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=conv --round-to-types '--input=37xf64=random(1)' --output=@%t.0.npy --output=@%t.1.npy --output=@%t.2.npy --output=@%t.3.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=conv '--input=37xf64=random(1)' --expected-output=@%t.0.npy --expected-output=@%t.1.npy --expected-output=@%t.2.npy --expected-output=@%t.3.npy --guard-bands
// RUN: sqa-interpret %s --function=rem --round-to-types '--input=37xf32=random(1)' '--input=37xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=rem '--input=37xf32=random(1)' '--input=37xf32=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=fns --round-to-types '--input=37xf32=random(1)' '--input=37xf32=random(2)' --output=@%t.0.npy --output=@%t.1.npy --output=@%t.2.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=fns '--input=37xf32=random(1)' '--input=37xf32=random(2)' --expected-output=@%t.0.npy --expected-output=@%t.1.npy --expected-output=@%t.2.npy --guard-bands
// RUN: sqa-interpret %s --function=loop --round-to-types --input=i64=3 '--input=4xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=loop --input=i64=3 '--input=4xf32=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=calls --round-to-types '--input=4xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=calls '--input=4xf32=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=embed --round-to-types '--input=10x4xf32=random(2)' --input=3xi32=1,9,0 --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=embed '--input=10x4xf32=random(2)' --input=3xi32=1,9,0 --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=const --round-to-types '--input=2x2xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=const '--input=2x2xf32=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=reshape --round-to-types '--input=3x8xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=reshape '--input=3x8xf32=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=pad --round-to-types '--input=3xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=pad '--input=3xf32=random(2)' --expected-output=@%t.0.npy --guard-bands
// RUN: sqa-interpret %s --function=sum --round-to-types '--input=5x70xf32=random(2)' --output=@%t.0.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=sum '--input=5x70xf32=random(2)' --expected-output=@%t.0.npy --guard-bands

func.func @bf16(%a: tensor<?xbf16>, %b: tensor<?xbf16>) -> tensor<?xbf16> {
  %0 = arith.addf %a, %b : tensor<?xbf16>
  %1 = math.exp %0 : tensor<?xbf16>
  return %1 : tensor<?xbf16>
}
func.func @f16(%a: tensor<?xf16>, %b: tensor<?xf16>) -> tensor<?xf16> {
  %0 = arith.mulf %a, %b : tensor<?xf16>
  %1 = math.tanh %0 : tensor<?xf16>
  return %1 : tensor<?xf16>
}
func.func @conv(%a: tensor<?xf64>) -> (tensor<?xbf16>, tensor<?xf16>, tensor<?xi32>, tensor<?xf32>) {
  %0 = arith.truncf %a : tensor<?xf64> to tensor<?xbf16>
  %1 = arith.truncf %a : tensor<?xf64> to tensor<?xf16>
  %2 = arith.fptosi %a : tensor<?xf64> to tensor<?xi32>
  %3 = arith.truncf %a : tensor<?xf64> to tensor<?xf32>
  return %0, %1, %2, %3 : tensor<?xbf16>, tensor<?xf16>, tensor<?xi32>, tensor<?xf32>
}
func.func @rem(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = arith.remf %a, %b : tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @fns(%a: tensor<?xf32>, %b: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %0 = math.powf %a, %b : tensor<?xf32>
  %1 = math.floor %a : tensor<?xf32>
  %2 = math.fma %a, %b, %0 : tensor<?xf32>
  %3 = math.round %2 : tensor<?xf32>
  %4 = arith.maximumf %3, %1 : tensor<?xf32>
  %5 = math.atan2 %a, %b : tensor<?xf32>
  return %0, %4, %5 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
func.func @loop(%n: index, %x: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> (tensor<4xf32>) {
    %z = arith.addf %y, %x : tensor<4xf32>
    scf.yield %z : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
func.func private @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %z = arith.addf %x, %x : tensor<4xf32>
  return %z : tensor<4xf32>
}
func.func @calls(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @twice(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %z = call @twice(%y) : (tensor<4xf32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}
func.func @embed(%t: tensor<10x4xf32>, %ids: tensor<?xi32>) -> tensor<?x4xf32> {
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
func.func @const(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %c = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %z = arith.addf %x, %c : tensor<2x2xf32>
  return %z : tensor<2x2xf32>
}
func.func @reshape(%x: tensor<?x8xf32>) -> tensor<?x2x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %y = tensor.expand_shape %x [[0], [1, 2]] output_shape [%n, 2, 4] : tensor<?x8xf32> into tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}
func.func @pad(%x: tensor<3xf32>) -> tensor<5xf32> {
  %z = arith.constant 0.0 : f32
  %y = tensor.pad %x low[1] high[1] { ^bb0(%i: index): tensor.yield %z : f32 } : tensor<3xf32> to tensor<5xf32>
  return %y : tensor<5xf32>
}
func.func @sum(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %z = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %y = linalg.reduce ins(%x : tensor<?x?xf32>) outs(%f : tensor<?xf32>) dimensions = [1] (%a: f32, %b: f32) { %s = arith.addf %a, %b : f32 linalg.yield %s : f32 }
  return %y : tensor<?xf32>
}
