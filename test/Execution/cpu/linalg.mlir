// The code around attention against the interpreter: products, norms, rotary
// embeddings, gathers, softmax; sizes that fill no vector, no tile, or nothing.
// REQUIRES: avx2
// RUN: sqa-compile %s -o %t.sqapkg

// DEFINE: %{f} = f
// DEFINE: %{in} =
// DEFINE: %{tolerance} =
// DEFINE: %{check} = sqa-interpret %s --function=%{f} %{in} --output=@%t.npy && sqa-run %t.sqapkg --trust-local-build --function=%{f} %{in} --expected-output=@%t.npy --guard-bands %{tolerance}

// REDEFINE: %{f} = linear
// REDEFINE: %{in} = --input='193x67xf32=random(1)' --input='130x67xf32=random(2)' --input='193x130xf32=random(3)'
// RUN: %{check}
// REDEFINE: %{in} = --input='3x67xf32=random(1)' --input='130x67xf32=random(2)' --input='3x130xf32=random(3)'
// RUN: %{check}
// REDEFINE: %{in} = --input='0x67xf32=0' --input='130x67xf32=random(2)' --input='0x130xf32=0'
// RUN: %{check}
// REDEFINE: %{f} = norm
// REDEFINE: %{in} = --input='37x70xf32=random(4)' --input='70xf32=random(5)'
// RUN: %{check}
// REDEFINE: %{f} = softmax
// REDEFINE: %{in} = --input='3x19x45xf32=random(6)'
// RUN: %{check}
// REDEFINE: %{f} = rope
// REDEFINE: %{in} = --input='2x3x11x24xf32=random(7)' --input='2x11xi32=random(8, 0, 100000)'
// RUN: %{check}
// REDEFINE: %{f} = embed
// REDEFINE: %{in} = --input='29xi32=random(9, 0, 49)' --input='50x37xbf16=random(10)'
// RUN: %{check}
// REDEFINE: %{f} = transpose
// REDEFINE: %{in} = --input='21x34xf32=random(11)'
// RUN: %{check}
// REDEFINE: %{f} = gated
// REDEFINE: %{in} = --input='33x40xbf16=random(12)' --input='24x40xbf16=random(13)' --input='24x40xbf16=random(14)'
// RUN: %{check}

#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>
#all = affine_map<(i, j) -> (i, j)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// x W^T + r, with a weight stored (out, in).
func.func @linear(%x: tensor<?x67xf32>, %w: tensor<130x67xf32>, %r: tensor<?x130xf32>) -> tensor<?x130xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = tensor.dim %x, %c0 : tensor<?x67xf32>
  %e = tensor.empty(%s) : tensor<?x130xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x130xf32>) -> tensor<?x130xf32>
  %p = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w : tensor<?x67xf32>, tensor<130x67xf32>) outs(%f : tensor<?x130xf32>) -> tensor<?x130xf32>
  %y = arith.addf %p, %r : tensor<?x130xf32>
  return %y : tensor<?x130xf32>
}

func.func @norm(%x: tensor<?x70xf32>, %g: tensor<70xf32>) -> tensor<?x70xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 70.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %s = tensor.dim %x, %c0 : tensor<?x70xf32>
  %e1 = tensor.empty(%s) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x70xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %a : f32
    %t = arith.addf %m, %b : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  %e = tensor.empty(%s) : tensor<?x70xf32>
  %y = linalg.generic {indexing_maps = [#all, #row, #column, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum, %g : tensor<?x70xf32>, tensor<?xf32>, tensor<70xf32>) outs(%e : tensor<?x70xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %mean = arith.divf %b, %count : f32
    %safe = arith.addf %mean, %eps : f32
    %r = math.rsqrt %safe : f32
    %m = arith.mulf %a, %r : f32
    %n = arith.mulf %m, %c : f32
    linalg.yield %n : f32
  } -> tensor<?x70xf32>
  return %y : tensor<?x70xf32>
}

