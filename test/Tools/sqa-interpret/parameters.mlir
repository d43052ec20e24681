// Weights by name; a name on the command line wins.
//
// RUN: %python -c "import json, struct, sys; h = json.dumps({'w': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 8]}, 'b': {'dtype': 'BF16', 'shape': [], 'data_offsets': [8, 10]}}).encode(); open(sys.argv[1], 'wb').write(struct.pack('<Q', len(h)) + h + struct.pack('<ff', 10, 20) + bytes([0x80, 0x3f]))" %t.safetensors
// DEFINE: %{run} = sqa-interpret %s --function=scale
// RUN: %{run} --input=2xf32=1,2 --parameters=%t.safetensors | FileCheck %s --check-prefix=FILE
// RUN: %{run} --input=2xf32=1,2 --parameters=%t.safetensors --input=weight=2xf32=3,3 | FileCheck %s --check-prefix=NAMED
// RUN: %{run} --input=arg2=bf16=1 --input=2xf32=1,2 --input=2xf32=3,3 | FileCheck %s --check-prefix=NAMED
// RUN: not %{run} --input=2xf32=1,2 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not %{run} --input=other=2xf32=1,2 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not %{run} --input=weight=2xf32=1 --input=weight=2xf32=1 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not %{run} --input=2xf32=1,2 --parameters=%s 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: not sqa-interpret %s --function=absent --parameters=%t.safetensors 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not sqa-interpret %s --function=shape --parameters=%t.safetensors 2>&1 | FileCheck %s --check-prefix=SHAPE

// FILE: result[0]: 2xf32=[11, 41]
// NAMED: result[0]: 2xf32=[4, 7]
// COUNT: error: expected 3 inputs, but got 1
// OTHER: error: --input: 'other' is neither a type such as 2x3xf32 nor an argument
// TWICE: error: input #1: is given twice
// BAD: error: --parameters:
func.func @scale(%x: tensor<2xf32>, %w: tensor<2xf32> {sqa.name = "weight", sqa.parameter = "w"}, %b: bf16 {sqa.parameter = "b"}) -> tensor<2xf32> {
  %y = arith.mulf %x, %w : tensor<2xf32>
  %wide = arith.extf %b : bf16 to f32
  %s = tensor.splat %wide : tensor<2xf32>
  %z = arith.addf %y, %s : tensor<2xf32>
  return %z : tensor<2xf32>
}

// ABSENT: error: input #0: '{{.*}}.safetensors' has no tensor "v"
func.func @absent(%v: tensor<2xf32> {sqa.parameter = "v"}) {
  return
}

// SHAPE: error: input #0: expected 3xf32, but got 2xf32
func.func @shape(%v: tensor<3xf32> {sqa.parameter = "w"}) {
  return
}
