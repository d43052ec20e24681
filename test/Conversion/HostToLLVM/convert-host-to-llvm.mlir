// RUN: sqa-opt %s --allow-unregistered-dialect --sqa-convert-host-to-llvm | FileCheck %s

// Arguments are read from the table of tensors; what the type states is not.
// CHECK: llvm.mlir.global internal constant @sqa_text_0("expected more\00")
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[HOST:.*]]: !llvm.ptr, %[[TENSORS:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.getelementptr %[[TENSORS]][0]
// CHECK: llvm.getelementptr %[[TENSORS]][24]
// A check that fails calls `fail` (offset 40) and returns its status.
// CHECK: cf.cond_br %{{.*}}, ^[[GO:.*]], ^[[FAILED:.*]]
// CHECK: ^[[GO]]:
// A temporary comes from `allocate` (offset 24); null ends the call.
// CHECK: llvm.getelementptr %[[HOST]][24]
// CHECK: %[[MEMORY:.*]] = llvm.call
// CHECK: llvm.icmp "ne" %[[MEMORY]]
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:bb[0-9]+]](%
// The dispatch passes its captures in memory (offset 16).
// CHECK: llvm.getelementptr %[[HOST]][16]
// CHECK: %[[STATUS:.*]] = llvm.call
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT]](%[[STATUS]] : i32)
// CHECK: llvm.getelementptr %[[HOST]][32]
// CHECK: ^[[FAILED]]:
// CHECK: llvm.getelementptr %[[HOST]][40]
// CHECK: cf.br ^[[EXIT]]
func.func @f(%x: memref<?x4xf32, strided<[?, 1]>>, %n: memref<i64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %x, %c0 : memref<?x4xf32, strided<[?, 1]>>
  %ok = arith.cmpi sgt, %rows, %c1 : index
  host.check %ok, "expected more"
  %t = memref.alloc(%rows) : memref<?x2xf32>
  host.dispatch @f_kernel_0(%x, %t, %rows : memref<?x4xf32, strided<[?, 1]>>, memref<?x2xf32>, index) tiles(%rows) scratch(%c0)
  memref.dealloc %t : memref<?x2xf32>
  return
}

// CHECK-LABEL: func.func private @f_kernel_0(
// CHECK-SAME: !llvm.ptr {llvm.noalias}, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr {llvm.noalias}) {
// CHECK-NOT: host.kernel
func.func private @f_kernel_0(%x: memref<?x4xf32, strided<[?, 1]>>, %t: memref<?x2xf32>, %rows: index,
    %begin: index, %end: index, %scratch: memref<?xi8>) attributes {host.kernel} {
  "test.use"(%x, %t, %rows, %begin, %end, %scratch) : (memref<?x4xf32, strided<[?, 1]>>, memref<?x2xf32>, index, index, index, memref<?xi8>) -> ()
  return
}

// CHECK-LABEL: llvm.func @sqart_library_query(%{{.*}}: i32, %{{.*}}: i32) -> !llvm.ptr
// CHECK: constant @f
// CHECK: llvm.switch
