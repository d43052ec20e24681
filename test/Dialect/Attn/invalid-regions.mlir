// RUN: sqa-opt %s --verify-diagnostics --split-input-file

// What a score or mask region of attn.sqa may not do.

// A capture is something that scalar ops can read.
func.func @sqa_c20_capture_of_vector(%q: tensor<1x1x2x4xf32>, %a: vector<4xf32>) {
  // expected-error @below {{expected capture 0 to be a number or a ranked tensor of numbers, but got 'vector<4xf32>'}}
  %o = attn.sqa %q, %q, %q capture(%a) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, vector<4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j, %x) { attn.yield %s : f32 }
  return
}

// -----

// attn.sqa is the value form: memory appears only below it.
func.func @sqa_c20_capture_of_memref(%q: tensor<1x1x2x4xf32>, %a: memref<4xf32>) {
  // expected-error @below {{expected capture 0 to be a number or a ranked tensor of numbers, but got 'memref<4xf32>'}}
  %o = attn.sqa %q, %q, %q capture(%a) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, memref<4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j, %x) { attn.yield %s : f32 }
  return
}

// -----

// The rank of a capture must be known.
func.func @sqa_c20_unranked_capture(%q: tensor<1x1x2x4xf32>, %a: tensor<*xf32>) {
  // expected-error @below {{expected capture 0 to be a number or a ranked tensor of numbers, but got 'tensor<*xf32>'}}
  %o = attn.sqa %q, %q, %q capture(%a) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<*xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j, %x) { attn.yield %s : f32 }
  return
}

// -----

// The short form knows the types; the count must match.
func.func @sqa_c22_short_form_count(%q: tensor<1x1x2x4xf32>) {
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      // expected-error @below {{expected 5 region arguments, but got 4}}
      score_mod(%s, %b, %h, %i) { attn.yield %s : f32 }
  return
}

// -----

// Regions are evaluated any number of times, so they may not do anything else.
func.func @sqa_c23_side_effect(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected mask_mod to hold only ops without side effects, but got 'cf.assert'}}
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      mask_mod(%b, %h, %i, %j) {
        %y = arith.cmpi sle, %j, %i : index
        // expected-note @below {{the op is here}}
        cf.assert %y, "no"
        attn.yield %y : i1
      }
  return
}

// -----

// Control flow is written with select.
func.func @sqa_c23_nested_region(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected mask_mod to hold only ops without regions and successors, but got 'scf.if'}}
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      mask_mod(%b, %h, %i, %j) {
        %c = arith.cmpi sle, %j, %i : index
        // expected-note @below {{the op is here}}
        %y = scf.if %c -> i1 {
          scf.yield %c : i1
        } else {
          scf.yield %c : i1
        }
        attn.yield %y : i1
      }
  return
}

// -----

// A capture is read element by element.
func.func @sqa_c23_tensor_op(%q: tensor<1x1x2x4xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{expected score_mod to hold only ops on numbers and reads of captures, but got 'arith.addf'}}
  %o = attn.sqa %q, %q, %q capture(%a) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j, %x) {
        // expected-note @below {{the op is here}}
        %t = arith.addf %x, %x : tensor<4xf32>
        %e = tensor.extract %t[%i] : tensor<4xf32>
        attn.yield %e : f32
      }
  return
}

// -----

// A table comes in through a capture, not as a constant of the region.
func.func @sqa_c23_tensor_constant(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected score_mod to hold only ops with numbers as results, but got 'arith.constant'}}
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j) {
        // expected-note @below {{the op is here}}
        %t = arith.constant dense<1.0> : tensor<4xf32>
        %e = tensor.extract %t[%i] : tensor<4xf32>
        attn.yield %e : f32
      }
  return
}

// -----

// A score is f32 whatever the type of the queries.
func.func @sqa_c24_yield_type(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected score_mod to end in 'attn.yield' of 'f32'}}
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j) {
        %y = arith.cmpi sle, %j, %i : index
        attn.yield %y : i1
      }
  return
}

// -----

// Another terminator is no result.
func.func @sqa_c24_terminator(%q: tensor<1x1x2x4xf32>) {
  // expected-error @below {{expected score_mod to end in 'attn.yield' of 'f32'}}
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j) { ub.unreachable }
  return
}

// -----

// Values come in through captures.
func.func @sqa_c25_value_from_above(%q: tensor<1x1x2x4xf32>, %slope: f32) {
  // expected-note @+1 {{required by region isolation constraints}}
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j) {
        // expected-error @below {{'arith.mulf' op using value defined outside the region}}
        %x = arith.mulf %s, %slope : f32
        attn.yield %x : f32
      }
  return
}

// -----

func.func @yield_c1_other_parent(%c: i1, %x: f32) {
  scf.if %c {
    // expected-error @below {{'attn.yield' op expects parent op to be one of 'attn.sqa, attn.online_sqa'}}
    attn.yield %x : f32
  }
  return
}

// -----

func.func @yield_c2_operand_type(%q: tensor<1x1x2x4xf32>) {
  %o = attn.sqa %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
      score_mod(%s, %b, %h, %i, %j) {
        // expected-error @below {{operand #0 must be 32-bit float or 1-bit signless integer, but got 'index'}}
        attn.yield %i : index
      }
  return
}
