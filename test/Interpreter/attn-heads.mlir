// Each key/value head holds one key, whose value names the head.
//
// RUN: sqa-interpret %s --function=group --input=1x4x1x1xf32=1 --input=1x2x1x1xf32=10,20 | FileCheck %s --check-prefix=GROUP
// RUN: sqa-interpret %s --function=tile --input=1x4x1x1xf32=1 --input=1x2x1x1xf32=10,20 | FileCheck %s --check-prefix=TILE
// RUN: sqa-interpret %s --function=shared_queries --input=1x2x1x1xf32=0,1 --input=1x4x1x1xf32=1,2,3,4 | FileCheck %s --check-prefix=SHARED
// RUN: sqa-interpret %s --function=layouts "--input=2x3x4x2xf32=random(1)" "--input=2x2x5x2xf32=random(2)" | FileCheck %s --check-prefix=LAYOUTS
// RUN: sqa-interpret %s --function=head_index --input=1x4x1x1xf32=0 --input=1x2x2x1xf32=0,1,0,1 | FileCheck %s --check-prefix=INDEX

// GROUP: {{\[\[\[}}[10]], {{\[}}[10]], {{\[}}[20]], {{\[}}[20]]]]
func.func @group(%q: tensor<1x4x1x1xf32>, %k: tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32> {
  %o = attn.sqa %q, %k, %k heads(group) : (tensor<1x4x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32>
  return %o : tensor<1x4x1x1xf32>
}

// TILE: {{\[\[\[}}[10]], {{\[}}[20]], {{\[}}[10]], {{\[}}[20]]]]
func.func @tile(%q: tensor<1x4x1x1xf32>, %k: tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32> {
  %o = attn.sqa %q, %k, %k heads(tile) : (tensor<1x4x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x4x1x1xf32>
  return %o : tensor<1x4x1x1xf32>
}

// Fewer query heads than key heads: the log of the only weight shows which
// query head was read, 0 or 1 times the key.
// SHARED: result[0]: 1x4x1xf32={{\[\[}}[0], [0], [3], [4]]]
// SHARED: result[1]: 1x4x1xf32={{\[\[}}[0], [2], [0], [4]]]
func.func @shared_queries(%q: tensor<1x2x1x1xf32>, %k: tensor<1x4x1x1xf32>) -> (tensor<1x4x1xf32>, tensor<1x4x1xf32>) {
  %0, %group = attn.sqa %q, %k, %k heads(group) : (tensor<1x2x1x1xf32>, tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>) -> (tensor<1x4x1x1xf32>, tensor<1x4x1xf32>)
  %1, %tile = attn.sqa %q, %k, %k heads(tile) : (tensor<1x2x1x1xf32>, tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>) -> (tensor<1x4x1x1xf32>, tensor<1x4x1xf32>)
  return %group, %tile : tensor<1x4x1xf32>, tensor<1x4x1xf32>
}

// Transposing an operand and saying so is no change: the difference is 0.
// LAYOUTS: result[0]: f32=0
func.func @layouts(%q: tensor<2x3x4x2xf32>, %k: tensor<2x2x5x2xf32>) -> f32 {
  %qe = tensor.empty() : tensor<2x4x3x2xf32>
  %ke = tensor.empty() : tensor<2x5x2x2xf32>
  %qt = linalg.transpose ins(%q : tensor<2x3x4x2xf32>) outs(%qe : tensor<2x4x3x2xf32>) permutation = [0, 2, 1, 3]
  %kt = linalg.transpose ins(%k : tensor<2x2x5x2xf32>) outs(%ke : tensor<2x5x2x2xf32>) permutation = [0, 2, 1, 3]
  %a = attn.sqa %qt, %k, %kt layout(bhsd, bhsd, bshd -> bshd) causal(bottom_right) : (tensor<2x4x3x2xf32>, tensor<2x2x5x2xf32>, tensor<2x5x2x2xf32>) -> tensor<2x3x4x2xf32>
  %b = attn.sqa %q, %kt, %k layout(bshd, bshd, bhsd -> bhsd) causal(bottom_right) : (tensor<2x3x4x2xf32>, tensor<2x5x2x2xf32>, tensor<2x2x5x2xf32>) -> tensor<2x4x3x2xf32>
  %be = tensor.empty() : tensor<2x3x4x2xf32>
  %bt = linalg.transpose ins(%b : tensor<2x4x3x2xf32>) outs(%be : tensor<2x3x4x2xf32>) permutation = [0, 2, 1, 3]
  %zero = arith.constant dense<0.0> : tensor<f32>
  %d = linalg.generic {
      indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> ()>],
      iterator_types = ["reduction", "reduction", "reduction", "reduction"]}
      ins(%a, %bt : tensor<2x3x4x2xf32>, tensor<2x3x4x2xf32>) outs(%zero : tensor<f32>) {
    ^bb0(%x: f32, %y: f32, %max: f32):
      %0 = arith.subf %x, %y : f32
      %1 = math.absf %0 : f32
      %2 = arith.maximumf %1, %max : f32
      linalg.yield %2 : f32
  } -> tensor<f32>
  %r = tensor.extract %d[] : tensor<f32>
  return %r : f32
}

// Regions see the output head, not the one that is read: key 1 only from 3 on.
// INDEX: {{\[\[\[}}[0]], {{\[}}[0]], {{\[}}[0]], {{\[}}[0.5]]]]
func.func @head_index(%q: tensor<1x4x1x1xf32>, %k: tensor<1x2x2x1xf32>) -> tensor<1x4x1x1xf32> {
  %o = attn.sqa %q, %k, %k : (tensor<1x4x1x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x4x1x1xf32>
    mask_mod(%b, %h, %i, %j) {
      %c0 = arith.constant 0 : index
      %c3 = arith.constant 3 : index
      %first = arith.cmpi eq, %j, %c0 : index
      %last = arith.cmpi eq, %h, %c3 : index
      %y = arith.ori %first, %last : i1
      attn.yield %y : i1
    }
  return %o : tensor<1x4x1x1xf32>
}
