// What was chosen and what was declined, with line and column; with
// --fallback=error the latter is an error.
// RUN: sqa-compile %s -o %t.sqapkg --target=x86-64-v3 --explain 2>&1 | FileCheck %s
// RUN: sqa-run %t.sqapkg --trust-local-build --function=f --input=4xf32=-1,0,4,9 | FileCheck %s --check-prefix=VALUES
// RUN: not sqa-compile %s -o - --target=x86-64-v3 --fallback=error 2>&1 | FileCheck %s --check-prefix=ERROR

// CHECK: x86-64-v3:
// CHECK-NEXT: [[#@LINE+19]]:8: Schedule: tile of {{[0-9]+}} query rows
// CHECK: [[#@LINE+7]]:8: declined: ScalarLoops: 'linalg.generic' becomes scalar loops: 'scf.if' has no vector form
// CHECK: stages: planned
// CHECK: output: {{[0-9]+}} bytes
// VALUES: result0: 4xf32=[0, 0, 2, 3]
// ERROR: explain.mlir:[[#@LINE+3]]:8: error: 'linalg.generic' becomes scalar loops
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%x: f32, %o: f32):
    %z = arith.constant 0.0 : f32
    %c = arith.cmpf ogt, %x, %z : f32
    %r = scf.if %c -> f32 { %q = math.sqrt %x : f32  scf.yield %q : f32 } else { scf.yield %z : f32 }
    linalg.yield %r : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

func.func @attention(%q: tensor<1x2x?x8xf32>, %k: tensor<1x1x?x8xf32>, %v: tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %0 = attn.sqa %q, %k, %v : (tensor<1x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}
