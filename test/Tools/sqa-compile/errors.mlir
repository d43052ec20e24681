// RUN: split-file %s %t
// RUN: not sqa-compile %t/syntax.mlir -o - 2>&1 | FileCheck %s --check-prefix=SYNTAX
// RUN: not sqa-compile %t/result.mlir -o - 2>&1 | FileCheck %s --check-prefix=RESULT
// RUN: not sqa-compile %t/external.mlir -o - 2>&1 | FileCheck %s --check-prefix=EXTERNAL
// RUN: not sqa-compile %t/empty.mlir -o - 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not sqa-compile %t/twins.mlir -o - 2>&1 | FileCheck %s --check-prefix=TWINS
// RUN: not sqa-compile %t/nothing.mlir -o - 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not sqa-compile %t/empty.mlir --target=pentium 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not sqa-compile %t/good.mlir --target=pentium 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not sqa-compile %t/good.mlir --target=x86-64-v3 --target=x86-64-v4 --stop-after=llvm 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not sqa-compile %t/good.mlir --target=x86-64-v3 --target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not sqa-compile %t/good.mlir -O7 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not sqa-compile %t/good.mlir -o %t/no/such/folder 2>&1 | FileCheck %s --check-prefix=OUTPUT

//--- syntax.mlir
// SYNTAX: syntax.mlir:2:35: error:
func.func @f(%a: tensor<4xf32>) { retrn }

//--- result.mlir
func.func @f(%n: tensor<index>) -> tensor<?xf32> {
  %size = tensor.extract %n[] : tensor<index>
  %0 = tensor.empty(%size) : tensor<?xf32>
  // RESULT: result.mlir:5:3: error: expected the shape of result 0 to follow from the shapes of the arguments
  return %0 : tensor<?xf32>
}

//--- external.mlir
// EXTERNAL: error: {{.*}}outside
func.func private @outside(f32) -> f32
func.func @f(%a: f32) -> f32 {
  %0 = func.call @outside(%a) : (f32) -> f32
  return %0 : f32
}

//--- empty.mlir
// EMPTY: error: expected a public function with a body

//--- twins.mlir
// TWINS: twins.mlir:2:1: error: expected one argument or result named 'x'
func.func @f(%a: f32 {sqa.name = "x"}, %b: f32 {sqa.name = "x"}) { return }

//--- missing.mlir
// MISSING: error: cannot read

//--- good.mlir
// TARGET: error: expected a target of --list-targets, but got 'pentium'
// TWO: error: expected one --target with --stop-after
// TWICE: error: expected each --target once, but got 'x86-64-v3' twice
// LEVEL: error: expected -O0, -O1, -O2 or -O3
// OUTPUT: error: cannot write
func.func @f(%a: f32) -> f32 { return %a : f32 }
