// The same model gives the same bytes, wherever it lies and whenever it is compiled.
// RUN: rm -rf %t && mkdir -p %t/a %t/b && cp %s %t/a/model.mlir && cp %s %t/b/model.mlir
// RUN: sqa-compile %t/a/model.mlir -o %t/a.sqapkg
// RUN: cd %t/b && sqa-compile model.mlir -o %t/b.sqapkg
// RUN: cmp %t/a.sqapkg %t/b.sqapkg
// RUN: sqa-compile --name=model - -o %t/c.sqapkg < %s
// RUN: cmp %t/a.sqapkg %t/c.sqapkg
func.func @f(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = arith.addf %a, %b : tensor<?x4xf32>
  %1 = math.exp %0 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
func.func @g(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %c = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %0 = math.tanh %a : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
