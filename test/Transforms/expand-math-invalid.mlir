// RUN: sqa-opt %s --sqa-expand-math --verify-diagnostics --split-input-file

// There is no f64 expansion: say so instead of calling the C library.
func.func @f64_function(%x: f64) -> f64 {
  // expected-error @below {{'math.exp' op expected f32, f16 or bf16 elements, but got 'f64', for which there is no expansion}}
  %0 = math.exp %x : f64
  return %0 : f64
}

// -----

func.func @f64_remainder(%x: vector<2xf64>) -> vector<2xf64> {
  // expected-error @below {{'arith.remf' op expected f32, f16 or bf16 elements, but got 'f64'}}
  %0 = arith.remf %x, %x : vector<2xf64>
  return %0 : vector<2xf64>
}