// Rows that stay whole and whose length is not known.
func.func @softmax(%x: tensor<3x?x?xf32>) -> tensor<3x?x?xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %s = tensor.dim %x, %c1 : tensor<3x?x?xf32>
  %t = tensor.dim %x, %c2 : tensor<3x?x?xf32>
  %e1 = tensor.empty(%s) : tensor<3x?xf32>
  %fm = linalg.fill ins(%lowest : f32) outs(%e1 : tensor<3x?xf32>) -> tensor<3x?xf32>
  %max = linalg.reduce {arith.maximumf} ins(%x : tensor<3x?x?xf32>) outs(%fm : tensor<3x?xf32>) dimensions = [2]
  %e = tensor.empty(%s, %t) : tensor<3x?x?xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(h, i, j) -> (h, i, j)>, affine_map<(h, i, j) -> (h, i)>, affine_map<(h, i, j) -> (h, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %max : tensor<3x?x?xf32>, tensor<3x?xf32>) outs(%e : tensor<3x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %y = math.exp %d : f32
    linalg.yield %y : f32
  } -> tensor<3x?x?xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x?xf32>) -> tensor<3x?xf32>
  %sum = linalg.reduce {arith.addf} ins(%p : tensor<3x?x?xf32>) outs(%fs : tensor<3x?xf32>) dimensions = [2]
  %y = linalg.generic {indexing_maps = [affine_map<(h, i, j) -> (h, i, j)>, affine_map<(h, i, j) -> (h, i)>, affine_map<(h, i, j) -> (h, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %sum : tensor<3x?x?xf32>, tensor<3x?xf32>) outs(%e : tensor<3x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.divf %a, %b : f32
    linalg.yield %q : f32
  } -> tensor<3x?x?xf32>
  return %y : tensor<3x?x?xf32>
}

// Positions that differ from batch to batch, features that pass through.
func.func @rope(%x: tensor<?x3x?x24xf32>, %p: tensor<?x?xi32>) -> tensor<?x3x?x24xf32> {
  %y = attn.rope %x pairing(pairs) rotary_dim(20) positions(%p : tensor<?x?xi32>) : tensor<?x3x?x24xf32>
  return %y : tensor<?x3x?x24xf32>
}

func.func @embed(%ids: tensor<?xi32>, %table: tensor<50x37xbf16>) -> tensor<?x37xf32> {
  %c0 = arith.constant 0 : index
  %s = tensor.dim %ids, %c0 : tensor<?xi32>
  %e = tensor.empty(%s) : tensor<?x37xf32>
  %y = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?xi32>) outs(%e : tensor<?x37xf32>) {
  ^bb0(%id: i32, %o: f32):
    %i = arith.index_cast %id : i32 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%i, %j] : tensor<50x37xbf16>
    %f = arith.extf %v : bf16 to f32
    linalg.yield %f : f32
  } -> tensor<?x37xf32>
  return %y : tensor<?x37xf32>
}

func.func @transpose(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%n, %m) : tensor<?x?xf32>
  %y = linalg.transpose ins(%x : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) permutation = [1, 0]
  return %y : tensor<?x?xf32>
}

// Two products in the tiles of the unit that gates one by the other; bf16 in, f32
// sums.
func.func @gated(%x: tensor<?x40xbf16>, %w1: tensor<24x40xbf16>, %w2: tensor<24x40xbf16>) -> tensor<?x24xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %s = tensor.dim %x, %c0 : tensor<?x40xbf16>
  %e = tensor.empty(%s) : tensor<?x24xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x24xf32>) -> tensor<?x24xf32>
  %a = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w1 : tensor<?x40xbf16>, tensor<24x40xbf16>) outs(%f : tensor<?x24xf32>) -> tensor<?x24xf32>
  %b = linalg.matmul indexing_maps = [#mk, #nk, #mn] ins(%x, %w2 : tensor<?x40xbf16>, tensor<24x40xbf16>) outs(%f : tensor<?x24xf32>) -> tensor<?x24xf32>
  %y = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]} ins(%a, %b : tensor<?x24xf32>, tensor<?x24xf32>) outs(%e : tensor<?x24xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %n = arith.negf %u : f32
    %x0 = math.exp %n : f32
    %d = arith.addf %x0, %one : f32
    %q = arith.divf %u, %d : f32
    %m = arith.mulf %q, %v : f32
    linalg.yield %m : f32
  } -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}
