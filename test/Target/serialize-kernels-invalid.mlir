// RUN: sqa-opt %s --sqa-serialize-kernels --verify-diagnostics --split-input-file

// Code is for one architecture: the module must name it.
// expected-error @below {{expected 'sqa.target' of the enclosing module to be a #sqa.gpu}}
gpu.module @no_target {
}

// -----

// A GPU has no library to call.
module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  // expected-error @below {{expected kernels to be self-contained, but they call 'missing'}}
  gpu.module @kernels {
    llvm.func @missing(f32) -> f32
    llvm.func @k(%x: f32, %p: !llvm.ptr) attributes {nvvm.kernel} {
      %y = llvm.call @missing(%x) : (f32) -> f32
      llvm.store %y, %p : f32, !llvm.ptr
      llvm.return
    }
  }
}
