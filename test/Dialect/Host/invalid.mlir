// RUN: sqa-opt %s --verify-diagnostics --split-input-file

func.func @dispatch_c1_no_such_symbol(%n: index) {
  // expected-error @below {{expected 'nowhere' to be a function with 'host.kernel'}}
  host.dispatch @nowhere() tiles(%n) scratch(%n)
  return
}

// -----

func.func private @plain(index, index, memref<?xi8>)
func.func @dispatch_c1_not_a_kernel(%n: index) {
  // expected-error @below {{expected 'plain' to be a function with 'host.kernel'}}
  host.dispatch @plain() tiles(%n) scratch(%n)
  return
}

// -----

func.func private @k(f32, index, index, memref<?xi8>) attributes {host.kernel}
func.func @dispatch_c2_capture_missing(%n: index) {
  // expected-error @below {{expected k to take 0 captures and 3 more arguments, but got 4}}
  host.dispatch @k() tiles(%n) scratch(%n)
  return
}

// -----

func.func private @k(f32, index, index, memref<?xi8>) attributes {host.kernel}
func.func @dispatch_c3_capture_type(%n: index) {
  // expected-error @below {{expected capture 0 to be 'f32', but got 'index'}}
  host.dispatch @k(%n : index) tiles(%n) scratch(%n)
  return
}

// -----

// expected-error @below {{expected 'host.kernel' on a function only}}
module @kernel_c1_module attributes {host.kernel} {}

// -----

// expected-error @below {{expected no attribute 'host.kernal'}}
func.func private @kernel_c1_misspelt() attributes {host.kernal}

// -----

// expected-error @below {{expected a kernel to end in arguments index, index, memref<?xi8> and to return nothing, but got '(index, index) -> ()'}}
func.func private @kernel_c2_no_scratch(index, index) attributes {host.kernel}

// -----

// expected-error @below {{expected a kernel to end in arguments index, index, memref<?xi8> and to return nothing, but got '(index, index, memref<?xi8>) -> f32'}}
func.func private @kernel_c2_result(index, index, memref<?xi8>) -> f32 attributes {host.kernel}

// -----

// A function without a type is refused by the function, not by a crash here.
// expected-error @below {{requires attribute 'function_type'}}
"func.func"() <{sym_name = "no_type"}> ({}) {host.kernel} : () -> ()
