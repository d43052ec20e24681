// Speculative decoding of a tree: S drafted tokens in depth-first order see the T - S
// cached keys and their own ancestors. Node n is an ancestor of nodes n to
// subtree_end[n] - 1: S numbers, no matrix.
func.func @tree(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
    %leaves: tensor<?xi32> {sqa.name = "subtree_end"}) -> tensor<1x4x?x16xf32> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %k, %c2 : tensor<1x2x?x16xf32>
  %s = tensor.dim %q, %c2 : tensor<1x4x?x16xf32>
  %cached = arith.subi %t, %s : index
  %o = attn.sqa %q, %k, %v capture(%leaves, %cached)
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<?xi32>, index) -> tensor<1x4x?x16xf32>
      mask_mod(%b, %h, %i, %j, %ends, %prefix) {
        %zero = arith.constant 0 : index
        %node = arith.subi %j, %prefix : index
        %index = arith.maxsi %node, %zero : index
        %end = tensor.extract %ends[%index] : tensor<?xi32>
        %subtree_end = arith.index_cast %end : i32 to index
        %before = arith.cmpi sle, %node, %i : index
        %inside = arith.cmpi slt, %i, %subtree_end : index
        %ancestor = arith.andi %before, %inside : i1
        %old = arith.cmpi slt, %node, %zero : index
        %visible = arith.ori %old, %ancestor : i1
        attn.yield %visible : i1
      }
  return %o : tensor<1x4x?x16xf32>
}
