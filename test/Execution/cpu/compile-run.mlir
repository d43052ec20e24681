// Compiled code against the interpreter, which shares nothing with it.
// REQUIRES: avx2
// DEFINE: %{in} = --input='2x4x37x16xf32=random(1)' --input='2x2x53x16xf32=random(2)' --input='2x2x53x16xf32=random(3)'
// RUN: sqa-compile %s -o %t.sqapkg
// RUN: sqa-interpret %s --function=gqa %{in} --output=@%t.gqa.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=gqa %{in} --expected-output=@%t.gqa.npy --guard-bands
// RUN: sqa-interpret %s --function=windowed %{in} --output=@%t.o.npy --output=@%t.lse.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=windowed %{in} --expected-output=@%t.o.npy --expected-output=@%t.lse.npy --guard-bands
// RUN: sqa-interpret %s --function=block --input='5x8xf32=random(4)' --input='8x16xf32=random(5)' --output=@%t.b.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=block --input='5x8xf32=random(4)' --input='8x16xf32=random(5)' --expected-output=@%t.b.npy --guard-bands
// RUN: sqa-interpret %s --function=masked --input='3x20xi1=random(6, 0, 1)' --input='3x20xf32=random(7)' --output=@%t.m.npy --output=@%t.n.npy
// RUN: sqa-run %t.sqapkg --trust-local-build --function=masked --input='3x20xi1=random(6, 0, 1)' --input='3x20xf32=random(7)' --expected-output=@%t.m.npy --expected-output=@%t.n.npy --guard-bands

func.func @gqa(%q: tensor<?x4x?x16xf32>, %k: tensor<?x2x?x16xf32>, %v: tensor<?x2x?x16xf32>) -> tensor<?x4x?x16xf32> {
  %0 = attn.sqa %q, %k, %v : (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %0 : tensor<?x4x?x16xf32>
}

func.func @windowed(%q: tensor<?x4x?x16xf32>, %k: tensor<?x2x?x16xf32>, %v: tensor<?x2x?x16xf32>) -> (tensor<?x4x?x16xf32>, tensor<?x4x?xf32>) {
  %o, %lse = attn.sqa %q, %k, %v causal(bottom_right) window(5, 0) global(2)
      : (tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>) -> (tensor<?x4x?x16xf32>, tensor<?x4x?xf32>)
  return %o, %lse : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
}

// A projection with an activation: linalg, arith and math on tensors.
func.func @block(%x: tensor<?x8xf32>, %w: tensor<8x16xf32>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x8xf32>, tensor<8x16xf32>) outs(%f : tensor<?x16xf32>) -> tensor<?x16xf32>
  %t = math.tanh %y : tensor<?x16xf32>
  %s = arith.mulf %t, %y : tensor<?x16xf32>
  return %s : tensor<?x16xf32>
}

// Booleans in memory are bytes on the way in and on the way out.
func.func @masked(%m: tensor<?x20xi1>, %x: tensor<?x20xf32>) -> (tensor<?x20xf32>, tensor<?x20xi1>) {
  %n = arith.negf %x : tensor<?x20xf32>
  %y = arith.select %m, %x, %n : tensor<?x20xi1>, tensor<?x20xf32>
  %p = arith.cmpf ogt, %y, %x : tensor<?x20xf32>
  return %y, %p : tensor<?x20xf32>, tensor<?x20xi1>
}
