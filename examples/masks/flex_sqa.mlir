// FlexSQA: blocks of 16 positions see themselves and both neighbours, and the first
// 4 keys are seen by all.
func.func @flex_sqa(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32> {
  %o = attn.sqa %q, %k, %v
      : (tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x4x?x16xf32>
      mask_mod(%b, %h, %i, %j) {
        %one = arith.constant 1 : index
        %size = arith.constant 16 : index
        %globals = arith.constant 4 : index
        %block = arith.floordivsi %i, %size : index
        %key_block = arith.floordivsi %j, %size : index
        %first = arith.subi %block, %one : index
        %last = arith.addi %block, %one : index
        %from = arith.cmpi sge, %key_block, %first : index
        %to = arith.cmpi sle, %key_block, %last : index
        %near = arith.andi %from, %to : i1
        %global = arith.cmpi slt, %j, %globals : index
        %visible = arith.ori %near, %global : i1
        attn.yield %visible : i1
      }
  return %o : tensor<1x4x?x16xf32>
}
