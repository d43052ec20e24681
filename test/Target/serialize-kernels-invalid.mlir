// RUN: sqa-opt %s --sqa-serialize-kernels --verify-diagnostics

// Code is for one architecture: the module must name it.
// expected-error @below {{expected 'sqa.target' of the enclosing module to be a #sqa.gpu}}
gpu.module @no_target {
}
