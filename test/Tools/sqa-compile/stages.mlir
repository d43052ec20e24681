// Every stage prints what sqa-opt reads again.
// RUN: sqa-compile %s --stop-after=input | sqa-opt | FileCheck %s --check-prefix=INPUT
// RUN: sqa-compile %s --stop-after=planned | sqa-opt | FileCheck %s --check-prefix=PLANNED
// RUN: sqa-compile %s --stop-after=tiled | sqa-opt | FileCheck %s --check-prefix=TILED
// RUN: sqa-compile %s --stop-after=kernel | sqa-opt | FileCheck %s --check-prefix=KERNEL
// RUN: sqa-compile %s --stop-after=llvm | sqa-opt | FileCheck %s --check-prefix=LLVM
// RUN: sqa-compile %s --stop-after=binary | FileCheck %s --check-prefix=BINARY
// RUN: sqa-opt %s --emit-bytecode | sqa-compile - --stop-after=input | FileCheck %s --check-prefix=INPUT
// RUN: rm -rf %t && sqa-compile %s -o %t.sqapkg --target=x86-64-v3 --dump-intermediates-to=%t
// RUN: ls %t | FileCheck %s --check-prefix=DUMP

// INPUT: linalg.exp
// PLANNED: sqa.target = #sqa.cpu<name = "x86-64-v3"
// PLANNED: sqa.shape
// TILED: tensor<?x4xf32>
// KERNEL: memref<?x4xf32, strided<[?, 1]>> {{.*}}sqa.result
// LLVM: llvm.func @f(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// LLVM: llvm.func @sqart_library_query
// LLVM-NOT: unrealized_conversion_cast
// BINARY: sqart_library_query
// DUMP: x86-64-v3.kernel.mlir
// DUMP: x86-64-v3.ll
// DUMP: x86-64-v3.llvm.mlir
// DUMP: x86-64-v3.planned.mlir
// DUMP: x86-64-v3.s
// DUMP: x86-64-v3.so
// DUMP: x86-64-v3.tiled.mlir
func.func @f(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = linalg.exp ins(%a : tensor<?x4xf32>) outs(%a : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
